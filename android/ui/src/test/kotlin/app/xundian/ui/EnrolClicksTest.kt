package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.performTextReplacement
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.core.CoreException
import app.xundian.fake.FakeCore
import app.xundian.fake.Road
import app.xundian.fake.Town
import app.xundian.fake.Weather
import app.xundian.logic.AppModels
import app.xundian.logic.Core
import app.xundian.logic.Room
import app.xundian.logic.Route
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.util.concurrent.CountDownLatch

/** What an enrolment meets on its way to the server, and a thumb that does not wait. */
@OptIn(ExperimentalTestApi::class)
class EnrolClicksTest {
    @TempDir
    lateinit var folder: File

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

    @Test
    fun `behind a login page and at an address that is mistyped the form says what to do, and enrols then`() = runComposeUiTest {
        val town = Town.start()
        assumeTrue(town != null)
        checkNotNull(town).use {
            Road(town).use { road ->
                val stage = RealStage(File(folder, "phone.sqlite"))
                setContent { XundianApp(stage.models) }
                onNodeWithTag("code").performTextInput(town.ask("code ZY01"))
                road.weather = Weather.CAPTIVE_PORTAL
                enrolAt(road.address)
                onNodeWithText("应答的不是巡店服务器", substring = true).assertIsDisplayed()
                enrolAt("http://127.0.0.1:9")
                onNodeWithText("服务器没有回应", substring = true).assertIsDisplayed()
                enrolAt("http://xundian.example")
                onNodeWithText("例如 https://xundian.example", substring = true).assertIsDisplayed()
                road.weather = Weather.CLEAR
                enrolAt(road.address)
                onNodeWithTag("stop1").assertIsDisplayed()
            }
        }
    }

    @Test
    fun `a code that another phone has used may be that, which the form says, and a new one enrols`() = runComposeUiTest {
        val town = Town.start()
        assumeTrue(town != null)
        checkNotNull(town).use {
            Road(town).use { road ->
                val used = town.ask("code ZY01")
                RealStage(File(folder, "other.sqlite")).core.enrol(road.address, used)
                val stage = RealStage(File(folder, "phone.sqlite"))
                setContent { XundianApp(stage.models) }
                onNodeWithText("登记码一天内有效，只能用于一部手机。").assertIsDisplayed()
                onNodeWithTag("code").performTextInput(used)
                enrolAt(road.address)
                onNodeWithText("已在别的手机上用过", substring = true).assertIsDisplayed()
                onNodeWithTag("code").performTextReplacement(town.ask("code ZY01"))
                enrolAt(road.address)
                onNodeWithTag("stop1").assertIsDisplayed()
            }
        }
    }

    private fun ComposeUiTest.enrolAt(server: String) {
        onNodeWithTag("server").performTextReplacement(server)
        tap("enrol")
    }
}
