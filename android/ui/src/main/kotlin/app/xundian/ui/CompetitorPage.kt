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
import app.xundian.logic.Labels
import app.xundian.logic.Text as T

/** 4 收集竞品资讯: one tap for what is known, five for what is new. */
@Composable
fun CompetitorPage(models: AppModels) {
    val view by models.competitor.state.collectAsState()
    var isAdding by remember { mutableStateOf(false) }
    val screen = view.value
    Page(
        title = say(T.STEP_COMPETITOR), onBack = { models.go.back() },
        problem = if (screen == null) null else view.problem, onDismiss = models.competitor::dismiss,
        bottom = screen?.let {
            {
                QuietButton(say(T.NEW_FACT), { isAdding = true }, Modifier.fillMaxWidth().testTag("new-fact"))
                MainButton(say(T.NEXT_STEP), { models.competitor.finish() }, Modifier.fillMaxWidth().testTag("finish"))
            }
        },
        sheet = if (screen == null || !isAdding) null else ({ NewFact(screen, models.competitor) { isAdding = false } }),
    ) {
        Body(view, { models.competitor.load() }) { shown -> Facts(shown, models.competitor) }
    }
}

@Composable
private fun Facts(screen: CompetitorScreen, model: CompetitorModel) {
    val format = LocalSpeech.current.format
    LazyColumn(Modifier.fillMaxSize().testTag("facts"), contentPadding = PaddingValues(12.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
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

private fun LazyListScope.heading(text: T) = item { Quiet(say(text), Modifier.padding(start = 4.dp)) }

@Composable
private fun told(brand: String, item: String, kind: FactKind, value: String) = "$brand $item\n${say(Labels.of(kind))} · $value"

@Composable
private fun NewFact(screen: CompetitorScreen, model: CompetitorModel, onClose: () -> Unit) {
    var brand by remember { mutableStateOf("") }
    var item by remember { mutableStateOf("") }
    var kind by remember { mutableStateOf(FactKind.PRICE) }
    var value by remember { mutableStateOf("") }
    var withPhoto by remember { mutableStateOf(false) }
    Sheet(say(T.NEW_FACT), onClose) {
        // A value belongs to its brand, item and kind, and does not outlive them.
        Picking(say(T.BRAND), screen.brands, brand) { if (it != brand) { brand = it; item = ""; value = "" } }
        if (brand.isNotBlank()) Picking(say(T.ITEM), screen.itemsOf(brand), item) { if (it != item) { item = it; value = "" } }
        Wrapping { FactKind.entries.forEach { one -> Choice(say(Labels.of(one)), kind == one, { if (kind != one) { kind = one; value = "" } }) } }
        val examples = screen.examplesOf(brand, item, kind)
        if (examples.isNotEmpty()) Wrapping { examples.forEach { one -> Choice(one, value == one, { value = one }, Modifier.testTag("example-$one")) } }
        Field(say(T.VALUE), value, { value = it }, Modifier.testTag("value"))
        TickLine(say(T.WITH_PHOTO), withPhoto, "with-photo") { withPhoto = !withPhoto }
        MainButton(
            say(T.SAVE), { onClose(); model.add(brand, item, kind, value, withPhoto) },
            Modifier.fillMaxWidth().testTag("save-fact"), isEnabled = brand.isNotBlank() && item.isNotBlank() && value.isNotBlank(),
        )
    }
}

/** Known names by a tap; another one by the keyboard. */
@Composable
private fun Picking(label: String, known: List<String>, chosen: String, onPick: (String) -> Unit) {
    var isOther by remember(known) { mutableStateOf(known.isEmpty()) }
    Quiet(label)
    Wrapping {
        known.take(12).forEach { one -> Choice(one, chosen == one && !isOther, { isOther = false; onPick(one) }) }
        Choice(say(T.OTHER), isOther, { isOther = true; onPick("") })
    }
    if (isOther) Field(label, chosen, onPick)
}
