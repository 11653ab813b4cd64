package app.xundian.ui

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import app.xundian.logic.AppModels
import app.xundian.logic.Look
import app.xundian.logic.View
import app.xundian.logic.Text as T

/** The app behind its opening: that the file is being opened, why it cannot be, and the app after it. */
@Composable
fun OpeningApp(view: View<AppModels>, look: Look, onRetry: () -> Unit) {
    val models = view.value
    if (models != null) XundianApp(models) else Opening(view, look, onRetry)
}

@Composable
private fun Opening(view: View<AppModels>, look: Look, onRetry: () -> Unit) {
    XundianTheme(look) {
        Surface(color = MaterialTheme.colorScheme.background) {
            Page(title = say(T.APP), onBack = null) { Body(view, onRetry) { _ -> } }
        }
    }
}
