package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.PaddingValues
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
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.xundian.device.CountItem
import app.xundian.domain.OrderId
import app.xundian.logic.AppModels
import app.xundian.logic.AwaitedOrder
import app.xundian.logic.CountDraft
import app.xundian.logic.CountModel
import app.xundian.logic.CountScreen
import app.xundian.logic.MoveDraft
import app.xundian.logic.Place
import app.xundian.logic.SeenOrder
import app.xundian.logic.Text as T
import kotlinx.coroutines.delay
import java.time.LocalDate

/** 1 点库存: thirty rows in a minute, one thumb, no keyboard. */
@Composable
fun CountPage(models: AppModels) {
    val view by models.count.state.collectAsState()
    val draft by models.count.draft.collectAsState()
    Page(
        title = say(T.STEP_COUNT), onBack = { models.go.back() },
        problem = if (view.value == null || draft != null) null else view.problem, onDismiss = models.count::dismiss,
        trailing = { PlainButton(say(T.ADD_SKU), { askForSku(models) }, Modifier.testTag("add-sku")) },
        bottom = view.value?.let { { CountBottom(it, models) } },
        sheet = view.value?.let { screen -> draft?.let { what -> { OverCount(what, screen, models) } } },
    ) {
        Body(view, { models.count.load() }) { screen -> Rows(screen, models) }
    }
}

/** What was searched for last, a shop perhaps, is not what is missing here. */
private fun askForSku(models: AppModels) {
    models.search.type("")
    models.count.open(CountDraft.AddSku)
}

@Composable
private fun Rows(screen: CountScreen, models: AppModels) {
    val list = rememberLazyListState()
    val sought by models.count.sought.collectAsState()
    val due by models.count.due.collectAsState()
    val told = deliveriesTold(screen, due)
    Seek(sought, screen, list, models.count)
    DisposableEffect(Unit) { onDispose { models.count.leave() } }
    LazyColumn(
        Modifier.fillMaxSize().testTag("rows"), list,
        contentPadding = PaddingValues(horizontal = 8.dp, vertical = 8.dp),
        verticalArrangement = Arrangement.spacedBy(6.dp),
    ) {
        items(screen.awaited, key = { it.order }) { awaited -> DidItCome(awaited, due[awaited.order], told.getValue(awaited.order), models.count) }
        itemsIndexed(screen.seen, key = { _, order -> "seen-${order.awaited.order}" }) { place, order ->
            val delivery = order.awaited.order
            Came(order, due[delivery], told.getValue(delivery), "came-${place + 1}", models.count)
        }
        item(key = "place") { Places(screen, models.count) }
        if (screen.items.isEmpty()) item(key = "empty") { Quiet(say(T.COUNT_EMPTY), Modifier.padding(4.dp).testTag("no-products")) }
        items(screen.items, key = { it.sku }) { item ->
            CountRow(item, screen, models.count, doorsOf(item, models.count), isSought = item.sku == sought)
        }
        if (screen.facings.isNotEmpty()) item(key = "facings") { FacingsSection(screen.facings, models.count) }
    }
}

/** What is counted where. The cooler is counted with the shelf, and that is said also where there is nothing to choose. */
@Composable
private fun Places(screen: CountScreen, model: CountModel) {
    if (!screen.hasBackroom) return Quiet(say(T.SHELF), Modifier.padding(start = 4.dp).testTag("place"))
    Wrapping(Modifier.padding(4.dp)) {
        Choice(say(T.SHELF), screen.place == Place.SHELF, { model.look(Place.SHELF) }, Modifier.testTag("shelf"))
        Choice(say(T.BACKROOM), screen.place == Place.BACKROOM, { model.look(Place.BACKROOM) }, Modifier.testTag("backroom"))
    }
    val swept by model.swept.collectAsState()
    if (screen.place == Place.BACKROOM && screen.rest.isNotEmpty()) {
        QuietButton(say(T.NOTHING_ELSE, screen.rest.size), { model.nothingElse() }, Modifier.fillMaxWidth().testTag("nothing-else"))
    } else if (swept.isNotEmpty()) {
        QuietButton(say(T.UNDO_OF, say(T.NOTHING_ELSE, swept.size)), { model.notNothing() }, Modifier.fillMaxWidth().testTag("nothing-else-undo"))
    }
}

private fun doorsOf(item: CountItem, model: CountModel) = RowDoors(
    onElsewhere = { model.open(CountDraft.Elsewhere(item.sku, MoveDraft(first = item.question?.likely ?: item.case))) },
    onMore = { model.open(CountDraft.More(item.sku)) },
    onType = { isCases -> model.open(CountDraft.Typed(item.sku, isCases)) },
)

/** What was searched for may stand below eighty rows: it comes into view and is marked for a moment. */
@Composable
private fun Seek(sought: String?, screen: CountScreen, list: LazyListState, model: CountModel) {
    val place = screen.items.indexOfFirst { it.sku == sought }
    LaunchedEffect(sought, place >= 0) {
        if (sought == null || place < 0) return@LaunchedEffect
        try {
            list.scrollToItem(screen.awaited.size + screen.seen.size + PLACES + place)
            delay(MARKED_MS)
        } finally {
            model.found(sought)
        }
    }
}

private const val MARKED_MS = 2_000L

/** Rows of the list between the questions and the products: where is counted. */
private const val PLACES = 1

/** Of yesterday, or of any day before that nobody was asked about. */
@Composable
private fun questionOf(due: LocalDate?): String = if (due == null) say(T.DID_IT_COME) else say(T.DID_IT_COME_ON, LocalSpeech.current.format.day(due))

/** What each delivery is called for whoever listens: its question, and where another one's reads alike its goods, which stand beside it. */
@Composable
private fun deliveriesTold(screen: CountScreen, due: Map<OrderId, LocalDate?>): Map<OrderId, String> {
    val (format, between) = LocalSpeech.current.format to say(T.BETWEEN)
    val deliveries = screen.awaited + screen.seen.map { it.awaited }
    val questions = deliveries.associate { it.order to questionOf(due[it.order]) }
    return deliveries.associate { delivery ->
        val question = questions.getValue(delivery.order)
        val goods = delivery.lines.joinToString(between) { (item, units) -> item.name + " " + format.units(units, item.case) }
        delivery.order to if (questions.values.count { it == question } > 1) "$question $goods" else question
    }
}

/** Asked first: the last delivery decides what was sold. */
@Composable
private fun DidItCome(awaited: AwaitedOrder, due: LocalDate?, told: String, model: CountModel) {
    val format = LocalSpeech.current.format
    Section(questionOf(due), Modifier.testTag("did-it-come")) {
        awaited.lines.forEach { (item, units) -> Figure(item.name, format.units(units, item.case)) }
        Wrapping {
            MainButton(say(T.IT_CAME), { model.itCame(awaited) }, Modifier.testTag("it-came").spoken(told, say(T.IT_CAME)))
            QuietButton(say(T.SOME_CAME), { model.open(CountDraft.PartCame(awaited)) }, Modifier.testTag("some-came").spoken(told, say(T.SOME_CAME)))
            QuietButton(say(T.NOTHING_CAME), { model.nothingCame(awaited) }, Modifier.spoken(told, say(T.NOTHING_CAME)))
        }
    }
}

/** Answered, and still in its place: what was said by a slip is taken back where it was said. */
@Composable
private fun Came(order: SeenOrder, due: LocalDate?, told: String, tag: String, model: CountModel) {
    val answer = say(if (order.isAll) T.IT_CAME else if (order.isNothing) T.NOTHING_CAME else T.SOME_CAME)
    Section(null) { Undoable(questionOf(due) + " " + answer, isSeen = true, tag, told = "$told $answer") { model.askAgain(order) } }
}

@Composable
private fun CountBottom(screen: CountScreen, models: AppModels) {
    Beside(main = {
        Column(verticalArrangement = Arrangement.spacedBy(4.dp)) {
            Text(say(T.COUNT_PROGRESS, screen.counted, screen.items.size), Modifier.testTag("counted"), style = MaterialTheme.typography.labelLarge)
            if (screen.uncounted > 0) Text(say(T.NOT_COUNTED, screen.uncounted), Modifier.testTag("uncounted"), style = MaterialTheme.typography.labelMedium)
            if (screen.questions > 0) Text(say(T.COUNT_QUESTIONS, screen.questions), color = LocalSigns.current.warning, style = MaterialTheme.typography.labelMedium)
            Filling(screen.counted, screen.items.size)
        }
    }) { MainButton(say(T.NEXT_STEP), { models.count.finish() }, Modifier.testTag("finish")) }
}

@Composable
private fun OverCount(what: CountDraft, screen: CountScreen, models: AppModels) {
    val model = models.count
    when (what) {
        is CountDraft.PartCame -> PartCame(what, model)
        is CountDraft.Elsewhere -> screen.item(what.sku)?.let { CameElsewhere(what, it, screen, model) }
        is CountDraft.More -> screen.item(what.sku)?.let { MoreOfRow(what, it, screen, model) }
        is CountDraft.Typed -> screen.item(what.sku)?.let { TypeNumber(what, it, model) }
        CountDraft.AddSku -> AddProduct(models.search, model::close) { model.add(it) }
    }
}
