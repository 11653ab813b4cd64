package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.domain.Step
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import app.xundian.logic.Route
import org.junit.jupiter.api.Test

/** Who comes back to a list finds it where it was left. */
@OptIn(ExperimentalTestApi::class)
class PlacesKeptTest {
    private fun ComposeUiTest.shown(core: FakeCore): Stage {
        val stage = Stage(core)
        setContent { XundianApp(stage.models) }
        waitForIdle()
        return stage
    }

    private fun ComposeUiTest.scroll(list: String, row: String) {
        onNodeWithTag(list).performScrollToNode(hasTestTag(row))
        waitForIdle()
    }

    @Test
    fun `a route of forty is where it was after a card, and what was left for good begins anew`() = runComposeUiTest {
        val stage = shown(FakeCore(shops = FakeData.shops(40)))
        repeat(40) { stage.core.noteStore(FakeData.id(2), FakeData.NOTE) }
        tapRow("route", "stop31")
        onNodeWithTag("card").assertIsDisplayed()
        tap("back")
        onNodeWithTag("stop31").assertIsDisplayed()
        onNodeWithTag("stop1").assertDoesNotExist()
        stage.models.go.go(Route.Outbox)
        scroll("records", "record-${FakeData.record(1)}")
        tap("back")
        stage.models.go.go(Route.Outbox)
        waitForIdle()
        onNodeWithTag("record-${FakeData.record(40)}").assertIsDisplayed()
    }

    @Test
    fun `the count is where it was after another step, by the button and by the rail, until the visit is over`() = runComposeUiTest {
        val stage = shown(FakeCore(FakeData.products(40)))
        stage.checkIn()
        stage.at(Step.STOCK_COUNT)
        scroll("rows", "row-30000030")
        tap("finish")
        onNodeWithTag("wishes").assertIsDisplayed()
        tap("back")
        tap("step-DISPLAY")
        tap("back")
        tap("step-STOCK_COUNT")
        onNodeWithTag("row-30000030").assertIsDisplayed()
        onNodeWithTag("row-21010019").assertDoesNotExist()
        stage.models.visit.checkOut()
        waitForIdle()
        stage.checkIn(3)
        stage.at(Step.STOCK_COUNT)
        waitForIdle()
        onNodeWithTag("row-21010019").assertExists()
    }
}
