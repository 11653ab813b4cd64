package app.xundian.logic

import app.xundian.domain.OrderId
import app.xundian.domain.Step
import app.xundian.domain.StoreId
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update

/** Where the rep is. */
sealed interface Route {
    /** Nowhere yet: the first reading failed, see [StartModel]. */
    data object Start : Route
    data object Enrol : Route
    data object Today : Route
    data object Plan : Route
    data object Search : Route
    data object NewStore : Route
    data class Card(val store: StoreId) : Route
    data object Visit : Route
    data class At(val step: Step) : Route
    data class Order(val order: OrderId) : Route
    data object Summary : Route
    data object Slips : Route
    data object Outbox : Route
    data object Settings : Route
}

/**
 * Check-in or check-out may come any moment, and is one tap: a fix of the visit's beginning would be too old. No other screen needs to know all the
 * time.
 */
val Route.wantsPosition: Boolean get() = this is Route.Card || this == Route.Visit || this is Route.At

/** Somebody is enrolled here, as far as is known. */
val Route.wantsSync: Boolean get() = this != Route.Start && this != Route.Enrol

/** The route is shown with its distances, a new store's street is one of the nearest: one fix is enough for them. */
val Route.wantsDistances: Boolean get() = this == Route.Today || this == Route.Plan || this == Route.NewStore

/** The stack of screens. It lives here, not in the platform's library, so that both builds and the tests go the same way. */
class Navigator(start: Route) {
    private val stack = MutableStateFlow(listOf(start))
    val routes: StateFlow<List<Route>> = stack.asStateFlow()
    val here: Route get() = stack.value.last()

    fun go(to: Route) = stack.update { if (it.last() == to) it else it + to }

    /** One step of the visit takes the other's place: back leads to the rail, not through every step. */
    fun goOver(to: Route) = stack.update { it.dropLast(1) + to }

    /** Only [to] is left above the route of the day. */
    fun goHome(vararg to: Route) = stack.update { listOf<Route>(Route.Today) + to }

    fun replaceAll(to: Route) {
        stack.value = listOf(to)
    }

    /** False at the bottom: then the platform leaves the app. */
    fun back(): Boolean {
        if (stack.value.size < 2) return false
        stack.update { it.dropLast(1) }
        return true
    }
}
