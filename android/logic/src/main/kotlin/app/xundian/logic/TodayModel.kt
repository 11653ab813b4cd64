package app.xundian.logic

import app.xundian.device.OrderOfDay
import app.xundian.device.ProductHit
import app.xundian.device.RouteStop
import app.xundian.device.StoreHit
import app.xundian.device.StopState
import app.xundian.device.Today
import app.xundian.domain.StoreId

/** The route with the day's orders beside it. [openVisit] = the shop of the visit that is not over, on the route or off it. */
data class TodayScreen(val today: Today, val orders: List<OrderOfDay>, val openVisit: String?) {
    val done get() = today.stops.count { it.state is StopState.Done || it.state is StopState.Failed }
    /** Where the rep goes from here. */
    val next: RouteStop? get() = today.stops.find { it.state is StopState.ToDo }
    /** The light of the newest order of a store. */
    fun orderOf(store: StoreId): OrderOfDay? = orders.lastOrNull { it.store == store }
}

/** Today 今日路线. */
class TodayModel(room: Room, private val go: Navigator) : Model<TodayScreen>(room) {
    override fun read(core: Core): TodayScreen {
        val today = core.today()
        return TodayScreen(today, core.ordersOfToday(), core.openShop(today.stops))
    }

    fun goOn() = go.go(Route.Visit)

    /** The open visit goes on where it was; any other store shows its card first. */
    fun open(stop: RouteStop) = go.go(if (stop.state is StopState.Visiting) Route.Visit else Route.Card(stop.store))

    fun map(stop: RouteStop) {
        if (!room.shell.openMap(stop.address)) fail(PickFailed(Text.ERR_NO_MAP))
    }
}

/** What a search found. */
data class SearchScreen(val text: String = "", val stores: List<StoreHit> = emptyList(), val products: List<ProductHit> = emptyList())

/** Search: an unplanned visit starts here. */
class SearchModel(room: Room, private val go: Navigator) : Model<SearchScreen>(room, SearchScreen()) {
    private var text = ""

    fun type(now: String) {
        text = now
        showNow { it.copy(text = now) }
        load()
    }

    override fun read(core: Core): SearchScreen {
        val asked = text.trim()
        if (asked.isEmpty()) return SearchScreen(text)
        return SearchScreen(text, core.searchStores(asked), core.searchProducts(asked))
    }

    override fun forget() {
        text = ""
        super.forget()
    }

    fun open(hit: StoreHit) = go.go(Route.Card(hit.store))
}
