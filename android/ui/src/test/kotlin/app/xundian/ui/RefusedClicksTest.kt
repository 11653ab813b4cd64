package app.xundian.ui

import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assert
import androidx.compose.ui.test.assertCountEquals
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.device.StopState
import app.xundian.domain.Step
import app.xundian.domain.VisitResult
import app.xundian.fake.FakeData
import app.xundian.logic.NewStoreScreen
import app.xundian.logic.Route
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Test

/** By the thumb: what was refused is where it was entered, and says where it is wrong; a visit that is not complete is asked about. */
@OptIn(ExperimentalTestApi::class)
class RefusedClicksTest {
    @Test
    fun `a delivery that came in part is told once there is room, as far as it was told`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.STOCK_COUNT)
        setContent { XundianApp(stage.models) }
        tap("some-came")
        tapBelow("came-21010019-minus")
        stage.core.failure = CoreException.StorageFull()
        tapBelow("came-save")
        onNodeWithTag("problem").assertIsDisplayed()
        onNodeWithTag("came-21010019-value", useUnmergedTree = true).assertTextEquals("47")
        tapBelow("came-save")
        onNodeWithTag("sheet").assertDoesNotExist()
        onNodeWithTag("problem").assertDoesNotExist()
        assertEquals(47, stage.core.lines.filterIsInstance<Line.DeliverySeen>().single().v1.lines.single().units)
    }

    @Test
    fun `a new fact is written once, however often the phone is full`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.COMPETITOR)
        setContent { XundianApp(stage.models) }
        tap("new-fact")
        listOf("竞品甲", "乌龙茶 500ml").forEach { onNodeWithText(it).performScrollTo().performClick() }
        waitForIdle()
        onNodeWithTag("value").performScrollTo().performTextInput("2.5元")
        repeat(2) {
            stage.core.failure = CoreException.StorageFull()
            tapBelow("save-fact")
            onNodeWithTag("problem").assertIsDisplayed()
            onNodeWithTag("value").assertTextContains("2.5元")
        }
        tapBelow("save-fact")
        onNodeWithTag("sheet").assertDoesNotExist()
        assertEquals("2.5元", stage.core.lines.filterIsInstance<Line.Competitor>().single().v1.value)
    }

    private val isMarked = SemanticsMatcher.keyIsDefined(SemanticsProperties.Error)

    /** Of these fields that one alone, with [said] below it and beside what all pages say above. */
    private fun ComposeUiTest.assertMarked(wrong: String, fields: List<String>, said: String) {
        for (field in fields) onNodeWithTag(field).assert(if (field == wrong) isMarked else !isMarked)
        onAllNodes(hasText(said), useUnmergedTree = true).assertCountEquals(2)
    }

    @Test
    fun `the field of a new store that is wrong is marked, and no other one, until something is changed`() {
        val fields = listOf("store-name", "store-street", "store-address", "store-hours", "store-owner", "store-phone")
        val names = listOf("name", "street", "address", "receiving_hours", "owner", "phone")
        for ((field, name) in fields.zip(names)) runComposeUiTest {
            val stage = Stage()
            val form = NewStoreScreen("新店", street = "370202001", address = "香港中路1号")
            stage.models.newStore.change(form)
            stage.models.go.go(Route.NewStore)
            setContent { XundianApp(stage.models) }
            waitForIdle()
            stage.core.failure = CoreException.InvalidInput(name, "too_long")
            tap("save-store")
            assertMarked(field, fields, "太长了，最多60个字")
            stage.models.newStore.change(form)
            waitForIdle()
            onNodeWithTag(field).assert(!isMarked)
        }
    }

    @Test
    fun `the part of a contact that is too long is marked, and no other one`() = runComposeUiTest {
        val stage = Stage()
        stage.refusedContact()
        stage.models.go.go(Route.Card(FakeData.id(2)))
        setContent { XundianApp(stage.models) }
        waitForIdle()
        assertMarked("phone", listOf("owner", "phone", "receiver"), "太长了，最多60个字")
    }

    @Test
    fun `a visit with open steps is asked about before the last step seals it, and a no leaves it open`() = runComposeUiTest {
        val stage = Stage()
        stage.halfDone()
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        tap("seal")
        onNodeWithTag("open-steps").assertTextEquals("还有 3 步没做，仍要离店？")
        onNodeWithText("取消").performClick()
        waitForIdle()
        onNodeWithTag("sheet").assertDoesNotExist()
        assertNotNull(stage.core.visit)
        tap("seal")
        tap("check-out")
        assertEquals(StopState.Done(VisitResult.PARTIAL) to 1, stage.core.states[FakeData.id(1)] to stage.core.orders.size)
        onNodeWithTag("code").assertExists()
    }
}
