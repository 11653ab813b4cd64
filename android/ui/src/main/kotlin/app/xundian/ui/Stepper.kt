package app.xundian.ui

import androidx.compose.foundation.ExperimentalFoundationApi
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.combinedClickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.sizeIn
import androidx.compose.foundation.layout.widthIn
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.alpha
import androidx.compose.ui.draw.clip
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import app.xundian.logic.packsInCase
import app.xundian.logic.Text as T

/** What a stepper does; a long press moves by more. */
class Steps(
    val more: () -> Unit, val fewer: () -> Unit, val manyMore: (() -> Unit)? = null, val longLabel: T? = null,
    val manyFewer: (() -> Unit)? = null, val longLabelOff: T? = null, val onValue: (() -> Unit)? = null,
)

/** By the unit; a long press goes by the case, where there is one. */
fun stepsByUnit(case: Int, onValue: (() -> Unit)? = null, step: (units: Int) -> Unit): Steps =
    if (case > 1) Steps({ step(1) }, { step(-1) }, { step(case) }, T.LONG_PRESS_CASE, { step(-case) }, T.LONG_PRESS_CASE_OFF, onValue)
    else Steps({ step(1) }, { step(-1) }, onValue = onValue)

/**
 * Minus, value, plus: one thumb, no keyboard. `value == null` shows the ghost: nobody has counted yet. [canTakeOff] differs where more than the
 * value is there: a line of loose units alone has no case to show, and still must go. [amount] is what one step is, where it is not one [unit].
 */
@Composable
fun Stepper(
    value: Int?, ghost: Int?, unit: String, name: String, tag: String, steps: Steps, modifier: Modifier = Modifier,
    canTakeOff: Boolean = (value ?: 0) > 0, amount: String? = null,
) {
    val haptics = rememberHaptics()
    // Only what a thumb has stepped here is read out as it changes: the other place of the shop changes every row at once.
    var isStepped by remember { mutableStateOf(false) }
    fun short(one: () -> Unit): () -> Unit = { haptics.step(); isStepped = true; one() }
    fun long(many: (() -> Unit)?): (() -> Unit)? = if (many == null) null else ({ haptics.wholeCase(); isStepped = true; many() })
    val fewer = if (amount == null) say(T.TAKE_OFF, name, unit) else say(T.TAKE_OFF_PACK, name, amount)
    val more = if (amount == null) say(T.ADD, name, unit) else say(T.ADD_PACK, name, amount)
    val (shape, edge) = MaterialTheme.shapes.small to LocalSigns.current.edge
    Row(
        modifier.clip(shape).background(MaterialTheme.colorScheme.surfaceContainerHigh).then(if (edge == null) Modifier else Modifier.border(edge, shape)),
        verticalAlignment = Alignment.CenterVertically,
        horizontalArrangement = Arrangement.SpaceBetween,
    ) {
        Press(
            fewer, "$tag-minus", isEnabled = canTakeOff, onClick = short(steps.fewer),
            longLabel = steps.longLabelOff?.let { say(it) }, onLongClick = long(steps.manyFewer),
        ) { PlusMinus(isPlus = false, Modifier.size(18.dp)) }
        // What is left between the two: a long word must not make the thumb's part smaller.
        Value(value, ghost, unit, name, tag, isStepped, steps.onValue, Modifier.weight(1f, fill = false))
        Press(
            more, "$tag-plus", onClick = short(steps.more),
            longLabel = steps.longLabel?.let { say(it) }, onLongClick = long(steps.manyMore),
        ) { PlusMinus(isPlus = true, Modifier.size(18.dp)) }
    }
}

/**
 * What is ordered: it moves by packs, and is shown in cases where a pack is whole cases, else in units. A long press moves by a case, in whole
 * packs, where that is not what a tap does. `units == null` = nobody has said anything: [ghost] is what he is asked, and where nothing is, taking
 * off says no.
 */
@Composable
fun PackStepper(units: Int?, case: Int, pack: Int, name: String, tag: String, ghost: Int? = null, onStep: (packs: Int) -> Unit) {
    val isByCase = case > 1 && pack % case == 0
    val many = packsInCase(case, pack)
    val steps = if (many == 1) Steps({ onStep(1) }, { onStep(-1) })
    else Steps({ onStep(1) }, { onStep(-1) }, { onStep(many) }, T.LONG_PRESS_CASE, { onStep(-many) }, T.LONG_PRESS_CASE_OFF)
    fun shown(number: Int?) = if (isByCase) number?.div(case) else number
    Stepper(
        shown(units), shown(ghost), say(if (isByCase) T.CASES else T.UNITS), name, tag,
        steps, canTakeOff = (units ?: ghost) != 0, amount = LocalSpeech.current.format.units(pack, case),
    )
}

/** A ghost is told by its slant: paler it would be lost in the sun. Who only hears it is told that it is none of his numbers. */
@Composable
private fun Value(value: Int?, ghost: Int?, unit: String, name: String, tag: String, isLive: Boolean, onClick: (() -> Unit)?, modifier: Modifier) {
    val room = if (onClick == null) modifier.widthIn(min = 34.dp) else modifier.clickable(onClick = onClick).sizeIn(minWidth = 48.dp, minHeight = 48.dp)
    val isLarge = LocalDensity.current.fontScale > LARGE_TEXT
    val said = if (value == null) say(T.VALUE_OPEN, name, unit) else say(T.VALUE_OF, name, value, unit)
    val told = room.semantics(mergeDescendants = true) {
        contentDescription = said
        if (isLive) liveRegion = LiveRegionMode.Polite
    }
    Column(told, horizontalAlignment = Alignment.CenterHorizontally, verticalArrangement = Arrangement.Center) {
        Text(
            (value ?: ghost)?.toString() ?: "–",
            Modifier.testTag("$tag-value"),
            style = if (isLarge) MaterialTheme.typography.titleMedium else MaterialTheme.typography.titleLarge,
            color = if (value == null) MaterialTheme.colorScheme.onSurfaceVariant else Color.Unspecified,
            fontStyle = if (value == null) FontStyle.Italic else null,
            fontWeight = if (value == null) FontWeight.Normal else FontWeight.Bold,
            // A digit less would be another number: rather it goes beyond its room, towards the signs.
            maxLines = 1, softWrap = false, overflow = TextOverflow.Visible,
        )
        UnitWord(unit)
    }
}

/** A word between two thumbs does not grow with them without end: it would lose its last letters. */
@Composable
private fun UnitWord(unit: String) {
    val density = LocalDensity.current
    CompositionLocalProvider(LocalDensity provides Density(density.density, density.fontScale.coerceAtMost(LARGE_TEXT))) {
        Text(unit, style = MaterialTheme.typography.labelMedium, color = MaterialTheme.colorScheme.onSurfaceVariant, maxLines = 1)
    }
}

@OptIn(ExperimentalFoundationApi::class)
@Composable
private fun Press(
    label: String,
    tag: String,
    isEnabled: Boolean = true,
    longLabel: String? = null,
    onLongClick: (() -> Unit)? = null,
    onClick: () -> Unit,
    drawing: @Composable () -> Unit,
) {
    Box(
        Modifier.testTag(tag).size(48.dp)
            // What is felt is ours: a case is more than a step.
            .combinedClickable(enabled = isEnabled, onLongClickLabel = longLabel, onLongClick = onLongClick, hapticFeedbackEnabled = false, onClick = onClick)
            .semantics { role = Role.Button; contentDescription = label }
            .alpha(if (isEnabled) 1f else 0.35f),
        contentAlignment = Alignment.Center,
    ) { drawing() }
}
