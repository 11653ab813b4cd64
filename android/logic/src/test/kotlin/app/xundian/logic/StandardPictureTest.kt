package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Test

/** The picture of the standard beside its checklist. */
@OptIn(ExperimentalCoroutinesApi::class)
class StandardPictureTest {
    private val bytes = byteArrayOf(1, 2, 3)
    private var reads = 0

    private fun TestScope.atDisplay(picture: () -> ByteArray?): Setting = Setting(this).apply {
        core.onStandardPicture = { reads++; picture() }
        core.beginVisit(FakeData.id(1))
        models.display.load()
        runCurrent()
    }

    private val Setting.model get() = models.display
    private val Setting.screen get() = checkNotNull(model.state.value.value)

    @Test
    fun `it is read once, however often the checklist is`() = runTest {
        val setting = atDisplay { bytes }
        assertSame(bytes, setting.model.picture.value)
        setting.model.meets(setting.screen.checks[0])
        setting.model.pop(2)
        setting.model.load()
        runCurrent()
        assertEquals(2, setting.screen.pop)
        assertEquals(1, reads)
        assertSame(bytes, setting.model.picture.value)
    }

    @Test
    fun `one that came with a sync is there when the step is opened again`() = runTest {
        var arrived: ByteArray? = null
        val setting = atDisplay { arrived }
        assertNull(setting.model.picture.value)
        arrived = bytes
        setting.model.load()
        runCurrent()
        assertSame(bytes, setting.model.picture.value)
    }

    @Test
    fun `one that cannot be read takes nothing from the checklist`() = runTest {
        val setting = atDisplay { throw CoreException.StorageFull() }
        assertNull(setting.model.picture.value)
        assertNull(setting.model.state.value.problem)
        assertEquals(FakeData.checks, setting.screen.checks.map { it.check })
    }

    @Test
    fun `another visit does not show that of the last one`() = runTest {
        val setting = atDisplay { bytes }
        assertNotNull(setting.model.picture.value)
        setting.model.forget()
        assertNull(setting.model.picture.value)
        setting.model.load()
        setting.model.forget()
        runCurrent()
        assertNull(setting.model.picture.value, "it was asked for in the last one")
    }
}
