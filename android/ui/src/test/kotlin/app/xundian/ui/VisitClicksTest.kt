package app.xundian.ui

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.longClick
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.performTextReplacement
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.device.StopState
import app.xundian.domain.Entry
import app.xundian.domain.VisitResult
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import app.xundian.logic.AppModels
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Problem
import app.xundian.logic.Text
import app.xundian.logic.View
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

@OptIn(ExperimentalTestApi::class)
class VisitClicksTest {
    private var taps = 0

    private fun ComposeUiTest.tap(tag: String) {
        taps++
        onNodeWithTag(tag).performClick()
        waitForIdle()
    }

    @Test
    fun `the whole visit by the thumb`() = runComposeUiTest {
        val stage = Stage()
        setContent { XundianApp(stage.models) }
        tap("stop1")
        tap("check-in")
        tap("next")
        tap("it-came")
        tapRow("rows", "row-21010019-same")
        tapRow("rows", "row-21010026-zero")
        tap("finish")
        tapRow("wishes", "wish-21010019-plus")
        tap("why-21010019")
        tap("reason-event_ahead")
        tap("finish")
        tap("before")
        tapRow("standard", "check-1-plus")
        tap("finish")
        tap("seen-0")
        tap("finish")
        tap("pay-ON_ACCOUNT".also { onNodeWithTag("order").performScrollToNode(hasTestTag(it)) })
        tap("seal")
        onNodeWithTag("code").assertTextEquals("4 0 7 1")
        onNodeWithTag("qr").assertExists()
        tap("back")
        onNodeWithTag("unsent").assertTextEquals("记录已全部上传")
        assertEquals(StopState.Done(VisitResult.COMPLETE), stage.core.states[FakeData.id(1)])
        assertEquals(1, stage.core.orders.size)
    }

    @Test
    fun `thirty rows, eight of them changed, in few taps`() = runComposeUiTest {
        val core = FakeCore(FakeData.products(30))
        val stage = Stage(core)
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        tap("it-came")
        taps = 0
        core.products.forEachIndexed { place, product ->
            val row = "row-${product.sku}"
            when {
                place % 4 == 3 && product.last != null -> {
                    tapRow("rows", "$row-cases-plus")
                    tapRow("rows", "$row-units-plus")
                }
                product.last == null -> tapRow("rows", "$row-zero")
                else -> tapRow("rows", "$row-same")
            }
        }
        onNodeWithTag("counted").assertTextEquals("已点 30 / 30")
        assertTrue(taps <= 40, "$taps taps")
        val rows = core.lines.filterIsInstance<Line.Count>().map { it.v1 }
        assertEquals(30, rows.size)
        assertEquals(6, rows.count { it.entry == Entry.STEPPED && it.shelf != app.xundian.domain.PlaceCount.Counted(0) })
    }

    @Test
    fun `an expiry, a return and facings by the thumb`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        tapRow("rows", "row-21010026-more")
        tap("expiry-month-plus")
        tap("expiry-save")
        tap("row-21010026-more")
        onNodeWithTag("move-PICK_UP").performScrollTo()
        tap("move-PICK_UP")
        onNodeWithTag("moved-plus").performScrollTo()
        tap("moved-plus")
        onNodeWithTag("move-save").performScrollTo().assertIsNotEnabled()
        onNodeWithTag("reason-damaged").performScrollTo()
        tap("reason-damaged")
        onNodeWithTag("move-save").performScrollTo()
        tap("move-save")
        onNodeWithTag("notes-21010026").assertTextContains("要取回 1个", substring = true)
        tapRow("rows", "facings-方便面-own-plus")
        val lines = stage.core.lines
        assertEquals(java.time.LocalDate.now().plusMonths(3).plusMonths(1), lines.filterIsInstance<Line.Count>().single().v1.expiry)
        assertEquals("damaged" to 1, lines.filterIsInstance<Line.PickUp>().single().v1.let { it.reason to it.units })
        assertEquals(1u to 1u, lines.filterIsInstance<Line.Facings>().single().v1.let { it.own to it.total })
    }

    @Test
    fun `back closes the sheet and stays on the page`() = runComposeUiTest {
        val stage = Stage()
        var back: (() -> Unit)? = null
        setContent {
            CompositionLocalProvider(LocalWayBack provides { onBack -> back = onBack }) { XundianApp(stage.models) }
        }
        assertEquals(null, back, "nothing is open")
        tap("more")
        onNodeWithTag("sheet").assertExists()
        checkNotNull(back)()
        waitForIdle()
        onNodeWithTag("sheet").assertDoesNotExist()
        onNodeWithTag("route").assertExists()
    }

    @Test
    fun `the plan leads to the shop`() = runComposeUiTest {
        val stage = Stage()
        setContent { XundianApp(stage.models) }
        tap("more")
        tap("plan")
        onNodeWithTag("unplaced").assertExists()
        tap("mark-3")
        onNodeWithTag("chosen").assertTextContains("学府便利店", substring = true)
        tap("map")
        assertEquals(listOf(FakeData.stores[2].address), stage.shell.mapped)
        tap("open")
        onNodeWithTag("check-in").assertExists()
    }

    @Test
    fun `somebody else receives`() = runComposeUiTest {
        val stage = Stage()
        stage.halfDone()
        stage.at(app.xundian.domain.Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        tapRow("order", "receiver")
        onNodeWithTag("receiver-name").performTextReplacement("店员")
        tap("receiver-save")
        assertEquals("店员", stage.core.lines.filterIsInstance<Line.Receiver>().single().v1.name)
        onNodeWithText("店员", substring = true).assertExists()
    }

    @Test
    fun `a long press counts by the case`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-units-plus"))
        onNodeWithTag("row-21010019-cases-value", useUnmergedTree = true).assertTextEquals("1")
        onNodeWithTag("row-21010019-units-plus").performTouchInput { longClick() }
        onNodeWithTag("row-21010019-units-plus").performClick()
        onNodeWithTag("row-21010019-cases-value", useUnmergedTree = true).assertTextEquals("1")
        onNodeWithTag("row-21010019-units-value", useUnmergedTree = true).assertTextEquals("1")
        onNodeWithContentDescription("加 红烧牛肉面 108g 的箱").assertExists()
    }

    @Test
    fun `a step that is left out says why`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("skip-DISPLAY")
        tap("reason-no_time")
        onNodeWithTag("step-DISPLAY").assertTextContains("已跳过")
        tap("leave")
        tap("check-out")
        assertEquals(StopState.Done(VisitResult.PARTIAL), stage.core.states[FakeData.id(1)])
    }

    @Test
    fun `whoever skips what was begun is told that it is not kept`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.countSome()
        setContent { XundianApp(stage.models) }
        tap("skip-DISPLAY")
        onNodeWithTag("drops").assertDoesNotExist()
        tap("reason-no_time")
        tap("skip-STOCK_COUNT")
        onNodeWithTag("drops").assertTextContains("不会保留", substring = true)
    }

    @Test
    fun `a failed visit, a day that is sealed, an order that is cancelled`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        setContent { XundianApp(stage.models) }
        tap("cancel")
        tap("reason-entered_wrongly")
        stage.heard()
        waitForIdle()
        onNodeWithText("已取消").assertIsDisplayed()
        tap("back")
        tap("more")
        tap("summary")
        tap("close-day")
        tap("seal-anyway")
        onNodeWithText("已封存（第 1 版）").assertIsDisplayed()
    }

    @Test
    fun `a problem is said and put away, the screen stays`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        stage.core.failure = CoreException.StorageFull()
        tapRow("rows", "row-21010019-zero")
        onNodeWithTag("problem").assertIsDisplayed()
        onNodeWithText("关闭").performClick()
        onNodeWithTag("problem").assertDoesNotExist()
        onNodeWithTag("rows").assertExists()
    }

    @Test
    fun `before the first pull the route says what to do`() = runComposeUiTest {
        val stage = Stage()
        stage.core.failure = CoreException.NotFound("not_pulled")
        setContent { XundianApp(stage.models) }
        onNodeWithText("还没有下载资料，请联网同步一次").assertIsDisplayed()
        onNodeWithText("重试").assertIsDisplayed()
    }

    @Test
    fun `English, and a store that is found`() = runComposeUiTest {
        val stage = Stage(look = Look(Language.EN))
        setContent { XundianApp(stage.models) }
        onNodeWithText("Mon 7/27").assertIsDisplayed()
        tap("search")
        onNodeWithTag("query").performTextInput("学府")
        tap("hit-学府便利店")
        onNodeWithText("Check in").performClick()
        assertTrue(stage.core.visit?.store == FakeData.id(3))
    }

    @Test
    fun `several products of a warning stand apart as the language has it`() {
        val between = mapOf(Language.ZH to "冰红茶 500ml、绿茶 500ml", Language.EN to "冰红茶 500ml, 绿茶 500ml")
        for ((language, both) in between) runComposeUiTest {
            val stage = Stage(look = Look(language))
            val quote = stage.core.onQuote
            stage.core.onQuote = { quote().copy(unavailable = listOf("22070012", "22070029")) }
            stage.checkIn()
            stage.at(app.xundian.domain.Step.ORDER_CONFIRMATION)
            setContent { XundianApp(stage.models) }
            onNodeWithTag("order").performScrollToNode(hasText(both, substring = true))
        }
    }

    @Test
    fun `a note and another contact are written on the card`() = runComposeUiTest {
        val stage = Stage()
        setContent { XundianApp(stage.models) }
        tap("stop1")
        tap("write-note")
        onNodeWithTag("note-text").performTextInput(FakeData.NOTE)
        tap("save-edit")
        onNodeWithTag("sheet").assertDoesNotExist()
        onNodeWithTag("note").assertTextEquals(FakeData.NOTE)
        onNodeWithText("ZY01 · 7月27日 周一").assertIsDisplayed()
        tapRow("card", "change-contact")
        onNodeWithTag("receiver").performTextInput("收银台")
        tap("save-edit")
        onNodeWithText("收银台").assertExists()
    }

    @Test
    fun `a photo of the office's QR enrols, and one without it says what to do`() = runComposeUiTest {
        val stage = Stage(FakeCore(rep = null))
        stage.models.start()
        setContent { XundianApp(stage.models) }
        stage.shell.seen = ""
        tap("scan")
        onNodeWithTag("problem").assertIsDisplayed()
        stage.shell.seen = FakeData.INVITATION
        tap("scan")
        onNodeWithTag("stop1").assertIsDisplayed()
    }

    @Test
    fun `only rows that are seen are built`() = runComposeUiTest {
        val core = FakeCore(FakeData.products(80))
        val (stage, rows) = Stage(core) to core.products.map { "row-${it.sku}" }
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        fun built() = rows.filter { row -> runCatching { onNodeWithTag(row).assertExists() }.isSuccess }
        assertTrue(built().size in 1..20 && rows.first() in built(), "${built()}")
        onNodeWithTag("rows").performScrollToNode(hasTestTag(rows.last()))
        waitForIdle()
        assertTrue(built().size in 1..20 && rows.last() in built() && rows.first() !in built(), "${built()}")
    }

    @Test
    fun `of a route of forty stores only those that are seen are built`() = runComposeUiTest {
        val stage = Stage(FakeCore(shops = FakeData.shops(ROUTE)))
        setContent { XundianApp(stage.models) }
        fun built() = (1..ROUTE).filter { place -> runCatching { onNodeWithTag("stop$place").assertExists() }.isSuccess }
        assertTrue(built().size in 1..20 && 1 in built(), "${built()}")
        onNodeWithTag("route").performScrollToNode(hasTestTag("stop$ROUTE"))
        waitForIdle()
        assertTrue(built().size in 1..20 && ROUTE in built() && 1 !in built(), "${built()}")
    }

    @Test
    fun `a phone that is full says so before there is a core, and tries again`() = runComposeUiTest {
        var tries = 0
        setContent { OpeningApp(View<AppModels>(problem = Problem(Text.ERR_STORAGE_FULL)), Look()) { tries++ } }
        onNodeWithText("手机空间满了", substring = true).assertIsDisplayed()
        onNodeWithText("重试").performClick()
        waitForIdle()
        assertEquals(1, tries)
    }

    @Test
    fun `no order, order after all, and a line that is put back`() = runComposeUiTest {
        val stage = Stage()
        stage.halfDone()
        stage.at(app.xundian.domain.Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        tap("no-order")
        tap("reason-stock_enough")
        onNodeWithText("还是要下单").performClick()
        waitForIdle()
        stage.core.saveLine(Line.Confirmed("21010026", 0))
        stage.models.confirm.load()
        waitForIdle()
        tapRow("order", "put-back-21010026")
        assertTrue(stage.core.lines.none { it is Line.Confirmed || it is Line.NoOrder })
        tap("seal")
        tap("check-out")
        assertEquals(1, stage.core.orders.size)
    }

    @Test
    fun `a check-in elsewhere asks first`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.models.go.goHome(app.xundian.logic.Route.Card(FakeData.id(2)))
        setContent { XundianApp(stage.models) }
        tap("check-in")
        assertEquals(FakeData.id(1), stage.core.visit?.store)
        tap("seal-and-check-in")
        assertEquals(FakeData.id(2), stage.core.visit?.store)
    }

    @Test
    fun `in the back room nothing is the same as last time`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn(2)
        setContent { XundianApp(stage.models) }
        tap("next")
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-21010019-same"))
        stage.models.count.look(app.xundian.logic.Place.BACKROOM)
        waitForIdle()
        onNodeWithTag("row-21010019-same").assertDoesNotExist()
    }

    @Test
    fun `each kind of movement starts from what is recorded of it`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.models.count.load()
        val item = checkNotNull(stage.models.count.state.value.value).items[1]
        stage.models.count.move(item, app.xundian.logic.Movement.SELF_BOUGHT, 7)
        setContent { XundianApp(stage.models) }
        tap("next")
        tapRow("rows", "row-21010026-more")
        onNodeWithTag("moved-value", useUnmergedTree = true).assertTextEquals("7")
        onNodeWithTag("move-BY_PHONE").performScrollTo()
        tap("move-BY_PHONE")
        onNodeWithTag("moved-value", useUnmergedTree = true).assertTextEquals("0")
    }

    @Test
    fun `while photos wait only the records are said to be on the server`() = runComposeUiTest {
        val stage = Stage()
        setContent { XundianApp(stage.models) }
        assertTrue(stage.core.photos.count > 0u)
        onNodeWithText("记录已全部上传").assertIsDisplayed()
    }

    private companion object {
        const val ROUTE = 40
    }
}
