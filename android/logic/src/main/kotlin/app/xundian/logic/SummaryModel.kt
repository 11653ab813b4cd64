package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.DayReport
import app.xundian.device.OrderLight
import app.xundian.device.OrderOfDay
import app.xundian.device.OrderSlip
import app.xundian.device.RouteStop
import app.xundian.domain.OrderId
import app.xundian.domain.OrderState
import app.xundian.domain.StoreId
import app.xundian.domain.WhyMissing
import app.xundian.protocol.Reason
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.time.LocalDate
import java.util.Collections

/** The newest order of a shop on the route, of an earlier day; its lines are on this phone. */
data class EarlierOrder(val order: OrderId, val storeName: String, val light: OrderLight, val state: OrderState, val moved: MovedDay?)

/** A shop of the route in which nothing was counted. */
data class MissedStop(val store: StoreId, val storeName: String, val why: WhyMissing)

data class SummaryScreen(
    val report: DayReport,
    val orders: List<OrderOfDay>,
    /** Orders of today that come on another day than was promised. */
    val moved: Map<OrderId, MovedDay>,
    val missing: List<MissedStop>,
    /** The shop whose visit is not over, empty where nobody knows its name: nothing of it is in the figures. */
    val openVisit: String?,
    val noOrderReasons: List<Reason>,
    /** For which a count was left out. */
    val skipReasons: List<Reason>,
    /** The orders as a text for each distributor; none before somebody wants to send them. */
    val slips: List<OrderSlip>,
) {
    /** Where nobody was; of the others the reason is known, or they are [openVisit]. */
    val notBegun get() = missing.filter { it.why is WhyMissing.NotBegun }

    /** Something is asked before the day is sealed. */
    val isUnfinished get() = openVisit != null || notBegun.isNotEmpty() || report.unsent > 0u
}

/** 6 信息汇总. */
class SummaryModel(room: Room, private val go: Navigator, private val sent: () -> Unit) : Model<SummaryScreen>(room) {
    private val asking = MutableStateFlow(false)
    /** The day is not finished, and the rep is asked whether it is sealed all the same. */
    val isAskingToSeal: StateFlow<Boolean> = asking.asStateFlow()

    /** The day that an order promised; it keeps it, so it is asked for once. `null` = the order is not on this phone. */
    private val promises: MutableMap<OrderId, LocalDate?> = Collections.synchronizedMap(mutableMapOf())

    private val found = MutableStateFlow<View<List<EarlierOrder>>?>(null)
    /** `null` = nobody asked for them, or an order changed since; without a value = they are being looked for. */
    val earlier: StateFlow<View<List<EarlierOrder>>?> = found.asStateFlow()
    private var ofToday: Any? = null
    @Volatile
    private var areSlipsWanted = false

    override fun read(core: Core): SummaryScreen {
        val (report, orders, stops) = Triple(core.dayReport(), core.ordersOfToday(), core.today().stops)
        val names = stops.associate { it.store to it.name }
        forgetEarlierUnless(report.date to orders.map { it.order to it.state })
        return SummaryScreen(
            report = report,
            orders = orders,
            moved = orders.mapNotNull { order -> moved(core, order)?.let { order.order to it } }.toMap(),
            missing = report.missing.map { MissedStop(it.store, names[it.store] ?: it.store.toString(), it.why) },
            openVisit = core.openShop(stops),
            noOrderReasons = core.reasons(ReasonKind.NO_ORDER),
            skipReasons = core.reasons(ReasonKind.SKIP_STEP),
            slips = if (areSlipsWanted) core.slipsOrNone(report.date) else emptyList(),
        )
    }

    override fun forget() {
        super.forget()
        promises.clear()
        forgetEarlier()
    }

    private fun moved(core: Core, order: OrderOfDay): MovedDay? {
        val state = order.state ?: return null
        return promised(core, order.order)?.let { MovedDay.of(it, state) }
    }

    private fun earlierOf(core: Core, stop: RouteStop, ofToday: List<OrderOfDay>): EarlierOrder? {
        val last = core.storeCard(stop.store).lastOrder?.takeIf { last -> ofToday.none { it.order == last.order } } ?: return null
        val promised = promised(core, last.order) ?: return null
        return EarlierOrder(last.order, stop.name, last.light, last.state, MovedDay.of(promised, last.state))
    }

    /** The server also tells of orders that were taken on another phone, or longer ago than this one keeps them. */
    private fun promised(core: Core, order: OrderId): LocalDate? {
        if (order !in promises) {
            promises[order] = try {
                core.orderCard(order).promise.day
            } catch (elsewhere: CoreException.NotFound) {
                null
            }
        }
        return promises[order]
    }

    /** Days are searched for each shop, so once, off the thread of the taps and shop by shop; a screen that is read again leaves what was found. */
    fun showEarlier(): Job? {
        val looking = View<List<EarlierOrder>>()
        if (!found.compareAndSet(null, looking)) return null
        return room.scope.launch {
            try {
                val orders = seek()
                // An order that changed meanwhile has put the question away.
                found.update { if (it === looking) View(orders) else it }
            } catch (gone: CancellationException) {
                throw gone
            } catch (failure: Exception) {
                found.update { if (it === looking) null else it }
                fail(failure)
            }
        }
    }

    private suspend fun seek(): List<EarlierOrder> {
        val core = room.core
        val (stops, orders) = withContext(room.slow) { core.today().stops to core.ordersOfToday() }
        return stops.mapNotNull { stop -> withContext(room.slow) { earlierOf(core, stop, orders) } }
    }

    /** An order changed: what was found no longer holds. */
    fun forgetEarlier() {
        found.value = null
    }

    private fun forgetEarlierUnless(same: Any) {
        if (ofToday != null && ofToday != same) forgetEarlier()
        ofToday = same
    }

    /** A day with something left is asked about once; a complete one is sealed at once. */
    fun seal(): Job? {
        val screen = state.value.value ?: return null
        if (!screen.isUnfinished) return sealAnyway()
        asking.value = true
        return null
    }

    /** A later fact of the day may be sealed in again. */
    fun sealAnyway(): Job {
        stopAsking()
        return act(then = sent) { it.closeDay() }
    }

    fun continueVisit() {
        stopAsking()
        go.goHome(Route.Visit)
    }

    fun stopAsking() {
        asking.value = false
    }

    fun share(text: String) = room.shell.shareText(text)
    fun open(order: OrderOfDay) = go.go(Route.Order(order.order))
    fun open(order: EarlierOrder) = go.go(Route.Order(order.order))
    fun open(stop: MissedStop) = go.go(Route.Card(stop.store))

    /** Without a network, and face to face: the distributor reads the orders from this screen. */
    fun showSlips() = go.go(Route.Slips)

    /** Without a network: each distributor gets the orders as a text. Of several, each is sent by a tap of its own: one chooser takes the other's place. */
    fun shareSlips(): Job {
        areSlipsWanted = true
        return actWith({ core -> core.orderSlips(core.dayReport().date) }) { slips -> slips.singleOrNull()?.let { share(it) } }
    }

    fun share(slip: OrderSlip) = room.shell.shareText(slip.text)
}
