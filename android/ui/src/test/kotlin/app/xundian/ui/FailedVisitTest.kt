package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.StopState
import app.xundian.fake.FakeData
import app.xundian.logic.Language
import app.xundian.logic.Look
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** By the thumb: a visit that fails with its photo. */
@OptIn(ExperimentalTestApi::class)
class FailedVisitTest {
    @Test
    fun `who counted something is told that it is not kept, before the photo is taken`() {
        val said = mapOf(
            Language.ZH to "已录的内容不会保留；要保留，请用“离店”", Language.EN to "What was recorded is not kept; to keep it, check out instead",
        )
        for ((language, text) in said) runComposeUiTest {
            val stage = Stage(look = Look(language))
            stage.checkIn()
            stage.countSome()
            setContent { XundianApp(stage.models) }
            tap("failed")
            onNodeWithTag("fail-drops").assertIsDisplayed().assertTextEquals(text)
            assertEquals(StopState.Visiting, stage.core.states[FakeData.id(1)])
            tapBelow("failed-CLOSED")
            assertEquals(StopState.Failed, stage.core.states[FakeData.id(1)])
            assertEquals(1, stage.core.keptPhotos.size, "with its photo")
        }
    }

    @Test
    fun `in front of a closed door nothing can be lost, and nothing is said of it`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("failed")
        onNodeWithTag("fail-drops").assertDoesNotExist()
        tapBelow("failed-CLOSED")
        assertEquals(StopState.Failed, stage.core.states[FakeData.id(1)])
    }
}
