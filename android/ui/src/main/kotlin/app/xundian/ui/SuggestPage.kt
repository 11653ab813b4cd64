package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.items
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
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
import androidx.compose.ui.unit.dp
import app.xundian.logic.AppModels
import app.xundian.logic.SuggestModel
import app.xundian.logic.SuggestScreen
import app.xundian.logic.Wish
import app.xundian.protocol.Reason
import app.xundian.logic.Text as T

/** 2 建议销售: each number with the line that the owner can check. */
@Composable
fun SuggestPage(models: AppModels) {
    val view by models.suggest.state.collectAsState()
    var asked by remember { mutableStateOf<Wish?>(null) }
    val screen = view.value
    Page(
        title = say(T.STEP_SUGGEST), onBack = { models.go.back() },
        problem = if (screen == null) null else view.problem, onDismiss = models.suggest::dismiss,
        bottom = screen?.let { { SuggestBottom(it, models.suggest) } },
        sheet = if (screen == null) null else asked?.let { wish -> { WhyDifferent(wish, screen.reasons, models.suggest) { asked = null } } },
    ) {
        Body(view, { models.suggest.load() }) { shown ->
            if (shown.wishes.isEmpty()) Notice { Text(say(T.SUGGEST_EMPTY)) } else Cards(shown, models.suggest) { asked = it }
        }
    }
}

@Composable
private fun Cards(screen: SuggestScreen, model: SuggestModel, onAsk: (Wish) -> Unit) {
    LazyColumn(
        Modifier.fillMaxSize().testTag("wishes"),
        contentPadding = PaddingValues(horizontal = 12.dp, vertical = 8.dp),
        verticalArrangement = Arrangement.spacedBy(8.dp),
    ) {
        items(screen.wishes, key = { it.row.sku }) { wish -> WishCard(wish, screen.reasons, model) { onAsk(wish) } }
    }
}

@Composable
private fun WishCard(wish: Wish, reasons: List<Reason>, model: SuggestModel, onAsk: () -> Unit) {
    val row = wish.row
    Surface(Modifier.fillMaxWidth().testTag("wish-${row.sku}"), shape = MaterialTheme.shapes.medium, color = MaterialTheme.colorScheme.surfaceContainer, border = LocalSigns.current.edge) {
        Column(Modifier.padding(14.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            Row(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
                Text(row.name, Modifier.weight(1f), style = MaterialTheme.typography.titleMedium, fontWeight = FontWeight.SemiBold)
                if (row.isNew) Tag(say(T.IS_NEW), LocalSigns.current.warning)
            }
            Quiet(LocalSpeech.current.arithmetic.line(row), Modifier.testTag("line-${row.sku}"))
            Marks(wish, reasons)
            Amounts(wish, model)
            Reasoning(wish, reasons, onAsk)
        }
    }
}

@Composable
private fun Marks(wish: Wish, reasons: List<Reason>) {
    val speech = LocalSpeech.current
    val marks = speech.arithmetic.marks(wish.row)
    if (marks.isNotEmpty()) Wrapping { marks.forEach { Tag(say(it), LocalSigns.current.warning) } }
    wish.row.declined?.let { no ->
        val why = reasons.find { it.code == no.reason }?.let { speech.words(it) } ?: no.reason
        Text(say(T.DECLINED, speech.format.day(no.date), why), style = MaterialTheme.typography.bodySmall, color = LocalSigns.current.warning)
    }
}

@Composable
private fun Amounts(wish: Wish, model: SuggestModel) {
    val format = LocalSpeech.current.format
    val row = wish.row
    Wrapping(Modifier.fillMaxWidth()) {
        PackStepper(wish.intended, row.case, row.pack, row.name, "wish-${row.sku}", ghost = row.suggested) { packs -> model.step(wish, packs) }
        Column {
            Text(say(T.INTENDED) + " " + (wish.intended?.let { format.units(it, row.case) } ?: say(T.INTENDED_OPEN)), Modifier.testTag("intended-${row.sku}"), style = MaterialTheme.typography.titleSmall)
            Text(say(T.SUGGESTED) + " " + (row.suggested?.let { format.units(it, row.case) } ?: "–"), style = MaterialTheme.typography.bodySmall, color = MaterialTheme.colorScheme.onSurfaceVariant)
        }
        if (wish.number != 0) QuietButton(say(T.SUGGEST_NONE), { model.none(wish) }, Modifier.testTag("none-${row.sku}").spoken(row.name, say(T.SUGGEST_NONE)))
    }
}

/** Another number wants a word; it is one tap, and it is asked here and not in a form later. */
@Composable
private fun Reasoning(wish: Wish, reasons: List<Reason>, onAsk: () -> Unit) {
    val words = LocalSpeech.current.words
    if (wish.wantsReason) {
        QuietButton(say(T.WHY_DIFFERENT), onAsk, Modifier.testTag("why-${wish.row.sku}").spoken(wish.row.name, say(T.WHY_DIFFERENT)))
    } else if (wish.reason != null) {
        val text = reasons.find { it.code == wish.reason }?.let { words(it) } ?: wish.reason.orEmpty()
        QuietButton(text, onAsk, Modifier.spoken(wish.row.name, text))
    }
}

@Composable
private fun SuggestBottom(screen: SuggestScreen, model: SuggestModel) {
    val words = LocalSpeech.current.words
    Beside(main = {
        Column {
            val total = if (screen.loose == 0) words(T.N_CASES, screen.cases) else words(T.N_CASES_UNITS, screen.cases, screen.loose)
            Text(say(T.SUGGEST_TOTAL, total), Modifier.testTag("total"), style = MaterialTheme.typography.titleMedium)
            if (screen.total > 0) Quiet(say(T.SUGGEST_SAID, LocalSpeech.current.format.yuan(screen.total)), Modifier.testTag("agreed"))
            if (screen.withoutReason > 0) Text(say(T.WITHOUT_REASON, screen.withoutReason), color = LocalSigns.current.warning, style = MaterialTheme.typography.labelMedium)
        }
    }) { StepButton(say(if (screen.unspoken.isEmpty()) T.NEXT_STEP else T.REST_AS_SUGGESTED), { model.finish() }, Modifier.testTag("finish")) }
}

@Composable
private fun WhyDifferent(wish: Wish, reasons: List<Reason>, model: SuggestModel, onClose: () -> Unit) {
    val words = LocalSpeech.current.words
    Sheet(say(T.WHY_DIFFERENT) + " · " + wish.row.name, onClose) {
        reasons.forEach { reason ->
            QuietButton(words(reason), { onClose(); model.because(wish, reason) }, Modifier.fillMaxWidth().testTag("reason-${reason.code}"))
        }
        QuietButton(say(T.AS_SUGGESTED), { onClose(); model.asSuggested(wish) }, Modifier.fillMaxWidth())
    }
}
