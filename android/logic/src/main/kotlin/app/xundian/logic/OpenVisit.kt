package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.RouteStop
import app.xundian.device.StopState
import app.xundian.device.VisitView
import app.xundian.domain.StoreId

/** The visit that is not over, as a screen beside it knows it. */
internal sealed interface OpenVisit {
    data object None : OpenVisit

    /** Its lines cannot be read: that stands in nobody's way, and it can be ended as failed. */
    data object Unread : OpenVisit

    data class There(val view: VisitView) : OpenVisit
}

/** Damage, or a file that was closed between two questions, says nothing of a visit. */
internal fun Core.openVisit(): OpenVisit = try {
    currentVisit()?.let { OpenVisit.There(it) } ?: OpenVisit.None
} catch (unread: CoreException.Internal) {
    OpenVisit.Unread
}

/** The name of its shop, empty where nobody knows it; `null` = no visit is open. A stop of the route that says so need not be asked for. */
internal fun Core.openShop(stops: List<RouteStop>): String? {
    stops.find { it.state is StopState.Visiting }?.let { return it.name }
    return when (val open = openVisit()) {
        OpenVisit.None -> null
        OpenVisit.Unread -> ""
        is OpenVisit.There -> nameOrNone(open.view.store)
    }
}

/** A shop that has left this phone meanwhile is no reason to lose a screen. */
internal fun Core.nameOrNone(store: StoreId): String = try {
    storeCard(store).shop.name
} catch (gone: CoreException.NotFound) {
    ""
}
