package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.advanceTimeBy
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Test

/** The app is opened while its background work sends: the core lets one of them run. */
@OptIn(ExperimentalCoroutinesApi::class)
class BackgroundSyncTest {
    private fun Setting.busy() {
        core.whileSyncing = { throw CoreException.Conflict("busy") }
        models.schedule.occasion()
    }

    @Test
    fun `a transfer of the background work is no failure, and what it leaves is sent after it`() = runTest {
        val setting = Setting(this)
        val schedule = setting.models.schedule
        setting.core.noteStore(FakeData.id(1), FakeData.NOTE)
        setting.busy()
        advanceTimeBy(60_000)
        assertEquals(SyncState(isRunning = true), schedule.state.value)
        setting.core.whileSyncing = {}
        advanceTimeBy(3_000)
        assertEquals(1 to 0uL, setting.core.syncs to setting.core.outbox().unsent)
        assertEquals(false to null, schedule.state.value.isRunning to schedule.state.value.problem)
        advanceTimeBy(3_600_000)
        assertEquals(1, setting.core.syncs)
    }

    @Test
    fun `a transfer of the background work fails as our own would, and then ours is tried`() = runTest {
        val setting = Setting(this)
        setting.busy()
        advanceTimeBy(10_000)
        setting.core.whileSyncing = { throw CoreException.Network(retryable = true, reason = "no_answer") }
        advanceTimeBy(2_001)
        assertEquals(Text.ERR_NETWORK, setting.models.schedule.state.value.problem?.text)
        assertNotNull(setting.models.schedule.state.value.nextTryMs)
    }

    @Test
    fun `who stops while the background work sends is not made to wait for it`() = runTest {
        val setting = Setting(this)
        val schedule = setting.models.schedule
        setting.busy()
        runCurrent()
        schedule.cancel()
        assertEquals(1, setting.core.calls.count { it == "cancel" })
        setting.core.whileSyncing = {}
        advanceTimeBy(2_001)
        assertEquals(Text.ERR_CANCELLED to false, schedule.state.value.problem?.text to schedule.state.value.isRunning)
        advanceTimeBy(3_600_000)
        assertEquals(0, setting.core.syncs)
    }
}
