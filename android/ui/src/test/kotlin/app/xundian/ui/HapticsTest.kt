package app.xundian.ui

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.hapticfeedback.HapticFeedback
import androidx.compose.ui.hapticfeedback.HapticFeedbackType
import androidx.compose.ui.platform.LocalHapticFeedback
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.longClick
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.core.CoreException
import app.xundian.domain.Step
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** What the thumb feels where nobody looks at the screen. */
@OptIn(ExperimentalTestApi::class)
class HapticsTest {
    private class Felt : HapticFeedback {
        val all = mutableListOf<HapticFeedbackType>()
        override fun performHapticFeedback(hapticFeedbackType: HapticFeedbackType) {
            all += hapticFeedbackType
        }
    }

    private val felt = Felt()

    private fun ComposeUiTest.show(stage: Stage) = setContent {
        CompositionLocalProvider(LocalHapticFeedback provides felt) { XundianApp(stage.models) }
    }

    @Test
    fun `a step, a case and a refusal are told apart`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.STOCK_COUNT)
        show(stage)
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-units-plus"))
        tap("row-21010019-units-plus")
        onNodeWithTag("row-21010019-units-plus").performTouchInput { longClick() }
        waitForIdle()
        assertEquals(listOf(HapticFeedbackType.KeyboardTap, HapticFeedbackType.LongPress), felt.all)
        stage.core.failure = CoreException.StorageFull()
        tap("row-21010019-zero")
        assertEquals(HapticFeedbackType.Reject, felt.all.last())
        assertEquals(3, felt.all.size)
    }

    @Test
    fun `what is refused again is felt again`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.STOCK_COUNT)
        show(stage)
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-zero"))
        repeat(3) {
            stage.core.failure = CoreException.StorageFull()
            tap("row-21010019-zero")
        }
        assertEquals(List(3) { HapticFeedbackType.Reject }, felt.all)
    }

    @Test
    fun `a visit that is sealed is felt, one that is refused is not called done`() = runComposeUiTest {
        val stage = Stage()
        stage.halfDone()
        stage.at(Step.ORDER_CONFIRMATION)
        show(stage)
        waitForIdle()
        stage.core.failure = CoreException.StorageFull()
        tap("seal")
        assertEquals(emptyList<HapticFeedbackType>(), felt.all, "it is asked first")
        tap("check-out")
        assertEquals(listOf(HapticFeedbackType.Reject), felt.all)
        tap("seal")
        tap("check-out")
        assertEquals(listOf(HapticFeedbackType.Reject, HapticFeedbackType.Confirm), felt.all)
    }
}
