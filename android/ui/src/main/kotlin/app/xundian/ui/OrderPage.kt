package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import app.xundian.device.OrderCard
import app.xundian.logic.AppModels
import app.xundian.logic.DraftLine
import app.xundian.logic.MovedDay
import app.xundian.logic.Labels
import app.xundian.logic.OrderModel
import app.xundian.logic.OrderScreen
import app.xundian.logic.Text as T

/** The order card: held out to the owner, who photographs it, or sent to him as a picture. */
@Composable
fun OrderPage(models: AppModels) {
    val view by models.order.state.collectAsState()
    val draft = models.order.draft.collectAsState().value
    var isCancelling by remember { mutableStateOf(false) }
    var isAdding by remember { mutableStateOf(false) }
    var isDrawing by remember { mutableStateOf(false) }
    val screen = view.value
    Page(
        title = say(T.ORDER_CARD), onBack = { models.go.back() },
        problem = if (screen == null) null else view.problem, onDismiss = models.order::dismiss,
        trailing = { if (screen != null) PlainButton(say(T.SHARE), { isDrawing = true }, Modifier.testTag("share"), isEnabled = !isDrawing) },
        // Over is over, also for who was in the middle of changing it.
        bottom = if (screen == null || screen.isOver) null else ({ OrderBottom(draft, view.isBusy, models.order) { isCancelling = true } }),
        sheet = when {
            screen == null -> null
            isAdding -> ({ AddProduct(models.search, { isAdding = false }, models.order::add) })
            isCancelling -> ({ WhyCancel(screen, models.order) { isCancelling = false } })
            else -> null
        },
    ) {
        Body(view, { models.order.load() }) { shown ->
            val text = cardText(shown, LocalSpeech.current)
            if (isDrawing) OrderPicture(shown) { picture ->
                isDrawing = false
                if (picture == null) models.order.share(text) else models.order.share(shown.card, picture)
            }
            Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(12.dp), verticalArrangement = Arrangement.spacedBy(10.dp)) {
                Status(shown)
                if (shown.leavesGoods) NoPickUp()
                if (draft == null || shown.isOver) {
                    OwnersCard(shown)
                    QuietButton(say(T.SHARE_TEXT), { models.order.share(text) }, Modifier.fillMaxWidth().testTag("share-text"))
                } else {
                    Draft(draft, models.order)
                    AddLine(models.search) { isAdding = true }
                }
            }
        }
    }
}

@Composable
private fun Status(screen: OrderScreen) {
    val (order, card) = screen.ofToday to screen.card
    val place = Modifier.padding(start = 4.dp).testTag("standing")
    if (order != null) OrderSign(order, place) else StandingSign(card.light, card.state, place)
}

/** The owner was told one day, and it became another. */
@Composable
fun MovedLine(moved: MovedDay) {
    Text(LocalSpeech.current.format.moved(moved), Modifier.testTag("moved"), style = MaterialTheme.typography.bodyMedium, color = LocalSigns.current.warning)
}

/** What the owner sees, on this screen and in his picture. */
@Composable
internal fun OwnersCard(screen: OrderScreen) {
    val (card, moved) = screen.card to screen.moved
    val format = LocalSpeech.current.format
    Section(null) {
        // A name of any length leaves code and QR on the screen.
        Text(card.storeName, style = MaterialTheme.typography.titleLarge, fontWeight = FontWeight.Bold, maxLines = 4, overflow = TextOverflow.Ellipsis)
        Text(format.day(screen.day) + "  " + (card.promise.window ?: say(T.ANY_TIME)), style = MaterialTheme.typography.titleMedium)
        // Inside of what the owner photographs: he must not be left with the old day.
        if (moved != null) MovedLine(moved)
        if (screen.isAwaited) Proof(card)
        Labels.onCard(card.light, card.state)?.let { CardNotice(it, screen) }
        HorizontalDivider()
        card.lines.forEach { line -> Figure(line.name, format.units(line.confirmed, line.case) + "   " + format.yuan(line.amount)) }
        card.gifts.forEach { gift -> Figure(say(T.GIFTS) + " · " + gift.name, format.units(gift.units, gift.case)) }
        card.pickUps.forEach { Figure(say(T.TAKE_BACK) + " · " + it.name, format.units(it.units, it.case)) }
        if (card.cuts > 0) Figure(say(T.CUTS), "−" + format.yuan(card.cuts))
        HorizontalDivider()
        Figure(say(T.TOTAL) + " · " + say(Labels.of(card.payment)), format.yuan(card.total), isStrong = true)
    }
}

/** Inside of what the owner photographs, too: he must not wait for what does not come. */
@Composable
private fun CardNotice(text: T, screen: OrderScreen) {
    val signs = LocalSigns.current
    val colour = if (text == T.CARD_CANCEL_UNSENT) signs.warning else signs.bad
    val tag = if (screen.isCancelled) "cancelled" else "card-notice"
    Text(say(text), Modifier.testTag(tag), color = colour, style = MaterialTheme.typography.titleMedium, fontWeight = FontWeight.Bold)
}

/** Code and QR stand first: the owner's picture must have them without scrolling. */
@Composable
private fun Proof(card: OrderCard) {
    Beside(main = {
        Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
            card.code?.let { code ->
                Quiet(say(T.CODE_HINT))
                Text(code.toList().joinToString(" "), Modifier.testTag("code"), style = MaterialTheme.typography.displaySmall, fontWeight = FontWeight.Bold)
            }
        }
    }) { QrCode(card.qr, say(T.QR_LABEL), Modifier.size(156.dp).testTag("qr")) }
}

@Composable
private fun Draft(draft: List<DraftLine>, model: OrderModel) {
    draft.forEach { line ->
        Section(null) {
            Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(12.dp)) {
                Column(Modifier.weight(1f)) {
                    Text(line.name, style = MaterialTheme.typography.titleSmall)
                    Quiet(LocalSpeech.current.format.units(line.units, line.case))
                }
                PackStepper(line.units, line.case, line.pack, line.name, "draft-${line.sku}") { packs -> model.step(line.sku, packs) }
            }
        }
    }
}

@Composable
private fun OrderBottom(draft: List<DraftLine>?, isBusy: Boolean, model: OrderModel, onCancel: () -> Unit) {
    if (draft != null) {
        val isSome = draft.any { it.units > 0 }
        MainButton(say(T.SAVE), { model.saveChange() }, Modifier.fillMaxWidth().testTag("save-change"), isEnabled = isSome && !isBusy)
        // Not "cancel": on an order that is another deed.
        QuietButton(say(T.KEEP_AS_IT_WAS), model::stopChange, Modifier.fillMaxWidth())
    } else {
        Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
            QuietButton(say(T.CHANGE_ORDER), model::startChange, Modifier.weight(1f).testTag("change"))
            QuietButton(say(T.CANCEL_ORDER), onCancel, Modifier.weight(1f).testTag("cancel"))
        }
    }
}

@Composable
private fun WhyCancel(screen: OrderScreen, model: OrderModel, onClose: () -> Unit) {
    val words = LocalSpeech.current.words
    Sheet(say(T.WHY_CANCEL), onClose, no = say(T.KEEP_ORDER)) {
        if (screen.card.pickUps.isNotEmpty()) NoPickUp()
        screen.cancelReasons.forEach { reason ->
            QuietButton(words(reason), { onClose(); model.cancel(reason) }, Modifier.fillMaxWidth().testTag("reason-${reason.code}"))
        }
    }
}

/** The card as a text for a chat. The code is left out: it proves that the goods met the person who holds the card. */
fun cardText(screen: OrderScreen, speech: Speech): String = buildString {
    val (words, format) = speech.words to speech.format
    val (card, moved) = screen.card to screen.moved
    appendLine(card.storeName)
    Labels.onCard(card.light, card.state)?.let { appendLine(words(it)) }
    appendLine(words(T.DELIVERY_DAY) + " " + format.day(screen.day) + " " + (card.promise.window ?: words(T.ANY_TIME)))
    if (moved != null) appendLine(format.moved(moved))
    card.lines.forEach { appendLine("${it.name} ${format.units(it.confirmed, it.case)} ${format.yuan(it.amount)}") }
    card.gifts.forEach { appendLine("${words(T.GIFTS)} ${it.name} ${format.units(it.units, it.case)}") }
    card.pickUps.forEach { appendLine("${words(T.TAKE_BACK)} ${it.name} ${format.units(it.units, it.case)}") }
    append(words(T.TOTAL) + " " + format.yuan(card.total))
}
