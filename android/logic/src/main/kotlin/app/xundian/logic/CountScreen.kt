package app.xundian.logic

import app.xundian.device.CountItem
import app.xundian.domain.CountRow
import app.xundian.domain.DeliverySeen
import app.xundian.domain.Doubt
import app.xundian.domain.Entry
import app.xundian.domain.OrderId
import app.xundian.domain.PlaceCount
import app.xundian.protocol.Reason

/** Where is counted. Coolers are counted with the shelf. */
enum class Place { SHELF, BACKROOM }

/** A delivery that should have come and has no result. */
data class AwaitedOrder(val order: OrderId, val lines: List<Pair<CountItem, Int>>)

/** What the owner said of a delivery. */
data class SeenOrder(val awaited: AwaitedOrder, val seen: DeliverySeen) {
    private val came = awaited.lines.map { (item, units) -> units to (seen.lines.find { it.sku == item.sku }?.units ?: 0) }
    val isAll get() = came.all { (awaited, units) -> units == awaited }
    val isNothing get() = came.all { (_, units) -> units == 0 }
}

data class CountScreen(
    val place: Place,
    val hasBackroom: Boolean,
    val items: List<CountItem>,
    val awaited: List<AwaitedOrder>,
    val seen: List<SeenOrder>,
    val moved: List<Moved>,
    val facings: List<CategoryFacings>,
    val returnReasons: List<Reason>,
) {
    /** Rows with an answer for every place that the shop has. */
    val counted get() = items.count { isWhole(it) }
    val uncounted get() = items.size - counted
    val questions get() = items.count { it.question != null }

    fun isWhole(item: CountItem) = item.isWhole(hasBackroom)
    fun item(sku: String) = items.find { it.sku == sku }

    /** The last count is one number for the shop and goes on the shelf: nothing is as last time where goods stand in the back room. */
    fun canBeSame(item: CountItem) = item.last != null && place == Place.SHELF && (item.entered?.backroom?.units() ?: 0) == 0

    /** Rows to which nobody has given an answer for the place that is shown. */
    val rest get() = items.filter { here(it) == null }

    fun moved(item: CountItem) = moved.filter { it.sku == item.sku }

    /** What was entered at the place that is shown; `null` = nobody looked. */
    fun here(item: CountItem): Int? = item.entered?.at(place)?.units()

    /** What of it is beside whole cases: all, where there are none. */
    fun loose(item: CountItem): Int = (here(item) ?: 0).let { if (item.case > 1) it % item.case else it }
}

fun PlaceCount.units(): Int? = (this as? PlaceCount.Counted)?.v1

/** Somebody looked in every place that the shop has. */
fun CountItem.isWhole(hasBackroom: Boolean): Boolean = entered?.let { it.shelf.units() != null && (!hasBackroom || it.backroom.units() != null) } == true

/** Where a tap puts the likely answer: the one place at which something stands. `null` = nobody knows where, or it is no count of today. */
fun CountItem.placeOfLikely(): Place? {
    val (asked, row) = (question ?: return null) to (entered ?: return null)
    val isOfToday = asked.doubt == Doubt.CASES_AS_UNITS || asked.doubt == Doubt.UNITS_AS_CASES
    if (asked.likely == null || !isOfToday) return null
    return Place.entries.singleOrNull { (row.at(it).units() ?: 0) > 0 }
}

internal fun CountRow.at(place: Place): PlaceCount = if (place == Place.SHELF) shelf else backroom

internal fun CountRow.counted(place: Place, by: Entry, units: Int): CountRow {
    val count = PlaceCount.Counted(units)
    return if (place == Place.SHELF) copy(entry = by, shelf = count) else copy(entry = by, backroom = count)
}

/** A row that one tap for the whole back room has answered, and what stood there before it; `null` = nothing. */
data class Swept(val row: CountRow, val before: CountRow?)
