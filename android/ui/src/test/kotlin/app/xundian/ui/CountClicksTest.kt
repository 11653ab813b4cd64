package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assert
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsFocused
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.isSelected
import androidx.compose.ui.test.longClick
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performImeAction
import androidx.compose.ui.test.performScrollToIndex
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.Line
import app.xundian.domain.PlaceCount
import app.xundian.domain.Step
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import app.xundian.logic.Place
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** By the thumb: the rows of the count that are typed in, stepped by the case and searched for, and an answer that slipped. */
@OptIn(ExperimentalTestApi::class)
class CountClicksTest {
    /** The value opens the keyboard. */
    private fun ComposeUiTest.typeInto(value: String, text: String) {
        onNodeWithTag(value, useUnmergedTree = true).performClick()
        waitForIdle()
        onNodeWithTag("typed").performTextInput(text)
        tap("typed-save")
    }

    @Test
    fun `cases that are typed leave the units, and units the cases`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.models.count.load()
        stage.models.count.step(checkNotNull(stage.models.count.state.value.value).items[0], 3 * 24 + 5)
        setContent { XundianApp(stage.models) }
        tap("next")
        fun counted() = stage.core.lines.filterIsInstance<Line.Count>().single().v1.shelf
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-units-plus"))
        typeInto("row-21010019-cases-value", "4")
        assertEquals(PlaceCount.Counted(4 * 24 + 5), counted())
        typeInto("row-21010019-units-value", "7")
        assertEquals(PlaceCount.Counted(4 * 24 + 7), counted())
        onNodeWithTag("row-21010019-cases-value", useUnmergedTree = true).assertTextEquals("4")
        onNodeWithTag("row-21010019-units-value", useUnmergedTree = true).assertTextEquals("7")
    }

    private fun ComposeUiTest.hold(tag: String) {
        onNodeWithTag(tag).performTouchInput { longClick() }
        waitForIdle()
    }

    @Test
    fun `the keyboard comes with the number, and its own key saves it`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-units-plus"))
        onNodeWithTag("row-21010019-units-value", useUnmergedTree = true).performClick()
        waitForIdle()
        onNodeWithTag("typed").assertIsFocused().performTextInput("9")
        onNodeWithTag("typed").performImeAction()
        waitForIdle()
        onNodeWithTag("sheet").assertDoesNotExist()
        assertEquals(PlaceCount.Counted(9), stage.core.lines.filterIsInstance<Line.Count>().single().v1.shelf)
    }

    @Test
    fun `a long press takes off what a long press has added, and leaves what is loose`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-units-plus"))
        fun counted() = stage.core.lines.filterIsInstance<Line.Count>().single().v1.shelf
        hold("row-21010019-cases-plus")
        tap("row-21010019-units-plus")
        hold("row-21010019-units-plus")
        assertEquals(PlaceCount.Counted(6 * 24 + 1), counted())
        hold("row-21010019-units-minus")
        assertEquals(PlaceCount.Counted(5 * 24 + 1), counted())
        tap("row-21010019-cases-minus")
        hold("row-21010019-cases-minus")
        assertEquals(PlaceCount.Counted(1), counted())
    }

    @Test
    fun `a row with goods in the back room is not offered the last count, one with none there is`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn(2)
        stage.models.count.load()
        stage.models.count.look(Place.BACKROOM)
        val (full, empty) = checkNotNull(stage.models.count.state.value.value).items
        stage.models.count.step(full, 24)
        stage.models.count.zero(empty)
        stage.models.count.look(Place.SHELF)
        stage.at(Step.STOCK_COUNT)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-${full.sku}-zero"))
        onNodeWithTag("row-${full.sku}-same").assertDoesNotExist()
        tapRow("rows", "row-${empty.sku}-same")
        assertEquals(PlaceCount.Counted(12), stage.core.lines.filterIsInstance<Line.Count>().single { it.v1.sku == empty.sku }.v1.shelf)
    }

    @Test
    fun `of a delivery that came in part whole cases are taken off at once`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        tap("some-came")
        hold("came-21010019-minus")
        onNodeWithTag("came-21010019-value", useUnmergedTree = true).assertTextEquals("24")
    }

    @Test
    fun `an answer about the delivery that slipped is taken back where it stands`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        tap("it-came")
        onNodeWithTag("did-it-come").assertDoesNotExist()
        onNodeWithText("7月22日 周三 应到的货，到了吗？ 都到了").assertIsDisplayed()
        tap("came-1-undo")
        onNodeWithTag("did-it-come").assertIsDisplayed()
        assertTrue(stage.core.lines.none { it is Line.DeliverySeen }, "${stage.core.lines}")
    }

    @Test
    fun `a row that is searched for comes into view and is marked for a moment, a new one too`() = runComposeUiTest {
        val stage = Stage(FakeCore(FakeData.products(80)))
        stage.checkIn(2)
        stage.at(Step.STOCK_COUNT)
        setContent { XundianApp(stage.models) }
        fun seek(text: String, sku: String) {
            onNodeWithTag("row-$sku").assertDoesNotExist()
            tap("add-sku")
            assertEquals("", stage.models.search.state.value.value?.text, "nothing of the last search")
            onNodeWithTag("add-query").performTextInput(text)
            waitForIdle()
            tapBelow("sku-$sku")
            onNodeWithTag("row-$sku").assertIsDisplayed().assert(isSelected())
            waitUntil(timeoutMillis = 10_000) { stage.models.count.sought.value == null }
            waitForIdle()
            onNodeWithTag("row-$sku").assertIsDisplayed().assert(!isSelected())
        }
        stage.models.search.type("学府便利店")
        seek("· 71", "30000070")
        seek("酸梅汤", FakeData.beyond.sku)
        onNodeWithTag("rows").performScrollToIndex(0)
        stage.models.count.load()
        waitForIdle()
        onNodeWithTag("row-${FakeData.beyond.sku}").assertDoesNotExist()
    }

    @Test
    fun `the cooler is counted with the shelf, and that is said in a shop with a back room and in one without`() {
        for ((store, tag) in mapOf(1 to "place", 2 to "shelf")) runComposeUiTest {
            val stage = Stage()
            stage.checkIn(store)
            stage.at(Step.STOCK_COUNT)
            setContent { XundianApp(stage.models) }
            onNodeWithTag("rows").performScrollToNode(hasTestTag(tag))
            onNodeWithTag(tag).assertTextEquals("货架（含冰柜）")
        }
    }

    @Test
    fun `a back room that was called empty by a slip is taken back where it was said`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn(2)
        stage.at(Step.STOCK_COUNT)
        setContent { XundianApp(stage.models) }
        fun counted() = stage.core.lines.filterIsInstance<Line.Count>().size
        tapRow("rows", "backroom")
        tapRow("rows", "nothing-else")
        assertEquals(8, counted())
        onNodeWithTag("nothing-else-undo").assertTextEquals("撤销 库房其余 8 种都没货")
        tap("nothing-else-undo")
        assertEquals(0, counted())
        onNodeWithTag("nothing-else-undo").assertDoesNotExist()
        tap("nothing-else")
        tap("back")
        tap("step-STOCK_COUNT")
        onNodeWithTag("rows").performScrollToNode(hasTestTag("backroom"))
        onNodeWithTag("nothing-else-undo").assertDoesNotExist()
    }
}
