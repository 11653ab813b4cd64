package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.OrderSlip
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import java.time.LocalDate

/** The day's orders for the distributors; none = there is no order, or all were cancelled. */
data class SlipsScreen(val date: LocalDate, val slips: List<OrderSlip>) {
    fun at(place: SlipPage): OrderSlip? = slips.getOrNull(place.slip)
}

/** Which page of which slip is held out; both from 0. */
data class SlipPage(val slip: Int, val page: Int)

/** That all were taken back is no failure. */
internal fun Core.slipsOrNone(date: LocalDate): List<OrderSlip> = try {
    orderSlips(date)
} catch (none: CoreException.NotFound) {
    if (none.reason == "no_orders") emptyList() else throw none
}

/** 订单条 as codes: without a server, another phone reads the orders from this one. */
class SlipsModel(room: Room) : Model<SlipsScreen>(room) {
    private val held = MutableStateFlow(FIRST)
    val place: StateFlow<SlipPage> = held.asStateFlow()

    override fun read(core: Core): SlipsScreen {
        val date = core.dayReport().date
        val fresh = SlipsScreen(date, core.slipsOrNone(date))
        // Pages of now do not go with pages of before: whoever reads them begins again.
        if (fresh.slips != state.value.value?.slips) held.value = FIRST
        return fresh
    }

    fun look(slip: Int) {
        held.value = SlipPage(slip, 0)
    }

    /** So many pages on, or back. */
    fun turn(by: Int) {
        val screen = state.value.value ?: return
        held.update { it.copy(page = (it.page + by).coerceAtMost(screen.at(it)?.pages.orEmpty().lastIndex).coerceAtLeast(0)) }
    }

    fun share(slip: OrderSlip) = room.shell.shareText(slip.text)

    private companion object {
        val FIRST = SlipPage(0, 0)
    }
}
