package app.xundian.logic

import app.xundian.device.Line
import app.xundian.device.Street
import app.xundian.domain.Promise
import app.xundian.domain.Step
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
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.DayOfWeek

/** What a slip of the thumb, a refusal or a sync in between must not do. */
@OptIn(ExperimentalCoroutinesApi::class)
class MendedTest {
    private fun TestScope.inStore(core: FakeCore = FakeCore()): Setting = Setting(this, core).apply {
        models.card.show(FakeData.id(1))
        runCurrent()
        models.card.checkIn()
        runCurrent()
    }

    /** In step 5 with two wishes. */
    private fun TestScope.confirming(core: FakeCore = FakeCore()): Setting = inStore(core).apply {
        core.saveLine(Line.Intention("21010019", 48, null))
        core.saveLine(Line.Intention("22070012", 30, null))
        models.reload(Route.At(Step.ORDER_CONFIRMATION))
        runCurrent()
    }

    /** The other steps are open: that is asked, and answered. */
    private fun Setting.seal() = models.confirm.run {
        finish()
        finishAnyway()
    }

    private val Setting.confirm get() = checkNotNull(models.confirm.state.value.value)
    private val Setting.display get() = checkNotNull(models.display.state.value.value)

    @Test
    fun `who orders nothing gets no order`() = runTest {
        val setting = confirming()
        setting.models.confirm.noOrder(FakeData.reasons(ReasonKind.NO_ORDER)[0])
        runCurrent()
        assertEquals("stock_enough", setting.confirm.noOrder)
        setting.seal()
        runCurrent()
        assertEquals(0, setting.core.orders.size)
        assertEquals(Route.Today, setting.models.go.here)
    }

    @Test
    fun `order after all is the order that was wished`() = runTest {
        val setting = confirming()
        setting.models.confirm.noOrder(FakeData.reasons(ReasonKind.NO_ORDER)[0])
        runCurrent()
        setting.models.confirm.orderAfterAll("stock_enough")
        runCurrent()
        assertNull(setting.confirm.noOrder)
        setting.seal()
        runCurrent()
        assertEquals(78, setting.core.orders.single().units)
    }

    @Test
    fun `order after all is the order that was confirmed`() = runTest {
        val setting = confirming()
        val (noodles, tea) = setting.confirm.quote.lines
        setting.models.confirm.step(noodles, 1)
        setting.models.confirm.step(tea, -2)
        runCurrent()
        repeat(2) {
            setting.models.confirm.noOrder(FakeData.reasons(ReasonKind.NO_ORDER)[0])
            runCurrent()
        }
        setting.models.confirm.orderAfterAll("stock_enough")
        runCurrent()
        assertNull(setting.confirm.noOrder)
        assertEquals(listOf("21010019" to 72), setting.confirm.quote.lines.map { it.sku to it.confirmed })
        assertEquals(listOf("22070012"), setting.confirm.removed.map { it.sku })
    }

    @Test
    fun `quick taps in step 5 all count, and a line that is gone can be put back`() = runTest {
        val setting = confirming()
        val line = setting.confirm.quote.lines.first { it.sku == "21010019" }
        setting.models.confirm.step(line, -1)
        setting.models.confirm.step(line, -1)
        runCurrent()
        assertEquals(listOf("21010019"), setting.confirm.removed.map { it.sku })
        assertEquals(listOf("22070012"), setting.confirm.quote.lines.map { it.sku })
        setting.models.confirm.putBack("21010019")
        runCurrent()
        assertTrue(setting.confirm.removed.isEmpty())
        assertEquals(48, setting.confirm.quote.lines.first { it.sku == "21010019" }.confirmed)
    }

    @Test
    fun `what is sold by the unit is confirmed by the unit`() = runTest {
        val setting = confirming(FakeCore(FakeData.products(8).map { if (it.sku == "21010019") it.copy(pack = 1) else it }))
        val (noodles, tea) = setting.confirm.quote.lines
        setting.models.confirm.step(noodles, -1)
        setting.models.confirm.step(noodles, -1)
        setting.models.confirm.step(tea, 1)
        assertEquals(listOf(46, 45), setting.confirm.quote.lines.map { it.confirmed }, "shown before it is saved")
        runCurrent()
        assertEquals(listOf(46, 45), setting.core.quote().lines.map { it.confirmed })
    }

    @Test
    fun `a window that was chosen can be any time again`() = runTest {
        val setting = confirming()
        setting.models.confirm.window("14:00-17:00")
        runCurrent()
        assertEquals("14:00-17:00", setting.confirm.quote.promise.window)
        setting.models.confirm.window(null)
        runCurrent()
        setting.models.confirm.day(setting.confirm.days[2])
        runCurrent()
        assertEquals(Promise(setting.confirm.days[2], null), setting.confirm.quote.promise, "another day leaves it")
    }

    @Test
    fun `the days to choose from are the core's, before and after one is chosen`() = runTest {
        val setting = confirming()
        assertEquals(FakeData.days, setting.confirm.days)
        assertFalse(setting.confirm.days.any { it.dayOfWeek == DayOfWeek.SUNDAY })
        setting.models.confirm.day(FakeData.days.last())
        runCurrent()
        assertEquals(FakeData.days to FakeData.days.last(), setting.confirm.days to setting.confirm.quote.promise.day)
    }

    @Test
    fun `an open visit off the route is on the screen of the route`() = runTest {
        val setting = inStore()
        setting.core.offRoute += FakeData.id(1)
        setting.models.go.goHome()
        setting.models.reload(Route.Today)
        runCurrent()
        val screen = checkNotNull(setting.models.today.state.value.value)
        assertTrue(screen.today.stops.none { it.store == FakeData.id(1) })
        assertEquals(FakeData.stores[0].name, screen.openVisit)
        setting.models.today.goOn()
        assertEquals(Route.Visit, setting.models.go.here)
    }

    @Test
    fun `the open visit of the route is the one to go on with, and after it there is none`() = runTest {
        val setting = inStore()
        setting.models.reload(Route.Today)
        runCurrent()
        assertEquals(FakeData.stores[0].name, setting.models.today.state.value.value?.openVisit)
        setting.models.visit.checkOut()
        runCurrent()
        setting.models.reload(Route.Today)
        runCurrent()
        assertNull(setting.models.today.state.value.value?.openVisit)
    }

    @Test
    fun `a new store that is refused says why, and two taps open one`() = runTest {
        val setting = Setting(this)
        val model = setting.models.newStore
        model.change(NewStoreScreen(name = "新店", street = "abc", address = "香港中路"))
        model.save()
        runCurrent()
        assertEquals(Text.ERR_STREET, model.state.value.problem?.text)
        setting.core.failure = IllegalStateException("anything")
        model.change(model.state.value.copy(street = "370202001"))
        model.save()
        runCurrent()
        assertEquals(Text.ERR_INTERNAL, model.state.value.problem?.text)
        val first = model.save()
        assertSame(first, model.save())
        runCurrent()
        assertTrue(setting.models.go.here is Route.Card)
        assertEquals(1, setting.core.searchStores("新店").size)
    }

    @Test
    fun `hours go to the core as they are typed`() = runTest {
        val setting = Setting(this)
        val asked = mutableListOf<String>()
        setting.core.onOpenStore = { store ->
            asked += store.receivingHours
            FakeData.id(2)
        }
        for (hours in listOf(" 08：30～11：30；14:00-18:00 ", "")) {
            setting.models.newStore.change(NewStoreScreen(name = "新店", street = "370202001", address = "江西路2号", hours = hours))
            setting.models.newStore.save()
            runCurrent()
        }
        assertEquals(listOf("08：30～11：30；14:00-18:00", ""), asked, "it understands a Chinese keyboard")
    }

    @Test
    fun `a street is picked from those of the core, and what was read stays when it fails`() = runTest {
        val setting = Setting(this)
        val model = setting.models.newStore
        setting.models.reload(Route.NewStore)
        runCurrent()
        assertEquals(FakeData.streets, model.streets.value)
        setting.core.failure = IllegalStateException("anything")
        model.load()
        runCurrent()
        assertEquals(FakeData.streets to null, model.streets.value to model.state.value.problem)
        val asked = mutableListOf<String>()
        setting.core.onOpenStore = { store ->
            asked += store.street
            FakeData.id(2)
        }
        model.change(NewStoreScreen(name = "新店", street = model.streets.value[1].code, address = "江西路2号"))
        model.save()
        runCurrent()
        assertEquals(listOf("370202004"), asked)
    }

    @Test
    fun `streets of one name say their districts`() {
        val streets = FakeData.streets + Street("370203001", "云南路街道", "市北区", 2u, null)
        assertEquals(listOf("香港中路街道", "云南路街道 · 市南区", "云南路街道 · 市北区"), streets.map { streets.label(it) })
        val unknown = streets.map { it.copy(district = "") }
        assertEquals("云南路街道 · 370203001", unknown.label(unknown.last()))
    }

    @Test
    fun `a store's name may have sixty characters as people count them, and not one more`() = runTest {
        val setting = Setting(this)
        val model = setting.models.newStore
        val sixty = "𠮷".repeat(30) + "店".repeat(30)
        model.change(NewStoreScreen(name = sixty + "店", street = "370202001", address = "香港中路"))
        model.save()
        runCurrent()
        assertEquals(Text.ERR_TOO_LONG to "name", model.state.value.problem?.let { it.text to it.detail })
        assertEquals(sixty + "店", model.state.value.name, "what was typed stays")
        model.change(model.state.value.copy(name = sixty))
        assertNull(model.state.value.problem)
        model.save()
        runCurrent()
        assertTrue(setting.models.go.here is Route.Card)
        assertEquals(sixty, setting.core.searchStores("𠮷").single().name)
    }

    @Test
    fun `an error that is not the core's is said at the end of a visit`() = runTest {
        val setting = confirming()
        setting.core.failure = IllegalStateException("anything")
        setting.seal()
        runCurrent()
        assertEquals(Text.ERR_INTERNAL, setting.models.confirm.state.value.problem?.text)
        setting.core.failure = IllegalStateException("anything")
        setting.models.visit.checkOut()
        runCurrent()
        assertEquals(Text.ERR_INTERNAL, setting.models.visit.state.value.problem?.text)
    }

    @Test
    fun `a check-in elsewhere asks before it seals`() = runTest {
        val setting = inStore()
        val card = setting.models.card
        card.show(FakeData.id(2))
        runCurrent()
        card.checkIn()
        runCurrent()
        assertEquals(InTheWay.Unsealed(FakeData.stores[0].name, 0), card.inTheWay.value)
        assertEquals(FakeData.id(1), setting.core.visit?.store, "nothing is sealed yet")
        card.continueThere()
        assertEquals(Route.Visit, setting.models.go.here)
        assertNull(card.inTheWay.value)
        card.sealAndCheckIn()
        runCurrent()
        assertEquals(FakeData.id(2), setting.core.visit?.store)
        assertEquals(1, setting.core.syncs, "what was sealed is sent")
    }

    @Test
    fun `a change of an order outlives a reading of it`() = runTest {
        val setting = confirming()
        setting.seal()
        runCurrent()
        val order = setting.models.order
        order.show(setting.core.orders.single().order)
        runCurrent()
        val (noodles, tea) = checkNotNull(order.state.value.value).card.lines
        order.startChange()
        order.step(noodles.sku, -1)
        order.load()
        runCurrent()
        assertEquals(24, order.draft.value?.find { it.sku == "21010019" }?.units)
        order.saveChange()
        runCurrent()
        assertNull(order.draft.value)
        assertEquals(24, order.state.value.value?.card?.lines?.first { it.sku == "21010019" }?.confirmed)
        order.startChange()
        assertNotNull(order.draft.value)
        order.step(noodles.sku, -1)
        order.step(tea.sku, -2)
        assertNull(order.saveChange(), "an order of nothing is no change")
        order.stopChange()
        assertNull(order.draft.value)
    }

    @Test
    fun `quick taps at the display all count`() = runTest {
        val setting = inStore()
        setting.models.display.load()
        runCurrent()
        val row = setting.display.checks[2]
        setting.models.display.found(row, 1)
        setting.models.display.found(row, 1)
        setting.models.display.pop(1)
        setting.models.display.pop(1)
        assertEquals(2 to 2, setting.display.checks[2].found to setting.display.pop, "shown before it is saved")
        runCurrent()
        assertEquals(2 to 2, setting.display.checks[2].found to setting.display.pop)
    }

    @Test
    fun `the position is wanted on the card and in the whole visit`() {
        assertTrue((listOf(Route.Card(FakeData.id(1)), Route.Visit) + Step.entries.map { Route.At(it) }).all { it.wantsPosition })
        assertFalse(listOf(Route.Today, Route.Order(FakeData.id(1)), Route.Settings).any { it.wantsPosition })
    }
}
