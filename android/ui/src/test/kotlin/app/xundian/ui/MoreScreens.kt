package app.xundian.ui

import app.xundian.device.OrderLight
import app.xundian.domain.OrderState
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import app.xundian.logic.Place

/** Screens of [ScreensTest] for which that file has no room. */
internal val moreScreens: Map<String, Stage.() -> Unit> = mapOf(
    "count-backroom-swept" to { checkIn(2); models.count.load(); models.count.look(Place.BACKROOM); at(Step.STOCK_COUNT); models.count.nothingElse() },
    "confirm-added" to { checkIn(); models.confirm.add(FakeData.hit(FakeData.beyond)); models.confirm.add(FakeData.hit(FakeData.unlisted)); at(Step.ORDER_CONFIRMATION) },
    "order-change-added" to { sold(); models.reload(models.go.here); models.order.startChange(); models.order.add(FakeData.hit(FakeData.beyond)) },
    "order-on-sheet" to { onSheet(OrderLight.ON_SHEET) },
    "order-at-distributor" to { onSheet(OrderLight.AT_DISTRIBUTOR) },
)

/** What a tap opens over a screen, likewise. */
internal val moreOpened: Map<String, ScreensTest.Opened> = mapOf(
    "confirm-add" to ScreensTest.Opened(listOf("add-line")) { checkIn(); at(Step.ORDER_CONFIRMATION); models.search.type("茶") },
)

private fun Stage.onSheet(light: OrderLight) {
    sold()
    core.orders[0] = core.orders[0].copy(light = light, state = OrderState.OnSheet("D01-20260728"))
}
