package app.xundian.logic

import app.xundian.device.RouteStop
import app.xundian.device.Today
import app.xundian.domain.Spot

/** A stop with its place on the plan; [number] is that of the list. */
data class PlannedStop(val number: Int, val stop: RouteStop, val spot: Spot)

/** 路线图: the route by position, without a map and without a network. */
data class RoutePlan(val stops: List<PlannedStop>, val here: Spot?, val unplaced: Int) {
    /** From one stop to the next; a stop without a place is passed over. */
    val legs: List<Pair<Spot, Spot>> get() = stops.zipWithNext { from, to -> from.spot to to.spot }

    companion object {
        fun of(today: Today): RoutePlan {
            val placed = today.stops.mapIndexedNotNull { place, stop -> stop.spot?.let { PlannedStop(place + 1, stop, it) } }
            return RoutePlan(placed, today.here, today.stops.size - placed.size)
        }
    }
}
