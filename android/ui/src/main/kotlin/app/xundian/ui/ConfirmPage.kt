package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.rememberLazyListState
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import app.xundian.device.NamedSku
import app.xundian.device.Quote
import app.xundian.device.QuoteLine
import app.xundian.device.Receiver
import app.xundian.logic.AppModels
import app.xundian.logic.ConfirmModel
import app.xundian.logic.ConfirmScreen
import app.xundian.logic.Labels
import app.xundian.logic.View
import app.xundian.logic.Text as T
import kotlinx.coroutines.Job

/** 5 订单确认: what the owner says yes to, with everything that follows from it. */
@Composable
fun ConfirmPage(models: AppModels) {
    val view by models.confirm.state.collectAsState()
    val naming by models.confirm.receiver.collectAsState()
    val isLeaving by models.confirm.isAskingToLeave.collectAsState()
    var isAsking by remember { mutableStateOf(false) }
    var isAdding by remember { mutableStateOf(false) }
    val haptics = rememberHaptics()
    val screen = view.value
    Page(
        title = say(T.STEP_CONFIRM), onBack = { models.go.back() },
        problem = if (screen == null || naming != null) null else view.problem, onDismiss = models.confirm::dismiss,
        // Without lines it is what the thumb is meant to do, so it stands below.
        trailing = { if (screen != null && screen.isOrder) PlainButton(say(T.NO_ORDER), { isAsking = true }, Modifier.testTag("no-order")) },
        bottom = screen?.let { { ConfirmBottom(it, view.isBusy, { models.confirm.felt(haptics) { finish() } }) { isAsking = true } } },
        sheet = when {
            screen == null -> null
            isLeaving -> ({ LeaveOpen(screen.openSteps, models.confirm::stopAsking) { models.confirm.felt(haptics) { finishAnyway() } } })
            isAdding -> ({ AddProduct(models.search, { isAdding = false }) { models.confirm.add(it) } })
            isAsking -> ({ WhyNoOrder(screen, models.confirm) { isAsking = false } })
            else -> naming?.let { { NameReceiver(it, screen, view, models.confirm) } }
        },
    ) {
        Body(view, { models.confirm.load() }) { shown -> Order(shown, models) { isAdding = true } }
    }
}

@Composable
private fun Order(screen: ConfirmScreen, models: AppModels, onAdd: () -> Unit) {
    val (quote, model) = screen.quote to models.confirm
    val list = rememberLazyListState()
    Seek(screen, list, model)
    LazyColumn(
        Modifier.fillMaxSize().testTag("order"), list,
        contentPadding = PaddingValues(horizontal = 12.dp, vertical = 8.dp),
        verticalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        if (screen.noOrder != null) {
            item { NoOrder(screen, model) }
            if (quote.pickUps.isNotEmpty()) item { PickUps(quote) }
            return@LazyColumn
        }
        if (quote.lines.isEmpty()) item { Section(null) { Text(say(T.CONFIRM_EMPTY)) } }
        items(quote.lines, key = { it.sku }) { line -> Line(line, model) }
        items(screen.removed, key = { "removed-${it.sku}" }) { Removed(it, model) }
        item { Warnings(screen, model) }
        if (quote.lines.isEmpty()) item { QuietButton(say(T.STEP_SUGGEST), model::toSuggestion, Modifier.fillMaxWidth().testTag("to-suggestion")) }
        item { AddLine(models.search, onOpen = onAdd) }
        if (quote.pickUps.isNotEmpty()) item { PickUps(quote) }
        item { Benefits(screen) }
        item { Agreement(screen, model) }
        item { QuietButton(say(T.KEEP_OPEN), { model.keepOpen() }, Modifier.fillMaxWidth().testTag("keep-open")) }
    }
}

/** What was added may stand below thirty lines, or among what cannot be ordered. */
@Composable
private fun Seek(screen: ConfirmScreen, list: LazyListState, model: ConfirmModel) {
    val sought by model.sought.collectAsState()
    val (lines, sku) = screen.quote.lines to sought
    val place = if (sku in screen.quote.unpriced) lines.size.coerceAtLeast(1) + screen.removed.size else lines.indexOfFirst { it.sku == sku }
    LaunchedEffect(sku, place >= 0) {
        if (sku == null || place < 0) return@LaunchedEffect
        list.scrollToItem(place)
        model.found(sku)
    }
}

@Composable
private fun Line(line: QuoteLine, model: ConfirmModel) {
    val format = LocalSpeech.current.format
    Section(null, Modifier.testTag("line-${line.sku}")) {
        Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
            Text(line.name, Modifier.weight(1f), style = MaterialTheme.typography.titleSmall, fontWeight = FontWeight.SemiBold)
            Text(format.yuan(line.amount), style = MaterialTheme.typography.titleSmall)
        }
        Beside(main = {
            Column {
                Text(format.units(line.confirmed, line.case), style = MaterialTheme.typography.bodyLarge)
                val intention = if (line.intended == line.confirmed) null else say(T.INTENTION_WAS, format.units(line.intended, line.case))
                Quiet(listOfNotNull(say(T.PRICE_PER_CASE, format.yuan(line.casePrice)), intention).joinToString(" · "))
            }
        }) {
            PackStepper(line.confirmed, line.case, line.pack, line.name, "line-${line.sku}") { packs -> model.step(line, packs) }
        }
    }
}

/** A line that is gone is named, with the way back: nobody would notice that it is missing. */
@Composable
private fun Removed(product: NamedSku, model: ConfirmModel) {
    Section(null) {
        Beside(main = { Quiet(say(T.REMOVED, product.name)) }) {
            QuietButton(say(T.PUT_BACK), { model.putBack(product.sku) }, Modifier.testTag("put-back-${product.sku}").spoken(product.name, say(T.PUT_BACK)))
        }
    }
}

/** What was added and cannot be ordered has no line that could be stepped to nothing. */
@Composable
private fun Warnings(screen: ConfirmScreen, model: ConfirmModel) {
    val quote = screen.quote
    val between = say(T.BETWEEN)
    val warnings = listOf(T.UNPRICED to quote.unpriced, T.UNAVAILABLE to quote.unavailable)
        .filter { (_, skus) -> skus.isNotEmpty() }
        .map { (text, skus) -> text to say(text, skus.joinToString(between) { screen.name(it) }) }
    if (warnings.isEmpty()) return
    Section(null) {
        warnings.forEach { (text, said) -> Text(said, Modifier.testTag(text.name), color = LocalSigns.current.warning, style = MaterialTheme.typography.bodyMedium) }
        screen.unlisted.forEach { QuietButton(say(T.REMOVE_OF, it.name), { model.takeOff(it.sku) }, Modifier.testTag("take-off-${it.sku}")) }
    }
}

/** Promotions that apply, what is missing for the next one, gifts. */
@Composable
private fun Benefits(screen: ConfirmScreen) {
    val quote = screen.quote
    val speech = LocalSpeech.current
    if (quote.promos.isEmpty() && quote.gifts.isEmpty() && quote.hints.isEmpty() && quote.missing.isEmpty()) return
    Section(say(T.PROMOS)) {
        quote.promos.forEach { use -> Figure(screen.promo(use.promo), if (use.cut > 0) "−" + speech.format.yuan(use.cut) else say(T.TIMES, use.used.times)) }
        quote.gifts.forEach { gift -> Figure(say(T.GIFTS) + " · " + screen.name(gift.sku), speech.format.loose(gift.units)) }
        quote.hints.forEach { Text(speech.arithmetic.hint(it, screen::name), color = LocalSigns.current.warning, style = MaterialTheme.typography.bodyLarge) }
        missingOf(quote).forEach { Quiet(say(T.MISSING_FOR, screen.promo(it.promo), speech.arithmetic.missing(it.missing))) }
    }
}

/** They go back with the van that brings the order: without one nobody comes for them. */
@Composable
private fun PickUps(quote: Quote) {
    val format = LocalSpeech.current.format
    Section(say(T.TAKE_BACK), Modifier.testTag("pick-ups")) {
        quote.pickUps.forEach { Figure(it.name, format.units(it.units, it.case)) }
        if (quote.lines.isEmpty()) NoPickUp()
    }
}

@Composable
internal fun NoPickUp() = Text(say(T.NO_PICK_UP), Modifier.testTag("no-pick-up"), color = LocalSigns.current.warning, style = MaterialTheme.typography.bodyMedium)

/** What a hint already says is not said again. */
private fun missingOf(quote: Quote) = quote.missing.filter { missing ->
    quote.hints.none { it is app.xundian.domain.Hint.NextBenefit && it.promo == missing.promo }
}

@Composable
private fun Agreement(screen: ConfirmScreen, model: ConfirmModel) {
    val quote = screen.quote
    val format = LocalSpeech.current.format
    Section(say(T.DELIVERY_DAY)) {
        Wrapping { screen.days.forEach { day -> Choice(format.day(day), day == quote.promise.day, { model.day(day) }) } }
        if (quote.windows.isNotEmpty()) {
            Quiet(say(T.WINDOW))
            Wrapping {
                quote.windows.forEach { window -> Choice(window, window == quote.promise.window, { model.window(window) }, Modifier.testTag("window-$window")) }
                Choice(say(T.ANY_TIME), quote.promise.window == null, { model.window(null) }, Modifier.testTag("any-time"))
            }
        }
        Quiet(say(T.PAYMENT))
        Wrapping { quote.paymentForms.forEach { form -> Choice(say(Labels.of(form)), form == quote.payment, { model.pay(form) }, Modifier.testTag("pay-${form.name}")) } }
        val receiver = listOf(quote.receiver.name, quote.receiver.phone).filter { it.isNotBlank() }
        if (receiver.isNotEmpty()) Figure(say(T.RECEIVER), receiver.joinToString(" "))
        QuietButton(say(T.RECEIVER_OTHER), { model.nameReceiver(screen.receiverToName) }, Modifier.testTag("receiver"))
    }
}

@Composable
private fun NoOrder(screen: ConfirmScreen, model: ConfirmModel) {
    val words = LocalSpeech.current.words
    val code = screen.noOrder.orEmpty()
    Section(null) {
        Text(say(T.NO_ORDER_BECAUSE, screen.reasons.find { it.code == code }?.let { words(it) } ?: code), style = MaterialTheme.typography.titleMedium)
        QuietButton(say(T.ORDER_AFTER_ALL), { model.orderAfterAll(code) })
    }
}

@Composable
private fun ConfirmBottom(screen: ConfirmScreen, isBusy: Boolean, onSeal: () -> Unit, onNoOrder: () -> Unit) {
    val format = LocalSpeech.current.format
    if (screen.isOrder) {
        if (screen.quote.cuts > 0) Figure(say(T.CUTS), "−" + format.yuan(screen.quote.cuts))
        Row(verticalAlignment = Alignment.CenterVertically) {
            Text(say(T.TOTAL), Modifier.weight(1f), style = MaterialTheme.typography.titleMedium)
            Text(format.yuan(screen.quote.total), style = MaterialTheme.typography.headlineSmall, fontWeight = FontWeight.Bold)
        }
    }
    if (screen.isOrder || screen.noOrder != null) {
        StepButton(say(if (screen.isOrder) T.CONFIRM_AND_LEAVE else T.LEAVE), onSeal, Modifier.fillMaxWidth().testTag("seal"), isEnabled = !isBusy)
    } else {
        StepButton(say(T.NO_ORDER), onNoOrder, Modifier.fillMaxWidth().testTag("no-order"))
    }
}

/** Felt when the visit is sealed, not when that is asked for. */
private fun ConfirmModel.felt(haptics: Haptics, deed: ConfirmModel.() -> Job?) {
    deed()?.invokeOnCompletion { gone -> if (gone == null && state.value.problem == null) haptics.done() }
}

@Composable
private fun WhyNoOrder(screen: ConfirmScreen, model: ConfirmModel, onClose: () -> Unit) {
    val words = LocalSpeech.current.words
    Sheet(say(T.WHY_NO_ORDER), onClose) {
        screen.reasons.forEach { reason ->
            QuietButton(words(reason), { onClose(); model.noOrder(reason) }, Modifier.fillMaxWidth().testTag("reason-${reason.code}"))
        }
    }
}

@Composable
private fun NameReceiver(named: Receiver, screen: ConfirmScreen, view: View<ConfirmScreen>, model: ConfirmModel) {
    Sheet(say(T.RECEIVER), model::stopNaming, isTouched = named != screen.receiverToName) {
        Field(say(T.RECEIVER), named.name, { model.nameReceiver(named.copy(name = it)) }, Modifier.testTag("receiver-name"))
        Field(say(T.PHONE), named.phone, { model.nameReceiver(named.copy(phone = it)) }, Modifier.testTag("receiver-phone"), keyboard = KeyboardType.Phone)
        view.problem?.let { ProblemLine(it, model::dismiss) }
        val isChanged = named != screen.quote.receiver && named.name.isNotBlank()
        MainButton(say(T.SAVE), { model.saveReceiver() }, Modifier.fillMaxWidth().testTag("receiver-save"), isEnabled = isChanged && !view.isBusy)
        if (screen.isReceiverNamed) QuietButton(say(T.RECEIVER_USUAL), { model.usualReceiver() }, Modifier.fillMaxWidth().testTag("receiver-usual"))
    }
}
