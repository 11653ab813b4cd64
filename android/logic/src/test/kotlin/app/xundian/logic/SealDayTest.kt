package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.domain.FailedReason
import app.xundian.domain.WhyMissing
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

@OptIn(ExperimentalCoroutinesApi::class)
class SealDayTest {
    private fun TestScope.atSummary(before: FakeCore.() -> Unit): Setting = Setting(this).apply {
        core.before()
        models.reload(Route.Summary)
        runCurrent()
    }

    private val Setting.model get() = models.summary
    private val Setting.screen get() = checkNotNull(models.summary.state.value.value)

    /** Every shop of the route was visited, and the server knows. */
    private fun FakeCore.wholeDay() {
        FakeData.stores.forEach { beginVisit(it.id); checkOut() }
        sync()
    }

    @Test
    fun `what is not finished is named and asked about, then the day is sealed and sent`() = runTest {
        val setting = atSummary { beginVisit(FakeData.id(1)); checkOut(); beginVisit(FakeData.id(2)) }
        assertEquals(FakeData.stores[1].name, setting.screen.openVisit)
        assertEquals(FakeData.stores.drop(2).map { MissedStop(it.id, it.name, WhyMissing.NotBegun) }, setting.screen.notBegun)
        assertNull(setting.model.seal(), "it is asked first")
        runCurrent()
        assertTrue(setting.model.isAskingToSeal.value)
        assertNull(setting.screen.report.closed)
        setting.model.sealAnyway()
        runCurrent()
        assertFalse(setting.model.isAskingToSeal.value)
        assertEquals(1u, setting.screen.report.closed)
        assertEquals(1, setting.core.syncs)
        assertEquals(FakeData.id(2), setting.core.visit?.store, "the visit is still open")
    }

    @Test
    fun `each missing shop says why, and where the reason is known nobody is asked`() = runTest {
        val setting = atSummary {
            wholeDay()
            beginVisit(FakeData.id(1))
            failVisit(FailedReason.REFUSED, null)
            uncounted[FakeData.id(2)] = WhyMissing.NotCounted("no_time")
            sync()
        }
        val (refused, left) = WhyMissing.Failed(FailedReason.REFUSED) to WhyMissing.NotCounted("no_time")
        assertEquals(listOf(FakeData.id(1) to refused, FakeData.id(2) to left), setting.screen.missing.map { it.store to it.why })
        assertFalse(setting.screen.isUnfinished)
        val texts = listOf(WhyMissing.NotBegun, WhyMissing.Open, refused, left).map { Labels.of(it) }
        assertEquals(listOf(Text.MISSED_NOT_BEGUN, Text.MISSED_OPEN, Text.FAILED_REFUSED, Text.MISSED_NOT_COUNTED), texts)
        setting.core.beginVisit(FakeData.id(1))
        setting.model.load()
        runCurrent()
        assertEquals(WhyMissing.Open, setting.screen.missing.first().why, "there once more")
    }

    @Test
    fun `a visit in a shop that has left this phone keeps nobody from sealing the day`() = runTest {
        val setting = atSummary {
            beginVisit(FakeData.id(1))
            offRoute += FakeData.id(1)
            visit = checkNotNull(visit).copy(store = FakeData.id(900))
        }
        assertEquals("", setting.screen.openVisit)
        setting.model.sealAnyway()
        runCurrent()
        assertNotNull(setting.screen.report.closed)
    }

    @Test
    fun `a complete day is sealed at once and sent`() = runTest {
        val setting = atSummary { wholeDay() }
        assertFalse(setting.screen.isUnfinished)
        assertNotNull(setting.model.seal())
        runCurrent()
        assertFalse(setting.model.isAskingToSeal.value)
        assertEquals(1u, setting.screen.report.closed)
        assertEquals(2, setting.core.syncs)
        assertEquals(0uL, setting.core.outbox().unsent)
    }

    @Test
    fun `records that are not on the server are a reason to ask`() = runTest {
        val setting = atSummary { wholeDay(); noteStore(FakeData.id(1), FakeData.NOTE) }
        setting.model.seal()
        assertTrue(setting.model.isAskingToSeal.value)
        setting.model.stopAsking()
        runCurrent()
        assertFalse(setting.model.isAskingToSeal.value)
        assertNull(setting.core.dayReport().closed)
    }

    @Test
    fun `the open visit can be gone on with instead`() = runTest {
        val setting = atSummary { beginVisit(FakeData.id(2)) }
        setting.model.seal()
        setting.model.continueVisit()
        runCurrent()
        assertEquals(Route.Visit, setting.models.go.here)
        assertFalse(setting.model.isAskingToSeal.value)
        assertNull(setting.core.dayReport().closed)
    }

    @Test
    fun `a shop that nobody was in leads to its card`() = runTest {
        val setting = atSummary { beginVisit(FakeData.id(1)); checkOut() }
        setting.model.open(setting.screen.missing.first())
        assertEquals(Route.Card(FakeData.id(2)), setting.models.go.here)
    }

    @Test
    fun `a day that could not be sealed is not sent`() = runTest {
        val setting = atSummary { wholeDay() }
        setting.core.failure = CoreException.StorageFull()
        setting.model.seal()
        runCurrent()
        assertEquals(Text.ERR_STORAGE_FULL, setting.model.state.value.problem?.text)
        assertEquals(1, setting.core.syncs)
    }
}
