package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.fake.FakeData
import app.xundian.logic.Route
import org.junit.jupiter.api.Test

/** By the thumb: what waits, and what is taken out of the phone. */
@OptIn(ExperimentalTestApi::class)
class OutboxClicksTest {
    @Test
    fun `the recovery code comes into view, wherever in the records somebody looks`() = runComposeUiTest {
        val stage = Stage()
        repeat(RECORDS) { stage.core.noteStore(FakeData.id(2), FakeData.NOTE) }
        stage.models.go.goHome(Route.Outbox)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("records").performScrollToNode(hasTestTag("record-1"))
        onNodeWithTag("record-$RECORDS").assertDoesNotExist()
        tap("export")
        onNodeWithTag("recovery").assertIsDisplayed()
    }

    private companion object {
        const val RECORDS = 30
    }
}
