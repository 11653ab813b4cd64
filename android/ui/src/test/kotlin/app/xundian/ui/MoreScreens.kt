package app.xundian.ui

import app.xundian.device.Awaited
import app.xundian.device.CountItem
import app.xundian.device.Line
import app.xundian.device.OrderLight
import app.xundian.domain.CountRow
import app.xundian.domain.Doubt
import app.xundian.domain.Entry
import app.xundian.domain.OrderState
import app.xundian.domain.PickUp
import app.xundian.domain.PlaceCount
import app.xundian.domain.Question
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import app.xundian.logic.Place
import app.xundian.logic.ReasonKind
import app.xundian.logic.Route

/** Screens of [ScreensTest] for which that file has no room. */
internal val moreScreens: Map<String, Stage.() -> Unit> = mapOf(
    "count-backroom-swept" to { checkIn(2); models.count.load(); models.count.look(Place.BACKROOM); at(Step.STOCK_COUNT); models.count.nothingElse() },
    "suggest-unspoken" to { checkIn(); at(Step.SUGGESTED_ORDER) },
    "confirm-added" to { checkIn(); models.confirm.add(FakeData.hit(FakeData.beyond)); models.confirm.add(FakeData.hit(FakeData.unlisted)); at(Step.ORDER_CONFIRMATION) },
    "order-change-added" to { sold(); models.reload(models.go.here); models.order.startChange(); models.order.add(FakeData.hit(FakeData.beyond)) },
    "confirm-pick-up" to { pickingUp(); at(Step.ORDER_CONFIRMATION) },
    "confirm-pick-up-no-order" to { pickingUp(); models.confirm.load(); models.confirm.noOrder(FakeData.reasons(ReasonKind.NO_ORDER)[0]); at(Step.ORDER_CONFIRMATION) },
    "order-pick-up" to { pickingUp(); core.saveLine(Line.Intention("21010019", 48, null)); models.confirm.load(); models.confirm.finishAnyway() },
    "order-pick-up-cancelled" to { pickingUp(); core.saveLine(Line.Intention("21010019", 48, null)); models.confirm.load(); models.confirm.finishAnyway(); core.cancelOrder(core.orders.single().order, "entered_wrongly") },
    "order-on-sheet" to { onSheet(OrderLight.ON_SHEET) },
    "order-at-distributor" to { onSheet(OrderLight.AT_DISTRIBUTOR) },
    "visit-unread" to { unreadVisit(); models.go.goHome(Route.Visit) },
    "count-doubted" to { counting { it.doubted(95, Question(Doubt.BOUGHT_ELSEWHERE, 24)) } },
    "count-slipped" to { counting { it.doubted(3, Question(Doubt.CASES_AS_UNITS, 72)) } },
    "count-expiries" to { counting { it.copy(asksExpiry = true) } },
    "count-deliveries" to { counting { it.copy(didItCome = deliveryOf(it)) } },
    "count-deliveries-answered" to { counting { it.copy(didItCome = deliveryOf(it)) }; checkNotNull(models.count.state.value.value).awaited.forEach(models.count::itCame) },
)

/** What a tap opens over a screen, likewise. */
internal val moreOpened: Map<String, ScreensTest.Opened> = mapOf(
    "visit-unread-failed" to ScreensTest.Opened(listOf("failed")) { unreadVisit(); models.go.goHome(Route.Visit) },
    "card-visit-unread" to ScreensTest.Opened(listOf("check-in")) { unreadVisit(); models.go.go(Route.Card(FakeData.id(2))) },
    "confirm-add" to ScreensTest.Opened(listOf("add-line")) { checkIn(); at(Step.ORDER_CONFIRMATION); models.search.type("茶") },
)

/** The first three products, of which all is the same. */
private fun Stage.counting(change: (CountItem) -> CountItem) {
    val items = core.onCountItems
    core.onCountItems = { items().take(3).map { change(it.copy(didItCome = emptyList(), asksExpiry = false)) } }
    checkIn()
    models.count.load()
    at(Step.STOCK_COUNT)
}

private fun CountItem.doubted(units: Int, why: Question) =
    copy(entered = CountRow(sku, Entry.STEPPED, PlaceCount.Counted(units), PlaceCount.NotCounted, PlaceCount.NotCounted, null), question = why)

/** Of the first product's order the phone knows the day, of the others' none. */
private fun deliveryOf(item: CountItem): List<Awaited> {
    val order = if (item.sku == FakeData.products(1).single().sku) FakeData.EARLIER else FakeData.id(item.sku.toInt())
    return listOf(Awaited(order, 48))
}

private fun Stage.pickingUp() {
    checkIn()
    core.saveLine(Line.PickUp(PickUp("21010026", 27, "damaged")))
}

private fun Stage.onSheet(light: OrderLight) {
    sold()
    core.orders[0] = core.orders[0].copy(light = light, state = OrderState.OnSheet("D01-20260728"))
}
