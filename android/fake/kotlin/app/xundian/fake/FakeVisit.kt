package app.xundian.fake

import app.xundian.core.CoreException
import app.xundian.device.Awaited
import app.xundian.device.CountItem
import app.xundian.device.DeliveredLine
import app.xundian.device.LastCounts
import app.xundian.device.LastOrder
import app.xundian.device.Line
import app.xundian.device.NamedUnits
import app.xundian.device.OrderLight
import app.xundian.device.PromiseLight
import app.xundian.device.PromoMissing
import app.xundian.device.PromoName
import app.xundian.device.Quote
import app.xundian.device.QuoteLine
import app.xundian.device.Receiver
import app.xundian.device.StoreCard
import app.xundian.device.SuggestionRow
import app.xundian.domain.Advice
import app.xundian.domain.Doubt
import app.xundian.domain.Fallback
import app.xundian.domain.Gap
import app.xundian.domain.GiftLine
import app.xundian.domain.Gives
import app.xundian.domain.Hint
import app.xundian.domain.Inputs
import app.xundian.domain.Missing
import app.xundian.domain.Opening
import app.xundian.domain.Outcome
import app.xundian.domain.OrderState
import app.xundian.domain.PaymentForm
import app.xundian.domain.PolicyKind
import app.xundian.domain.PreviousCount
import app.xundian.domain.PromoUse
import app.xundian.domain.Promise
import app.xundian.domain.Question
import app.xundian.domain.Step
import app.xundian.domain.Store
import app.xundian.domain.Suggestion
import app.xundian.domain.Used
import app.xundian.domain.Why
import app.xundian.logic.units

/** What the fake says and keeps inside of a visit. */
internal class FakeVisit(private val core: FakeCore) {
    fun card(store: Store) = StoreCard(
        shop = store,
        contact = core.contacts[store.id] ?: FakeData.contact,
        note = core.notes[store.id],
        lastCounts = LastCounts(FakeData.DATE.minusDays(7), core.products.take(4).mapNotNull { p -> p.last?.let { NamedUnits(p.sku, p.name, it, p.case) } }),
        lastOrder = lastOrder(store),
        promise = core.promiseOf(store.id) ?: PromiseLight.SHORT,
        lastDelivery = listOf(DeliveredLine("21010019", "红烧牛肉面 108g", 60, 60, 24), DeliveredLine("22070012", "冰红茶 500ml", 30, 15, 15)),
        mustSellGaps = FakeData.gaps,
        newProducts = FakeData.launches,
    )

    /** As the real core: that of today before an earlier one. What the other shops ordered was not taken on this phone. */
    private fun lastOrder(store: Store): LastOrder? {
        val ofToday = core.orders.lastOrNull { it.store == store.id && it.state !is OrderState.Cancelled }
        return when {
            ofToday != null -> LastOrder(ofToday.order, ofToday.state ?: OrderState.Waiting(FakeData.DATE.plusDays(1), false), ofToday.light)
            store.id == FakeData.id(1) -> core.earlier
            else -> LastOrder(FakeData.id(76), OrderState.Ended(Outcome.DELIVERED, "D01-20260722"), OrderLight.DELIVERED)
        }
    }

    fun countItems(): List<CountItem> {
        core.open()
        val counts = core.lines.filterIsInstance<Line.Count>().associate { it.v1.sku to it.v1 }
        val stands = core.lines.filterIsInstance<Line.Stands>().map { it.sku }
        // As the real core: what was entered beyond the list follows.
        val beyond = listOf(FakeData.beyond).filter { it.sku in counts }
        return (core.products + beyond).mapIndexed { place, p ->
            val row = counts[p.sku]
            val isMuch = (row?.shelf?.units() ?: 0) > (p.last ?: 0) + 30 && p.sku !in stands
            val question = if (isMuch) Question(Doubt.BOUGHT_ELSEWHERE, 24) else null
            CountItem(p.sku, p.name, p.category, p.case, p.last, row, question, p.last == null, if (place == 0) listOf(Awaited(FakeData.id(77), 48)) else emptyList())
        }
    }

    fun suggestions(): List<SuggestionRow> {
        core.open()
        return core.products.take(8).mapIndexed { place, p ->
            val quantity = if (place % 3 == 2) 0 else p.case * (1 + place % 2)
            val suggestion = Suggestion(26, false, 260u, 39, null, quantity - 5, quantity)
            val opening = if (p.isNew) Opening(Gap.LAUNCH, 20, p.case, true, null) else null
            val why = Why(PolicyKind.BASE_STOCK, null, 265u, 8u, 30, 9, 8, if (place == 1) 12 else 0, place == 0, null, (quantity - 5).coerceAtLeast(0), quantity)
            SuggestionRow(
                sku = p.sku, name = p.name, case = p.case, pack = p.pack, isNew = p.isNew,
                inputs = Inputs(PreviousCount(p.last ?: 0, 7u, 24, 0), 8, 0, 7u), coefficient = 150, spoke = PolicyKind.BASE_STOCK,
                fallback = if (place == 3) Fallback.LONG_GAP else null,
                advice = if (place == 5) Advice.ReceiptUnknown else Advice.Suggest(suggestion), shadow = null,
                why = why.takeIf { place != 5 && opening == null }, gap = opening?.gap, opening = opening, declined = null,
                suggested = when { opening != null -> p.case; place == 5 -> null; else -> quantity },
            )
        }
    }

    fun quote(): Quote {
        core.open()
        val confirmed = core.lines.filterIsInstance<Line.Confirmed>().associate { it.sku to it.units }
        val intended = kept<Line.Intention>(Step.SUGGESTED_ORDER).associate { it.sku to it.units }
        val (listed, unlisted) = core.catalogue.filter { (confirmed[it.sku] ?: intended[it.sku] ?: 0) > 0 }.partition { it.price > 0 }
        val quoted = listed.map { p ->
            val (wish, units) = (intended[p.sku] ?: 0) to (confirmed[p.sku] ?: intended.getValue(p.sku))
            QuoteLine(p.sku, p.name, wish, units, p.case, p.pack, p.price, p.price * units / p.case, emptyList())
        }
        val cuts = if (quoted.size > 2) 500L else 0L
        val promise = core.lines.filterIsInstance<Line.Promise>().firstOrNull()?.v1 ?: Promise(FakeData.DATE.plusDays(1), "08:30-11:30")
        val payment = core.lines.filterIsInstance<Line.Payment>().firstOrNull()?.v1 ?: PaymentForm.CASH
        return Quote(
            lines = quoted, gifts = if (quoted.isEmpty()) emptyList() else listOf(GiftLine("22070012", 15, "P2604")), cuts = cuts,
            promos = listOf(PromoUse("P2604", Used(1u, 0u), 0), PromoUse("P2610", Used(1u, 0u), cuts)),
            missing = listOf(PromoMissing("P2611", Missing.Amount(3_600))),
            promoNames = listOf(PromoName("P2604", "冰红茶10箱送1箱"), PromoName("P2610", "三个品项减5元"), PromoName("P2611", "满500减20")),
            hints = listOf(Hint.NextBenefit("P2604", Missing.Quantity(2_000u), Gives.Gift("22070012", 15))),
            total = (quoted.sumOf { it.amount } - cuts).coerceAtLeast(0), pickUps = pickUps(), unpriced = unlisted.map { it.sku }, unavailable = listOf("22070036"),
            promise = promise, days = FakeData.days, windows = listOf("08:30-11:30", "14:00-17:00"), payment = payment,
            paymentForms = listOf(PaymentForm.CASH, PaymentForm.WE_CHAT, PaymentForm.ON_ACCOUNT),
            receiver = core.lines.filterIsInstance<Line.Receiver>().firstOrNull()?.v1 ?: FakeData.contact.let { Receiver(it.owner, it.phone) },
        )
    }

    /** As the real core: a step that was left out says nothing. */
    private inline fun <reified L : Line> kept(step: Step): List<L> =
        if (core.lines.any { it is Line.Skip && it.step == step }) emptyList() else core.lines.filterIsInstance<L>()

    private fun pickUps() = kept<Line.PickUp>(Step.STOCK_COUNT).map { line ->
        val product = core.catalogue.first { it.sku == line.v1.sku }
        NamedUnits(product.sku, product.name, line.v1.units, product.case)
    }

    fun gifts() = listOf(NamedUnits("22070012", "冰红茶 500ml", 15, 15))

    fun save(line: Line) {
        core.open()
        if (line is Line.Receiver && line.v1.name.length > 60) throw CoreException.InvalidInput("receiver", "too_long")
        if (line is Line.Intention) wish(line)
        core.lines.removeAll { key(it) == key(line) }
        core.lines += line
    }

    /** As the real core: another number ends what was agreed of it, and the confirmation as a whole. */
    private fun wish(now: Line.Intention) {
        val before = core.lines.filterIsInstance<Line.Intention>().find { it.sku == now.sku }
        if (before?.units == now.units) return
        core.lines.removeAll { it is Line.Confirmed && it.sku == now.sku }
        core.lines.remove(Line.Finished(Step.ORDER_CONFIRMATION))
    }

    fun takeBack(line: Line) {
        core.lines.removeAll { key(it) == key(line) }
        // As the real core: the word that a count stands goes with it.
        if (line is Line.Count) core.lines.removeAll { it is Line.Stands && it.sku == line.v1.sku }
    }

    /** As the real core: a line replaces the one with its key. */
    private fun key(line: Line): String = when (line) {
        is Line.Count -> "count/${line.v1.sku}"
        is Line.Stands -> "stands/${line.sku}"
        is Line.DeliverySeen -> "seen/${line.v1.order}"
        is Line.Inflow -> "in/${line.v1.sku}/${line.v1.source}"
        is Line.Outflow -> "out/${line.v1.sku}"
        is Line.PickUp -> "pick_up/${line.v1.sku}"
        is Line.Facings -> "facings/${line.v1.category}"
        is Line.Intention -> "intention/${line.sku}"
        is Line.Confirmed -> "confirmed/${line.sku}"
        is Line.Check -> "check/${line.v1.no}"
        is Line.OnShelf -> "shelf/${line.v1}"
        is Line.Competitor -> "fact/${line.v1.brand}/${line.v1.item}/${line.v1.kind}/${line.v1.value}"
        is Line.Finished -> "end/${line.v1}"
        is Line.Skip -> "end/${line.step}"
        is Line.PhotoBefore -> "before/${line.v1.sha256}"
        is Line.PhotoAfter -> "after/${line.v1.sha256}"
        else -> line.javaClass.simpleName
    }
}
