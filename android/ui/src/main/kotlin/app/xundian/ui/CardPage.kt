package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.xundian.device.LastOrder
import app.xundian.device.NamedSku
import app.xundian.device.PromiseLight
import app.xundian.device.StoreCard
import app.xundian.domain.StoreStatus
import app.xundian.logic.AppModels
import app.xundian.logic.Labels
import app.xundian.logic.Nearby
import app.xundian.logic.StoreCardModel
import app.xundian.logic.Text as T
import app.xundian.protocol.StoreNote

/** Store card 门店卡: what the rep knows before walking in. */
@Composable
fun CardPage(models: AppModels) {
    val view by models.card.state.collectAsState()
    val edit by models.card.edit.collectAsState()
    val inTheWay = models.card.inTheWay.collectAsState().value
    Page(
        title = view.value?.shop?.name ?: say(T.CARD),
        onBack = { models.go.back() },
        // Under a sheet nobody would see it: there the sheet says it.
        problem = if (view.value == null || edit != null) null else view.problem,
        onDismiss = models.card::dismiss,
        bottom = view.value?.let { { MainButton(say(T.CHECK_IN), { models.card.checkIn() }, Modifier.fillMaxWidth().testTag("check-in"), isEnabled = !view.isBusy) } },
        trailing = { view.value?.let { if (it.note == null) PlainButton(say(T.NOTE_WRITE), { models.card.writeNote(it) }, Modifier.testTag("write-note")) } },
        sheet = when {
            inTheWay != null -> ({ OpenElsewhere(inTheWay, models.card) })
            else -> edit?.let { { EditSheet(it, view.isBusy, view.problem, models.card) } }
        },
    ) {
        Body(view, { models.card.load() }) { card -> Sections(card, models.card) }
    }
}

/** Only what is seen is built: the rows of the last count alone are more than a screen. */
@Composable
private fun Sections(card: StoreCard, model: StoreCardModel) {
    val nearby by model.nearby.collectAsState()
    LazyColumn(
        Modifier.fillMaxSize().testTag("card"),
        contentPadding = PaddingValues(horizontal = 12.dp, vertical = 8.dp),
        verticalArrangement = Arrangement.spacedBy(10.dp),
    ) {
        card.note?.let { note -> item { Note(note, card, model) } }
        item {
            Column(verticalArrangement = Arrangement.spacedBy(10.dp)) {
                WhereaboutsLine(model.whereabouts, model::openSettings)
                About(card, model)
            }
        }
        if (card.promise != PromiseLight.NONE || card.lastDelivery.isNotEmpty()) item { Delivery(card) }
        products(T.NEW_PRODUCTS, card.newProducts)
        products(T.MUST_SELL_GAPS, card.mustSellGaps)
        card.lastOrder?.let { last -> item { Ordered(last, model) } }
        item { Counted(card) }
        if (nearby != Nearby()) item { Competitors(nearby) }
        item { Person(card, model) }
    }
}

private fun LazyListScope.products(title: T, products: List<NamedSku>) {
    if (products.isNotEmpty()) item { Section(say(title)) { products.forEach { Text(it.name, style = MaterialTheme.typography.bodyLarge) } } }
}

/** What the last one here wanted to be known comes first. */
@Composable
private fun Note(note: StoreNote, card: StoreCard, model: StoreCardModel) {
    Section(say(T.NOTE)) {
        Text(note.text, Modifier.testTag("note"), style = MaterialTheme.typography.bodyLarge)
        Beside(main = { Quiet(note.rep + " · " + LocalSpeech.current.format.day(note.date)) }) {
            QuietButton(say(T.NOTE_CHANGE), { model.writeNote(card) }, Modifier.testTag("write-note"))
        }
    }
}

@Composable
private fun Person(card: StoreCard, model: StoreCardModel) {
    val contact = card.contact
    val said = listOf(T.OWNER to contact.owner, T.PHONE to contact.phone, T.RECEIVER to contact.receiver).filter { it.second.isNotBlank() }
    Section(say(T.CONTACT)) {
        said.forEach { (label, text) -> Figure(say(label), text) }
        if (said.isEmpty()) Quiet(say(T.NONE_HERE))
        Wrapping {
            if (contact.phone.isNotBlank()) QuietButton(say(T.CALL), { model.call(card) })
            QuietButton(say(if (said.isEmpty()) T.CONTACT_ADD else T.CONTACT_CHANGE), { model.changeContact(card) }, Modifier.testTag("change-contact"))
        }
    }
}

@Composable
private fun Delivery(card: StoreCard) {
    val format = LocalSpeech.current.format
    Section(say(T.LAST_DELIVERY)) {
        Sign(say(Labels.of(card.promise)), colourOf(card.promise))
        card.lastDelivery.forEach { line ->
            val came = line.delivered?.let { format.units(it, line.case) } ?: say(T.UNKNOWN_CAME)
            Figure(line.name, say(T.PROMISED_CAME, format.units(line.promised, line.case), came))
        }
    }
}

@Composable
private fun Counted(card: StoreCard) {
    val format = LocalSpeech.current.format
    val counts = card.lastCounts
    Section(counts?.let { say(T.LAST_COUNT, format.day(it.date)) }) {
        if (counts == null) Quiet(say(T.FIRST_VISIT))
        counts?.rows?.forEach { Figure(it.name, format.units(it.units, it.case)) }
    }
}

@Composable
private fun Competitors(nearby: Nearby) {
    val format = LocalSpeech.current.format
    Section(say(T.CARD_COMPETITORS), Modifier.testTag("competitors")) {
        nearby.seen.forEach { Figure(it.brand + " " + it.item, format.seenShort(it)) }
        nearby.lookOut.take(MOST_COMPETITORS).forEach { Figure(it.brand + " " + it.item, it.example) }
    }
}

/** More are in the visit. */
private const val MOST_COMPETITORS = 8

/** It opens where this phone has it; of another's there is its state alone. */
@Composable
private fun Ordered(last: LastOrder, model: StoreCardModel) {
    val here = model.lastOrder.collectAsState().value?.takeIf { it.order == last.order }
    Section(say(T.LAST_ORDER)) {
        Beside(main = { StandingSign(last.light, last.state, Modifier.testTag("last-order-standing")) }) {
            if (here != null) QuietButton(say(T.OPEN_ORDER), { model.open(here) }, Modifier.testTag("last-order"))
        }
    }
}

@Composable
private fun About(card: StoreCard, model: StoreCardModel) {
    val shop = card.shop
    val format = LocalSpeech.current.format
    Section(null) {
        if (shop.status is StoreStatus.Proposed) Tag(say(T.PROPOSED), LocalSigns.current.warning)
        Beside(main = { Text(shop.address, style = MaterialTheme.typography.bodyLarge) }) { QuietButton(say(T.MAP), { model.map(card) }) }
        Figure(say(T.CHANNEL), say(Labels.of(shop.channel)) + " · " + say(T.CLASS, shop.`class`.name))
        Figure(say(T.RECEIVING_HOURS), shop.receivingHours.ifBlank { say(T.ANY_TIME) })
        Figure(say(T.TERMS), say(Labels.of(shop.terms)))
        if (shop.creditLimit > 0) Figure(say(T.OUTSTANDING), format.yuan(shop.outstanding) + " / " + format.yuan(shop.creditLimit))
    }
}
