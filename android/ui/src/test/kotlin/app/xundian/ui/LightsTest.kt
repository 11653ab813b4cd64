package app.xundian.ui

import androidx.compose.ui.geometry.Size
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.runSkikoComposeUiTest
import androidx.compose.ui.unit.Density
import app.xundian.device.PromiseLight
import app.xundian.logic.Labels
import app.xundian.logic.Language
import app.xundian.logic.Words
import org.junit.jupiter.api.Test
import app.xundian.logic.Text as T

/** What became of the last delivery of each shop, on the route. */
@OptIn(ExperimentalTestApi::class)
class LightsTest {
    @Test
    fun `every light has its words on the route`() = runSkikoComposeUiTest(Size(786f, 5_000f), Density(2f)) {
        val stage = Stage().apply { allLights() }
        setContent { XundianApp(stage.models) }
        waitForIdle()
        val words = Words(Language.ZH)
        // Where nothing was promised nothing is said.
        for (light in PromiseLight.entries - PromiseLight.NONE) {
            onNodeWithText(words(T.STOP_DELIVERY, words(Labels.of(light))), useUnmergedTree = true).assertIsDisplayed()
        }
    }
}
