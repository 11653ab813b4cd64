package app.xundian.logic

import app.xundian.domain.Spot
import app.xundian.fake.FakeCore
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

class RoutePlanTest {
    private val today = FakeCore().today()

    @Test
    fun `stops keep the number of the list, and one without a position is counted and passed over`() {
        val stops = today.stops.mapIndexed { place, stop -> if (place == 2) stop.copy(spot = null) else stop.copy(spot = Spot(place.toUShort(), 0u)) }
        val plan = RoutePlan.of(today.copy(stops = stops))
        assertEquals(listOf(1, 2, 4, 5, 6), plan.stops.map { it.number })
        assertEquals(1, plan.unplaced)
        assertEquals(listOf(0 to 1, 1 to 3, 3 to 4, 4 to 5), plan.legs.map { (from, to) -> from.x.toInt() to to.x.toInt() })
        assertEquals(today.here, plan.here)
    }

    @Test
    fun `a route without positions is no plan`() {
        val plan = RoutePlan.of(today.copy(stops = today.stops.map { it.copy(spot = null) }))
        assertEquals(0 to today.stops.size, plan.stops.size to plan.unplaced)
        assertEquals(emptyList<Pair<Spot, Spot>>(), plan.legs)
    }
}
