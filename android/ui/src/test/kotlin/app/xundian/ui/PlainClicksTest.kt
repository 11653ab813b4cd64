package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertCountEquals
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsEnabled
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.assertIsNotSelected
import androidx.compose.ui.test.assertIsSelected
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.domain.FactKind
import app.xundian.domain.Step
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import app.xundian.logic.Labels
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Route
import app.xundian.logic.Words
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** By the thumb: what is meant to be done next lies under it, and what is said cannot be taken for something else. */
@OptIn(ExperimentalTestApi::class)
class PlainClicksTest {
    @Test
    fun `a cancelled order has neither code nor QR, and its text says so too`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        setContent { XundianApp(stage.models) }
        tap("cancel")
        onNodeWithText("不取消了").assertIsDisplayed()
        tap("reason-entered_wrongly")
        stage.heard()
        waitForIdle()
        onNodeWithTag("cancelled").assertTextEquals("此订单已取消，请不要收货")
        listOf("code", "qr", "change", "cancel").forEach { onNodeWithTag(it).assertDoesNotExist() }
        tapBelow("share-text")
        assertTrue("此订单已取消" in stage.shell.shared.single(), stage.shell.shared.single())
    }

    @Test
    fun `an order that was moved stands under the day on which it comes`() = runComposeUiTest {
        val stage = Stage()
        stage.models.go.go(Route.Order(FakeData.EARLIER))
        setContent { XundianApp(stage.models) }
        onNodeWithText("7月22日 周三  08:30-11:30").assertExists()
        onNodeWithTag("moved").assertTextEquals("送货日改了：7月21日 周二 → 7月22日 周三")
        tapBelow("share-text")
        assertTrue("送货日 7月22日 周三 08:30-11:30" in stage.shell.shared.single(), stage.shell.shared.single())
    }

    @Test
    fun `the first download says how much has come, and is stopped by the thumb`() = runComposeUiTest {
        val stage = Stage()
        stage.pulling()
        setContent { XundianApp(stage.models) }
        onNodeWithTag("pulling").assertTextEquals("正在下载资料… 1200 条")
        tap("stop")
        waitUntil { !stage.models.schedule.state.value.isRunning }
        waitForIdle()
        onNodeWithText("已停止").assertIsDisplayed()
        onNodeWithText("重试").assertIsDisplayed()
    }

    @Test
    fun `a first download that fails says why`() = runComposeUiTest {
        val stage = Stage()
        stage.core.whileSyncing = { throw CoreException.Network(false, "refused") }
        stage.models.schedule.askedNow()
        stage.core.failure = CoreException.NotFound("not_pulled")
        setContent { XundianApp(stage.models) }
        onNodeWithText("服务器拒绝了，请联系内勤").assertIsDisplayed()
    }

    @Test
    fun `the route leads to its next shop, and after the last one to the end of the day`() = runComposeUiTest {
        val stage = Stage()
        setContent { XundianApp(stage.models) }
        onNodeWithTag("next-stop").assertTextEquals("下一家：鑫源超市")
        onNodeWithText("送货：在途").assertExists()
        tap("next-stop")
        assertEquals(Route.Card(FakeData.id(1)), stage.models.go.here)
        tap("back")
        FakeData.stores.forEach { stage.core.beginVisit(it.id); stage.core.checkOut() }
        stage.models.today.load()
        waitForIdle()
        onNodeWithTag("next-stop").assertDoesNotExist()
        tap("day-end")
        assertEquals(Route.Summary, stage.models.go.here)
    }

    @Test
    fun `a day without a route leads to the search`() = runComposeUiTest {
        val stage = Stage()
        FakeData.stores.forEach { stage.core.offRoute += it.id }
        setContent { XundianApp(stage.models) }
        tap("unplanned")
        assertEquals(Route.Search, stage.models.go.here)
    }

    @Test
    fun `a suggestion is a ghost until the owner has spoken, and a no is one tap`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.SUGGESTED_ORDER)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("wish-21010026-value", useUnmergedTree = true).assertTextEquals("2")
        onNodeWithTag("intended-21010026", useUnmergedTree = true).assertTextEquals("店主要 待定")
        tapRow("wishes", "none-21010019")
        onNodeWithTag("intended-21010019", useUnmergedTree = true).assertTextEquals("店主要 0个")
        onNodeWithTag("none-21010019").assertDoesNotExist()
        onNodeWithTag("agreed").assertDoesNotExist()
        tapRow("wishes", "wish-21010026-plus")
        onNodeWithTag("intended-21010026", useUnmergedTree = true).assertTextEquals("店主要 3箱")
        onNodeWithTag("agreed").assertTextEquals("已定 ¥138.00")
        assertEquals(mapOf("21010019" to 0, "21010026" to 72), stage.core.lines.filterIsInstance<Line.Intention>().associate { it.sku to it.units })
    }

    @Test
    fun `promotions have their names, not their numbers`() = runComposeUiTest {
        val stage = Stage()
        stage.halfDone()
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("order").performScrollToNode(hasText("冰红茶10箱送1箱"))
        onNodeWithText("满500减20 还差 ¥36.00").assertExists()
        listOf("P2604", "P2610", "P2611").forEach { onNodeWithText(it, substring = true).assertDoesNotExist() }
    }

    @Test
    fun `how often a promotion applies reads alike in both languages`() {
        for (language in Language.entries) runComposeUiTest {
            val stage = Stage(look = Look(language))
            stage.halfDone()
            stage.at(Step.ORDER_CONFIRMATION)
            setContent { XundianApp(stage.models) }
            onNodeWithTag("order").performScrollToNode(hasText("冰红茶10箱送1箱"))
            onAllNodes(hasText("×1")).assertCountEquals(1)
        }
    }

    @Test
    fun `without a line the reason is asked under the thumb`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("seal").assertDoesNotExist()
        tap("no-order")
        tap("reason-stock_enough")
        onNodeWithTag("no-order").assertDoesNotExist()
        tap("seal")
        tap("check-out")
        assertEquals(Route.Today to 0, stage.models.go.here to stage.core.orders.size)
    }

    @Test
    fun `a record says of which shop it is`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        stage.core.noteStore(FakeData.id(2), FakeData.NOTE)
        stage.core.closeDay()
        stage.models.go.goHome(Route.Outbox)
        setContent { XundianApp(stage.models) }
        listOf("拜访 · 鑫源超市", "门店备注 · 海边小卖部", "收工").forEachIndexed { place, text -> onNodeWithTag("record-${FakeData.record(place + 1)}").assertTextEquals(text) }
    }

    @Test
    fun `a check is met with one tap, and a second one takes it back`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.DISPLAY)
        setContent { XundianApp(stage.models) }
        tapRow("standard", "check-3-met")
        onNodeWithTag("check-3-met").assertIsSelected()
        assertEquals(6u, stage.core.lines.filterIsInstance<Line.Check>().single().v1.value)
        tap("check-3-met")
        onNodeWithTag("check-3-met").assertIsNotSelected()
        assertTrue(stage.core.lines.none { it is Line.Check })
    }

    @Test
    fun `a shop that nobody was in opens its card, and a sealed day is sealed again`() = runComposeUiTest {
        val stage = Stage()
        stage.models.go.go(Route.Summary)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("close-day").assertTextEquals("收工封存")
        tapBelow("missing-2")
        assertEquals(Route.Card(FakeData.id(2)), stage.models.go.here)
        stage.core.closeDay()
        tap("back")
        onNodeWithTag("close-day").assertTextEquals("重新封存")
    }

    @Test
    fun `the rail of the visit ends in the day`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tapBelow("step-day")
        assertEquals(Route.Summary, stage.models.go.here)
    }

    @Test
    fun `each button of the sheet says what it saves`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.STOCK_COUNT)
        setContent { XundianApp(stage.models) }
        tapRow("rows", "row-21010026-more")
        val guess = java.time.LocalDate.now().plusMonths(3)
        onNodeWithTag("expiry-save").assertTextEquals("保存 · ${guess.year}年${guess.monthValue}月${guess.dayOfMonth}日")
        tapBelow("move-PICK_UP")
        onNodeWithTag("move-save").assertTextContains("保存 · 要取回")
    }

    @Test
    fun `who types a code gets the button for it`() = runComposeUiTest {
        val stage = Stage(FakeCore(rep = null))
        stage.models.start()
        setContent { XundianApp(stage.models) }
        onNodeWithTag("enrol").assertDoesNotExist()
        onNodeWithTag("server").performTextInput("https://xundian.example")
        onNodeWithTag("code").performTextInput("right")
        onNodeWithTag("scan").assertDoesNotExist()
        tap("enrol")
        onNodeWithTag("stop1").assertIsDisplayed()
    }

    @Test
    fun `a fact that the office has an example of is told without the keyboard`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.COMPETITOR)
        setContent { XundianApp(stage.models) }
        tap("new-fact")
        listOf("竞品甲", "乌龙茶 500ml").forEach { onNodeWithText(it).performScrollTo().performClick() }
        waitForIdle()
        tapBelow("example-3.0元")
        tapBelow("save-fact")
        assertEquals("3.0元", stage.core.lines.filterIsInstance<Line.Competitor>().single().v1.value)
    }

    @Test
    fun `a new fact takes five taps, whatever its kind, with an example of the office as with a word of one's own`() {
        for (kind in FactKind.entries) for (known in FakeData.competitorItems) runComposeUiTest {
            val stage = Stage()
            stage.checkIn()
            stage.at(Step.COMPETITOR)
            setContent { XundianApp(stage.models) }
            var taps = 0
            fun touch(what: SemanticsMatcher) {
                onNode(what).performScrollTo().performClick()
                waitForIdle()
                taps++
            }
            touch(hasTestTag("new-fact-${known.brand}"))
            touch(hasText(known.item))
            touch(hasText(Words(Language.ZH)(Labels.of(kind))))
            val isExample = kind == known.kind
            touch(hasTestTag(if (isExample) "example-${known.example}" else "value"))
            if (!isExample) onNodeWithTag("value").performTextInput(WORD)
            touch(hasTestTag("save-fact"))
            val fact = stage.core.lines.filterIsInstance<Line.Competitor>().single().v1
            assertEquals(listOf(known.brand, known.item, kind, if (isExample) known.example else WORD), listOf(fact.brand, fact.item, fact.kind, fact.value))
            assertEquals(5, taps)
        }
    }

    @Test
    fun `an example is no value of another kind, item or brand`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.COMPETITOR)
        setContent { XundianApp(stage.models) }
        fun choose(text: String) {
            onNodeWithText(text).performScrollTo().performClick()
            waitForIdle()
        }
        tap("new-fact")
        listOf("竞品甲", "乌龙茶 500ml").forEach(::choose)
        tapBelow("example-3.0元")
        listOf("竞品甲", "乌龙茶 500ml", "价格").forEach(::choose)
        onNodeWithTag("save-fact").assertIsEnabled()
        choose("促销")
        onNodeWithTag("save-fact").assertIsNotEnabled()
        choose("价格")
        tapBelow("example-3.0元")
        choose("青柠汽水 500ml")
        onNodeWithTag("save-fact").assertIsNotEnabled()
        choose("乌龙茶 500ml")
        tapBelow("example-3.0元")
        listOf("竞品乙", "老坛面 五连包").forEach(::choose)
        onNodeWithTag("save-fact").assertIsNotEnabled()
    }

    private companion object {
        const val WORD = "满二送一"
    }
}
