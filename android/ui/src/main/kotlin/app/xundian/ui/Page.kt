package app.xundian.ui

import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.interaction.MutableInteractionSource
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.ProvideTextStyle
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.compositionLocalOf
import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.paneTitle
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import app.xundian.logic.Problem
import app.xundian.logic.View
import app.xundian.logic.Text as T

/**
 * What every screen has: a title, a way back, what went wrong, the thing itself, and what the thumb does below. [notice] is what stays said
 * whatever else goes wrong.
 */
@Composable
fun Page(
    title: String,
    onBack: (() -> Unit)?,
    problem: Problem? = null,
    onDismiss: () -> Unit = {},
    trailing: @Composable () -> Unit = {},
    bottom: (@Composable ColumnScope.() -> Unit)? = null,
    sheet: (@Composable () -> Unit)? = null,
    notice: @Composable () -> Unit = {},
    content: @Composable () -> Unit,
) {
    Box(Modifier.fillMaxSize().background(MaterialTheme.colorScheme.background)) {
        // Who listens to the screen must not get behind the question: what is covered for the eye is not there for the ear.
        val page = if (sheet == null) Modifier else Modifier.clearAndSetSemantics { }
        Column(page.fillMaxSize().safeDrawingPadding()) {
            Header(title, onBack, trailing)
            problem?.let { ProblemLine(it, onDismiss) }
            notice()
            Box(Modifier.weight(1f).fillMaxWidth()) { content() }
            bottom?.let { Bottom(it) }
        }
        sheet?.invoke()
    }
}

/** The actions stand beside the title; below it where the text is large. */
@Composable
private fun Header(title: String, onBack: (() -> Unit)?, actions: @Composable () -> Unit) {
    val isLarge = LocalDensity.current.fontScale > LARGE_TEXT
    Row(
        Modifier.fillMaxWidth().heightIn(min = 56.dp).padding(start = if (onBack == null) 16.dp else 4.dp, end = 8.dp),
        verticalAlignment = Alignment.CenterVertically,
        horizontalArrangement = Arrangement.spacedBy(4.dp),
    ) {
        onBack?.let { IconTouch(say(T.BACK), it, Modifier.testTag("back")) { Chevron(Modifier.size(20.dp)) } }
        Title(title, Modifier.weight(1f).padding(vertical = 8.dp))
        if (!isLarge) actions()
    }
    if (isLarge) Box(Modifier.fillMaxWidth().padding(horizontal = 8.dp), contentAlignment = Alignment.CenterEnd) { Wrapping { actions() } }
}

/** As large as any text while that fits; a name of a shop at twice the size would push the screen out of itself. */
@Composable
private fun Title(text: String, modifier: Modifier) {
    val density = LocalDensity.current
    var isLong by remember(text, density) { mutableStateOf(false) }
    val scale = if (isLong) density.fontScale.coerceAtMost(LARGEST_LONG_TITLE) else density.fontScale
    CompositionLocalProvider(LocalDensity provides Density(density.density, scale)) {
        Text(
            text,
            modifier.semantics { heading() },
            style = MaterialTheme.typography.titleLarge,
            maxLines = 2,
            overflow = TextOverflow.Ellipsis,
            onTextLayout = { if (it.hasVisualOverflow) isLong = true },
        )
    }
}

private const val LARGEST_LONG_TITLE = 1.3f

@Composable
private fun Bottom(content: @Composable ColumnScope.() -> Unit) {
    Surface(color = MaterialTheme.colorScheme.surfaceContainer, shadowElevation = 6.dp) {
        Column(Modifier.fillMaxWidth().padding(horizontal = 16.dp, vertical = 10.dp), verticalArrangement = Arrangement.spacedBy(8.dp), content = content)
    }
}

/** How often the rep was refused something by now. */
val LocalRefusals = compositionLocalOf { 0 }

/** What went wrong and what helps; it stays until it is put away. What is refused again is a line of its own, felt and spoken anew. */
@Composable
fun ProblemLine(problem: Problem, onDismiss: () -> Unit) = key(LocalRefusals.current) { Refusal(problem, onDismiss) }

@Composable
private fun Refusal(problem: Problem, onDismiss: () -> Unit) {
    val haptics = rememberHaptics()
    LaunchedEffect(problem) { haptics.refused() }
    Surface(color = MaterialTheme.colorScheme.errorContainer, contentColor = MaterialTheme.colorScheme.onErrorContainer) {
        Row(Modifier.fillMaxWidth().padding(start = 16.dp).testTag("problem").semantics { liveRegion = LiveRegionMode.Polite }, verticalAlignment = Alignment.CenterVertically) {
            Text(say(problem.text, problem.detail), Modifier.weight(1f).padding(vertical = 10.dp), style = MaterialTheme.typography.bodyMedium)
            TextButton(onDismiss, Modifier.heightIn(min = 48.dp)) { Text(say(T.CLOSE), color = MaterialTheme.colorScheme.onErrorContainer) }
        }
    }
}

/** The value, or that it is being read, or why there is none. */
@Composable
fun <S : Any> Body(view: View<S>, onRetry: () -> Unit, content: @Composable (S) -> Unit) {
    val value = view.value
    when {
        value != null -> content(value)
        view.problem == null -> Notice { CircularProgressIndicator(); Text(say(T.LOADING)) }
        else -> Notice {
            val problem = checkNotNull(view.problem)
            Text(say(problem.text, problem.detail))
            MainButton(say(T.RETRY), onRetry)
        }
    }
}

/** Something in the middle of an empty screen. */
@Composable
fun Notice(content: @Composable ColumnScope.() -> Unit) {
    Box(Modifier.fillMaxSize().padding(32.dp), contentAlignment = Alignment.Center) {
        ProvideTextStyle(TextStyle(textAlign = TextAlign.Center)) {
            Column(
                Modifier.verticalScroll(rememberScrollState()), Arrangement.spacedBy(16.dp), Alignment.CenterHorizontally, content,
            )
        }
    }
}

/** The platform's way back, where it has one: whatever was opened last hears of it first. */
val LocalWayBack = staticCompositionLocalOf<@Composable (onBack: () -> Unit) -> Unit> { { } }

/**
 * A question over the screen, near the thumb. It is drawn in place: no window of its own that a test or a picture would miss. [no] is what is said
 * to a question that is itself about a cancellation; [problem] is what was in the way of its answer, and does not scroll away. Once something was
 * entered, it [isTouched], only a word or the way back closes it.
 */
@Composable
fun Sheet(
    title: String, onClose: () -> Unit, no: String = say(T.CANCEL), problem: Problem? = null, onDismiss: () -> Unit = {}, isTouched: Boolean = false,
    content: @Composable ColumnScope.() -> Unit,
) {
    LocalWayBack.current(onClose)
    Box(Modifier.fillMaxSize(), contentAlignment = Alignment.BottomCenter) {
        BesideSheet(title, isTouched, onClose)
        Surface(
            // A tap on the sheet itself ends in it and does not close it.
            Modifier.fillMaxWidth().padding(top = 64.dp).pointerInput(Unit) { }.testTag("sheet").semantics { paneTitle = title },
            shape = RoundedCornerShape(topStart = 20.dp, topEnd = 20.dp),
            color = MaterialTheme.colorScheme.surfaceContainer,
        ) {
            Column(Modifier.safeDrawingPadding()) {
                problem?.let { ProblemLine(it, onDismiss) }
                Column(Modifier.verticalScroll(rememberScrollState()).padding(16.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
                    Text(title, Modifier.padding(bottom = 4.dp).semantics { heading() }, style = MaterialTheme.typography.titleMedium)
                    content()
                    QuietButton(no, onClose, Modifier.fillMaxWidth())
                }
            }
        }
    }
}

/** Beside the sheet, not around it: a screen reader would take all of the sheet for one button. A thumb that slips takes nothing away that was entered. */
@Composable
private fun BesideSheet(title: String, isTouched: Boolean, onClose: () -> Unit) {
    val (close, touch) = say(T.OF, title, say(T.CLOSE)) to remember { MutableInteractionSource() }
    val closing = Modifier.clickable(touch, indication = null, onClick = onClose).semantics { contentDescription = close }
    val taps = if (isTouched) Modifier.pointerInput(Unit) { } else closing
    Box(Modifier.fillMaxSize().background(Color.Black.copy(alpha = 0.5f)).testTag("beside").then(taps))
}

/** A share that fills. */
@Composable
fun Filling(part: Int, whole: Int, modifier: Modifier = Modifier) {
    LinearProgressIndicator(
        progress = { if (whole == 0) 0f else part.toFloat() / whole },
        modifier = modifier.fillMaxWidth(),
        color = MaterialTheme.colorScheme.primary,
        trackColor = MaterialTheme.colorScheme.surfaceContainerHighest,
        drawStopIndicator = {},
    )
}
