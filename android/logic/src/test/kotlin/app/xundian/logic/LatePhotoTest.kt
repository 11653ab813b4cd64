package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.domain.FactKind
import app.xundian.domain.FailedReason
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The system has ended the app behind the camera, and opens it again with the answer. */
@OptIn(ExperimentalCoroutinesApi::class)
class LatePhotoTest {
    private val fact = PhotoPurpose.Fact("竞品甲", "乌龙茶 𠮷 🍵", FactKind.PRICE, "3.0元")

    /** The app comes back in the visit that it was ended in, and hears of the photo. */
    private fun TestScope.reopened(purpose: PhotoPurpose, bytes: ByteArray?): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(1))
        hear(purpose, bytes)
        models.start()
        runCurrent()
    }

    private fun Setting.hear(purpose: PhotoPurpose, bytes: ByteArray?) {
        shell.late.trySend(LatePhoto(purpose, bytes))
    }

    @Test
    fun `a purpose is read as it was written, and another one's words are none`() {
        val purposes = listOf(PhotoPurpose.Before, PhotoPurpose.After, fact) + FailedReason.entries.map { PhotoPurpose.Failed(it) }
        assertEquals(purposes, purposes.map { PhotoPurpose.of(it.words()) })
        val foreign = listOf(emptyList<String>(), listOf("selfie"), listOf("failed", "BORED"), listOf("fact", "a", "b", "RUMOUR", "c"), fact.words().dropLast(1))
        assertTrue(foreign.all { PhotoPurpose.of(it) == null })
    }

    @Test
    fun `a photo of the display is in its visit`() = runTest {
        val setting = reopened(PhotoPurpose.Before, byteArrayOf(1))
        assertEquals(1, setting.core.lines.filterIsInstance<Line.PhotoBefore>().size)
        assertEquals(Route.Visit, setting.models.go.here)
        setting.hear(PhotoPurpose.After, byteArrayOf(1, 2))
        setting.hear(PhotoPurpose.After, null)
        runCurrent()
        assertEquals(1, setting.core.lines.filterIsInstance<Line.PhotoAfter>().size)
        assertEquals(2, setting.models.display.state.value.value?.let { it.before.size + it.after.size })
    }

    @Test
    fun `a fact that was typed before the camera is there, with its photo or without`() = runTest {
        for (bytes in listOf(byteArrayOf(1), null)) {
            val line = reopened(fact, bytes).core.lines.filterIsInstance<Line.Competitor>().single().v1
            assertEquals(listOf(fact.brand, fact.item, fact.value, bytes != null), listOf(line.brand, line.item, line.value, line.photo != null))
        }
    }

    @Test
    fun `a fact whose late photo is refused is there without it, and its screen says so`() = runTest {
        val setting = Setting(this)
        setting.core.beginVisit(FakeData.id(1))
        setting.core.onKeepPhoto = { throw CoreException.Conflict("photos_full") }
        setting.hear(fact, byteArrayOf(1))
        setting.models.start()
        runCurrent()
        assertNull(setting.core.lines.filterIsInstance<Line.Competitor>().single().v1.photo)
        setting.models.reload(Route.At(Step.COMPETITOR))
        runCurrent()
        assertEquals(Text.ERR_PHOTOS_FULL, setting.models.competitor.state.value.problem?.text)
    }

    @Test
    fun `a visit that failed before the camera has failed`() = runTest {
        val setting = reopened(PhotoPurpose.Failed(FailedReason.CLOSED), byteArrayOf(1))
        assertNull(setting.core.visit)
        assertEquals(Route.Today, setting.models.go.here)
        assertEquals(1u, setting.core.dayReport().summary.failed)
    }

    @Test
    fun `a visit that was to fail is asked about where the rep turned back, and is as it was`() = runTest {
        val setting = Setting(this)
        setting.core.beginVisit(FakeData.id(1))
        setting.core.saveLine(Line.Finished(Step.STOCK_COUNT))
        setting.hear(PhotoPurpose.Failed(FailedReason.CLOSED), null)
        setting.models.start()
        runCurrent()
        assertEquals(Route.Visit, setting.models.go.here)
        assertEquals(FailedReason.CLOSED, setting.models.visit.withoutPhoto.value)
        assertEquals(listOf(Line.Finished(Step.STOCK_COUNT)), setting.core.currentVisit()?.lines)
        setting.models.visit.failWithoutPhoto()
        runCurrent()
        assertNull(setting.core.visit)
        assertNull(setting.models.visit.withoutPhoto.value)
        assertEquals(1u, setting.core.dayReport().summary.failed)
    }

    @Test
    fun `a photo that comes while the phone cannot be read waits, is placed once, and goes into no other visit`() = runTest {
        val setting = reopened(PhotoPurpose.Before, byteArrayOf(1))
        fun after() = setting.core.lines.filterIsInstance<Line.PhotoAfter>().size
        val answer = setting.core.onCurrentVisit
        fun comes(bytes: Int) {
            setting.core.onCurrentVisit = { throw CoreException.Conflict("paused") }
            setting.hear(PhotoPurpose.After, ByteArray(bytes))
            runCurrent()
            setting.core.onCurrentVisit = answer
        }
        comes(2)
        assertEquals(0, after())
        repeat(2) {
            setting.models.resumed()
            runCurrent()
            assertEquals(1, after())
        }
        comes(3)
        setting.models.visit.checkOut()
        runCurrent()
        setting.core.beginVisit(FakeData.id(2))
        setting.models.resumed()
        runCurrent()
        assertEquals(0, after())
    }

    @Test
    fun `a late photo that is none is said in its visit`() = runTest {
        val setting = Setting(this)
        setting.core.beginVisit(FakeData.id(1))
        setting.shell.late.trySend(LatePhoto(PhotoPurpose.Before, null, PickFailed(Text.ERR_PHOTO)))
        setting.models.start()
        runCurrent()
        assertEquals(Text.ERR_PHOTO, setting.models.visit.state.value.problem?.text)
        assertTrue(setting.core.lines.isEmpty())
    }

    @Test
    fun `without an open visit it is nobody's`() = runTest {
        val setting = Setting(this)
        setting.hear(PhotoPurpose.Before, byteArrayOf(1))
        setting.models.start()
        runCurrent()
        assertTrue(setting.core.lines.isEmpty())
        assertNull(setting.models.display.state.value.problem)
    }
}
