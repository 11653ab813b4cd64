package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.lazy.itemsIndexed
import androidx.compose.foundation.lazy.items
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.xundian.domain.FactKind
import app.xundian.logic.AppModels
import app.xundian.logic.CompetitorModel
import app.xundian.logic.CompetitorScreen
import app.xundian.logic.FactDraft
import app.xundian.logic.Labels
import app.xundian.logic.Problem
import app.xundian.logic.Text as T

/** 4 收集竞品资讯: one tap for what is known, five for what is new. */
@Composable
fun CompetitorPage(models: AppModels) {
    val view by models.competitor.state.collectAsState()
    val draft by models.competitor.draft.collectAsState()
    val screen = view.value
    Page(
        title = say(T.STEP_COMPETITOR), onBack = { models.go.back() },
        problem = if (screen == null || draft != null) null else view.problem, onDismiss = models.competitor::dismiss,
        bottom = screen?.let {
            { StepButton(say(T.NEXT_STEP), { models.competitor.finish() }, Modifier.fillMaxWidth().testTag("finish")) }
        },
        sheet = if (screen == null) null else draft?.let { { NewFact(it, screen, view.problem, models.competitor) } },
    ) {
        Body(view, { models.competitor.load() }) { shown -> Facts(shown, models.competitor) }
    }
}

@Composable
private fun Facts(screen: CompetitorScreen, model: CompetitorModel) {
    val format = LocalSpeech.current.format
    LazyColumn(Modifier.fillMaxSize().testTag("facts"), contentPadding = PaddingValues(12.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
        // Before the lists: they may have a hundred rows.
        heading(T.NEW_FACT)
        item { Brands(screen.brands, model) }
        if (screen.own.isNotEmpty()) heading(T.SEEN_HERE)
        items(screen.own) { fact ->
            TickLine(told(fact.brand, fact.item, fact.kind, fact.value), true, "own-${fact.item}") { model.takeBack(fact) }
        }
        if (screen.around.isNotEmpty()) heading(T.SEEN_AROUND)
        itemsIndexed(screen.around) { place, fact ->
            val line = told(fact.brand, fact.item, fact.kind, fact.value) + "\n" + format.seen(fact)
            TickLine(line, screen.isSeen(fact), "seen-$place") { model.confirm(fact) }
        }
        when {
            screen.lookOut.isNotEmpty() -> heading(T.KNOWN_FACTS)
            screen.around.isEmpty() -> heading(T.NONE_HERE)
        }
        itemsIndexed(screen.lookOut) { place, item ->
            TickLine(told(item.brand, item.item, item.kind, item.example), screen.isSeen(item), "fact-$place") { model.confirm(item) }
        }
    }
}

/** A new fact begins with its brand, here and not in its sheet: opened by a button of its own it would take a sixth tap. */
@Composable
private fun Brands(known: List<String>, model: CompetitorModel) {
    val what = say(T.NEW_FACT)
    Wrapping {
        known.take(MOST_KNOWN).forEach { one -> QuietButton(one, { model.begin(one) }, Modifier.testTag("new-fact-$one").spoken(what, one)) }
        QuietButton(say(T.OTHER), { model.write() }, Modifier.testTag("new-fact").spoken(what, say(T.OTHER)))
    }
}

private const val MOST_KNOWN = 12

private fun LazyListScope.heading(text: T) = item { Quiet(say(text), Modifier.padding(start = 4.dp)) }

@Composable
private fun told(brand: String, item: String, kind: FactKind, value: String) = "$brand $item\n${say(Labels.of(kind))} · $value"

@Composable
private fun NewFact(draft: FactDraft, screen: CompetitorScreen, problem: Problem?, model: CompetitorModel) {
    fun value(now: String) = model.write(draft.copy(value = now))
    Sheet(say(T.NEW_FACT), model::stopWriting, problem = problem, onDismiss = model::dismiss, isTouched = draft.isTouched) {
        Picking(say(T.BRAND), screen.brands, draft.brand, isOtherFirst = true) { model.write(draft.ofBrand(it)) }
        if (draft.brand.isNotBlank()) Picking(say(T.ITEM), screen.itemsOf(draft.brand), draft.item) { model.write(draft.ofItem(it)) }
        Wrapping { FactKind.entries.forEach { one -> Choice(say(Labels.of(one)), draft.kind == one, { model.write(draft.ofKind(one)) }) } }
        val examples = screen.examplesOf(draft.brand, draft.item, draft.kind)
        if (examples.isNotEmpty()) Wrapping { examples.forEach { one -> Choice(one, draft.value == one, { value(one) }, Modifier.testTag("example-$one")) } }
        Field(say(T.VALUE), draft.value, ::value, Modifier.testTag("value"))
        TickLine(say(T.WITH_PHOTO), draft.withPhoto, "with-photo") { model.write(draft.copy(withPhoto = !draft.withPhoto)) }
        MainButton(say(T.SAVE), { model.addDraft() }, Modifier.fillMaxWidth().testTag("save-fact"), isEnabled = draft.isWhole)
    }
}

/** Known names by a tap; another one by the keyboard, where [isOtherFirst] as long as none is chosen. */
@Composable
private fun Picking(label: String, known: List<String>, chosen: String, isOtherFirst: Boolean = false, onPick: (String) -> Unit) {
    var isOther by remember(known) { mutableStateOf(known.isEmpty() || if (chosen.isBlank()) isOtherFirst else chosen !in known) }
    Quiet(label)
    Wrapping {
        known.take(MOST_KNOWN).forEach { one -> Choice(one, chosen == one && !isOther, { isOther = false; onPick(one) }) }
        Choice(say(T.OTHER), isOther, { isOther = true; onPick("") }, Modifier.spoken(label, say(T.OTHER)))
    }
    if (isOther) Field(label, chosen, onPick)
}
