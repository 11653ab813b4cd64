package app.xundian.ui

import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.dp
import app.xundian.device.DayReport
import app.xundian.domain.DaySummary
import app.xundian.domain.WhyMissing
import app.xundian.logic.AppModels
import app.xundian.logic.MissedStop
import app.xundian.logic.MovedDay
import app.xundian.logic.Labels
import app.xundian.logic.SummaryModel
import app.xundian.logic.SummaryScreen
import app.xundian.logic.Words
import app.xundian.protocol.Reason
import app.xundian.logic.Text as T

/** 6 信息汇总. */
@Composable
fun SummaryPage(models: AppModels) {
    val view by models.summary.state.collectAsState()
    val isAsking by models.summary.isAskingToSeal.collectAsState()
    val screen = view.value
    val text = screen?.let { summaryText(it.report, it.noOrderReasons, LocalSpeech.current) }
    val isSealed = screen?.report?.closed != null
    Page(
        title = listOfNotNull(say(T.SUMMARY), screen?.let { LocalSpeech.current.format.day(it.report.date) }).joinToString(" · "), onBack = { models.go.back() },
        problem = if (screen == null) null else view.problem, onDismiss = models.summary::dismiss,
        bottom = text?.let {
            {
                MainButton(say(if (isSealed) T.CLOSE_DAY_AGAIN else T.CLOSE_DAY), { models.summary.seal() }, Modifier.fillMaxWidth().testTag("close-day"), isEnabled = !view.isBusy)
                QuietButton(say(T.SHARE_SUMMARY), { models.summary.share(it) }, Modifier.fillMaxWidth())
            }
        },
        sheet = if (screen == null || !isAsking) null else ({ SealUnfinished(screen, models.summary) }),
    ) {
        Body(view, { models.summary.load() }) { shown ->
            Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(12.dp), verticalArrangement = Arrangement.spacedBy(10.dp)) {
                Standing(shown.report)
                Figures(shown.report.summary)
                NoOrders(shown)
                Orders(shown, models.summary)
                Earlier(models.summary)
                NotVisited(shown, models.summary)
            }
        }
    }
}

@Composable
private fun Standing(report: DayReport) {
    val signs = LocalSigns.current
    report.closed?.let { Sign(say(T.DAY_CLOSED, it), signs.good, Modifier.testTag("closed")) }
    if (report.unsent > 0u) Text(say(T.UNSENT_STAY, report.unsent), style = MaterialTheme.typography.bodyMedium, color = signs.waiting)
}

@Composable
private fun Figures(day: DaySummary) {
    val speech = LocalSpeech.current
    Section(null) {
        Row(Modifier.fillMaxWidth()) {
            Big(say(T.VISITED), "${day.visited} / ${day.planned}", Modifier.weight(1f))
            Big(say(T.EFFECTIVE), day.effective.toString(), Modifier.weight(1f))
        }
        Big(say(T.AMOUNT), speech.format.yuan(day.amount), Modifier)
        figures(day, speech).forEach { (label, value) -> Figure(label, value) }
    }
}

@Composable
private fun Big(label: String, value: String, modifier: Modifier) {
    Column(modifier) {
        Quiet(label)
        Text(value, style = MaterialTheme.typography.headlineMedium, fontWeight = FontWeight.Bold)
    }
}

private fun figures(day: DaySummary, speech: Speech): List<Pair<String, String>> {
    val words = speech.words
    val volume = if (day.looseUnits == 0) words(T.N_CASES, day.cases) else words(T.N_CASES_UNITS, day.cases, day.looseUnits)
    return listOf(
        words(T.FAILED) to day.failed.toString(),
        words(T.LINES) to day.lines.toString(),
        words(T.VOLUME) to volume,
        words(T.GIFT_UNITS) to day.gifts.toString(),
        words(T.NEW_STORES) to day.newStores.toString(),
        words(T.FACTS) to day.competitorFacts.toString(),
    )
}

@Composable
private fun NoOrders(screen: SummaryScreen) {
    val words = LocalSpeech.current.words
    val counts = screen.report.summary.noOrder
    if (counts.isEmpty()) return
    Section(say(T.NO_ORDERS_BY_REASON)) {
        counts.forEach { (code, count) -> Figure(nameOf(code, screen.noOrderReasons, words), count.toString()) }
    }
}

@Composable
private fun Orders(screen: SummaryScreen, model: SummaryModel) {
    if (screen.orders.isEmpty()) return
    val format = LocalSpeech.current.format
    Section(say(T.ORDERS)) {
        screen.orders.forEachIndexed { place, order ->
            val touch = Modifier.clickable { model.open(order) }.testTag("order-${place + 1}")
            OrderLine(order.storeName, screen.moved[order.order], format.yuan(order.total), touch) { OrderSign(order) }
        }
        Send(screen, model)
        QuietButton(say(T.SHOW_SLIPS), { model.showSlips() }, Modifier.fillMaxWidth().testTag("show-slips"))
    }
}

/** The orders as texts; each of several distributors has a button of his own. */
@Composable
private fun Send(screen: SummaryScreen, model: SummaryModel) {
    if (screen.slips.size < 2) QuietButton(say(T.SHARE_SLIPS), { model.shareSlips() }, Modifier.fillMaxWidth().testTag("share-slips"))
    else screen.slips.forEachIndexed { place, slip ->
        QuietButton(say(T.SHARE) + " · " + nameOf(slip), { model.share(slip) }, Modifier.fillMaxWidth().testTag("share-slip-${place + 1}"))
    }
}

/** What became of the order before, in every shop of the route; looked for when somebody asks. */
@Composable
private fun Earlier(model: SummaryModel) {
    val asked = model.earlier.collectAsState().value
    if (asked == null) {
        QuietButton(say(T.ORDERS_EARLIER), { model.showEarlier() }, Modifier.fillMaxWidth().testTag("earlier"))
        return
    }
    Section(say(T.ORDERS_EARLIER)) {
        val earlier = asked.value
        if (earlier == null) Quiet(say(T.LOADING)) else if (earlier.isEmpty()) Quiet(say(T.NONE_HERE))
        earlier.orEmpty().forEachIndexed { place, order ->
            val touch = Modifier.clickable { model.open(order) }.testTag("earlier-${place + 1}")
            OrderLine(order.storeName, order.moved, null, touch) { StandingSign(order.light, order.state) }
        }
    }
}

@Composable
private fun OrderLine(storeName: String, moved: MovedDay?, amount: String?, modifier: Modifier, sign: @Composable () -> Unit) {
    Column(modifier.fillMaxWidth()) {
        Row(Modifier.heightIn(min = 52.dp), verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(8.dp)) {
            Column(Modifier.weight(1f)) {
                Text(storeName, style = MaterialTheme.typography.bodyLarge)
                sign()
            }
            if (amount != null) Text(amount, style = MaterialTheme.typography.titleSmall)
        }
        if (moved != null) MovedLine(moved)
    }
}

/** Each leads to its card: it is not too late for some. */
@Composable
private fun NotVisited(screen: SummaryScreen, model: SummaryModel) {
    if (screen.missing.isEmpty()) return
    Section(say(T.NOT_VISITED)) {
        screen.missing.forEachIndexed { place, stop ->
            val touch = Modifier.fillMaxWidth().clickable { model.open(stop) }.testTag("missing-${place + 1}")
            Column(touch.heightIn(min = 48.dp).padding(vertical = 8.dp)) {
                Text(stop.storeName)
                Quiet(why(stop, screen))
            }
        }
    }
}

@Composable
private fun why(stop: MissedStop, screen: SummaryScreen): String {
    val words = LocalSpeech.current.words
    val given = (stop.why as? WhyMissing.NotCounted)?.let { why -> screen.skipReasons.find { it.code == why.v1 } }
    return listOfNotNull(words(Labels.of(stop.why)), given?.let { words(it) }).joinToString(" · ")
}

/** What is left of the day is named before it is sealed; nobody is kept from sealing it. */
@Composable
private fun SealUnfinished(screen: SummaryScreen, model: SummaryModel) {
    Sheet(say(T.CLOSE_DAY), model::stopAsking) {
        val visit = screen.openVisit
        val unsent = screen.report.unsent
        if (visit != null) Text(say(T.SEAL_VISIT_OPEN, visit.ifEmpty { say(T.OTHER_SHOP) }), Modifier.testTag("seal-visit-open"))
        val notBegun = screen.notBegun.size
        if (notBegun > 0) Text(say(T.SEAL_NOT_VISITED, notBegun), Modifier.testTag("seal-not-visited"))
        if (unsent > 0u) Text(say(T.UNSENT_STAY, unsent), Modifier.testTag("seal-unsent"))
        if (visit != null) MainButton(say(T.CONTINUE_THERE), model::continueVisit, Modifier.fillMaxWidth().testTag("continue-visit"))
        QuietButton(say(T.SEAL_ANYWAY), { model.sealAnyway() }, Modifier.fillMaxWidth().testTag("seal-anyway"))
    }
}

/** The company's own word for it; a reason that its list has no more keeps its code. */
private fun nameOf(code: String, reasons: List<Reason>, words: Words) = reasons.find { it.code == code }?.let { words(it) } ?: code

/** The day as a text for a chat. */
fun summaryText(report: DayReport, noOrderReasons: List<Reason>, speech: Speech): String = buildString {
    val (words, day) = speech.words to report.summary
    appendLine(words(T.SUMMARY) + " " + speech.format.day(report.date))
    appendLine(words(T.VISITED) + " ${day.visited} / ${day.planned}")
    appendLine(words(T.EFFECTIVE) + " ${day.effective}")
    appendLine(words(T.AMOUNT) + " " + speech.format.yuan(day.amount))
    figures(day, speech).forEach { (label, value) -> appendLine("$label $value") }
    if (day.noOrder.isNotEmpty()) appendLine(words(T.NO_ORDERS_BY_REASON))
    day.noOrder.forEach { (code, count) -> appendLine("- ${nameOf(code, noOrderReasons, words)} $count") }
    if (report.unsent > 0u) appendLine(words(T.UNSENT, report.unsent))
}.trim()
