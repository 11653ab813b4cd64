package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.OrderCard
import app.xundian.device.OrderLight
import app.xundian.device.OrderOfDay
import app.xundian.device.ProductHit
import app.xundian.domain.OrderId
import app.xundian.domain.OrderState
import app.xundian.domain.SkuUnits
import app.xundian.protocol.Reason
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import java.io.IOException
import java.time.LocalDate

data class OrderScreen(
    val card: OrderCard,
    /** With its light, if it is an order of today. */
    val ofToday: OrderOfDay?,
    val cancelReasons: List<Reason>,
) {
    /** Of an earlier day too; `null` = this phone does not know. */
    val standing: OrderState? get() = card.state
    val isCancelled get() = standing is OrderState.Cancelled
    /** No van brings it, or none should: a driver must not take the card for an order. */
    val bringsNothing get() = isCancelled || card.light == OrderLight.REFUSED
    /** Goods that were to go back with it stay where they are. */
    val leavesGoods get() = bringsNothing && card.pickUps.isNotEmpty()
    /** Nothing can be done to it any more: what the driver handed over stays. */
    val isOver get() = bringsNothing || standing is OrderState.Ended
    /** Who holds the card is asked for its code until the van was there. */
    val isAwaited get() = !isOver && card.light != OrderLight.DELIVERED
    val moved get() = MovedDay.of(card.promise.day, standing)
    val day: LocalDate get() = card.day
}

/** A line of an order while it is being changed; it may be one that no card has yet. */
data class DraftLine(val sku: String, val name: String, val units: Int, val case: Int, val pack: Int)

/** The owner's order card, and what can still be done to an order. */
class OrderModel(room: Room, private val sent: () -> Unit) : Model<OrderScreen>(room) {
    private var order: OrderId? = null
    private val changing = MutableStateFlow<List<DraftLine>?>(null)
    /** Lines while they are being changed; `null` = the card is shown to the owner. A sync that reads the order anew leaves them. */
    val draft: StateFlow<List<DraftLine>?> = changing.asStateFlow()

    fun show(of: OrderId) {
        if (order != of) forget()
        order = of
        load()
    }

    override fun read(core: Core): OrderScreen {
        val id = checkNotNull(order)
        val fresh = OrderScreen(core.orderCard(id), core.ordersOfToday().find { it.order == id }, core.reasons(ReasonKind.CANCEL))
        if (fresh.isOver) changing.value = null
        return fresh
    }

    override fun forget() {
        super.forget()
        changing.value = null
    }

    fun startChange() {
        changing.value = state.value.value?.card?.lines?.map { DraftLine(it.sku, it.name, it.confirmed, it.case, it.pack) }
    }

    fun stopChange() {
        changing.value = null
    }

    /** One order pack more or less. */
    fun step(sku: String, packs: Int) = changing.update { draft ->
        draft?.map { if (it.sku == sku) it.copy(units = (it.units + packs * it.pack).coerceAtLeast(0)) else it }
    }

    /** One pack of what was not on the order; what is on it stays as it is. */
    fun add(product: ProductHit) = changing.update { draft ->
        val line = product.run { DraftLine(sku, name, pack, case, pack) }
        if (draft == null || draft.any { it.sku == line.sku && it.units > 0 }) draft else draft.filter { it.sku != line.sku } + line
    }

    /** What was refused stays with its numbers. An order of nothing is cancelled, not changed. */
    fun saveChange(): Job? {
        val asked = changing.value ?: return null
        if (asked.all { it.units == 0 }) return null
        val of = checkNotNull(order)
        return change(then = { changing.compareAndSet(asked, null); sent() }) { core ->
            core.amendOrder(of, asked.map { SkuUnits(it.sku, it.units) })
        }
    }

    fun cancel(reason: Reason): Job {
        val of = checkNotNull(order)
        return change(then = sent) { it.cancelOrder(of, reason.code) }
    }

    /** An order that was taken back since it was read is read again: nothing is left to change, and the screen says so. */
    private fun change(then: () -> Unit, work: (Core) -> Unit): Job = actWith({ core -> overOrDone(core, work) }) { over -> if (over == null) then() else fail(over) }

    private fun overOrDone(core: Core, work: (Core) -> Unit): CoreException.Conflict? = try {
        work(core)
        null
    } catch (over: CoreException.Conflict) {
        if (over.reason == "order_over") over else throw over
    }

    fun share(text: String) = room.shell.shareText(text)

    /** Under the order's own name: where pictures are remembered by name, the one before would be shown for it. */
    fun share(card: OrderCard, picture: Picture): Job = room.scope.launch {
        try {
            room.shell.sharePicture("order-${card.order}.png", picture)
        } catch (full: IOException) {
            fail(CoreException.StorageFull())
        }
    }
}
