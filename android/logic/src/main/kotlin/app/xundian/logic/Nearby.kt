package app.xundian.logic

import app.xundian.device.SeenAround
import app.xundian.domain.StoreId
import app.xundian.protocol.CompetitorItem

/** What competitors do around a store, for whoever is about to walk in: what colleagues saw, or else what the office wants looked out for. */
data class Nearby(val seen: List<SeenAround> = emptyList(), val lookOut: List<CompetitorItem> = emptyList()) {
    companion object {
        /** The visit has the others. */
        private const val MOST = 3
        private val hereFirst = compareByDescending<SeenAround> { it.here }.thenByDescending { it.stores }

        /** A store card is worth reading without it, so a door that fails has nothing to tell. */
        fun of(core: Core, store: StoreId): Nearby {
            val seen = runCatching { core.seenAround(store) }.getOrDefault(emptyList())
            if (seen.isNotEmpty()) return Nearby(seen = seen.sortedWith(hereFirst).take(MOST))
            return Nearby(lookOut = runCatching { core.competitorItems() }.getOrDefault(emptyList()))
        }
    }
}
