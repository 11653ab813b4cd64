package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assert
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.isSelected
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollToIndex
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.Line
import app.xundian.domain.PlaceCount
import app.xundian.domain.Step
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** By the thumb: the rows of the count that are typed in and searched for. */
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

    @Test
    fun `a row that is searched for comes into view and is marked for a moment, a new one too`() = runComposeUiTest {
        val stage = Stage(FakeCore(FakeData.products(80)))
        stage.checkIn(2)
        stage.at(Step.STOCK_COUNT)
        setContent { XundianApp(stage.models) }
        fun seek(text: String, sku: String) {
            stage.models.search.type(text)
            onNodeWithTag("row-$sku").assertDoesNotExist()
            tap("add-sku")
            tapBelow("sku-$sku")
            onNodeWithTag("row-$sku").assertIsDisplayed().assert(isSelected())
            waitUntil(timeoutMillis = 10_000) { stage.models.count.sought.value == null }
            waitForIdle()
            onNodeWithTag("row-$sku").assertIsDisplayed().assert(!isSelected())
        }
        seek("· 71", "30000070")
        seek("酸梅汤", FakeData.beyond.sku)
        onNodeWithTag("rows").performScrollToIndex(0)
        stage.models.count.load()
        waitForIdle()
        onNodeWithTag("row-${FakeData.beyond.sku}").assertDoesNotExist()
    }
}
