package app.xundian.logic

import app.xundian.core.Changed
import app.xundian.device.LastOrder
import app.xundian.device.Line
import app.xundian.device.OrderLight
import app.xundian.domain.CancelCause
import app.xundian.domain.OrderState
import app.xundian.domain.Outcome
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.LocalDate

@OptIn(ExperimentalCoroutinesApi::class)
class EarlierOrderTest {
    private val tuesday = LocalDate.of(2026, 7, 21)
    private val wednesday = LocalDate.of(2026, 7, 22)

    private fun TestScope.atSummary(before: FakeCore.() -> Unit = {}): Setting = Setting(this).apply {
        core.before()
        models.reload(Route.Summary)
        runCurrent()
    }

    private val Setting.summary get() = checkNotNull(models.summary.state.value.value)
    private val Setting.order get() = checkNotNull(models.order.state.value.value)

    private fun FakeCore.sellIn(store: Int) {
        beginVisit(FakeData.id(store))
        saveLine(Line.Intention("21010019", 48, null))
        checkOut()
        sync()
    }

    @Test
    fun `earlier orders are looked for when somebody asks, and those on this phone are shown`() = runTest {
        val setting = atSummary()
        assertNull(setting.models.summary.earlier.value)
        setting.models.summary.showEarlier()
        runCurrent()
        val found = checkNotNull(setting.models.summary.earlier.value?.value).single()
        assertEquals(EarlierOrder(FakeData.EARLIER, FakeData.stores[0].name, OrderLight.DELIVERED, FakeData.lastWeek.state, MovedDay(tuesday, wednesday)), found)
        setting.models.summary.open(found)
        setting.models.reload(setting.models.go.here)
        runCurrent()
        assertNull(setting.order.ofToday, "it is not of today")
        assertEquals(OrderState.Ended(Outcome.SHORT, "D01-20260722"), setting.order.standing)
        assertEquals(listOf(48, 30), setting.order.card.lines.map { it.confirmed })
        assertTrue(setting.order.isOver)
        assertFalse(setting.order.isCancelled)
    }

    @Test
    fun `what a shop ordered today is in the list of today alone`() = runTest {
        val setting = atSummary { sellIn(1) }
        setting.models.summary.showEarlier()
        runCurrent()
        assertEquals(emptyList<EarlierOrder>(), setting.models.summary.earlier.value?.value)
        assertEquals(1, setting.summary.orders.size)
    }

    @Test
    fun `earlier orders are looked for once, until an order changes`() = runTest {
        val setting = atSummary()
        setting.core.earlier = LastOrder(FakeData.EARLIER, OrderState.OnSheet("D01-20260721"), OrderLight.ON_SHEET)
        setting.models.summary.showEarlier()
        assertEquals(true, setting.models.summary.earlier.value?.isLoading)
        assertNull(setting.models.summary.showEarlier(), "it is under way")
        runCurrent()
        val found = setting.models.summary.earlier.value
        setting.models.summary.load()
        runCurrent()
        assertSame(found, setting.models.summary.earlier.value, "reading the day again leaves them")
        setting.models.order.show(FakeData.EARLIER)
        runCurrent()
        setting.models.order.cancel(FakeData.reasons(ReasonKind.CANCEL)[0])
        runCurrent()
        assertNull(setting.models.summary.earlier.value, "an order changed")
    }

    @Test
    fun `what was found of earlier orders is forgotten when the server answers, and not when a line of a visit is saved`() = runTest {
        val setting = Setting(this)
        setting.models.start()
        runCurrent()
        for ((what, isKept) in mapOf(Changed.VISIT to true, Changed.FACTS to false, Changed.MASTER to false)) {
            setting.models.summary.showEarlier()
            runCurrent()
            setting.room.signals.changed(what)
            runCurrent()
            assertEquals(isKept, setting.models.summary.earlier.value != null, "$what")
        }
    }

    @Test
    fun `an earlier order that is taken back here is cancelled, though its shop's card forgets it`() = runTest {
        val setting = Setting(this)
        setting.core.earlier = LastOrder(FakeData.EARLIER, OrderState.OnSheet("D01-20260721"), OrderLight.ON_SHEET)
        setting.models.order.show(FakeData.EARLIER)
        runCurrent()
        assertFalse(setting.order.isOver)
        assertNull(setting.order.moved)
        setting.models.order.cancel(FakeData.reasons(ReasonKind.CANCEL)[0])
        runCurrent()
        assertEquals(OrderState.Cancelled(CancelCause.OWNER), setting.order.standing)
        assertEquals(1, setting.core.syncs)
    }

    @Test
    fun `an order that is taken back and not sent is cancelled, also when the app was closed meanwhile`() = runTest {
        val before = Setting(this)
        before.core.earlier = LastOrder(FakeData.EARLIER, OrderState.OnSheet("D01-20260721"), OrderLight.ON_SHEET)
        before.core.outcome = app.xundian.device.Outcome.Later(60_000u)
        before.models.order.show(FakeData.EARLIER)
        runCurrent()
        before.models.order.cancel(FakeData.reasons(ReasonKind.CANCEL)[0])
        runCurrent()
        val setting = Setting(this, before.core)
        setting.models.order.show(FakeData.EARLIER)
        runCurrent()
        assertTrue(setting.order.isCancelled)
        assertTrue(setting.order.isOver)
        assertEquals(1uL, setting.core.outbox().unsent)
    }

    @Test
    fun `a card leads to its last order, and not to one that another phone took`() = runTest {
        val setting = Setting(this)
        setting.models.card.show(FakeData.id(1))
        runCurrent()
        setting.models.card.open(checkNotNull(setting.models.card.lastOrder.value))
        assertEquals(Route.Order(FakeData.EARLIER), setting.models.go.here)
        setting.models.card.show(FakeData.id(2))
        assertNull(setting.models.card.lastOrder.value, "the other shop's does not flash up")
        runCurrent()
        assertEquals(FakeData.id(76), setting.models.card.state.value.value?.lastOrder?.order)
        assertNull(setting.models.card.lastOrder.value)
        assertNull(setting.models.card.state.value.problem)
    }

    @Test
    fun `the list of today says which day moved`() = runTest {
        val setting = atSummary { sellIn(1); sellIn(2) }
        assertTrue(setting.summary.moved.isEmpty())
        val later = FakeData.DATE.plusDays(2)
        setting.core.orders[1] = setting.core.orders[1].copy(state = OrderState.Waiting(later, true))
        setting.models.summary.load()
        runCurrent()
        assertEquals(mapOf(setting.core.orders[1].order to MovedDay(FakeData.DATE.plusDays(1), later)), setting.summary.moved)
    }

    @Test
    fun `a day is moved when the server's word is of another day than the promise`() {
        val moved = MovedDay(tuesday, wednesday)
        val said: List<Pair<OrderState?, MovedDay?>> = listOf(
            OrderState.Waiting(wednesday, true) to moved,
            OrderState.OnSheet("D01-20260722") to moved,
            OrderState.OnSheet("D-01-20260722.2") to moved,
            OrderState.Ended(Outcome.SHORT, "D01-20260722") to moved,
            OrderState.Waiting(tuesday, false) to null,
            OrderState.OnSheet("D01-20260721.1") to null,
            OrderState.OnSheet("12") to null,
            OrderState.Cancelled(CancelCause.HELD) to null,
            OrderState.Held to null,
            null to null,
        )
        said.forEach { (state, expected) -> assertEquals(expected, MovedDay.of(tuesday, state), "$state") }
    }
}
