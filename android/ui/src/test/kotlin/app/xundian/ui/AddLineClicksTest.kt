package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import app.xundian.logic.Route
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** By the thumb: an order of what was not counted, in step 5 and when it is changed. */
@OptIn(ExperimentalTestApi::class)
class AddLineClicksTest {
    private val tea = FakeData.beyond

    private fun ComposeUiTest.add(text: String, sku: String) {
        onNodeWithTag("add-query").performTextInput(text)
        waitForIdle()
        tapBelow("sku-$sku")
    }

    @Test
    fun `step 5 without a line takes one, beside the way to the suggestion`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("order").performScrollToNode(hasTestTag("to-suggestion"))
        stage.models.search.type("学府便利店")
        tapRow("order", "add-line")
        assertEquals("", stage.models.search.state.value.value?.text, "nothing of the last search")
        add("西柚", FakeData.unlisted.sku)
        onNodeWithTag("UNPRICED").assertIsDisplayed().assertTextContains("价目表没有，不能下单：西柚果汁 1L", substring = true)
        tapRow("order", "take-off-${FakeData.unlisted.sku}")
        tapRow("order", "add-line")
        add("酸梅汤", tea.sku)
        onNodeWithTag("line-${tea.sku}").assertIsDisplayed()
        onNodeWithTag("to-suggestion").assertDoesNotExist()
        tap("seal")
        tap("check-out")
        assertEquals(listOf(tea.name to 15), stage.core.orderCard(stage.core.orders.single().order).lines.map { it.name to it.confirmed })
    }

    @Test
    fun `the way to the suggestion leads there`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        tapRow("order", "to-suggestion")
        assertEquals(Route.At(Step.SUGGESTED_ORDER), stage.models.go.here)
    }

    @Test
    fun `a line that was added below others comes into view`() = runComposeUiTest {
        val stage = Stage()
        stage.halfDone()
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        tapRow("order", "add-line")
        add("酸梅汤", tea.sku)
        onNodeWithTag("line-${tea.sku}").assertIsDisplayed()
    }

    @Test
    fun `an order is changed by what it did not have`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        setContent { XundianApp(stage.models) }
        tap("change")
        tapBelow("add-line")
        add("酸梅汤", tea.sku)
        tapBelow("draft-${tea.sku}-plus")
        tap("save-change")
        assertEquals(tea.name to 30, stage.core.orderCard(stage.core.orders.single().order).lines.last().let { it.name to it.confirmed })
    }
}
