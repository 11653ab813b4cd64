package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.Line
import app.xundian.domain.PickUp
import app.xundian.domain.Step
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Goods that the driver takes back go on the sheet with an order, and with nothing else. */
@OptIn(ExperimentalTestApi::class)
class PickUpClicksTest {
    private fun ComposeUiTest.confirming(): Stage {
        val stage = Stage()
        stage.checkIn()
        stage.core.saveLine(Line.PickUp(PickUp("21010026", 3, "damaged")))
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        waitForIdle()
        return stage
    }

    private fun ComposeUiTest.below(tag: String) = onNodeWithTag("order").performScrollToNode(hasTestTag(tag))

    @Test
    fun `step 5 names what goes back, and says that without an order nobody comes for it`() = runComposeUiTest {
        val stage = confirming()
        below("pick-ups")
        onNodeWithText("香辣牛肉面 108g").assertExists()
        onNodeWithTag("no-pick-up").assertTextEquals("没有订单，要取回的货不会上送货单")
        tap("no-order")
        tap("reason-stock_enough")
        below("no-pick-up")
        stage.core.saveLine(Line.Intention("21010019", 48, null))
        stage.models.confirm.load()
        waitForIdle()
        below("pick-ups")
        onNodeWithTag("no-pick-up").assertDoesNotExist()
    }

    @Test
    fun `the order card has it, and a cancellation says what it leaves in the shop`() = runComposeUiTest {
        val stage = confirming()
        stage.core.saveLine(Line.Intention("21010019", 48, null))
        stage.models.confirm.load()
        stage.models.confirm.finishAnyway()
        waitForIdle()
        onNodeWithText("取回 · 香辣牛肉面 108g").performScrollTo()
        onNodeWithTag("no-pick-up").assertDoesNotExist()
        tapBelow("share-text")
        assertTrue("取回 香辣牛肉面 108g 3个" in stage.shell.shared.single(), stage.shell.shared.single())
        tap("cancel")
        onNodeWithTag("no-pick-up").assertExists()
        tap("reason-entered_wrongly")
        onNodeWithTag("no-pick-up").performScrollTo().assertTextEquals("没有订单，要取回的货不会上送货单")
    }
}
