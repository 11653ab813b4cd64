package app.xundian.logic

import app.xundian.device.OrderLight
import app.xundian.domain.CancelCause
import app.xundian.domain.OrderState
import app.xundian.domain.Outcome
import app.xundian.fake.FakeData
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test

/** What is said of an order that nobody but this phone knows, and of one that the server does not take. */
class StandingTest {
    private val waiting = OrderState.Waiting(FakeData.DATE.plusDays(1), false)
    private val cancelled = OrderState.Cancelled(CancelCause.OWNER)
    private val onSheet = OrderState.OnSheet("D01-20260728")

    @Test
    fun `without lights beside it, what is on this phone alone waits for no sheet`() {
        val said = mapOf(
            (OrderLight.ON_PHONE to waiting) to Text.ORDER_ON_PHONE,
            (OrderLight.ON_PHONE to onSheet) to Text.ORDER_ON_PHONE,
            (OrderLight.ON_PHONE to null) to Text.ORDER_ON_PHONE,
            (OrderLight.REFUSED to waiting) to Text.LIGHT_REFUSED,
            (OrderLight.ON_SERVER to waiting) to Text.ORDER_WAITING,
            (OrderLight.ON_SERVER to waiting.copy(late = true)) to Text.ORDER_LATE,
            (OrderLight.ON_SERVER to null) to Text.LIGHT_ON_SERVER,
            (OrderLight.ON_SERVER to OrderState.Held) to Text.ORDER_HELD,
            (OrderLight.ON_SHEET to onSheet) to Text.LIGHT_ON_SHEET,
            (OrderLight.AT_DISTRIBUTOR to onSheet) to Text.LIGHT_AT_DISTRIBUTOR,
            (OrderLight.DELIVERED to OrderState.Ended(Outcome.SHORT, "D01-20260728")) to Text.PROMISE_SHORT,
        )
        for ((order, text) in said) assertEquals(text, Labels.alone(order.first, order.second), "$order")
    }

    @Test
    fun `a sheet at which nobody looked is not with the distributor, in lamps and in words`() {
        val lamps = listOf(OrderLight.ON_PHONE, OrderLight.ON_SERVER, OrderLight.ON_SHEET, OrderLight.AT_DISTRIBUTOR, OrderLight.DELIVERED, OrderLight.REFUSED)
        assertEquals(OrderLight.entries, lamps)
        assertEquals(listOf(1, 2, 2, 3, 4, 0), lamps.map { it.lamps })
        val words = listOf(OrderLight.ON_SHEET, OrderLight.AT_DISTRIBUTOR).map { Labels.of(it, onSheet) }
        assertEquals(listOf("已上送货单", "经销商已收单"), words.map(ZH::getValue))
        assertEquals(listOf("on a sheet", "distributor has it"), words.map(EN::getValue))
    }

    @Test
    fun `a cancellation that nobody has heard of is not said to be one, and the office's own is`() {
        val here = OrderLight.ON_PHONE
        assertEquals(setOf(Text.ORDER_CANCEL_UNSENT), setOf(Labels.of(here, cancelled), Labels.alone(here, cancelled)))
        assertEquals(Text.CARD_CANCEL_UNSENT, Labels.onCard(here, cancelled), "the owner is told what to do")
        assertEquals(Text.ORDER_CANCELLED, Labels.alone(OrderLight.ON_SERVER, cancelled))
        assertEquals(Text.CARD_CANCELLED, Labels.onCard(OrderLight.ON_SERVER, cancelled))
        assertEquals(Text.CARD_CANCELLED, Labels.onCard(OrderLight.ON_PHONE, OrderState.Cancelled(CancelCause.HELD)))
        assertEquals(Text.ORDER_CANCELLED_OFFICE, Labels.of(OrderLight.ON_PHONE, OrderState.Cancelled(CancelCause.HELD)))
    }

    @Test
    fun `the owner's card says what does not come, and nothing of what does`() {
        assertEquals(Text.CARD_REFUSED, Labels.onCard(OrderLight.REFUSED, waiting))
        val onTheirWay = listOf(OrderLight.ON_PHONE to waiting, OrderLight.ON_SERVER to waiting, OrderLight.ON_SHEET to onSheet, OrderLight.AT_DISTRIBUTOR to onSheet, OrderLight.DELIVERED to OrderState.Ended(Outcome.DELIVERED, ""))
        for ((light, state) in onTheirWay) assertNull(Labels.onCard(light, state), "$light")
    }
}
