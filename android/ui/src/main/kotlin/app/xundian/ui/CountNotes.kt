package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.dp
import app.xundian.device.CountItem
import app.xundian.logic.CategoryFacings
import app.xundian.logic.CountDraft
import app.xundian.logic.CountModel
import app.xundian.logic.CountScreen
import app.xundian.logic.Labels
import app.xundian.logic.MoveDraft
import app.xundian.logic.Movement
import app.xundian.logic.change
import java.time.LocalDate
import app.xundian.logic.Text as T

/** What is rare about a product: its earliest expiry, and goods that came or went beside our deliveries. */
@Composable
fun MoreOfRow(draft: CountDraft.More, item: CountItem, screen: CountScreen, model: CountModel) {
    CountSheet(item.name, model) {
        Expiry(draft, item, model)
        Movements(draft.move, item, screen, model) { to -> model.change<CountDraft.More> { it.copy(move = to(it.move)) } }
        if (item.entered != null) QuietButton(say(T.COUNT_CLEAR), { model.clear(item) }, Modifier.fillMaxWidth().testTag("clear-${item.sku}"))
    }
}

/** Goods that the shop got from somebody else: what explains a count that nobody believes. */
@Composable
fun CameElsewhere(draft: CountDraft.Elsewhere, item: CountItem, screen: CountScreen, model: CountModel) {
    CountSheet(say(T.CAME_ELSEWHERE) + " · " + item.name, model) {
        Movements(draft.move, item, screen, model) { to -> model.change<CountDraft.Elsewhere> { it.copy(move = to(it.move)) } }
    }
}

@Composable
private fun Expiry(draft: CountDraft.More, item: CountItem, model: CountModel) {
    val known = draft.expiry ?: item.entered?.expiry
    val date = known ?: remember { LocalDate.now().plusMonths(FIRST_GUESS_MONTHS) }
    fun step(to: (LocalDate) -> LocalDate) = model.change<CountDraft.More> { it.copy(expiry = to(it.expiry ?: date)) }
    val format = LocalSpeech.current.format
    Text(say(T.EXPIRY), style = MaterialTheme.typography.titleSmall, color = MaterialTheme.colorScheme.primary)
    // Until somebody has touched it, it is ours and not the goods'.
    val colour = if (known == null) MaterialTheme.colorScheme.onSurfaceVariant else Color.Unspecified
    Text(format.date(date), Modifier.testTag("expiry-date"), color = colour, style = MaterialTheme.typography.titleLarge, fontWeight = FontWeight.Bold)
    Row(Modifier.fillMaxWidth(), horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        val name = say(T.EXPIRY)
        Stepper(date.monthValue, null, say(T.MONTH), name, "expiry-month", Steps({ step { it.plusMonths(1) } }, { step { it.minusMonths(1) } }), Modifier.weight(1f))
        Stepper(date.dayOfMonth, null, say(T.DAY_OF_MONTH), name, "expiry-day", Steps({ step { it.plusDays(1) } }, { step { it.minusDays(1) } }), Modifier.weight(1f))
    }
    MainButton(say(T.SAVE) + " · " + format.date(date), { model.expiry(item, date) }, Modifier.fillMaxWidth().testTag("expiry-save"))
}

private const val FIRST_GUESS_MONTHS = 3L

@Composable
private fun Movements(draft: MoveDraft, item: CountItem, screen: CountScreen, model: CountModel, onChange: (to: (MoveDraft) -> MoveDraft) -> Unit) {
    val (movement, reason) = draft.movement to draft.reason
    val before = screen.moved(item).filter { it.movement == movement }.sumOf { it.units }
    val units = draft.units(before)
    Text(say(T.CAME_OR_WENT), style = MaterialTheme.typography.titleSmall, color = MaterialTheme.colorScheme.primary)
    Wrapping {
        Movement.entries.forEach { one -> Choice(say(Labels.of(one)), movement == one, { onChange { it.of(one) } }, Modifier.testTag("move-${one.name}")) }
    }
    if (movement.isReturn) {
        Quiet(say(T.WHY_RETURN))
        val words = LocalSpeech.current.words
        Wrapping {
            screen.returnReasons.forEach { one -> Choice(words(one), reason == one.code, { onChange { it.copy(reason = one.code) } }, Modifier.testTag("reason-${one.code}")) }
        }
    }
    Stepper(units, null, say(T.UNITS), item.name, "moved", stepsByUnit(item.case) { by -> onChange { it.step(before, by) } })
    val isTold = units != before && (units == 0 || !movement.isReturn || reason.isNotEmpty())
    MainButton(say(T.SAVE) + " · " + say(Labels.of(movement)), { model.move(item, movement, units, reason) }, Modifier.fillMaxWidth().testTag("move-save"), isEnabled = isTold)
}

/** What was noted of a row, or is wanted of it; the way to more. */
@Composable
fun RowNotes(item: CountItem, screen: CountScreen, onMore: () -> Unit) {
    val format = LocalSpeech.current.format
    val expiry = item.entered?.expiry
    val notes = listOfNotNull(expiry?.let { say(T.EXPIRY_SEEN, format.date(it)) }) +
        screen.moved(item).map { say(Labels.of(it.movement)) + " " + format.units(it.units, item.case) }
    if (notes.isNotEmpty()) Quiet(notes.joinToString(" · "), Modifier.padding(horizontal = 4.dp).testTag("notes-${item.sku}"))
    if (item.asksExpiry && expiry == null) QuietButton(say(T.EXPIRY_LOOK), onMore, Modifier.testTag("look-${item.sku}").spoken(item.name, say(T.EXPIRY_LOOK)))
}

/** 排面: ours of all, per category. Nobody need look; who does taps twice. */
@Composable
fun FacingsSection(facings: List<CategoryFacings>, model: CountModel) {
    Section(say(T.FACINGS), Modifier.testTag("facings")) {
        facings.forEach { row ->
            val tag = "facings-${row.category}"
            Undoable(row.category, row.isSeen, tag) { model.clearFacings(row.category) }
            Row(Modifier.fillMaxWidth(), horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
                Stepper(row.own, null, say(T.FACINGS_OWN), row.category, "$tag-own", stepsByFacing { model.stepOwn(row.category, it) }, Modifier.weight(1f))
                Stepper(row.all, null, say(T.FACINGS_ALL), row.category, "$tag-all", stepsByFacing { model.stepAll(row.category, it) }, Modifier.weight(1f))
            }
        }
    }
}

private fun stepsByFacing(step: (facings: Int) -> Unit) =
    Steps({ step(1) }, { step(-1) }, { step(5) }, T.LONG_PRESS_FACINGS, { step(-5) }, T.LONG_PRESS_FACINGS_OFF)
