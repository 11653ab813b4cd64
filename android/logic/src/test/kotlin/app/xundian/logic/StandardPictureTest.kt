package app.xundian.logic

import app.xundian.core.Changed
import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.domain.Step
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

    /** The app began in the visit, and the rep has opened the step. */
    private fun TestScope.inDisplay(picture: () -> ByteArray?): Setting = atDisplay(picture).apply {
        models.start()
        runCurrent()
        models.go.go(Route.At(Step.DISPLAY))
    }

    @Test
    fun `one that comes while the step is open is shown at once, and no tap is lost`() = runTest {
        var arrived: ByteArray? = null
        val setting = inDisplay { arrived }
        assertNull(setting.model.picture.value)
        arrived = bytes
        setting.model.found(setting.screen.checks[0], 1)
        setting.room.signals.changed(Changed.MASTER)
        setting.model.pop(2)
        setting.model.found(setting.screen.checks[0], 1)
        runCurrent()
        assertSame(bytes, setting.model.picture.value)
        assertEquals(2 to 2, setting.screen.pop to setting.screen.checks[0].found)
        assertEquals(2u, setting.core.lines.filterIsInstance<Line.Check>().single().v1.value)
    }

    @Test
    fun `another standard's takes its place, and one that cannot be read leaves the last`() = runTest {
        var picture: () -> ByteArray? = { bytes }
        val setting = inDisplay { picture() }
        fun after(now: () -> ByteArray?): ByteArray? {
            picture = now
            setting.room.signals.changed(Changed.MASTER)
            runCurrent()
            return setting.model.picture.value
        }
        assertSame(bytes, after { bytes.clone() }, "it is the same, and is not drawn anew")
        assertSame(bytes, after { throw CoreException.StorageFull() })
        assertEquals(4, after { byteArrayOf(4) }?.single()?.toInt())
        assertNull(after { null }, "it has not come yet")
    }

    @Test
    fun `what was only asked elsewhere is not read in the step`() = runTest {
        val setting = inDisplay { bytes }
        val before = reads
        setting.room.signals.changed(Changed.FACTS)
        setting.room.signals.changed(Changed.VISIT)
        runCurrent()
        setting.models.go.back()
        setting.room.signals.changed(Changed.MASTER)
        runCurrent()
        assertEquals(before, reads)
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
