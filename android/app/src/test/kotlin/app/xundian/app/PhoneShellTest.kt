package app.xundian.app

import app.xundian.logic.Language
import app.xundian.logic.LookModel
import org.junit.Assert.assertEquals
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/** What the settings ask of the phone. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class PhoneShellTest {
    private val app get() = RuntimeEnvironment.getApplication() as XundianApplication

    private fun firstLanguage() = LookModel(app.shell).state.value.language

    @Test
    @Config(qualifiers = "en-rGB")
    fun `on an English phone the app begins in English`() = assertEquals(Language.EN, firstLanguage())

    @Test
    @Config(qualifiers = "ja-rJP")
    fun `on any other phone it begins in Chinese`() = assertEquals(Language.ZH, firstLanguage())

    @Test
    fun `it knows its version and what it keeps`() {
        shadowOf(app.packageManager).getInternalMutablePackageInfo(app.packageName).versionName = "1.2.3"
        assertEquals("1.2.3", app.shell.version)
        val before = app.shell.storageBytes()
        File(app.filesDir, "kept").apply { mkdirs() }.resolve("photo").writeBytes(ByteArray(1_000))
        assertEquals(1_000L, app.shell.storageBytes() - before)
    }
}
