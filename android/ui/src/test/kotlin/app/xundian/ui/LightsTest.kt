package app.xundian.ui

import androidx.compose.ui.geometry.Size
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertCountEquals
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.runComposeUiTest
import androidx.compose.ui.test.runSkikoComposeUiTest
import androidx.compose.ui.unit.Density
import app.xundian.device.LastOrder
import app.xundian.device.OrderLight
import app.xundian.device.PromiseLight
import app.xundian.domain.OrderState
import app.xundian.domain.Outcome
import app.xundian.fake.FakeData
import app.xundian.logic.Labels
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Route
import app.xundian.logic.Words
import app.xundian.protocol.Verdict
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import app.xundian.logic.Text as T

/** What became of the last delivery of each shop, on the route, and how far an order is. */
@OptIn(ExperimentalTestApi::class)
class LightsTest {
    @Test
    fun `every light has its words on the route`() = runSkikoComposeUiTest(Size(786f, 5_000f), Density(2f)) {
        val stage = Stage().apply { allLights() }
        setContent { XundianApp(stage.models) }
        waitForIdle()
        val words = Words(Language.ZH)
        // Where nothing was promised nothing is said.
        for (light in PromiseLight.entries - PromiseLight.NONE) {
            onNodeWithText(words(T.STOP_DELIVERY, words(Labels.of(light))), useUnmergedTree = true).assertIsDisplayed()
        }
    }

    private fun ComposeUiTest.assertSaid(tag: String, text: String) {
        onNodeWithTag(tag).assertTextEquals(text)
    }

    private fun ComposeUiTest.again(stage: Stage) {
        stage.models.reload(stage.models.go.here)
        waitForIdle()
    }

    @Test
    fun `a stop whose order is not sent is nobody's delivery, and is on its way when it is sent`() = runComposeUiTest {
        val stage = Stage()
        stage.offline()
        stage.sold()
        stage.models.go.goHome()
        setContent { XundianApp(stage.models) }
        fun inFirst(text: String) = onAllNodes(hasText(text) and hasAnyAncestor(hasTestTag("stop1")), useUnmergedTree = true)
        assertSaid("unsent", "1 条未上传")
        listOf("送货：未上传" to 1, "在手机上" to 1, "送货：在途" to 0).forEach { (text, times) -> inFirst(text).assertCountEquals(times) }
        stage.online()
        waitForIdle()
        assertSaid("unsent", "记录已全部上传")
        listOf("送货：未上传" to 0, "已到服务器" to 1, "送货：在途" to 1).forEach { (text, times) -> inFirst(text).assertCountEquals(times) }
    }

    @Test
    fun `an order that is on this phone alone says so to the rep, and the owner's card is as it will be`() = runComposeUiTest {
        val stage = Stage()
        stage.offline()
        stage.sold()
        setContent { XundianApp(stage.models) }
        assertSaid("standing", "在手机上")
        onNodeWithTag("card-notice").assertDoesNotExist()
        onNodeWithTag("code").assertExists()
        tapBelow("share-text")
        assertFalse(UNSENT in stage.shell.shared.single(), stage.shell.shared.single())
        stage.models.go.goHome(Route.Card(FakeData.id(1)))
        waitForIdle()
        onNodeWithTag("card").performScrollToNode(hasTestTag("last-order-standing"))
        assertSaid("last-order-standing", UNSENT)
        stage.online()
        waitForIdle()
        onNodeWithTag("card").performScrollToNode(hasTestTag("last-order-standing"))
        assertSaid("last-order-standing", "待排单")
    }

    @Test
    fun `an order of an earlier day, too, is not said to wait for its sheet while it is here or refused`() = runComposeUiTest {
        val stage = Stage()
        val waiting = OrderState.Waiting(FakeData.DATE.plusDays(1), false)
        stage.core.earlier = LastOrder(FakeData.EARLIER, waiting, OrderLight.ON_PHONE)
        stage.models.go.go(Route.Order(FakeData.EARLIER))
        setContent { XundianApp(stage.models) }
        assertSaid("standing", UNSENT)
        onNodeWithTag("code").assertExists()
        stage.core.earlier = LastOrder(FakeData.EARLIER, waiting, OrderLight.REFUSED)
        again(stage)
        assertSaid("standing", "未被接受")
        assertSaid("card-notice", "此订单未被接受，不会送货")
        listOf("code", "qr", "change", "cancel").forEach { onNodeWithTag(it).assertDoesNotExist() }
        stage.core.earlier = LastOrder(FakeData.EARLIER, waiting, OrderLight.ON_SERVER)
        again(stage)
        assertSaid("standing", "待排单")
        onNodeWithTag("card-notice").assertDoesNotExist()
    }

    @Test
    fun `once the van was there a code is of no use, and none is shown`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        setContent { XundianApp(stage.models) }
        val sheet = OrderState.OnSheet("D01-20260728")
        fun becomes(light: OrderLight, state: OrderState) {
            stage.core.orders[0] = stage.core.orders[0].copy(light = light, state = state)
            again(stage)
        }
        becomes(OrderLight.AT_DISTRIBUTOR, sheet)
        assertSaid("standing", "经销商已收单")
        listOf("code", "qr").forEach { onNodeWithTag(it).assertExists() }
        for (outcome in Outcome.entries) {
            becomes(OrderLight.DELIVERED, OrderState.Ended(outcome, sheet.sheet))
            listOf("code", "qr").forEach { onNodeWithTag(it).assertDoesNotExist() }
            becomes(OrderLight.ON_SHEET, sheet)
            assertSaid("standing", "已上送货单")
            onNodeWithTag("code").assertExists()
        }
    }

    @Test
    fun `a cancellation that nobody has heard of tells the owner what to do should a van come, and is one when the server has it`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        stage.offline()
        setContent { XundianApp(stage.models) }
        tap("cancel")
        tap("reason-entered_wrongly")
        assertSaid("standing", "取消还没上传")
        assertSaid("cancelled", "此订单已取消，若车来了请不要收货")
        onNodeWithTag("code").assertDoesNotExist()
        tapBelow("share-text")
        val text = stage.shell.shared.single()
        assertTrue("此订单已取消，若车来了请不要收货" in text, text)
        assertFalse("上传" in text, "what is sent is nothing to the owner: $text")
        stage.online()
        waitForIdle()
        assertSaid("standing", "已取消")
        assertSaid("cancelled", "此订单已取消，请不要收货")
    }

    @Test
    fun `what the server does not accept is said on the route, not in green alone, and leads to why`() {
        for ((language, text) in mapOf(Language.ZH to "2 条未被接受", Language.EN to "Not accepted: 2")) runComposeUiTest {
            val stage = Stage(look = Look(language))
            stage.core.noteStore(FakeData.id(2), FakeData.NOTE)
            stage.core.changeContact(FakeData.id(2), FakeData.contact)
            setContent { XundianApp(stage.models) }
            onNodeWithTag("refused").assertDoesNotExist()
            stage.core.verdict = Verdict.Rejected("undecodable", null)
            tap("sync")
            again(stage)
            assertSaid("refused", text)
            tap("refused")
            assertEquals(Route.Outbox, stage.models.go.here)
            onNodeWithTag("record-${FakeData.record(1)}").assertIsDisplayed()
        }
    }

    private companion object {
        const val UNSENT = "还在手机上，没上传"
    }
}
