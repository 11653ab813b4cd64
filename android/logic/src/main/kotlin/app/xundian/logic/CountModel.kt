package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.CountItem
import app.xundian.device.Line
import app.xundian.device.ProductHit
import app.xundian.domain.CountRow
import app.xundian.domain.DeliverySeen
import app.xundian.domain.Entry
import app.xundian.domain.OrderId
import app.xundian.domain.PlaceCount
import app.xundian.domain.SkuUnits
import app.xundian.domain.Step
import app.xundian.protocol.Reason
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.time.LocalDate

/** 1 点库存. */
class CountModel(room: Room, private val go: Navigator) : Model<CountScreen>(room) {
    private var place = Place.SHELF
    /** Of the shop that is visited: the card is a large record, and a tap need not wait for it. */
    private var hasBackroom: Boolean? = null
    /** The same for the whole day. */
    private var reasons: List<Reason> = emptyList()
    /** Found beyond the list in this visit. */
    @Volatile
    private var added: List<ProductHit> = emptyList()

    private val seeking = MutableStateFlow<String?>(null)
    /** The SKU that was searched for: the page shows its row and says [found]. */
    val sought: StateFlow<String?> = seeking.asStateFlow()

    private val opened = MutableStateFlow<CountDraft?>(null)
    /** The open sheet, `null` = none. It outlives the window that shows it. */
    val draft: StateFlow<CountDraft?> = opened.asStateFlow()
    /** What is being saved from a sheet. */
    private var saving: Pair<CountDraft, Job>? = null

    private val sweeping = MutableStateFlow<List<Swept>>(emptyList())
    /** What [nothingElse] answered, until something else is done: so long one tap takes all of it back. */
    val swept: StateFlow<List<Swept>> = sweeping.asStateFlow()

    private val days = MutableStateFlow<Map<OrderId, LocalDate?>>(emptyMap())
    /** When each delivery that is asked about should have come; `null` = its order is not on this phone. */
    val due: StateFlow<Map<OrderId, LocalDate?>> = days.asStateFlow()
    private var visits = 0

    override fun forget() {
        place = Place.SHELF
        added = emptyList()
        seeking.value = null
        sweeping.value = emptyList()
        hasBackroom = null
        opened.value = null
        days.value = emptyMap()
        visits++
        super.forget()
    }

    /** What was refused before concerns nothing of it. */
    fun open(now: CountDraft) {
        dismiss()
        opened.value = now
    }

    fun close() {
        dismiss()
        opened.value = null
    }

    /** From the sheet that is open, if one is. It closes when this is saved: what was refused stays in it. A second tap meanwhile is none. */
    private fun deed(work: (Core) -> Unit): Job {
        val asked = opened.value ?: return deedAlone(work)
        saving?.let { (sheet, job) -> if (sheet == asked && job.isActive) return job }
        leave()
        return act(then = { opened.compareAndSet(asked, null) }, work).also { saving = asked to it }
    }

    private fun deedAlone(work: (Core) -> Unit): Job {
        leave()
        return act(work = work)
    }

    /** Another row, another place, another screen: by now nobody means the whole back room. */
    fun leave() {
        sweeping.value = emptyList()
    }

    override fun load(): Job {
        val (loading, visit) = super.load() to visits
        room.scope.launch {
            loading.join()
            date(visit)
        }
        return loading
    }

    /** Days are searched for an order, so once, and neither its question nor a tap waits. */
    private suspend fun date(visit: Int) {
        val screen = state.value.value ?: return
        val orders = (screen.awaited + screen.seen.map { it.awaited }).map { it.order } - days.value.keys
        if (visit != visits || orders.isEmpty()) return
        val found = withContext(room.slow) { orders.associateWith { order -> runCatching { room.core.orderCard(order).day }.getOrNull() } }
        if (visit == visits) days.update { it + found }
    }

    override fun read(core: Core): CountScreen {
        val visit = core.currentVisit() ?: throw CoreException.NotFound("no_visit")
        val listed = core.countItems()
        val items = listed + added.filter { new -> listed.none { it.sku == new.sku } }.map(::beyond)
        val answers = visit.lines.filterIsInstance<Line.DeliverySeen>().associate { it.v1.order to it.v1 }
        val (seen, awaited) = awaitedOf(items).partition { it.order in answers }
        if (reasons.isEmpty()) reasons = core.reasons(ReasonKind.RETURN)
        return CountScreen(
            place, hasBackroom ?: core.storeCard(visit.store).shop.hasBackroom.also { hasBackroom = it }, items, awaited,
            seen.map { SeenOrder(it, answers.getValue(it.order)) }, visit.lines.moved(), facingsOf(listed, visit.lines), reasons,
        )
    }

    private fun awaitedOf(items: List<CountItem>): List<AwaitedOrder> =
        items.flatMap { item -> item.didItCome.map { Triple(it.order, item, it.units) } }
            .groupBy { it.first }
            .map { (order, lines) -> AwaitedOrder(order, lines.map { it.second to it.third }) }

    /** Its category comes with its first saved row. */
    private fun beyond(product: ProductHit) = CountItem(
        sku = product.sku, name = product.name, category = "", case = product.case, last = null,
        entered = null, question = null, asksExpiry = false, didItCome = emptyList(),
    )

    fun look(at: Place) {
        leave()
        place = at
        showNow { it.copy(place = at) }
    }

    /** A step by the thumb. The first one starts from zero, not from the ghost: what nobody counted is not there. */
    fun step(item: CountItem, units: Int) = enter(item, Entry.STEPPED) { ((here(it) ?: 0) + units).coerceAtLeast(0) }

    /** Confirmed: nothing of it is at this place. */
    fun zero(item: CountItem) = enter(item, Entry.STEPPED) { 0 }

    /** By the keyboard, for a large number. Whole cases beside them stay. */
    fun type(item: CountItem, units: Int) = enter(item, Entry.TYPED) { (here(it) ?: 0) - loose(it) + units.coerceAtLeast(0) }

    /** Cases by the keyboard: what is loose beside them stays. */
    fun typeCases(item: CountItem, cases: Int) = enter(item, Entry.TYPED) { cases.coerceAtLeast(0) * it.case + loose(it) }

    /** As last time: it is put on the shelf and the back room is empty. */
    fun same(item: CountItem): Job? {
        val shown = state.value.value ?: return null
        val last = shown.item(item.sku)?.takeIf(shown::canBeSame)?.last ?: return null
        return save(item) { screen, row ->
            val backroom = if (screen.hasBackroom) PlaceCount.Counted(0) else PlaceCount.NotCounted
            row.copy(entry = Entry.SAME, shelf = PlaceCount.Counted(last), backroom = backroom)
        }
    }

    /** Looked: nothing else is at this place. A back room with three products takes three rows and this one tap. */
    fun nothingElse(): Job? {
        val screen = state.value.value ?: return null
        val rows = screen.rest.map { Swept((it.entered ?: untouched(it.sku)).counted(screen.place, Entry.STEPPED, 0), it.entered) }
        showRows(rows.associate { it.row.sku to it.row })
        sweeping.value = rows
        return act { core -> rows.forEach { core.saveLine(Line.Count(it.row)) } }
    }

    /** The thumb slipped on [nothingElse]: each row is as it was, and unknown where nobody had looked. */
    fun notNothing(): Job? {
        val rows = swept.value.ifEmpty { return null }
        showRows(rows.associate { it.row.sku to it.before })
        return deedAlone { core ->
            rows.forEach { (row, before) -> if (before == null) core.takeBack(Line.Count(row)) else core.saveLine(Line.Count(before)) }
        }
    }

    private fun showRows(rows: Map<String, CountRow?>) = showNow { shown ->
        shown.copy(items = shown.items.map { if (it.sku in rows) it.copy(entered = rows[it.sku]) else it })
    }

    private fun enter(item: CountItem, entry: Entry, units: CountScreen.(CountItem) -> Int): Job? = save(item) { screen, row ->
        row.counted(screen.place, entry, screen.units(item.copy(entered = row)))
    }

    /** Shown at once, saved behind: thirty rows in a minute do not wait for a file. */
    private fun save(item: CountItem, change: (CountScreen, CountRow) -> CountRow): Job? {
        val screen = state.value.value ?: return null
        val current = screen.items.find { it.sku == item.sku }?.entered
        val row = change(screen, current ?: untouched(item.sku))
        showRows(mapOf(item.sku to row))
        return deed { it.saveLine(Line.Count(row)) }
    }

    private fun untouched(sku: String) = CountRow(sku, Entry.STEPPED, PlaceCount.NotCounted, PlaceCount.NotCounted, PlaceCount.NotCounted, null)

    /** Back to "not counted", which is not zero: the value was meant for another row. */
    fun clear(item: CountItem): Job? {
        val row = state.value.value?.items?.find { it.sku == item.sku }?.entered ?: return null
        showNow { shown -> shown.copy(items = shown.items.map { if (it.sku == item.sku) it.copy(entered = null, question = null) else it }) }
        return deed { it.takeBack(Line.Count(row)) }
    }

    /** The rep looked again: the count stands. */
    fun stands(item: CountItem) = deedAlone { it.saveLine(Line.Stands(item.sku, total(item))) }

    /** The question's own answer is taken over where the goods stand; what was counted at the other place stays. */
    fun takeLikely(item: CountItem): Job? {
        val (likely, at) = (item.question?.likely ?: return null) to (item.placeOfLikely() ?: return null)
        return save(item) { _, row -> row.counted(at, Entry.TYPED, likely) }
    }

    /** Goods that came or went; none takes it back. */
    fun move(item: CountItem, movement: Movement, units: Int, reason: String = ""): Job {
        val line = movement.line(item.sku, units, reason)
        return deed { if (units > 0) it.saveLine(line) else it.takeBack(line) }
    }

    fun expiry(item: CountItem, seen: LocalDate) = save(item) { _, row -> row.copy(expiry = seen) }

    fun stepOwn(category: String, by: Int) = facings(category) { it.withOwn((it.own ?: 0) + by) }

    fun stepAll(category: String, by: Int) = facings(category) { it.withAll((it.all ?: 0) + by) }

    /** From what stands in the model: two quick taps are two. */
    private fun facings(category: String, change: (CategoryFacings) -> CategoryFacings): Job? {
        val now = state.value.value?.facings?.find { it.category == category }?.let(change) ?: return null
        showNow { screen -> screen.copy(facings = screen.facings.map { if (it.category == category) now else it }) }
        return deedAlone { it.saveLine(now.line()) }
    }

    /** Back to "nobody looked", which is not zero. */
    fun clearFacings(category: String): Job? {
        val seen = state.value.value?.facings?.find { it.category == category && it.isSeen } ?: return null
        showNow { screen -> screen.copy(facings = screen.facings.map { if (it.category == category) CategoryFacings(category, null, null) else it }) }
        return deedAlone { it.takeBack(seen.line()) }
    }

    /** The owner's answer to "did it come?": per SKU what came. */
    fun answer(awaited: AwaitedOrder, came: List<SkuUnits>) = deed { it.saveLine(Line.DeliverySeen(DeliverySeen(awaited.order, came))) }

    fun itCame(awaited: AwaitedOrder) = answer(awaited, awaited.lines.map { (item, units) -> SkuUnits(item.sku, units) })

    /** The thumb slipped: it is asked again. */
    fun askAgain(order: SeenOrder) = deedAlone { it.takeBack(Line.DeliverySeen(order.seen)) }

    fun nothingCame(awaited: AwaitedOrder) = answer(awaited, awaited.lines.map { (item, _) -> SkuUnits(item.sku, 0) })

    /**
     * A SKU that was searched for. One beyond the list appears uncounted, because unknown is never zero. Nothing is saved: to look for a product is
     * no work.
     */
    fun add(product: ProductHit): Job {
        if (added.none { it.sku == product.sku }) added = added + product
        seeking.value = product.sku
        return load()
    }

    /** Its row has been shown, unless another one is sought meanwhile. */
    fun found(sku: String) {
        seeking.compareAndSet(sku, null)
    }

    fun finish() = act(then = { go.goOver(Route.At(Step.SUGGESTED_ORDER)) }) { it.saveLine(Line.Finished(Step.STOCK_COUNT)) }

    private fun total(item: CountItem): Int {
        val row = item.entered ?: return 0
        return listOf(row.shelf, row.backroom, row.cooler).sumOf { it.units() ?: 0 }
    }
}
