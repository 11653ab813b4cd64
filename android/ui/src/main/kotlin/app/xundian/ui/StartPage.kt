package app.xundian.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.dp
import app.xundian.logic.AppModels
import app.xundian.logic.Route
import app.xundian.logic.Text as T

/** The first reading failed: why, what is not lost, and what may still help. */
@Composable
fun StartPage(models: AppModels) {
    val view by models.first.state.collectAsState()
    Page(title = say(T.APP), onBack = null, notice = { DamageLine(models.damage) }) {
        Column(
            Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(24.dp),
            verticalArrangement = Arrangement.spacedBy(16.dp, Alignment.CenterVertically), horizontalAlignment = Alignment.CenterHorizontally,
        ) {
            view.problem?.let { Text(say(it.text, it.detail), Modifier.testTag("start-problem"), style = MaterialTheme.typography.bodyLarge) }
            Quiet(say(if (models.first.isDamage) T.START_DAMAGED else T.START_FAILED))
            MainButton(say(T.RETRY), { models.first.find() }, Modifier.testTag("retry"), isEnabled = !view.isBusy)
            if (!models.first.isDamage) QuietButton(say(T.OUTBOX), { models.go.go(Route.Outbox) }, Modifier.testTag("outbox"))
        }
    }
}
