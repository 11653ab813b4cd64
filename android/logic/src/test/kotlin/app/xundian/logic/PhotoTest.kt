package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.domain.FailedReason
import app.xundian.domain.FactKind
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What a camera gives, and what is said when it gives nothing. */
@OptIn(ExperimentalCoroutinesApi::class)
class PhotoTest {
    private fun TestScope.inStore(): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(1))
        listOf(models.visit, models.display, models.competitor).forEach { it.load() }
        runCurrent()
    }

    private val failures = listOf(Text.ERR_NO_CAMERA, Text.ERR_PHOTO)

    @Test
    fun `a photo can be looked at while its visit lasts`() = runTest {
        val setting = inStore()
        val display = setting.models.display
        display.photo(isAfter = false)
        runCurrent()
        val photo = checkNotNull(display.state.value.value).before.single()
        assertSame(setting.shell.picture, display.photos.value[photo.sha256])
        setting.models.visit.checkOut()
        runCurrent()
        assertTrue(display.photos.value.isEmpty())
    }

    @Test
    fun `what was taken before the app died is looked at again, once, unless the server has it`() = runTest {
        val setting = Setting(this)
        val (core, display) = setting.core to setting.models.display
        core.beginVisit(FakeData.id(1))
        val (here, sent) = byteArrayOf(1) to byteArrayOf(1, 2)
        val (kept, gone) = core.keepPhoto(here) to core.keepPhoto(sent)
        core.saveLine(Line.PhotoBefore(kept))
        core.saveLine(Line.PhotoAfter(gone))
        core.keptPhotos.remove(gone.sha256)
        repeat(2) { display.load(); runCurrent() }
        assertEquals(mapOf(kept.sha256 to here), display.photos.value)
        assertEquals(1, core.calls.count { it == "keptPhoto" })
        display.forget()
        display.load()
        display.forget()
        runCurrent()
        assertTrue(display.photos.value.isEmpty(), "they were asked for in the last visit")
    }

    @Test
    fun `a camera that does not open and a photo that is none are said where the shelf is photographed`() = runTest {
        val setting = inStore()
        val display = setting.models.display
        for (text in failures) {
            setting.shell.broken = PickFailed(text)
            display.photo(isAfter = true)
            runCurrent()
            assertEquals(text, display.state.value.problem?.text)
        }
        setting.shell.broken = null
        display.photo(isAfter = true)
        runCurrent()
        assertNull(display.state.value.problem)
        assertEquals(1, setting.core.lines.filterIsInstance<Line.PhotoAfter>().size)
    }

    @Test
    fun `a fact whose photo failed is there without it, and that is said`() = runTest {
        val setting = inStore()
        val competitor = setting.models.competitor
        for (text in failures) {
            setting.shell.broken = PickFailed(text)
            competitor.write(FactDraft("竞品甲", "乌龙茶 500ml", FactKind.PRICE, "3.0元", withPhoto = true))
            competitor.addDraft()
            runCurrent()
            assertEquals(text, competitor.state.value.problem?.text)
            assertNull(setting.core.lines.filterIsInstance<Line.Competitor>().single().v1.photo)
        }
    }

    @Test
    fun `a fact whose photo the core refuses is there without it, and that is said`() = runTest {
        val setting = inStore()
        val competitor = setting.models.competitor
        val refusals = listOf(
            CoreException.Conflict("photos_full") to Text.ERR_PHOTOS_FULL,
            CoreException.StorageFull() to Text.ERR_STORAGE_FULL,
            CoreException.InvalidInput("photo", "photo_too_large") to Text.ERR_PHOTO_TOO_LARGE,
        )
        refusals.forEachIndexed { place, (refusal, text) ->
            setting.core.onKeepPhoto = { throw refusal }
            competitor.write(FactDraft("竞品甲", "乌龙茶 500ml", FactKind.PRICE, "${place + 3}元", withPhoto = true))
            competitor.addDraft()
            runCurrent()
            assertEquals(text, competitor.state.value.problem?.text)
            val kept = setting.core.lines.filterIsInstance<Line.Competitor>().map { it.v1 }
            assertEquals("${place + 3}元" to null, kept.last().let { it.value to it.photo })
            assertEquals(kept, competitor.state.value.value?.seen)
        }
    }

    @Test
    fun `a visit that is to fail asks whether to go on without a photo, whatever kept the camera`() = runTest {
        for (text in failures) {
            val setting = inStore()
            setting.shell.broken = PickFailed(text)
            setting.models.visit.fail(FailedReason.CLOSED, withPhoto = true)
            runCurrent()
            assertEquals(FailedReason.CLOSED, setting.models.visit.withoutPhoto.value)
            assertNotNull(setting.core.visit)
        }
    }
}
