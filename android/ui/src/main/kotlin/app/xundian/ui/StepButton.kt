package app.xundian.ui

import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.withFrameMillis
import androidx.compose.ui.Modifier

/**
 * What the thumb does at the end of a step. While it is fresh it takes no tap: the second one of a double tap was meant for the page before,
 * whose button lay at the same place. It looks as ever, so that nothing flickers.
 */
@Composable
fun StepButton(text: String, onClick: () -> Unit, modifier: Modifier = Modifier, isEnabled: Boolean = true) {
    val isFresh = rememberIsFresh()
    MainButton(text, { if (!isFresh()) onClick() }, modifier, isEnabled)
}

/** Until half a second has been drawn of it. By the clock of the frames, for which a test that waits until all is still waits too. */
@Composable
private fun rememberIsFresh(): () -> Boolean {
    val isFresh = remember { mutableStateOf(true) }
    LaunchedEffect(Unit) {
        val first = withFrameMillis { it }
        do {
            val now = withFrameMillis { it }
        } while (now - first < FRESH_MS)
        isFresh.value = false
    }
    return { isFresh.value }
}

private const val FRESH_MS = 500L
