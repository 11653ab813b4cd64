package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.StopState
import app.xundian.fake.FakeData
import app.xundian.logic.Route
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** An open visit whose lines cannot be read: it says so, and there is a way past it. */
@OptIn(ExperimentalTestApi::class)
class UnreadVisitClicksTest {
    @Test
    fun `from a card of another shop over the visit to its end`() = runComposeUiTest {
        val stage = Stage().apply { unreadVisit() }
        stage.models.go.go(Route.Card(FakeData.id(2)))
        setContent { XundianApp(stage.models) }
        tap("check-in")
        onNodeWithTag("visit-unread").assertIsDisplayed()
        onNodeWithTag("seal-and-check-in").assertDoesNotExist()
        tap("continue-there")
        onNodeWithTag("visit-unread").assertIsDisplayed()
        stage.shell.picture = null
        tap("failed")
        onNodeWithText("读不出来的内容不会保留").assertIsDisplayed()
        tapBelow("failed-CLOSED")
        tap("without-photo")
        assertEquals(StopState.Failed, stage.core.states[FakeData.id(1)])
        assertEquals(Route.Today, stage.models.go.here)
    }

    @Test
    fun `the route goes on with it`() = runComposeUiTest {
        val stage = Stage().apply { unreadVisit() }
        stage.models.go.goHome()
        setContent { XundianApp(stage.models) }
        tap("continue")
        onNodeWithTag("visit-unread").assertIsDisplayed()
    }
}
