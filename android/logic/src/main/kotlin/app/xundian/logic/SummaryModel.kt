package app.xundian.logic

import app.xundian.device.DayReport
import app.xundian.device.OrderOfDay
import app.xundian.protocol.Reason
import kotlinx.coroutines.Job

data class SummaryScreen(
    val report: DayReport,
    val orders: List<OrderOfDay>,
    /** Names of the stores that nobody visited. */
    val missing: List<String>,
    val noOrderReasons: List<Reason>,
)

/** 6 信息汇总. */
class SummaryModel(room: Room, private val go: Navigator) : Model<SummaryScreen>(room) {
    override fun read(core: Core): SummaryScreen {
        val report = core.dayReport()
        val names = core.today().stops.associate { it.store to it.name }
        val missing = report.notVisited.map { names[it] ?: it.toString() }
        return SummaryScreen(report, core.ordersOfToday(), missing, core.reasons(ReasonKind.NO_ORDER))
    }

    /** A later fact of the day may be sealed in again. */
    fun close(): Job = act { it.closeDay() }
    fun share(text: String) = room.shell.shareText(text)
    fun open(order: OrderOfDay) = go.go(Route.Order(order.order))

    /** Without a network: each distributor gets the orders as a text. */
    fun shareSlips(): Job = actWith({ core -> core.orderSlips(core.dayReport().date) }) { slips ->
        slips.forEach { room.shell.shareText(it.text) }
    }
}
