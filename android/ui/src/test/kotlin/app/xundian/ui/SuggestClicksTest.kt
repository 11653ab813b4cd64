package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.Line
import app.xundian.domain.Step
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

@OptIn(ExperimentalTestApi::class)
class SuggestClicksTest {
    @Test
    fun `the button says that what nobody spoke about is wanted as suggested, while there is such a row`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.SUGGESTED_ORDER)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("finish").assertTextEquals("其余按建议，完成")
        val wishes = checkNotNull(stage.models.suggest.state.value.value).wishes
        val unspoken = wishes.filter { it.units > 0 }
        assertTrue(unspoken.size > 1)
        unspoken.dropLast(1).forEach { stage.models.suggest.none(it) }
        waitForIdle()
        onNodeWithTag("finish").assertTextEquals("其余按建议，完成")
        stage.models.suggest.none(unspoken.last())
        waitForIdle()
        onNodeWithTag("finish").assertTextEquals("完成，下一步")
        tap("finish")
        assertEquals(0, stage.core.lines.filterIsInstance<Line.Intention>().sumOf { it.units })
    }
}
