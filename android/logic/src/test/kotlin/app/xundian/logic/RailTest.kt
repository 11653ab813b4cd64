package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.device.StopState
import app.xundian.domain.FailedReason
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test

/** What the rail says of a step that is called done, and who leaves others open is asked. */
@OptIn(ExperimentalCoroutinesApi::class)
class RailTest {
    private fun TestScope.counting(store: Int): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(store))
        models.count.load()
        runCurrent()
    }

    private fun TestScope.uncounted(setting: Setting): Int? {
        setting.models.visit.load()
        runCurrent()
        return setting.models.visit.state.value.value?.uncounted
    }

    private fun TestScope.counted(setting: Setting, rows: Int) {
        val count = setting.models.count
        checkNotNull(count.state.value.value).items.take(rows).forEach { count.zero(it) }
        count.finish()
        runCurrent()
    }

    @Test
    fun `a count that is called done says how many products nobody counted`() = runTest {
        val setting = counting(store = 1)
        assertEquals(0, uncounted(setting), "it is not called done")
        counted(setting, rows = 3)
        assertEquals(5, uncounted(setting))
        counted(setting, rows = 8)
        assertEquals(0, uncounted(setting))
    }

    @Test
    fun `a visit with open steps is asked about in step 5 as on the rail, and sealed when that is answered`() = runTest {
        val setting = counting(store = 1)
        val (core, confirm) = setting.core to setting.models.confirm
        listOf(Line.Intention("21010019", 48, null), Line.Finished(Step.SUGGESTED_ORDER), Line.Skip(Step.DISPLAY, "no_time")).forEach(core::saveLine)
        setting.models.visit.load()
        confirm.load()
        runCurrent()
        assertEquals(listOf(Step.STOCK_COUNT, Step.COMPETITOR, Step.ORDER_CONFIRMATION), setting.models.visit.state.value.value?.open)
        assertEquals(2, confirm.state.value.value?.openSteps, "the last one is done with the tap that asks")
        val lines = core.lines.toList()
        assertNull(confirm.finish())
        runCurrent()
        assertEquals(true to lines, confirm.isAskingToLeave.value to core.lines)
        confirm.stopAsking()
        assertFalse(confirm.isAskingToLeave.value)
        confirm.finish()
        confirm.finishAnyway()
        runCurrent()
        assertEquals(false to 1, confirm.isAskingToLeave.value to core.orders.size)
        assertNull(core.visit)
    }

    @Test
    fun `a visit of which the other steps are done or left out is sealed with one tap`() = runTest {
        val setting = counting(store = 1)
        val (core, confirm) = setting.core to setting.models.confirm
        listOf(Step.STOCK_COUNT, Step.SUGGESTED_ORDER, Step.COMPETITOR).forEach { core.saveLine(Line.Finished(it)) }
        listOf(Line.Skip(Step.DISPLAY, "no_time"), Line.NoOrder("stock_enough")).forEach(core::saveLine)
        confirm.load()
        runCurrent()
        assertNotNull(confirm.finish())
        runCurrent()
        assertFalse(confirm.isAskingToLeave.value)
        assertNull(core.visit)
    }

    @Test
    fun `with step 5 open the lines that the owner wanted go out as an order, and the rail knows how many`() = runTest {
        val setting = counting(store = 1)
        fun orderLines(vararg lines: Line): Int? {
            lines.forEach(setting.core::saveLine)
            setting.models.visit.load()
            runCurrent()
            return setting.models.visit.state.value.value?.orderLines
        }
        assertEquals(0, orderLines())
        assertEquals(2, orderLines(Line.Intention("21010019", 48, null), Line.Intention("21010026", 24, null), Line.Intention("22070012", 0, null)))
        assertEquals(1, orderLines(Line.Confirmed("21010026", 0)), "step 5 is begun, and has the last word")
        assertEquals(0, orderLines(Line.Finished(Step.ORDER_CONFIRMATION)), "it is confirmed")
        assertEquals(0, orderLines(Line.Skip(Step.ORDER_CONFIRMATION, "no_time")), "it sells nothing")
    }

    @Test
    fun `an order that cannot be reckoned keeps nobody from the rail, from the way back to it, or from a visit that fails`() = runTest {
        val setting = counting(store = 1)
        val (visit, card) = setting.models.visit to setting.models.card
        setting.core.saveLine(Line.Intention("21010019", 48, null))
        setting.core.onQuote = { throw CoreException.Internal("quote") }
        visit.load()
        card.show(FakeData.id(2))
        runCurrent()
        assertEquals(0 to null, visit.state.value.value?.orderLines to visit.state.value.problem)
        card.checkIn()
        runCurrent()
        assertEquals(InTheWay.Unsealed(FakeData.stores[0].name, 0) to null, card.inTheWay.value to card.state.value.problem)
        visit.fail(FailedReason.CLOSED, withPhoto = true)
        runCurrent()
        assertEquals(StopState.Failed, setting.core.states[FakeData.id(1)])
    }

    @Test
    fun `where there is a back room a shelf alone is no count`() = runTest {
        val setting = counting(store = 2)
        counted(setting, rows = 8)
        assertEquals(8, uncounted(setting))
        setting.models.count.look(Place.BACKROOM)
        counted(setting, rows = 2)
        assertEquals(6, uncounted(setting))
    }
}
