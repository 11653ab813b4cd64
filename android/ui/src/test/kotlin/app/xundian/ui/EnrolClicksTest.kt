package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.core.CoreException
import app.xundian.fake.FakeCore
import app.xundian.logic.AppModels
import app.xundian.logic.Core
import app.xundian.logic.Room
import app.xundian.logic.Route
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import org.junit.jupiter.api.Test
import java.util.concurrent.CountDownLatch

/** An enrolment that waits for a silent server, and a thumb that does not. */
@OptIn(ExperimentalTestApi::class)
class EnrolClicksTest {
    /** Waits until it is told to stop, as the real core does. */
    private class Waiting(fake: FakeCore) : Core by fake {
        private val stopped = CountDownLatch(1)

        override fun enrol(server: String, code: String) {
            stopped.await()
            throw CoreException.Cancelled()
        }

        override fun cancel() = stopped.countDown()
    }

    @Test
    fun `an enrolment that nobody answers is stopped by the thumb`() = runComposeUiTest {
        val scope = CoroutineScope(Dispatchers.Unconfined + Job())
        val models = AppModels(Room(Waiting(FakeCore(rep = null)), scope, Dispatchers.Unconfined, Dispatchers.IO))
        models.go.replaceAll(Route.Enrol)
        setContent { XundianApp(models) }
        onNodeWithTag("server").performTextInput("https://xundian.example")
        onNodeWithTag("code").performTextInput("ABCD2345")
        onNodeWithTag("stop").assertDoesNotExist()
        onNodeWithTag("enrol").performClick()
        onNodeWithTag("stop").performClick()
        waitUntil(timeoutMillis = 5_000) { !models.enrol.state.value.isBusy }
        onNodeWithText("已停止").assertIsDisplayed()
        onNodeWithTag("stop").assertDoesNotExist()
    }
}
