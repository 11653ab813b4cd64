package app.xundian.ui

import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.padding
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import app.xundian.logic.DamageModel
import app.xundian.logic.Text as T

/** A damaged file lies on this phone. Only who has shared it may put this away; the settings offer it all the same. */
@Composable
fun DamageLine(model: DamageModel) {
    val damage = model.state.collectAsState().value ?: return
    val problem = damage.problem
    val line = if (problem == null) say(if (damage.isSent) T.DAMAGED_SENT else T.DAMAGED) else say(problem.text, problem.detail)
    Surface(color = MaterialTheme.colorScheme.errorContainer, contentColor = MaterialTheme.colorScheme.onErrorContainer) {
        Column(Modifier.fillMaxWidth().padding(start = 16.dp, top = 10.dp, end = 16.dp)) {
            Text(line, Modifier.testTag("damage").semantics { liveRegion = LiveRegionMode.Polite }, style = MaterialTheme.typography.bodyMedium)
            Wrapping {
                Deed(say(T.SHARE), "damage-share", isEnabled = !damage.isBusy) { model.share() }
                if (damage.isSent) Deed(say(T.CLOSE), "damage-close", isEnabled = !damage.isBusy) { model.close() }
            }
        }
    }
}

@Composable
private fun Deed(text: String, tag: String, isEnabled: Boolean, onClick: () -> Unit) {
    TextButton(onClick, Modifier.heightIn(min = 48.dp).testTag(tag), enabled = isEnabled) {
        Text(text, color = MaterialTheme.colorScheme.onErrorContainer)
    }
}
