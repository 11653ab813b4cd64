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
import app.xundian.device.OrderOfDay
import app.xundian.domain.DaySummary
import app.xundian.logic.AppModels
import app.xundian.logic.Labels
import app.xundian.logic.SummaryScreen
import app.xundian.logic.Text as T

/** 6 信息汇总. */
@Composable
fun SummaryPage(models: AppModels) {
    val view by models.summary.state.collectAsState()
    val screen = view.value
    val text = screen?.let { summaryText(it.report, LocalSpeech.current) }
    Page(
        title = listOfNotNull(say(T.SUMMARY), screen?.let { LocalSpeech.current.format.day(it.report.date) }).joinToString(" · "), onBack = { models.go.back() },
        problem = if (screen == null) null else view.problem, onDismiss = models.summary::dismiss,
        bottom = text?.let {
            {
                MainButton(say(T.CLOSE_DAY), { models.summary.close() }, Modifier.fillMaxWidth().testTag("close-day"), isEnabled = !view.isBusy)
                QuietButton(say(T.SHARE_SUMMARY), { models.summary.share(it) }, Modifier.fillMaxWidth())
            }
        },
    ) {
        Body(view, { models.summary.load() }) { shown ->
            Column(Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(12.dp), verticalArrangement = Arrangement.spacedBy(10.dp)) {
                Standing(shown.report)
                Figures(shown.report.summary)
                NoOrders(shown)
                Orders(shown, models)
                if (shown.missing.isNotEmpty()) Section(say(T.NOT_VISITED)) { shown.missing.forEach { Text(it) } }
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
        counts.forEach { (code, count) -> Figure(screen.noOrderReasons.find { it.code == code }?.let { words(it) } ?: code, count.toString()) }
    }
}

@Composable
private fun Orders(screen: SummaryScreen, models: AppModels) {
    if (screen.orders.isEmpty()) return
    Section(say(T.ORDERS)) {
        screen.orders.forEach { order -> OrderLine(order) { models.summary.open(order) } }
        QuietButton(say(T.SHARE_SLIPS), { models.summary.shareSlips() }, Modifier.fillMaxWidth())
    }
}

@Composable
private fun OrderLine(order: OrderOfDay, onClick: () -> Unit) {
    Row(Modifier.fillMaxWidth().heightIn(min = 52.dp).clickable(onClick = onClick), verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        Column(Modifier.weight(1f)) {
            Text(order.storeName, style = MaterialTheme.typography.bodyLarge)
            Sign(say(Labels.of(order)), colourOf(order))
        }
        Text(LocalSpeech.current.format.yuan(order.total), style = MaterialTheme.typography.titleSmall)
    }
}

/** The day as a text for a chat. */
fun summaryText(report: DayReport, speech: Speech): String = buildString {
    val (words, day) = speech.words to report.summary
    appendLine(words(T.SUMMARY) + " " + speech.format.day(report.date))
    appendLine(words(T.VISITED) + " ${day.visited} / ${day.planned}")
    appendLine(words(T.EFFECTIVE) + " ${day.effective}")
    appendLine(words(T.AMOUNT) + " " + speech.format.yuan(day.amount))
    figures(day, speech).forEach { (label, value) -> appendLine("$label $value") }
}.trim()
