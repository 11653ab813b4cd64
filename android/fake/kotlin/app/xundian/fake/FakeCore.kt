package app.xundian.fake

import app.xundian.core.CheckedOut
import app.xundian.core.CoreException
import app.xundian.core.FakeRepPhone
import app.xundian.device.DayReport
import app.xundian.device.ImportReport
import app.xundian.device.JournalExport
import app.xundian.device.LastOrder
import app.xundian.device.Line
import app.xundian.device.OrderCard
import app.xundian.device.OrderCardLine
import app.xundian.device.OrderLight
import app.xundian.device.OrderOfDay
import app.xundian.device.Outbox
import app.xundian.device.OutboxRow
import app.xundian.device.Outcome
import app.xundian.device.PhotoShows
import app.xundian.device.PhotoState
import app.xundian.device.PhotosPending
import app.xundian.device.Progress
import app.xundian.device.PromiseLight
import app.xundian.device.RouteStop
import app.xundian.device.StopState
import app.xundian.device.StoreHit
import app.xundian.device.SyncReport
import app.xundian.device.Today
import app.xundian.device.VisitPhoto
import app.xundian.device.VisitView
import app.xundian.domain.CancelCause
import app.xundian.domain.DaySummary
import app.xundian.domain.MissingStore
import app.xundian.domain.OrderId
import app.xundian.domain.OrderState
import app.xundian.domain.PhotoRef
import app.xundian.domain.RecordId
import app.xundian.domain.SkuUnits
import app.xundian.domain.Spot
import app.xundian.domain.Stamp
import app.xundian.domain.Step
import app.xundian.domain.Store
import app.xundian.domain.StoreId
import app.xundian.domain.VisitResult
import app.xundian.domain.WhyMissing
import app.xundian.logic.FILE_MOST
import app.xundian.protocol.Contact
import app.xundian.protocol.OrderEffect
import app.xundian.protocol.StoreNote
import app.xundian.protocol.Verdict
import app.xundian.protocol.Went

/** A core in memory for tests of the screens. Its figures are plausible and nothing more: the rules are the real core's. */
class FakeCore(
    val products: List<FakeData.Product> = FakeData.products(8),
    private var rep: String? = "ZY01",
    shops: List<Store> = FakeData.stores,
) : FakeRepPhone() {
    /** What the search finds, on the list of the count or not. */
    val catalogue = products + FakeData.beyond + FakeData.unlisted
    val states = mutableMapOf<StoreId, StopState>()
    /** Why nothing was counted in a shop in which the rep was. */
    val uncounted = mutableMapOf<StoreId, WhyMissing>()
    val orders = mutableListOf<OrderOfDay>()
    val notes = mutableMapOf<StoreId, StoreNote>()
    val contacts = mutableMapOf<StoreId, Contact>()
    private val cards = mutableMapOf(FakeData.EARLIER to FakeData.earlierCard)
    /** What was delivered, before it was changed all the same. */
    private val delivered = mutableMapOf<OrderId, OrderCard>()
    /** The last order of the first shop before today. */
    var earlier: LastOrder? = FakeData.lastWeek
    private val stores = shops.toMutableList()
    /** Shops of the territory that nobody visits today by plan. */
    val offRoute = mutableSetOf<StoreId>()
    private val route get() = stores.filter { it.id !in offRoute }
    /** The orders of the day for the distributors. */
    var slips = listOf(FakeData.slip("D01", 3))
    private var server: String? = "https://xundian.example"
    var visit: VisitView? = null
    val lines = mutableListOf<Line>()
    private val rows = mutableListOf<OutboxRow>()
    /** The order of a record, which the server names in its answer. */
    private val orderOf = mutableMapOf<RecordId, OrderId>()
    /** What the server says next of a record instead of taking it. */
    var verdict: Verdict? = null
    var photos = PhotosPending(2u, 480_000u, 0u)
    /** What lies on the phone, by name; the server has the others. */
    val keptPhotos = mutableMapOf<String, ByteArray>()
    private var closed = 0u
    var syncs = 0
    var whileSyncing: () -> Unit = {}
    var outcome: Outcome = Outcome.InStep
    /** Of the photos, which follow. */
    var photosOutcome: Outcome = Outcome.InStep

    /** The next call fails with it, unless it is one of [SURE]. */
    var failure: Exception? = null
    private val asks = FakeVisit(this)

    init {
        answerOfPhone()
        answerOfStores()
        answerInVisit()
        answerAboutVisit()
        answerOfOrders()
        answerOfDay()
        answerOfNetwork()
    }

    override fun called(door: String) {
        super.called(door)
        if (door !in SURE) failOnce()
    }

    private fun failOnce() {
        failure?.let { failure = null; throw it }
    }

    private fun answerOfPhone() {
        onEnrol = ::join
        onEnrolInvited = { invitation ->
            val parts = invitation.trim().split(" ")
            if (parts.size != 4 || parts[0] != "XUNDIAN1") throw CoreException.InvalidInput("invitation", "unreadable")
            if (parts[3] != FakeData.KEY) throw CoreException.Unauthorized("other_company")
            join(parts[1], parts[2])
        }
        onServer = { server }
        onRep = { rep }
        onIsReady = { rep != null }
        onCancel = {}
        onPause = {}
        onResume = {}
    }

    private fun join(server: String, code: String) {
        if (code == "wrong") throw CoreException.Unauthorized("wrong_code")
        this.server = server
        rep = "ZY01"
    }

    private fun answerOfStores() {
        onToday = { Today(FakeData.DATE, route.mapIndexed(::stop), unsent(), rows.count(::isRefused).toULong(), Spot(480u, 520u)) }
        onStoreCard = { store -> asks.card(stores.find { it.id == store } ?: throw CoreException.NotFound("unknown_store")) }
        onSearchStores = { text -> stores.filter { text in it.name || text in it.address }.map { StoreHit(it.id, it.name, it.address) } }
        onSearchProducts = { text -> catalogue.filter { text in it.name || text in it.sku }.map(FakeData::hit) }
        onStreets = { FakeData.streets }
        onOpenStore = { opened ->
            if (opened.street.any { !it.isDigit() }) throw CoreException.InvalidInput("street", "invalid")
            // As the real core: characters as people count them.
            if (opened.name.codePointCount(0, opened.name.length) > 60) throw CoreException.InvalidInput("name", "too_long")
            FakeData.store(stores.size + 1, opened.name).also(stores::add).id
        }
        onNoteStore = ::note
        onChangeContact = { store, contact ->
            val parts = listOf("owner" to contact.owner, "phone" to contact.phone, "receiver" to contact.receiver)
            parts.find { (_, text) -> text.length > 60 }?.let { (field, _) -> throw CoreException.InvalidInput(field, "too_long") }
            contacts[store] = contact
            fact("store_contact_changed", nameOf(store))
        }
    }

    private fun stop(place: Int, store: Store) = RouteStop(
        store.id, store.name, store.address, store.`class`, place == 4,
        states[store.id] ?: StopState.ToDo, promiseOf(store.id) ?: LIGHTS[place % LIGHTS.size],
        if (place == 5) null else Spot((place * 391 % 1000).toUShort(), (place * 257 % 1000).toUShort()),
        if (place == 0) null else (place * 137).toUInt(),
    )

    /** As the real core: what became of the order that was taken here today. `null` = there is none. */
    internal fun promiseOf(store: StoreId): PromiseLight? = orders.lastOrNull { it.store == store }?.let { order ->
        when {
            order.light == OrderLight.ON_PHONE -> PromiseLight.ON_PHONE
            order.light == OrderLight.REFUSED || order.state is OrderState.Cancelled -> PromiseLight.NONE
            else -> PromiseLight.ON_ITS_WAY
        }
    }

    private fun note(store: StoreId, text: String) {
        if (text.codePointCount(0, text.length) > 200) throw CoreException.InvalidInput("text", "too_long")
        if (text.isEmpty()) notes.remove(store) else notes[store] = StoreNote(text, checkNotNull(rep), FakeData.DATE, FakeData.NOW_MS)
        fact("store_note", nameOf(store))
    }

    private fun nameOf(store: StoreId): String? = stores.find { it.id == store }?.name

    /** The office has called it otherwise. */
    fun rename(store: StoreId, name: String) = stores.replaceAll { if (it.id == store) it.copy(name = name) else it }

    /** The server's word on the newest records, the newest first. */
    fun judge(vararg verdicts: Verdict?) = verdicts.forEachIndexed { place, verdict -> rows[place] = rows[place].copy(verdict = verdict) }

    private fun answerInVisit() {
        onCurrentVisit = { visit?.copy(lines = lines.toList()) }
        onSaveLine = asks::save
        onTakeBack = asks::takeBack
        onCountItems = asks::countItems
        onSuggestions = asks::suggestions
        onDisplayStandard = { FakeData.checks }
        onStandardPicture = { FakeData.picture }
        onCompetitorItems = { FakeData.competitorItems }
        onSeenAround = { FakeData.seen }
        onReasons = FakeData::reasons
        onQuote = asks::quote
        onKeepPhoto = { bytes ->
            // As the real core.
            if (bytes.size >= FILE_MOST) throw CoreException.InvalidInput("photo", "photo_too_large")
            PhotoRef(bytes.size.toString(16).padStart(64, '0'), bytes.size.toUInt()).also { keptPhotos[it.sha256] = bytes }
        }
        onVisitPhotos = { lines.mapNotNull(::photoOf) }
        onKeptPhoto = { photo -> keptPhotos[photo.sha256] }
    }

    private fun photoOf(line: Line): VisitPhoto? {
        val (shows, photo) = when (line) {
            is Line.PhotoBefore -> PhotoShows.BEFORE to line.v1
            is Line.PhotoAfter -> PhotoShows.AFTER to line.v1
            is Line.Competitor -> PhotoShows.COMPETITOR to (line.v1.photo ?: return null)
            else -> return null
        }
        return VisitPhoto(photo, shows, if (photo.sha256 in keptPhotos) PhotoState.WAITING else PhotoState.SENT)
    }

    private fun answerAboutVisit() {
        onBeginVisit = { store ->
            // As the real core: what is open elsewhere is sealed as it stands.
            val other = visit?.takeIf { it.store != store }
            if (other != null) end(openStore(), result())
            val id = FakeData.id(100 + rows.size)
            visit = VisitView(id, store, Stamp(FakeData.NOW_MS - 187_000, 0, FakeData.id(9), 0), emptyList())
            states[store] = StopState.Visiting
            id
        }
        onCheckOut = {
            val store = openStore()
            val quote = asks.quote()
            // As the real core: an order wins over its refusal.
            val card = if (quote.lines.isNotEmpty()) seal(store, quote) else null
            val result = result()
            end(store, result, card?.order)
            CheckedOut(result, card)
        }
        onFailVisit = { reason, _ ->
            uncounted[open().store] = WhyMissing.Failed(reason)
            end(openStore(), VisitResult.FAILED)
            CheckedOut(VisitResult.FAILED, null)
        }
    }

    /** As the real core: a step that was left out or not finished leaves the visit partial. */
    private fun result(): VisitResult {
        val finished = lines.filterIsInstance<Line.Finished>().map { it.v1 }
        return if (finished.containsAll(Step.entries)) VisitResult.COMPLETE else VisitResult.PARTIAL
    }

    internal fun open(): VisitView = visit ?: throw CoreException.NotFound("no_visit")
    private fun openStore(): Store = stores.first { it.id == open().store }

    private fun seal(store: Store, quote: app.xundian.device.Quote): OrderCard {
        val id = FakeData.id(500 + orders.size)
        val sold = quote.lines.map { OrderCardLine(it.sku, it.name, it.confirmed, it.case, it.pack, it.amount) }
        // As the real core: it waits from the moment that it is sealed, and lies on this phone alone.
        val (light, state) = OrderLight.ON_PHONE to OrderState.Waiting(quote.promise.day, false)
        val card = OrderCard(id, store.id, store.name, state, light, sold, asks.gifts(), quote.pickUps, quote.cuts, quote.total, quote.promise, quote.payment, "4071", "XD-ORDER/$id")
        orders += OrderOfDay(id, store.id, store.name, sold.sumOf { it.confirmed }, quote.total, light, state)
        cards[id] = card
        return card
    }

    private fun end(store: Store, result: VisitResult, order: OrderId? = null) {
        states[store.id] = if (result == VisitResult.FAILED) StopState.Failed else StopState.Done(result)
        if (result != VisitResult.FAILED) uncounted.remove(store.id)
        visit = null
        lines.clear()
        fact("visit_closed", store.name, order)
    }

    private fun fact(kind: String, storeName: String?, order: OrderId? = null) {
        val id = FakeData.record(rows.size + 1)
        if (order != null) orderOf[id] = order
        rows.add(0, OutboxRow(id, rows.size.toULong() + 1u, kind, FakeData.NOW_MS + rows.size * 60_000, null, 0u, storeName))
    }

    private fun answer(row: OutboxRow): Verdict {
        val effect = orderOf[row.id]?.let { OrderEffect(it, Went.Waiting(FakeData.DATE.plusDays(1), false), null) }
        return verdict ?: Verdict.Applied(effect, emptyList())
    }

    private fun answerOfOrders() {
        onOrderCard = ::cardOf
        onOrdersOfToday = { orders.toList() }
        onAmendOrder = { order, lines ->
            val card = changeable(order)
            cards[order] = card.copy(lines = lines.filter { it.units > 0 }.map { line -> amended(card, line) })
            nobodyElseKnows(order)
            fact("order_amended", card.storeName, order)
            cardOf(order)
        }
        onCancelOrder = { order, _ ->
            val cancelled = changeable(order).copy(state = OrderState.Cancelled(CancelCause.OWNER))
            val place = orders.indexOfFirst { it.order == order }
            // As the real core: the card of its shop no longer tells of one of an earlier day, its own still does.
            if (place < 0) earlier = null else orders[place] = orders[place].copy(state = cancelled.state)
            cards[order] = cancelled
            nobodyElseKnows(order)
            fact("order_cancelled", cancelled.storeName, order)
        }
        onOrderSlips = { if (orders.all { it.state is OrderState.Cancelled }) throw CoreException.NotFound("no_orders") else slips }
    }

    /** As the real core: what has no price is on no order. */
    private fun amended(card: OrderCard, line: SkuUnits): OrderCardLine {
        card.lines.find { it.sku == line.sku }?.let { return it.copy(confirmed = line.units) }
        val product = catalogue.first { it.sku == line.sku }
        if (product.price == 0L) throw CoreException.InvalidInput("lines", "no_price")
        return OrderCardLine(product.sku, product.name, line.units, product.case, product.pack, product.price * line.units / product.case)
    }

    private fun cardOf(order: OrderId): OrderCard {
        val card = cards[order] ?: throw CoreException.NotFound("unknown_order")
        orders.find { it.order == order }?.let { return card.copy(state = it.state, light = it.light) }
        return earlier?.takeIf { it.order == order }?.let { card.copy(state = it.state, light = it.light) } ?: card
    }

    /** As the real core: a change lies on this phone alone until it is sent. */
    private fun nobodyElseKnows(order: OrderId) = lightUp({ it == order }) { OrderLight.ON_PHONE }

    private fun lightUp(which: (OrderId) -> Boolean, light: (OrderLight) -> OrderLight) {
        cards.replaceAll { order, card -> if (which(order)) card.copy(light = light(card.light)) else card }
        orders.replaceAll { if (which(it.order)) it.copy(light = light(it.light)) else it }
        earlier = earlier?.let { if (which(it.order)) it.copy(light = light(it.light)) else it }
    }

    /** As the real core: what was taken back stays as it is. What was delivered may be asked about; the server answers later that it came too late. */
    private fun changeable(order: OrderId): OrderCard {
        val card = cardOf(order)
        if (card.state is OrderState.Cancelled) throw CoreException.Conflict("order_over")
        if (card.state is OrderState.Ended) delivered.putIfAbsent(order, card)
        return card
    }

    /** As after AlreadyDelivered: the change no longer counts. */
    private fun undoLateChanges() {
        for ((order, card) in delivered) {
            cards[order] = card
            val place = orders.indexOfFirst { it.order == order }
            if (place < 0) earlier = card.state?.let { LastOrder(order, it, card.light) } else orders[place] = orders[place].copy(state = card.state)
        }
        delivered.clear()
    }

    private fun answerOfDay() {
        onDayReport = ::report
        onCloseDay = {
            closed++
            fact("day_closed", storeName = null)
            report()
        }
        onOutbox = { Outbox(rows.toList(), unsent(), photos, FakeData.NOW_MS - 3_600_000) }
        onExportJournal = { JournalExport(byteArrayOf(1, 2, 3), "7K4M-PQ2R-9XVA", rows.size.toUInt(), 0u, 7) }
        onJournalLeft = {}
        onImportJournal = { _, _ -> ImportReport(3u, 1u, 0u) }
    }

    private fun report(): DayReport {
        val visited = states.values.count { it is StopState.Done }.toUInt()
        val failed = states.values.count { it is StopState.Failed }.toUInt()
        val summary = DaySummary(route.size.toUInt(), visited, failed, orders.size.toUInt(), 7u, 21u, 6, orders.sumOf { it.total }, 15, 0u, mapOf("stock_enough" to 1u), 2u)
        return DayReport(FakeData.DATE, summary, route.mapNotNull { missing(it.id) }, unsent(), closed.takeIf { it > 0u })
    }

    private fun missing(store: StoreId): MissingStore? = when (states[store]) {
        null, is StopState.ToDo -> WhyMissing.NotBegun
        is StopState.Visiting -> WhyMissing.Open
        is StopState.Done, is StopState.Failed -> uncounted[store]
    }?.let { MissingStore(store, it) }

    private fun unsent() = rows.count { it.verdict == null }.toULong()

    /** As the real core: nothing of it takes effect. */
    private fun isRefused(row: OutboxRow): Boolean = when (val said = row.verdict) {
        is Verdict.Rejected, is Verdict.ConflictPayload -> true
        is Verdict.Applied -> said.order?.went is Went.AlreadyDelivered
        else -> false
    }

    private fun answerOfNetwork() {
        onSync = {
            whileSyncing()
            failOnce()
            syncs++
            if (outcome is Outcome.InStep) inStep()
            SyncReport(outcome, NOTHING)
        }
        onSendPhotos = { SyncReport(photosOutcome, NOTHING) }
    }

    private fun inStep() {
        undoLateChanges()
        rows.replaceAll { it.copy(verdict = it.verdict ?: answer(it)) }
        lightUp({ true }) { if (it == OrderLight.ON_PHONE) OrderLight.ON_SERVER else it }
    }

    private companion object {
        val NOTHING = Progress(0u, 0u, 0u, 0u, 0u)

        /** What became of earlier orders, by the place of the shop; what nobody has sent yet is of today. */
        val LIGHTS = PromiseLight.entries - PromiseLight.ON_PHONE

        /** What only tells or stops never fails, and a sync fails on its way. */
        val SURE = setOf(
            "server", "rep", "isReady", "searchStores", "searchProducts", "currentVisit", "displayStandard", "standardPicture", "competitorItems",
            "visitPhotos", "keptPhoto", "seenAround", "reasons", "ordersOfToday", "exportJournal", "sync", "sendPhotos", "cancel", "pause", "resume",
        )
    }
}
