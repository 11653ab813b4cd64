package app.xundian.logic

import app.xundian.device.Line
import app.xundian.domain.CancelCause
import app.xundian.domain.OrderState
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

@OptIn(ExperimentalCoroutinesApi::class)
class SlipsTest {
    /** One order, and its slip of three pages on the screen. */
    private fun TestScope.shown(): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(1))
        core.saveLine(Line.Intention("21010019", 48, null))
        core.checkOut()
        models.summary.showSlips()
        models.reload(models.go.here)
        runCurrent()
    }

    private val Setting.model get() = models.slips
    private val Setting.screen get() = checkNotNull(models.slips.state.value.value)

    @Test
    fun `pages are turned one by one and stop at both ends`() = runTest {
        val setting = shown()
        assertEquals(Route.Slips, setting.models.go.here)
        setting.model.turn(-1)
        assertEquals(SlipPage(0, 0), setting.model.place.value)
        repeat(5) { setting.model.turn(1) }
        assertEquals(SlipPage(0, 2), setting.model.place.value)
        setting.model.turn(-1)
        setting.model.load()
        runCurrent()
        assertEquals(SlipPage(0, 1), setting.model.place.value, "the same orders are the same pages")
    }

    @Test
    fun `each distributor has pages of his own, from the first`() = runTest {
        val setting = shown()
        setting.core.slips = listOf(FakeData.slip("D01", 3), FakeData.slip("D02", 1))
        setting.model.load()
        runCurrent()
        setting.model.turn(1)
        setting.model.look(1)
        setting.model.turn(1)
        assertEquals(SlipPage(1, 0), setting.model.place.value)
        val slip = checkNotNull(setting.screen.at(setting.model.place.value))
        assertEquals("D02", slip.distributor)
        setting.model.share(slip)
        assertEquals(listOf(slip.text), setting.shell.shared)
    }

    @Test
    fun `the orders of one distributor are sent at once, those of several each by a tap of its own, as they are by then`() = runTest {
        val setting = shown()
        val (summary, shared) = setting.models.summary to setting.shell.shared
        fun offered() = checkNotNull(summary.state.value.value).slips
        summary.shareSlips()
        runCurrent()
        assertEquals(listOf("【巡店订单】D01"), shared)
        setting.core.slips = listOf(FakeData.slip("D01", 3), FakeData.slip("D02", 1))
        summary.shareSlips()
        runCurrent()
        assertEquals(1 to listOf("D01", "D02"), shared.size to offered().map { it.distributor })
        offered().forEach { summary.share(it) }
        assertEquals(listOf("【巡店订单】D01", "【巡店订单】D02"), shared.drop(1))
        setting.core.slips = listOf(FakeData.slip("D02", 1), FakeData.slip("D03", 1))
        summary.load()
        runCurrent()
        assertEquals(listOf("D02", "D03"), offered().map { it.distributor })
        setting.core.orders[0] = setting.core.orders[0].copy(state = OrderState.Cancelled(CancelCause.OWNER))
        summary.load()
        runCurrent()
        assertTrue(offered().isEmpty())
        assertNull(summary.state.value.problem)
    }

    @Test
    fun `orders that changed are shown from the first page again, and without any there is nothing to show`() = runTest {
        val setting = shown()
        setting.model.turn(1)
        setting.core.slips = listOf(FakeData.slip("D01", 4))
        setting.model.load()
        runCurrent()
        assertEquals(SlipPage(0, 0) to 4, setting.model.place.value to setting.screen.slips.single().pages.size)
        setting.core.orders[0] = setting.core.orders[0].copy(state = OrderState.Cancelled(CancelCause.OWNER))
        setting.model.load()
        runCurrent()
        assertTrue(setting.screen.slips.isEmpty())
        assertNull(setting.model.state.value.problem)
        setting.model.turn(1)
        assertEquals(SlipPage(0, 0), setting.model.place.value)
    }
}
