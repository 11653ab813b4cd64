package app.xundian.ui

import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assert
import androidx.compose.ui.test.assertIsNotSelected
import androidx.compose.ui.test.assertIsSelected
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.domain.Step
import org.junit.jupiter.api.Test

/** Who listens to the screen is told what the others see, and nothing of what is covered. */
@OptIn(ExperimentalTestApi::class)
class ReaderTest {
    private fun ComposeUiTest.count(stage: Stage) {
        stage.checkIn()
        stage.at(Step.STOCK_COUNT)
        setContent { XundianApp(stage.models) }
    }

    @Test
    fun `a ghost is not said to be a count, and a count is said with its product`() = runComposeUiTest {
        count(Stage())
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-units-plus"))
        for (unit in listOf("箱", "个")) onNodeWithContentDescription("红烧牛肉面 108g：$unit 还没填").assertExists()
        tap("row-21010019-cases-plus")
        for (value in listOf("1 箱", "0 个")) onNodeWithContentDescription("红烧牛肉面 108g：$value").assertExists()
    }

    @Test
    fun `what was tapped in a row, and that the row is done, is said too`() = runComposeUiTest {
        count(Stage())
        val isDone = SemanticsMatcher.expectValue(SemanticsProperties.StateDescription, "完成")
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-more"))
        onNodeWithTag("row-21010019-more").assert(!isDone)
        tapRow("rows", "row-21010019-same")
        onNodeWithTag("row-21010019-same").assertIsSelected()
        onNodeWithTag("row-21010019-zero").assertIsNotSelected()
        onNodeWithTag("row-21010019-more").assert(isDone)
        tap("row-21010019-zero")
        onNodeWithTag("row-21010019-same").assertIsNotSelected()
        onNodeWithTag("row-21010019-zero").assertIsSelected()
    }

    @Test
    fun `what a thumb steps is read out as it changes, and nothing that changes beside it`() = runComposeUiTest {
        count(Stage())
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-units-plus"))
        val isLive = SemanticsMatcher.expectValue(SemanticsProperties.LiveRegion, LiveRegionMode.Polite)
        onNodeWithContentDescription("红烧牛肉面 108g：个 还没填").assert(!isLive)
        tap("row-21010019-units-plus")
        onNodeWithContentDescription("红烧牛肉面 108g：1 个").assert(isLive)
        onNodeWithContentDescription("红烧牛肉面 108g：0 箱").assert(!isLive)
    }

    @Test
    fun `behind a question nothing is found, and after it all is there again`() = runComposeUiTest {
        val stage = Stage()
        setContent { XundianApp(stage.models) }
        onNodeWithTag("stop1").assertExists()
        tap("more")
        onNodeWithTag("stop1").assertDoesNotExist()
        onNodeWithTag("sheet").assert(SemanticsMatcher.expectValue(SemanticsProperties.PaneTitle, "更多"))
        onNodeWithText("取消").performClick()
        waitForIdle()
        onNodeWithTag("stop1").assertExists()
    }
}
