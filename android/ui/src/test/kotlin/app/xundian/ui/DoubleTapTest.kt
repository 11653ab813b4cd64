package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.click
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onRoot
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.Line
import app.xundian.domain.Step
import app.xundian.logic.Route
import app.xundian.logic.StepState
import app.xundian.logic.stateOf
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Test

/** A thumb that taps twice where once is meant: the page that comes under it does nothing. */
@OptIn(ExperimentalTestApi::class)
class DoubleTapTest {
    /** The second one a tenth of a second later and at the same place, whatever lies there by then. */
    private fun ComposeUiTest.tapTwice(tag: String) {
        val place = onNodeWithTag(tag).fetchSemanticsNode().boundsInRoot.center
        mainClock.autoAdvance = false
        repeat(2) {
            onRoot().performTouchInput { click(place) }
            repeat(FRAMES) { mainClock.advanceTimeByFrame() }
        }
        mainClock.autoAdvance = true
        waitForIdle()
    }

    /** Each step by two quick taps: the next one is open, and as it was. */
    private fun tapsTwice(from: Step, to: Step) = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(from)
        setContent { XundianApp(stage.models) }
        tapTwice("finish")
        assertEquals(Route.At(to), stage.models.go.here)
        assertEquals(StepState.FINISHED to StepState.EMPTY, stage.core.lines.let { it.stateOf(from) to it.stateOf(to) })
        tap("finish")
        assertEquals(StepState.FINISHED, stage.core.lines.stateOf(to), "a later tap is one")
    }

    @Test
    fun `two quick taps on the count's button leave the suggestions unfinished`() = tapsTwice(Step.STOCK_COUNT, Step.SUGGESTED_ORDER)

    @Test
    fun `two quick taps on the button of another step leave the next one unfinished`() {
        tapsTwice(Step.SUGGESTED_ORDER, Step.DISPLAY)
        tapsTwice(Step.DISPLAY, Step.COMPETITOR)
    }

    @Test
    fun `two quick taps on the last button before the order seal nothing`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        listOf(Step.STOCK_COUNT, Step.SUGGESTED_ORDER, Step.DISPLAY).forEach { stage.core.saveLine(Line.Finished(it)) }
        stage.core.saveLine(Line.Intention("21010019", 48, null))
        stage.at(Step.COMPETITOR)
        setContent { XundianApp(stage.models) }
        tapTwice("finish")
        assertEquals(Route.At(Step.ORDER_CONFIRMATION), stage.models.go.here)
        assertNotNull(stage.core.visit)
        assertEquals(0, stage.core.orders.size)
        tap("seal")
        assertEquals(1, stage.core.orders.size, "a later tap is one")
    }

    private companion object {
        const val FRAMES = 6
    }
}
