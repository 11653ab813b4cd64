package app.xundian.logic

import app.xundian.core.LogLevel
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What is told to the one who is called, and the language of the first start. */
@OptIn(ExperimentalCoroutinesApi::class)
class DiagnosticsTest {
    @Test
    fun `the log keeps its last lines, each with its time and weight`() {
        val book = LogBook(most = 3, wallMs = { FakeData.NOW_MS })
        (1..5).forEach { book.add(LogLevel.WARNING, "line $it") }
        assertEquals((3..5).map { "2026-07-27T02:00:00Z WARNING line $it" }, book.lines())
    }

    @Test
    fun `settings show the version, the storage and the log, and send them as text`() = runTest {
        val setting = Setting(this)
        setting.room.signals.log(LogLevel.ERROR, "sync ended")
        setting.models.settings.load()
        runCurrent()
        val screen = checkNotNull(setting.models.settings.state.value.value)
        assertEquals(listOf("1.2.3", 5_000_000L, 1), listOf(screen.version, screen.storageBytes, screen.log.size))
        setting.models.settings.shareDiagnostics()
        val text = setting.shell.shared.single()
        assertTrue("version=1.2.3" in text && "storage=5000000" in text && text.endsWith("ERROR sync ended"), text)
        assertFalse("ZY01" in text || "xundian.example" in text, text)
    }

    @Test
    fun `the first start speaks as the system, Chinese unless that is English, and then as it was told`() {
        assertEquals(listOf(Language.EN, Language.ZH, Language.ZH), listOf("en", "zh", "de").map { Language.ofSystem(it) })
        val shell = object : BareShell() {
            override val language = Language.EN
        }
        assertEquals(Language.EN, LookModel(shell).state.value.language)
        LookModel(shell).change(Look(language = Language.ZH))
        assertEquals(Language.ZH, LookModel(shell).state.value.language)
    }

    @Test
    fun `the contrast is the system's, whenever the app comes back, until the rep chooses one`() = runTest {
        val setting = Setting(this)
        val (looks, shell) = setting.models.look to setting.shell
        fun seen(): Boolean = setting.models.resumed().let { looks.state.value.isHighContrast }
        looks.change(looks.state.value.copy(textPercent = 150))
        assertFalse(seen())
        shell.isHighContrast = true
        assertTrue(seen(), "another size of the text is no word on the contrast")
        assertTrue(LookModel(shell).state.value.isHighContrast, "at the first start, too")
        looks.change(looks.state.value.copy(isHighContrast = false))
        assertFalse(seen())
        looks.change(looks.state.value.copy(isHighContrast = true))
        shell.isHighContrast = false
        assertTrue(seen())
    }
}
