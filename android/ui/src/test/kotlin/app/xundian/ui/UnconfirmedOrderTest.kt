package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.Line
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Route
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Test

/** By the thumb: who leaves before step 5 knows that what the owner wanted goes out as an order. */
@OptIn(ExperimentalTestApi::class)
class UnconfirmedOrderTest {
    /** In the first shop two lines are wanted, a third one is not. */
    private fun ComposeUiTest.wanted(look: Look = Look()): Stage {
        val stage = Stage(look = look)
        stage.checkIn()
        listOf("21010019" to 48, "21010026" to 24, "22070012" to 0).forEach { (sku, units) -> stage.core.saveLine(Line.Intention(sku, units, null)) }
        setContent { XundianApp(stage.models) }
        return stage
    }

    @Test
    fun `on the rail it is said how many lines go, and step 5 is one tap away`() {
        for ((language, text) in mapOf(Language.ZH to "店主要的 2 行会作为订单发出", Language.EN to "Lines that go out as an order: 2")) runComposeUiTest {
            val stage = wanted(Look(language))
            tap("leave")
            onNodeWithTag("order-goes").assertTextEquals(text)
            tapBelow("to-confirm")
            assertEquals(Route.At(Step.ORDER_CONFIRMATION), stage.models.go.here)
            assertNotNull(stage.core.visit)
            tap("back")
            tap("leave")
            tapBelow("check-out")
            assertEquals(2, stage.core.orders.single().let { stage.core.orderCard(it.order).lines.size }, "as was said")
        }
    }

    @Test
    fun `at a check-in elsewhere, too`() = runComposeUiTest {
        val stage = wanted()
        stage.models.go.goHome(Route.Card(FakeData.id(2)))
        waitForIdle()
        tap("check-in")
        onNodeWithTag("order-goes").assertTextEquals("店主要的 2 行会作为订单发出")
        tapBelow("to-confirm")
        assertEquals(listOf(Route.Today, Route.Visit, Route.At(Step.ORDER_CONFIRMATION)), stage.models.go.routes.value)
        assertEquals(FakeData.id(1), stage.core.visit?.store)
        onNodeWithTag("seal").assertExists()
    }

    @Test
    fun `where nothing would go nothing is said of it`() = runComposeUiTest {
        val stage = wanted()
        stage.core.saveLine(Line.Skip(Step.ORDER_CONFIRMATION, "no_time"))
        stage.models.visit.load()
        tap("leave")
        onNodeWithTag("open-steps").assertExists()
        onNodeWithTag("order-goes").assertDoesNotExist()
    }
}
