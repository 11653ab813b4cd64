package app.xundian.ui

import androidx.compose.runtime.getValue
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableIntStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasSetTextAction
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.Line
import app.xundian.domain.PlaceCount
import app.xundian.domain.Step
import app.xundian.logic.Route
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.time.LocalDate

/** The system takes the window away and makes another one: what is half written is there again. */
@OptIn(ExperimentalTestApi::class)
class RecreatedClicksTest {
    private var window by mutableIntStateOf(0)

    private fun ComposeUiTest.open(stage: Stage) = setContent { key(window) { XundianApp(stage.models) } }

    private fun ComposeUiTest.recreate() {
        window++
        waitForIdle()
    }

    @Test
    fun `a fact that is half written is in the next window, and is saved there`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.COMPETITOR)
        open(stage)
        tap("new-fact")
        onNodeWithText("其他").performScrollTo().performClick()
        waitForIdle()
        for ((place, text) in listOf("竞品丙", "酸梅汤 1L").withIndex()) {
            onAllNodes(hasSetTextAction())[place].performScrollTo()
            onAllNodes(hasSetTextAction())[place].performTextInput(text)
            waitForIdle()
        }
        recreate()
        onNodeWithText("竞品丙").assertExists()
        onNodeWithText("酸梅汤 1L").assertExists()
        onNodeWithTag("value").performScrollTo().performTextInput("4.5元")
        recreate()
        onNodeWithTag("value").assertTextContains("4.5元")
        tapBelow("save-fact")
        onNodeWithTag("sheet").assertDoesNotExist()
        val fact = stage.core.lines.filterIsInstance<Line.Competitor>().single().v1
        assertEquals(listOf("竞品丙", "酸梅汤 1L", "4.5元"), listOf(fact.brand, fact.item, fact.value))
    }

    @Test
    fun `a fact that was begun in one visit is not in the next one`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.COMPETITOR)
        open(stage)
        tap("new-fact")
        onNodeWithTag("sheet").assertExists()
        stage.models.visit.checkOut()
        waitForIdle()
        stage.checkIn(2)
        stage.at(Step.COMPETITOR)
        waitForIdle()
        onNodeWithTag("new-fact").assertExists()
        onNodeWithTag("sheet").assertDoesNotExist()
    }

    private fun ComposeUiTest.count(stage: Stage) {
        stage.checkIn()
        stage.at(Step.STOCK_COUNT)
        open(stage)
    }

    @Test
    fun `an expiry and a movement that are half entered are in the next window`() = runComposeUiTest {
        val stage = Stage()
        count(stage)
        tapRow("rows", "row-21010026-more")
        tapBelow("expiry-month-plus")
        listOf("move-PICK_UP", "moved-plus", "reason-damaged").forEach { tapBelow(it) }
        recreate()
        val date = LocalDate.now().plusMonths(3).plusMonths(1)
        onNodeWithTag("expiry-date").assertTextEquals("${date.year}年${date.monthValue}月${date.dayOfMonth}日")
        onNodeWithTag("moved-value", useUnmergedTree = true).assertTextEquals("1")
        tapBelow("move-save")
        onNodeWithTag("sheet").assertDoesNotExist()
        assertEquals("damaged" to 1, stage.core.lines.filterIsInstance<Line.PickUp>().single().v1.let { it.reason to it.units })
        tapRow("rows", "row-21010026-more")
        onNodeWithTag("expiry-date").assertTextEquals(LocalDate.now().plusMonths(3).let { "${it.year}年${it.monthValue}月${it.dayOfMonth}日" })
    }

    @Test
    fun `a delivery that came in part is in the next window as far as it was told`() = runComposeUiTest {
        val stage = Stage()
        count(stage)
        tap("some-came")
        tapBelow("came-21010019-minus")
        recreate()
        onNodeWithTag("came-21010019-value", useUnmergedTree = true).assertTextEquals("47")
        tapBelow("came-save")
        assertEquals(47, stage.core.lines.filterIsInstance<Line.DeliverySeen>().single().v1.lines.single().units)
    }

    @Test
    fun `a number that is half typed is in the next window`() = runComposeUiTest {
        val stage = Stage()
        count(stage)
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-units-plus"))
        onNodeWithTag("row-21010019-units-value", useUnmergedTree = true).performClick()
        waitForIdle()
        onNodeWithTag("typed").performTextInput("9")
        recreate()
        onNodeWithTag("typed").assertTextContains("9")
        tapBelow("typed-save")
        assertEquals(PlaceCount.Counted(9), stage.core.lines.filterIsInstance<Line.Count>().single().v1.shelf)
    }

    @Test
    fun `a recovery code that is half typed is in the next window`() = runComposeUiTest {
        val stage = Stage()
        stage.models.go.go(Route.Settings)
        open(stage)
        onNodeWithTag("recovery-code").performScrollTo().performTextInput("7K4M-PQ")
        recreate()
        onNodeWithTag("recovery-code").assertTextContains("7K4M-PQ")
    }
}
