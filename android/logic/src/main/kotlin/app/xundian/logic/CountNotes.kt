package app.xundian.logic

import app.xundian.device.CountItem
import app.xundian.device.Line
import app.xundian.domain.Facings
import app.xundian.domain.Inflow
import app.xundian.domain.InflowSource
import app.xundian.domain.Outflow
import app.xundian.domain.PickUp

/** How goods come and go beside our deliveries. */
enum class Movement {
    SELF_BOUGHT, BY_PHONE, LEFT, PICK_UP;

    /** What goes back has a reason. */
    val isReturn get() = this == LEFT || this == PICK_UP

    fun line(sku: String, units: Int, reason: String): Line = when (this) {
        SELF_BOUGHT -> Line.Inflow(Inflow(sku, units, InflowSource.SELF_BOUGHT))
        BY_PHONE -> Line.Inflow(Inflow(sku, units, InflowSource.BY_PHONE))
        LEFT -> Line.Outflow(Outflow(sku, units, reason))
        PICK_UP -> Line.PickUp(PickUp(sku, units, reason))
    }
}

/** So many units of a product that came or went. */
data class Moved(val sku: String, val movement: Movement, val units: Int)

fun List<Line>.moved(): List<Moved> = mapNotNull { line ->
    when (line) {
        is Line.Inflow -> Moved(line.v1.sku, if (line.v1.source == InflowSource.BY_PHONE) Movement.BY_PHONE else Movement.SELF_BOUGHT, line.v1.units)
        is Line.Outflow -> Moved(line.v1.sku, Movement.LEFT, line.v1.units)
        is Line.PickUp -> Moved(line.v1.sku, Movement.PICK_UP, line.v1.units)
        else -> null
    }
}

/** 排面 of one category; `null` = nobody looked. */
data class CategoryFacings(val category: String, val own: Int?, val all: Int?) {
    val isSeen get() = own != null || all != null

    /** Ours are some of all. */
    fun withOwn(own: Int) = own.coerceAtLeast(0).let { copy(own = it, all = (all ?: 0).coerceAtLeast(it)) }

    fun withAll(all: Int) = all.coerceAtLeast(0).let { copy(own = (own ?: 0).coerceAtMost(it), all = it) }

    fun line() = Line.Facings(Facings(category, (own ?: 0).toUInt(), (all ?: 0).toUInt()))
}

/** The categories of what is counted, in its order. */
fun facingsOf(items: List<CountItem>, lines: List<Line>): List<CategoryFacings> {
    val seen = lines.filterIsInstance<Line.Facings>().associate { it.v1.category to it.v1 }
    return items.map { it.category }.distinct().map { category ->
        CategoryFacings(category, seen[category]?.own?.toInt(), seen[category]?.total?.toInt())
    }
}
