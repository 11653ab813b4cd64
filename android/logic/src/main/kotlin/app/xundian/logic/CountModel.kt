package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.CountItem
import app.xundian.device.Line
import app.xundian.device.NamedSku
import app.xundian.domain.CountRow
import app.xundian.domain.DeliverySeen
import app.xundian.domain.Entry
import app.xundian.domain.OrderId
import app.xundian.domain.PlaceCount
import app.xundian.domain.SkuUnits
import app.xundian.domain.Step
import app.xundian.protocol.Reason
import kotlinx.coroutines.Job
import java.time.LocalDate

/** Where is counted. Coolers are counted with the shelf. */
enum class Place { SHELF, BACKROOM }

/** A delivery that should have come and has no result. */
data class AwaitedOrder(val order: OrderId, val lines: List<Pair<CountItem, Int>>)

data class CountScreen(
    val place: Place,
    val hasBackroom: Boolean,
    val items: List<CountItem>,
    val awaited: List<AwaitedOrder>,
    val moved: List<Moved>,
    val facings: List<CategoryFacings>,
    val returnReasons: List<Reason>,
) {
    /** Rows with an answer for every place that the shop has. */
    val counted get() = items.count { isWhole(it) }
    val questions get() = items.count { it.question != null }

    fun isWhole(item: CountItem) = item.entered?.let { it.shelf.units() != null && (!hasBackroom || it.backroom.units() != null) } == true

    /** Rows to which nobody has given an answer for the place that is shown. */
    val rest get() = items.filter { here(it) == null }

    fun moved(item: CountItem) = moved.filter { it.sku == item.sku }

    /** What was entered at the place that is shown; `null` = nobody looked. */
    fun here(item: CountItem): Int? = item.entered?.let { if (place == Place.SHELF) it.shelf else it.backroom }?.units()
}

fun PlaceCount.units(): Int? = (this as? PlaceCount.Counted)?.v1

/** 1 点库存. */
class CountModel(room: Room, private val go: Navigator) : Model<CountScreen>(room) {
    private var place = Place.SHELF
    /** Of the shop that is visited: the card is a large record, and a tap need not wait for it. */
    private var hasBackroom: Boolean? = null
    /** The same for the whole day. */
    private var reasons: List<Reason> = emptyList()

    override fun forget() {
        place = Place.SHELF
        hasBackroom = null
        super.forget()
    }

    override fun read(core: Core): CountScreen {
        val visit = core.currentVisit() ?: throw CoreException.NotFound("no_visit")
        val items = core.countItems()
        val answered = visit.lines.filterIsInstance<Line.DeliverySeen>().map { it.v1.order }.toSet()
        val awaited = items.flatMap { item -> item.didItCome.map { Triple(it.order, item, it.units) } }
            .filter { it.first !in answered }
            .groupBy { it.first }
            .map { (order, lines) -> AwaitedOrder(order, lines.map { it.second to it.third }) }
        if (reasons.isEmpty()) reasons = core.reasons(ReasonKind.RETURN)
        return CountScreen(
            place, hasBackroom ?: core.storeCard(visit.store).shop.hasBackroom.also { hasBackroom = it }, items, awaited,
            visit.lines.moved(), facingsOf(items, visit.lines), reasons,
        )
    }

    fun look(at: Place) {
        place = at
        showNow { it.copy(place = at) }
    }

    /** A step by the thumb. The first one starts from zero, not from the ghost: what nobody counted is not there. */
    fun step(item: CountItem, units: Int) = enter(item, Entry.STEPPED) { ((here(it) ?: 0) + units).coerceAtLeast(0) }

    /** Confirmed: nothing of it is at this place. */
    fun zero(item: CountItem) = enter(item, Entry.STEPPED) { 0 }

    /** By the keyboard, for a large number. */
    fun type(item: CountItem, units: Int) = enter(item, Entry.TYPED) { units.coerceAtLeast(0) }

    /** As last time. The last count is one number for the shop, so it is put on the shelf and the back room is empty. */
    fun same(item: CountItem): Job? {
        val last = item.last ?: return null
        return save(item) { screen, row ->
            val backroom = if (screen.hasBackroom) PlaceCount.Counted(0) else PlaceCount.NotCounted
            row.copy(entry = Entry.SAME, shelf = PlaceCount.Counted(last), backroom = backroom)
        }
    }

    /** Looked: nothing else is at this place. A back room with three products takes three rows and this one tap. */
    fun nothingElse(): Job? {
        val screen = state.value.value ?: return null
        val rows = screen.rest.map { with(screen, it.entered ?: untouched(it.sku), Entry.STEPPED, 0) }
        val bySku = rows.associateBy { it.sku }
        showNow { shown -> shown.copy(items = shown.items.map { it.copy(entered = bySku[it.sku] ?: it.entered) }) }
        return act { core -> rows.forEach { core.saveLine(Line.Count(it)) } }
    }

    private fun enter(item: CountItem, entry: Entry, units: CountScreen.(CountItem) -> Int): Job? = save(item) { screen, row ->
        with(screen, row, entry, screen.units(item.copy(entered = row)))
    }

    private fun with(screen: CountScreen, row: CountRow, entry: Entry, units: Int): CountRow {
        val counted = PlaceCount.Counted(units)
        return if (screen.place == Place.SHELF) row.copy(entry = entry, shelf = counted) else row.copy(entry = entry, backroom = counted)
    }

    /** Shown at once, saved behind: thirty rows in a minute do not wait for a file. */
    private fun save(item: CountItem, change: (CountScreen, CountRow) -> CountRow): Job? {
        val screen = state.value.value ?: return null
        val current = screen.items.find { it.sku == item.sku }?.entered
        val row = change(screen, current ?: untouched(item.sku))
        showNow { shown -> shown.copy(items = shown.items.map { if (it.sku == item.sku) it.copy(entered = row) else it }) }
        return act { it.saveLine(Line.Count(row)) }
    }

    private fun untouched(sku: String) = CountRow(sku, Entry.STEPPED, PlaceCount.NotCounted, PlaceCount.NotCounted, PlaceCount.NotCounted, null)

    /** The rep looked again: the count stands. */
    fun stands(item: CountItem) = act { it.saveLine(Line.Stands(item.sku, total(item))) }

    /** The question's own answer is taken over. */
    fun takeLikely(item: CountItem) {
        val likely = item.question?.likely ?: return
        save(item) { screen, row ->
            val backroom = if (screen.hasBackroom) PlaceCount.Counted(0) else row.backroom
            row.copy(entry = Entry.TYPED, shelf = PlaceCount.Counted(likely), backroom = backroom)
        }
    }

    /** Goods that came or went; none takes it back. */
    fun move(item: CountItem, movement: Movement, units: Int, reason: String = ""): Job {
        val line = movement.line(item.sku, units, reason)
        return act { if (units > 0) it.saveLine(line) else it.takeBack(line) }
    }

    fun expiry(item: CountItem, seen: LocalDate) = save(item) { _, row -> row.copy(expiry = seen) }

    fun stepOwn(category: String, by: Int) = facings(category) { it.withOwn((it.own ?: 0) + by) }

    fun stepAll(category: String, by: Int) = facings(category) { it.withAll((it.all ?: 0) + by) }

    /** From what stands in the model: two quick taps are two. */
    private fun facings(category: String, change: (CategoryFacings) -> CategoryFacings): Job? {
        val now = state.value.value?.facings?.find { it.category == category }?.let(change) ?: return null
        showNow { screen -> screen.copy(facings = screen.facings.map { if (it.category == category) now else it }) }
        return act { it.saveLine(now.line()) }
    }

    /** The owner's answer to "did it come?": per SKU what came. */
    fun answer(awaited: AwaitedOrder, came: List<SkuUnits>) = act { it.saveLine(Line.DeliverySeen(DeliverySeen(awaited.order, came))) }

    fun itCame(awaited: AwaitedOrder) = answer(awaited, awaited.lines.map { (item, units) -> SkuUnits(item.sku, units) })

    fun nothingCame(awaited: AwaitedOrder) = answer(awaited, awaited.lines.map { (item, _) -> SkuUnits(item.sku, 0) })

    /** A SKU beyond the list: it appears uncounted, because unknown is never zero. */
    fun add(product: NamedSku) = act { it.saveLine(Line.Count(untouched(product.sku))) }

    fun finish() = act(then = { go.goOver(Route.At(Step.SUGGESTED_ORDER)) }) { it.saveLine(Line.Finished(Step.STOCK_COUNT)) }

    private fun total(item: CountItem): Int {
        val row = item.entered ?: return 0
        return listOf(row.shelf, row.backroom, row.cooler).sumOf { it.units() ?: 0 }
    }
}
