package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.lazy.LazyColumn
import androidx.compose.foundation.lazy.LazyListState
import androidx.compose.foundation.lazy.items
import androidx.compose.foundation.lazy.itemsIndexed
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
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.xundian.device.CountItem
import app.xundian.logic.AppModels
import app.xundian.logic.AwaitedOrder
import app.xundian.logic.CountModel
import app.xundian.logic.CountScreen
import app.xundian.logic.Place
import app.xundian.logic.SeenOrder
import app.xundian.logic.Text as T
import kotlinx.coroutines.delay

private sealed interface Over {
    data class PartCame(val awaited: AwaitedOrder) : Over
    data class Elsewhere(val item: CountItem) : Over
    data class More(val item: CountItem) : Over
    data class Typed(val item: CountItem, val isCases: Boolean) : Over
    data object AddSku : Over
}

/** 1 点库存: thirty rows in a minute, one thumb, no keyboard. */
@Composable
fun CountPage(models: AppModels) {
    val view by models.count.state.collectAsState()
    var over by remember { mutableStateOf<Over?>(null) }
    Page(
        title = say(T.STEP_COUNT), onBack = { models.go.back() },
        problem = if (view.value == null) null else view.problem, onDismiss = models.count::dismiss,
        trailing = { PlainButton(say(T.ADD_SKU), { over = Over.AddSku }, Modifier.testTag("add-sku")) },
        bottom = view.value?.let { { CountBottom(it, models) } },
        sheet = view.value?.let { screen -> over?.let { what -> { OverCount(what, screen, models) { over = null } } } },
    ) {
        Body(view, { models.count.load() }) { screen ->
            Rows(screen, models) { over = it }
        }
    }
}

@Composable
private fun Rows(screen: CountScreen, models: AppModels, onOver: (Over) -> Unit) {
    val list = rememberLazyListState()
    val sought by models.count.sought.collectAsState()
    Seek(sought, screen, list, models.count)
    LazyColumn(
        Modifier.fillMaxSize().testTag("rows"), list,
        contentPadding = PaddingValues(horizontal = 8.dp, vertical = 8.dp),
        verticalArrangement = Arrangement.spacedBy(6.dp),
    ) {
        items(screen.awaited, key = { it.order }) { awaited -> DidItCome(awaited, models) { onOver(Over.PartCame(it)) } }
        itemsIndexed(screen.seen, key = { _, order -> "seen-${order.awaited.order}" }) { place, order -> Came(order, "came-${place + 1}", models.count) }
        if (screen.hasBackroom) item(key = "place") {
            Row(Modifier.padding(4.dp), horizontalArrangement = Arrangement.spacedBy(8.dp)) {
                Choice(say(T.SHELF), screen.place == Place.SHELF, { models.count.look(Place.SHELF) }, Modifier.testTag("shelf"))
                Choice(say(T.BACKROOM), screen.place == Place.BACKROOM, { models.count.look(Place.BACKROOM) }, Modifier.testTag("backroom"))
            }
            if (screen.place == Place.BACKROOM && screen.rest.isNotEmpty()) {
                QuietButton(say(T.NOTHING_ELSE, screen.rest.size), { models.count.nothingElse() }, Modifier.fillMaxWidth().testTag("nothing-else"))
            }
        }
        items(screen.items, key = { it.sku }) { item ->
            val doors = RowDoors({ onOver(Over.Elsewhere(item)) }, { onOver(Over.More(item)) }) { onOver(Over.Typed(item, it)) }
            CountRow(item, screen, models.count, doors, isSought = item.sku == sought)
        }
        if (screen.facings.isNotEmpty()) item(key = "facings") { FacingsSection(screen.facings, models.count) }
    }
}

/** What was searched for may stand below eighty rows: it comes into view and is marked for a moment. */
@Composable
private fun Seek(sought: String?, screen: CountScreen, list: LazyListState, model: CountModel) {
    val place = screen.items.indexOfFirst { it.sku == sought }
    LaunchedEffect(sought, place >= 0) {
        if (sought == null || place < 0) return@LaunchedEffect
        try {
            list.scrollToItem(screen.awaited.size + screen.seen.size + (if (screen.hasBackroom) 1 else 0) + place)
            delay(MARKED_MS)
        } finally {
            model.found(sought)
        }
    }
}

private const val MARKED_MS = 2_000L

/** Asked first: yesterday's delivery decides what was sold. */
@Composable
private fun DidItCome(awaited: AwaitedOrder, models: AppModels, onPart: (AwaitedOrder) -> Unit) {
    val format = LocalSpeech.current.format
    Section(say(T.DID_IT_COME), Modifier.testTag("did-it-come")) {
        awaited.lines.forEach { (item, units) -> Figure(item.name, format.units(units, item.case)) }
        Wrapping {
            MainButton(say(T.IT_CAME), { models.count.itCame(awaited) }, Modifier.testTag("it-came"))
            QuietButton(say(T.SOME_CAME), { onPart(awaited) }, Modifier.testTag("some-came"))
            QuietButton(say(T.NOTHING_CAME), { models.count.nothingCame(awaited) })
        }
    }
}

/** Answered, and still in its place: what was said by a slip is taken back where it was said. */
@Composable
private fun Came(order: SeenOrder, tag: String, model: CountModel) {
    val answer = if (order.isAll) T.IT_CAME else if (order.isNothing) T.NOTHING_CAME else T.SOME_CAME
    Section(null) { Undoable(say(T.DID_IT_COME) + " " + say(answer), isSeen = true, tag) { model.askAgain(order) } }
}

@Composable
private fun CountBottom(screen: CountScreen, models: AppModels) {
    Beside(main = {
        Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
            Text(say(T.COUNT_PROGRESS, screen.counted, screen.items.size), Modifier.testTag("counted"), style = MaterialTheme.typography.labelLarge)
            if (screen.questions > 0) Text(say(T.COUNT_QUESTIONS, screen.questions), color = LocalSigns.current.warning, style = MaterialTheme.typography.labelMedium)
            Filling(screen.counted, screen.items.size)
        }
    }) { MainButton(say(T.NEXT_STEP), { models.count.finish() }, Modifier.testTag("finish")) }
}

@Composable
private fun OverCount(what: Over, screen: CountScreen, models: AppModels, onClose: () -> Unit) {
    when (what) {
        is Over.PartCame -> PartCame(what.awaited, models.count, onClose)
        is Over.Elsewhere -> CameElsewhere(what.item, screen, models.count, onClose)
        is Over.More -> MoreOfRow(what.item, screen, models.count, onClose)
        is Over.Typed -> TypeNumber(what.item, what.isCases, models.count, onClose)
        Over.AddSku -> AddSku(models, onClose)
    }
}
