package app.xundian.ui

import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.sizeIn
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.selected
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.semantics.stateDescription
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.unit.dp
import app.xundian.device.CountItem
import app.xundian.domain.Entry
import app.xundian.domain.Question
import app.xundian.logic.CountModel
import app.xundian.logic.CountScreen
import app.xundian.logic.Place
import app.xundian.logic.placeOfLikely
import app.xundian.logic.units
import app.xundian.logic.Text as T

/** What a row opens over the list. */
class RowDoors(val onElsewhere: () -> Unit, val onMore: () -> Unit, val onType: (isCases: Boolean) -> Unit)

/** One SKU: name and ghost above, the thumb's row below, a question in place. */
@Composable
fun CountRow(item: CountItem, screen: CountScreen, model: CountModel, doors: RowDoors, isSought: Boolean) {
    val isWhole = screen.isWhole(item)
    Surface(
        Modifier.fillMaxWidth().testTag("row-${item.sku}").then(if (isSought) Modifier.semantics { selected = true } else Modifier),
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.surfaceContainer,
        border = when {
            isSought -> BorderStroke(4.dp, MaterialTheme.colorScheme.primary)
            item.question != null -> BorderStroke(2.dp, LocalSigns.current.warning)
            else -> LocalSigns.current.edge
        },
    ) {
        Column(Modifier.padding(8.dp), verticalArrangement = Arrangement.spacedBy(6.dp)) {
            Heading(item, screen, isWhole, model, doors.onMore)
            Thumb(item, screen, model, doors.onType)
            missing(item, screen)?.let { Text(say(it), style = MaterialTheme.typography.labelMedium, color = LocalSigns.current.warning) }
            RowNotes(item, screen, doors.onMore)
            item.question?.let { Doubted(item, it, model, doors.onElsewhere) }
        }
    }
}

/** Zero and same stand at the edge, one under the other down the list: most rows are one tap of a thumb that hardly moves. */
@Composable
private fun Heading(item: CountItem, screen: CountScreen, isWhole: Boolean, model: CountModel, onMore: () -> Unit) {
    val format = LocalSpeech.current.format
    val isSame = item.entered?.entry == Entry.SAME
    val tag = "row-${item.sku}"
    Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(6.dp)) {
        val (more, done) = say(T.MORE_OF, item.name) to say(T.STATE_FINISHED)
        val touch = Modifier.clip(MaterialTheme.shapes.small).clickable(onClickLabel = more, onClick = onMore).semantics { if (isWhole) stateDescription = done }
        Column(Modifier.weight(1f).then(touch).testTag("$tag-more").heightIn(min = 48.dp).padding(start = 4.dp)) {
            Text(item.name, style = MaterialTheme.typography.titleSmall, fontWeight = FontWeight.SemiBold)
            Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(6.dp)) {
                val ghost = item.last?.let { say(T.GHOST, format.units(it, item.case)) } ?: say(T.NEVER_COUNTED)
                Text(ghost, Modifier.weight(1f, fill = false), style = MaterialTheme.typography.bodySmall, color = MaterialTheme.colorScheme.onSurfaceVariant)
                if (isWhole) Tick(Modifier.size(16.dp), LocalSigns.current.good)
                Dots(Modifier.size(16.dp), MaterialTheme.colorScheme.onSurfaceVariant)
            }
        }
        Mark(say(T.ZERO), say(T.ZERO_OF, item.name), screen.here(item) == 0 && !isSame, "$tag-zero") { model.zero(item) }
        if (screen.canBeSame(item)) Mark(say(T.SAME), say(T.SAME_OF, item.name), isSame, "$tag-same") { model.same(item) }
    }
}

/** Five cases at once, for a full stack; what is loose beside the last case stays. */
private fun stepsByCase(item: CountItem, here: Int, model: CountModel, onValue: () -> Unit): Steps {
    fun step(cases: Int) = model.step(item, cases * item.case)
    val off = minOf(MANY, here / item.case)
    return Steps({ step(1) }, { step(-1) }, { step(MANY) }, T.LONG_PRESS_FIVE, { step(-off) }, T.LONG_PRESS_FIVE_OFF, onValue)
}

private const val MANY = 5

/** Cases and units, each with its ghost. */
@Composable
private fun Thumb(item: CountItem, screen: CountScreen, model: CountModel, onType: (isCases: Boolean) -> Unit) {
    val here = screen.here(item)
    val ghost = item.last.takeIf { screen.place == Place.SHELF }
    val (case, tag) = item.case to "row-${item.sku}"
    Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
        if (case > 1) {
            Stepper(
                here?.div(case), ghost?.div(case), say(T.CASES), item.name, "$tag-cases",
                stepsByCase(item, here ?: 0, model) { onType(true) },
                Modifier.weight(1f),
            )
        }
        Stepper(
            if (case > 1) here?.rem(case) else here, if (case > 1) ghost?.rem(case) else ghost, say(T.UNITS), item.name, "$tag-units",
            stepsByUnit(case, { onType(false) }) { model.step(item, it) },
            Modifier.weight(1f),
        )
    }
}

@Composable
private fun Mark(text: String, label: String, isOn: Boolean, tag: String, onClick: () -> Unit) {
    val colours = MaterialTheme.colorScheme
    Surface(
        Modifier.testTag(tag).clip(MaterialTheme.shapes.small).clickable(onClick = onClick).semantics { role = Role.Button; contentDescription = label; selected = isOn },
        shape = MaterialTheme.shapes.small,
        color = if (isOn) colours.primary else colours.surfaceContainerHigh,
        contentColor = if (isOn) colours.onPrimary else colours.onSurface,
        border = LocalSigns.current.edge,
    ) {
        Box(Modifier.sizeIn(minWidth = 48.dp, minHeight = 48.dp).padding(horizontal = 6.dp), contentAlignment = Alignment.Center) {
            Text(text, style = MaterialTheme.typography.titleMedium)
        }
    }
}

private fun missing(item: CountItem, screen: CountScreen): T? {
    val row = item.entered ?: return null
    return when {
        !screen.hasBackroom -> null
        row.shelf.units() == null -> T.MISSING_SHELF
        row.backroom.units() == null -> T.MISSING_PLACE
        else -> null
    }
}

/** The question stands where the number is: answered with one tap, and nothing else waits for it. */
@Composable
private fun Doubted(item: CountItem, question: Question, model: CountModel, onElsewhere: () -> Unit) {
    val speech = LocalSpeech.current
    Surface(color = MaterialTheme.colorScheme.tertiaryContainer, contentColor = MaterialTheme.colorScheme.onTertiaryContainer, shape = MaterialTheme.shapes.small) {
        Column(Modifier.fillMaxWidth().padding(10.dp).testTag("question-${item.sku}"), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            Text(speech.arithmetic.question(question, item.case), style = MaterialTheme.typography.bodyMedium)
            Wrapping {
                val likely = question.likely
                if (likely != null && item.placeOfLikely() != null) {
                    val take = say(T.TAKE_LIKELY, speech.format.units(likely, item.case))
                    MainButton(take, { model.takeLikely(item) }, Modifier.testTag("likely-${item.sku}").spoken(item.name, take))
                } else {
                    QuietButton(say(T.CAME_ELSEWHERE), onElsewhere, Modifier.spoken(item.name, say(T.CAME_ELSEWHERE)))
                }
                QuietButton(say(T.IT_STANDS), { model.stands(item) }, Modifier.testTag("stands-${item.sku}").spoken(item.name, say(T.IT_STANDS)))
            }
        }
    }
}
