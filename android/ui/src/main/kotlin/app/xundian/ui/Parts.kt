package app.xundian.ui

import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.clickable
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.ExperimentalLayoutApi
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.sizeIn
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.Button
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedButton
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.layout.FirstBaseline
import androidx.compose.ui.layout.Layout
import androidx.compose.ui.layout.Measurable
import androidx.compose.ui.layout.MeasureResult
import androidx.compose.ui.layout.MeasureScope
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.selected
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.Constraints
import androidx.compose.ui.unit.TextUnit
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp
import app.xundian.logic.Text as T

/** What the thumb is meant to do next. */
@Composable
fun MainButton(text: String, onClick: () -> Unit, modifier: Modifier = Modifier, isEnabled: Boolean = true) {
    Button(onClick, modifier.heightIn(min = 56.dp), enabled = isEnabled, shape = MaterialTheme.shapes.medium) {
        // A name in it, however long, must not push the rest of the screen out.
        Text(text, style = MaterialTheme.typography.titleMedium, textAlign = TextAlign.Center, maxLines = 3, overflow = TextOverflow.Ellipsis)
    }
}

/** What it may also do. */
@Composable
fun QuietButton(text: String, onClick: () -> Unit, modifier: Modifier = Modifier, isEnabled: Boolean = true) {
    OutlinedButton(
        onClick, modifier.heightIn(min = 48.dp), enabled = isEnabled, shape = MaterialTheme.shapes.medium,
        border = BorderStroke(1.dp, MaterialTheme.colorScheme.outline),
    ) {
        Text(text, style = MaterialTheme.typography.labelLarge, textAlign = TextAlign.Center)
    }
}

/** What is seldom done, without a frame; as high as a thumb all the same. */
@Composable
fun PlainButton(text: String, onClick: () -> Unit, modifier: Modifier = Modifier, isEnabled: Boolean = true) {
    TextButton(onClick, modifier.heightIn(min = 48.dp), enabled = isEnabled) { Text(text) }
}

/** Buttons side by side while they fit. */
@OptIn(ExperimentalLayoutApi::class)
@Composable
fun Wrapping(modifier: Modifier = Modifier, content: @Composable () -> Unit) {
    FlowRow(
        modifier, horizontalArrangement = Arrangement.spacedBy(asText(8.sp)), verticalArrangement = Arrangement.spacedBy(8.dp),
        itemVerticalAlignment = Alignment.CenterVertically,
    ) { content() }
}

/** One of several. */
@Composable
fun Choice(text: String, isChosen: Boolean, onClick: () -> Unit, modifier: Modifier = Modifier) {
    val colours = MaterialTheme.colorScheme
    Surface(
        modifier.clip(MaterialTheme.shapes.small).clickable(onClick = onClick).semantics { role = Role.RadioButton; selected = isChosen },
        shape = MaterialTheme.shapes.small,
        color = if (isChosen) colours.primary else colours.surfaceContainer,
        contentColor = if (isChosen) colours.onPrimary else colours.onSurface,
        border = BorderStroke(1.dp, if (isChosen) colours.primary else colours.outline),
    ) {
        Box(Modifier.sizeIn(minWidth = 48.dp, minHeight = 48.dp).padding(horizontal = 14.dp, vertical = 10.dp), contentAlignment = Alignment.Center) {
            Text(text, style = MaterialTheme.typography.labelLarge, textAlign = TextAlign.Center)
        }
    }
}

/** A small touch area with a drawing in it. */
@Composable
fun IconTouch(label: String, onClick: () -> Unit, modifier: Modifier = Modifier, drawing: @Composable () -> Unit) {
    Box(
        modifier.size(48.dp).clip(CircleShape).clickable(onClick = onClick).semantics { role = Role.Button; contentDescription = label },
        contentAlignment = Alignment.Center,
    ) { drawing() }
}

/** Two things side by side; one above the other where the text is large. */
@Composable
fun Beside(main: @Composable () -> Unit, side: @Composable () -> Unit) {
    if (LocalDensity.current.fontScale > LARGE_TEXT) {
        Column(Modifier.fillMaxWidth(), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            main()
            Box(Modifier.fillMaxWidth(), contentAlignment = Alignment.CenterEnd) { side() }
        }
    } else {
        Row(verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(12.dp)) {
            Box(Modifier.weight(1f)) { main() }
            side()
        }
    }
}

const val LARGE_TEXT = 1.4f

/** A length that grows with the text beside it. */
@Composable
private fun asText(size: TextUnit) = with(LocalDensity.current) { size.toDp() }

/** A card with a heading. */
@Composable
fun Section(title: String?, modifier: Modifier = Modifier, content: @Composable ColumnScope.() -> Unit) {
    Surface(modifier.fillMaxWidth(), shape = MaterialTheme.shapes.medium, color = MaterialTheme.colorScheme.surfaceContainer, border = LocalSigns.current.edge) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
            title?.let {
                Text(it, Modifier.semantics { heading() }, style = MaterialTheme.typography.titleSmall, color = MaterialTheme.colorScheme.primary)
            }
            content()
        }
    }
}

/** What is looked at, with the way back to "nobody has looked" once somebody has; [told] = the title for whoever listens, where another one reads alike. */
@Composable
fun Undoable(title: String, isSeen: Boolean, tag: String, told: String = title, onUndo: () -> Unit) {
    Row(Modifier.fillMaxWidth(), verticalAlignment = Alignment.CenterVertically) {
        Text(title, Modifier.weight(1f), style = MaterialTheme.typography.titleSmall)
        val label = say(T.UNDO_OF, told)
        if (isSeen) TextButton(onUndo, Modifier.heightIn(min = 48.dp).testTag("$tag-undo").semantics { contentDescription = label }) { Text(say(T.UNDO)) }
    }
}

/** A label and its figure; each wraps only where the two fit neither side by side nor one below the other. */
@Composable
fun Figure(label: String, value: String, isStrong: Boolean = false) {
    val style = if (isStrong) MaterialTheme.typography.titleLarge else MaterialTheme.typography.bodyLarge
    Layout({
        Text(label, color = MaterialTheme.colorScheme.onSurfaceVariant, style = MaterialTheme.typography.bodyMedium)
        Text(value, style = style, textAlign = TextAlign.End, fontWeight = if (isStrong) FontWeight.Bold else null)
    }, Modifier.fillMaxWidth()) { (left, right), room -> apart(left, right, room.maxWidth) }
}

/**
 * The value takes what the label does not need, and never more than seven parts of twelve from a label that needs more. One that would
 * break there and is whole on a line of its own has that: nobody reads "08:30-11:3" and "0" as a time.
 */
private fun MeasureScope.apart(left: Measurable, right: Measurable, room: Int): MeasureResult {
    val width = (room - 12.dp.roundToPx()).coerceAtLeast(0)
    val least = minOf(left.maxIntrinsicWidth(Constraints.Infinity), width * 5 / 12)
    if (right.maxIntrinsicWidth(Constraints.Infinity) in width - least + 1..room) return below(left, right, room)
    val end = right.measure(Constraints(maxWidth = width - least))
    val start = left.measure(Constraints(maxWidth = width - end.width))
    val line = maxOf(start[FirstBaseline], end[FirstBaseline])
    val (above, beside) = line - start[FirstBaseline] to line - end[FirstBaseline]
    return layout(room, maxOf(above + start.height, beside + end.height)) {
        start.placeRelative(0, above)
        end.placeRelative(room - end.width, beside)
    }
}

private fun MeasureScope.below(left: Measurable, right: Measurable, room: Int): MeasureResult {
    val (start, end) = listOf(left, right).map { it.measure(Constraints(maxWidth = room)) }
    return layout(room, start.height + end.height) {
        start.placeRelative(0, 0)
        end.placeRelative(room - end.width, start.height)
    }
}

/**
 * A state: a colour and its word, for colour alone is lost in the sun. Of a way with several [stations] it has a dot for each, full up to where
 * something is.
 */
@Composable
fun Sign(text: String, colour: Color, modifier: Modifier = Modifier, reached: Int = 1, stations: Int = 1) {
    val (dot, rim) = asText(10.sp) to MaterialTheme.colorScheme.outline
    Row(modifier.semantics(mergeDescendants = true) {}, verticalAlignment = Alignment.CenterVertically, horizontalArrangement = Arrangement.spacedBy(asText(6.sp))) {
        Row(horizontalArrangement = Arrangement.spacedBy(asText(3.sp))) {
            repeat(stations) { place ->
                Box(Modifier.size(dot).then(if (place < reached) Modifier.background(colour, CircleShape) else Modifier.border(1.dp, rim, CircleShape)))
            }
        }
        Text(text, style = MaterialTheme.typography.labelLarge, color = colour)
    }
}

/** A word beside a name. */
@Composable
fun Tag(text: String, colour: Color = MaterialTheme.colorScheme.primary) {
    Text(
        text,
        Modifier.background(colour.copy(alpha = TAG_FILL), RoundedCornerShape(6.dp)).padding(horizontal = 6.dp, vertical = 2.dp),
        style = MaterialTheme.typography.labelMedium,
        color = colour,
    )
}

/** How much of its word's colour is behind a tag. */
internal const val TAG_FILL = 0.12f

@Composable
fun Quiet(text: String, modifier: Modifier = Modifier) {
    Text(text, modifier, style = MaterialTheme.typography.bodyMedium, color = MaterialTheme.colorScheme.onSurfaceVariant)
}

/** A field of a form. A long text scrolls in it, so that the buttons below stay on the screen. [refusal] = why it was not taken. */
@Composable
fun Field(
    label: String, value: String, onChange: (String) -> Unit, modifier: Modifier = Modifier, lines: Int = 1, keyboard: KeyboardType = KeyboardType.Text,
    refusal: T? = null,
) {
    val below: (@Composable () -> Unit)? = refusal?.let { { Text(say(it)) } }
    OutlinedTextField(
        value, onChange, modifier.fillMaxWidth(), label = { Text(label) }, keyboardOptions = KeyboardOptions(keyboardType = keyboard),
        singleLine = lines == 1, minLines = lines, maxLines = if (lines == 1) 1 else lines + 2,
        isError = refusal != null, supportingText = below,
    )
}

/** Back. Drawn, since no icon library is shared by both builds. */
@Composable
fun Chevron(modifier: Modifier = Modifier, colour: Color = LocalContentColor.current) {
    Canvas(modifier) {
        val path = Path().apply {
            moveTo(size.width * 0.65f, size.height * 0.1f)
            lineTo(size.width * 0.25f, size.height * 0.5f)
            lineTo(size.width * 0.65f, size.height * 0.9f)
        }
        drawPath(path, colour, style = Stroke(size.width * 0.12f, cap = StrokeCap.Round, join = StrokeJoin.Round))
    }
}

/** Done. */
@Composable
fun Tick(modifier: Modifier = Modifier, colour: Color = LocalContentColor.current) {
    Canvas(modifier) {
        val path = Path().apply {
            moveTo(size.width * 0.15f, size.height * 0.55f)
            lineTo(size.width * 0.42f, size.height * 0.8f)
            lineTo(size.width * 0.85f, size.height * 0.22f)
        }
        drawPath(path, colour, style = Stroke(size.width * 0.14f, cap = StrokeCap.Round, join = StrokeJoin.Round))
    }
}

/** There is more. */
@Composable
fun Dots(modifier: Modifier = Modifier, colour: Color = LocalContentColor.current) {
    Canvas(modifier) {
        for (place in listOf(0.2f, 0.5f, 0.8f)) drawCircle(colour, size.width * 0.09f, Offset(size.width * place, size.height / 2))
    }
}

/** Plus or minus. */
@Composable
fun PlusMinus(isPlus: Boolean, modifier: Modifier = Modifier, colour: Color = LocalContentColor.current) {
    Canvas(modifier) {
        val (w, h) = size.width to size.height
        drawLine(colour, Offset(w * 0.1f, h / 2), Offset(w * 0.9f, h / 2), w * 0.14f, StrokeCap.Round)
        if (isPlus) drawLine(colour, Offset(w / 2, h * 0.1f), Offset(w / 2, h * 0.9f), w * 0.14f, StrokeCap.Round)
    }
}

/** What stands beside it in every row is told apart by whoever listens: [what] it is about comes first. */
@Composable
fun Modifier.spoken(what: String, action: String): Modifier {
    val label = say(T.OF, what, action)
    return semantics { contentDescription = label }
}
