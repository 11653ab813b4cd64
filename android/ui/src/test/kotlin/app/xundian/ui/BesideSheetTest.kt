package app.xundian.ui

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.click
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import app.xundian.logic.Route
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** A thumb that lands beside a sheet closes it while it is empty, and takes nothing away that was entered in it. */
@OptIn(ExperimentalTestApi::class)
class BesideSheetTest {
    /** Above every sheet, where the page's own way back lies under it. */
    private fun ComposeUiTest.tapBeside() {
        onNodeWithTag("beside").performTouchInput { click(topCenter + Offset(0f, 8f)) }
        waitForIdle()
    }

    /** [enter] enters something in the sheet that [open] opens; [isThere] finds it again. */
    private fun ComposeUiTest.assertKept(open: () -> Unit, enter: () -> Unit, isThere: () -> Unit) {
        open()
        tapBeside()
        onNodeWithTag("sheet").assertDoesNotExist()
        open()
        enter()
        tapBeside()
        isThere()
        onNodeWithText("取消").performScrollTo().performClick()
        waitForIdle()
        onNodeWithTag("sheet").assertDoesNotExist()
    }

    private fun ComposeUiTest.type(tag: String, text: String) {
        onNodeWithTag(tag).performScrollTo().performTextInput(text)
        waitForIdle()
    }

    @Test
    fun `a note and a contact`() = runComposeUiTest {
        val stage = Stage()
        stage.models.go.go(Route.Card(FakeData.id(2)))
        setContent { XundianApp(stage.models) }
        assertKept({ tap("write-note") }, { type("note-text", "后门送货") }) { onNodeWithTag("note-text").assertTextContains("后门送货") }
        assertKept({ tapRow("card", "change-contact") }, { type("receiver", "店员") }) { onNodeWithTag("receiver").assertTextContains("店员") }
        assertEquals(Route.Card(FakeData.id(2)), stage.models.go.here)
    }

    @Test
    fun `a fact, and the platform's way back takes it away`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.COMPETITOR)
        var back: () -> Unit = {}
        setContent { CompositionLocalProvider(LocalWayBack provides { onBack -> back = onBack }) { XundianApp(stage.models) } }
        fun pick() {
            onNodeWithText("竞品甲").performScrollTo().performClick()
            waitForIdle()
        }
        assertKept({ tap("new-fact") }, ::pick) { assertEquals("竞品甲", stage.models.competitor.draft.value?.brand) }
        tap("new-fact-竞品甲")
        tapBeside()
        assertEquals(null, stage.models.competitor.draft.value, "the tap that opened it has entered nothing")
        tap("new-fact")
        pick()
        back()
        waitForIdle()
        onNodeWithTag("sheet").assertDoesNotExist()
    }

    @Test
    fun `a receiver, before and after one was named`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        assertKept({ tapRow("order", "receiver") }, { type("receiver-name", "店") }) { onNodeWithTag("receiver-name").assertTextContains("店") }
        tapRow("order", "receiver")
        type("receiver-name", "员")
        tapBelow("receiver-save")
        assertKept({ tapRow("order", "receiver") }, { type("receiver-phone", "1") }) { onNodeWithTag("receiver-phone").assertTextContains("1") }
    }

    @Test
    fun `a number and a delivery that came in part`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.STOCK_COUNT)
        setContent { XundianApp(stage.models) }
        fun openNumber() {
            onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-units-plus"))
            onNodeWithTag("row-21010019-units-value", useUnmergedTree = true).performClick()
            waitForIdle()
        }
        assertKept(::openNumber, { type("typed", "9") }) { onNodeWithTag("typed").assertTextContains("9") }
        fun cameLess() {
            onNodeWithTag("rows").performScrollToNode(hasTestTag("some-came"))
            tap("some-came")
        }
        assertKept(::cameLess, { tapBelow("came-21010019-minus") }) { onNodeWithTag("came-21010019-minus").assertExists() }
    }

    @Test
    fun `a movement and an expiry`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.STOCK_COUNT)
        setContent { XundianApp(stage.models) }
        for (entered in listOf("expiry-month-plus", "moved-plus")) {
            assertKept({ tapRow("rows", "row-21010026-more") }, { tapBelow(entered) }) { onNodeWithTag(entered).assertExists() }
        }
    }
}
