package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Outcome
import app.xundian.device.PhotosPending
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.advanceTimeBy
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.random.Random

@OptIn(ExperimentalCoroutinesApi::class)
class SyncScheduleTest {
    @Test
    fun `the wait grows, has a ceiling and is never the same for all`() {
        val waits = (0..12).map { SyncSchedule.backOff(it, Random(7)) }
        assertTrue(waits[0] in 2_500..5_000)
        assertTrue(waits.last() in 450_000..900_000)
        assertTrue((0..50).map { SyncSchedule.backOff(3, Random(it)) }.distinct().size > 40)
    }

    @Test
    fun `a failure is tried again, success ends it`() = runTest {
        val setting = Setting(this)
        setting.core.failure = CoreException.Network(retryable = true, reason = "no_answer")
        setting.models.schedule.occasion()
        runCurrent()
        assertEquals(Text.ERR_NETWORK, setting.models.schedule.state.value.problem?.text)
        assertNotNull(setting.models.schedule.state.value.nextTryMs)
        advanceTimeBy(6_000)
        assertEquals(1, setting.core.syncs)
        assertNull(setting.models.schedule.state.value.problem)
        advanceTimeBy(3_600_000)
        assertEquals(1, setting.core.syncs)
    }

    @Test
    fun `the server's own wait is kept`() = runTest {
        val setting = Setting(this)
        setting.core.outcome = Outcome.Later(60_000u)
        setting.models.schedule.occasion()
        runCurrent()
        setting.core.outcome = Outcome.InStep
        advanceTimeBy(59_000)
        setting.models.schedule.occasion()
        runCurrent()
        assertEquals(1, setting.core.syncs, "no occasion shortens it")
        advanceTimeBy(2_000)
        assertEquals(2, setting.core.syncs)
    }

    @Test
    fun `the thumb goes before the server's wait, and what comes in the middle of its run is sent after it`() = runTest {
        val setting = Setting(this)
        setting.core.outcome = Outcome.Later(60_000u)
        setting.models.schedule.occasion()
        runCurrent()
        setting.core.outcome = Outcome.InStep
        setting.core.whileSyncing = {
            setting.core.whileSyncing = {}
            setting.models.schedule.occasion()
        }
        setting.models.schedule.askedNow()
        runCurrent()
        assertEquals(3, setting.core.syncs)
    }

    @Test
    fun `a network that comes ends the wait at once`() = runTest {
        val setting = Setting(this)
        val schedule = setting.models.schedule
        repeat(9) {
            setting.core.failure = CoreException.Network(retryable = true, reason = "no_answer")
            schedule.occasion()
            runCurrent()
        }
        assertEquals(0, setting.core.syncs)
        assertNotNull(schedule.state.value.nextTryMs)
        setting.models.networkCame()
        runCurrent()
        assertEquals(1, setting.core.syncs)
        assertNull(schedule.state.value.problem)
        advanceTimeBy(3_600_000)
        assertEquals(1, setting.core.syncs, "what was waited for is forgotten")
    }

    @Test
    fun `a network that comes sends what is unsent, and asks nothing when all is sent`() = runTest {
        val setting = Setting(this)
        setting.core.photos = PhotosPending(0u, 0u, 0u)
        setting.models.networkCame()
        runCurrent()
        assertEquals(0, setting.core.syncs)
        setting.core.noteStore(FakeData.id(1), FakeData.NOTE)
        setting.models.networkCame()
        runCurrent()
        assertEquals(1, setting.core.syncs)
        setting.models.go.replaceAll(Route.Enrol)
        setting.core.noteStore(FakeData.id(1), "")
        setting.models.networkCame()
        runCurrent()
        assertEquals(1, setting.core.syncs, "nobody is enrolled")
    }

    @Test
    fun `a network that comes while one runs is no second run, unless that run fails`() = runTest {
        val setting = Setting(this)
        setting.models.schedule.occasion()
        setting.models.networkCame()
        runCurrent()
        assertEquals(1, setting.core.syncs)
        setting.core.failure = CoreException.Network(retryable = true, reason = "no_answer")
        setting.core.whileSyncing = setting.models::networkCame
        setting.models.schedule.occasion()
        runCurrent()
        assertEquals(2, setting.core.syncs)
        assertNull(setting.models.schedule.state.value.nextTryMs)
    }

    @Test
    fun `a network that comes does not shorten the server's own wait`() = runTest {
        val setting = Setting(this)
        setting.core.outcome = Outcome.Later(60_000u)
        setting.models.schedule.occasion()
        runCurrent()
        setting.core.outcome = Outcome.InStep
        advanceTimeBy(30_000)
        setting.models.networkCame()
        runCurrent()
        assertEquals(1, setting.core.syncs)
        advanceTimeBy(32_000)
        assertEquals(2, setting.core.syncs)
    }

    @Test
    fun `the photos' outcome counts as that of the facts`() = runTest {
        val setting = Setting(this)
        val schedule = setting.models.schedule
        fun said() = schedule.state.value.let { it.problem?.text to (it.nextTryMs != null) }
        setting.core.photosOutcome = Outcome.Later(60_000u)
        schedule.occasion()
        runCurrent()
        assertEquals(Text.SYNC_LATER to true, said())
        advanceTimeBy(59_000)
        assertEquals(1, setting.core.syncs, "the server's own wait is kept")
        setting.core.photosOutcome = Outcome.Puzzled
        advanceTimeBy(2_000)
        assertEquals(2 to (Text.SYNC_PUZZLED to true), setting.core.syncs to said())
        setting.core.photosOutcome = Outcome.EnrolAgain
        schedule.askedNow()
        runCurrent()
        assertEquals(Text.SYNC_ENROL_AGAIN to false, said())
        assertTrue(schedule.state.value.problem?.wantsEnrolment == true)
    }

    @Test
    fun `photos that were stopped, or that nobody got to, say what the facts say`() = runTest {
        val setting = Setting(this)
        setting.core.photosOutcome = Outcome.Cancelled
        setting.models.schedule.occasion()
        runCurrent()
        assertEquals(Outcome.InStep, setting.models.schedule.state.value.last?.outcome)
        assertNull(setting.models.schedule.state.value.problem)
        setting.core.outcome = Outcome.Later(60_000u)
        setting.core.photosOutcome = Outcome.EnrolAgain
        setting.models.schedule.askedNow()
        runCurrent()
        assertEquals(Text.SYNC_LATER, setting.models.schedule.state.value.problem?.text)
        assertEquals(1, setting.core.calls.count { it == "sendPhotos" })
    }

    @Test
    fun `photos that find no network are tried again`() = runTest {
        val setting = Setting(this)
        setting.core.onSendPhotos = { throw CoreException.Network(retryable = true, reason = "no_answer") }
        setting.models.schedule.occasion()
        runCurrent()
        assertEquals(Text.ERR_NETWORK, setting.models.schedule.state.value.problem?.text)
        assertNotNull(setting.models.schedule.state.value.nextTryMs)
    }

    @Test
    fun `who stops it stops what was asked for meanwhile, and asks anew after it`() = runTest {
        val setting = Setting(this)
        val schedule = setting.models.schedule
        setting.core.outcome = Outcome.Cancelled
        setting.core.whileSyncing = {
            setting.core.whileSyncing = {}
            schedule.occasion()
            setting.models.networkCame()
            schedule.cancel()
        }
        schedule.occasion()
        advanceTimeBy(3_600_000)
        assertEquals(1, setting.core.syncs)
        assertEquals(Text.ERR_CANCELLED, schedule.state.value.problem?.text)
        setting.core.whileSyncing = {
            setting.core.whileSyncing = {}
            schedule.cancel()
            schedule.occasion()
        }
        schedule.askedNow()
        runCurrent()
        assertEquals(3, setting.core.syncs, "a check-out after the stop is sent")
    }

    @Test
    fun `a sync that is stopped before it has begun does not begin, and a later one works`() = runTest {
        val setting = Setting(this)
        val schedule = setting.models.schedule
        schedule.occasion()
        schedule.cancel()
        runCurrent()
        assertEquals(0 to Text.ERR_CANCELLED, setting.core.syncs to schedule.state.value.problem?.text)
        assertFalse(schedule.state.value.isRunning)
        advanceTimeBy(3_600_000)
        assertEquals(0, setting.core.syncs, "the clock does not bring it back")
        schedule.occasion()
        runCurrent()
        assertEquals(1 to 1, setting.core.syncs to setting.core.calls.count { it == "sendPhotos" })
        assertNull(schedule.state.value.problem)
    }

    @Test
    fun `a stop that comes when the facts are sent is meant for the photos, and for no later run`() = runTest {
        val setting = Setting(this)
        val schedule = setting.models.schedule
        setting.core.whileSyncing = {
            setting.core.whileSyncing = {}
            schedule.cancel()
        }
        schedule.occasion()
        runCurrent()
        assertEquals(1 to 0, setting.core.syncs to setting.core.calls.count { it == "sendPhotos" })
        assertEquals(Outcome.InStep, schedule.state.value.last?.outcome)
        assertNull(schedule.state.value.problem)
        schedule.askedNow()
        runCurrent()
        assertEquals(2 to 1, setting.core.syncs to setting.core.calls.count { it == "sendPhotos" })
    }

    @Test
    fun `who stops while it is being asked what is unsent gets no sync`() = runTest {
        val setting = Setting(this)
        setting.core.noteStore(FakeData.id(1), FakeData.NOTE)
        setting.models.networkCame()
        setting.models.schedule.cancel()
        runCurrent()
        assertEquals(0, setting.core.syncs)
        setting.models.networkCame()
        runCurrent()
        assertEquals(1, setting.core.syncs)
    }

    @Test
    fun `what only the rep can mend is not tried again`() = runTest {
        val setting = Setting(this)
        setting.core.outcome = Outcome.EnrolAgain
        setting.models.schedule.occasion()
        advanceTimeBy(3_600_000)
        assertEquals(1, setting.core.syncs)
        assertTrue(setting.models.schedule.state.value.problem?.wantsEnrolment == true)
    }
}
