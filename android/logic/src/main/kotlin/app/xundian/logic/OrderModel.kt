package app.xundian.logic

import app.xundian.device.OrderCard
import app.xundian.device.OrderOfDay
import app.xundian.domain.OrderId
import app.xundian.domain.OrderState
import app.xundian.domain.SkuUnits
import app.xundian.protocol.Reason

data class OrderScreen(
    val card: OrderCard,
    val state: OrderOfDay?,
    val cancelReasons: List<Reason>,
    /** Quantities while they are being changed; `null` = the card is shown to the owner. */
    val draft: Map<String, Int>? = null,
) {
    val isCancelled get() = state?.state is OrderState.Cancelled
}

/** The owner's order card, and what can still be done to an order. */
class OrderModel(room: Room) : Model<OrderScreen>(room) {
    private var order: OrderId? = null

    fun show(of: OrderId) {
        if (order != of) forget()
        order = of
        load()
    }

    override fun read(core: Core): OrderScreen {
        val id = checkNotNull(order)
        return OrderScreen(core.orderCard(id), core.ordersOfToday().find { it.order == id }, core.reasons(ReasonKind.CANCEL))
    }

    fun startChange() = showNow { it.copy(draft = it.card.lines.associate { line -> line.sku to line.confirmed }) }
    fun stopChange() = showNow { it.copy(draft = null) }

    fun step(sku: String, units: Int) = showNow { screen ->
        screen.copy(draft = screen.draft?.let { it + (sku to ((it[sku] ?: 0) + units).coerceAtLeast(0)) })
    }

    fun saveChange() {
        val draft = state.value.value?.draft ?: return
        act { it.amendOrder(checkNotNull(order), draft.map { (sku, units) -> SkuUnits(sku, units) }) }
    }

    fun cancel(reason: Reason) = act { it.cancelOrder(checkNotNull(order), reason.code) }

    fun share(text: String) = room.shell.shareText(text)
}
