package app.xundian.ui

import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import app.xundian.logic.Labels
import app.xundian.logic.Whereabouts
import kotlinx.coroutines.flow.StateFlow
import app.xundian.logic.Text as T

/** Quiet, and in nobody's way: a visit without a position is a visit. */
@Composable
fun WhereaboutsLine(state: StateFlow<Whereabouts>, onSettings: () -> Unit) {
    val whereabouts by state.collectAsState()
    val text = Labels.of(whereabouts) ?: return
    Section(null) {
        if (whereabouts == Whereabouts.DENIED) {
            Beside(main = { Quiet(say(text), Modifier.testTag("whereabouts")) }) { QuietButton(say(T.TO_SETTINGS), onSettings, Modifier.testTag("to-settings")) }
        } else {
            Quiet(say(text), Modifier.testTag("whereabouts"))
        }
    }
}
