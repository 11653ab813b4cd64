package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.assertIsSelected
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.longClick
import androidx.compose.ui.test.onNodeWithContentDescription
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.core.LogLevel
import app.xundian.device.Line
import app.xundian.device.PromiseLight
import app.xundian.device.StopState
import app.xundian.device.Street
import app.xundian.domain.OrderState
import app.xundian.domain.Outcome
import app.xundian.domain.Step
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import app.xundian.logic.NewStoreScreen
import app.xundian.logic.Route
import app.xundian.protocol.Flag
import app.xundian.protocol.OrderEffect
import app.xundian.protocol.Verdict
import app.xundian.protocol.Went
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** By the thumb: what is taken back, what is asked before it is done, and what became of an order. */
@OptIn(ExperimentalTestApi::class)
class MendedClicksTest {
    @Test
    fun `a count, facings and a check are taken back`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        tapRow("rows", "row-21010026-more")
        onNodeWithTag("clear-21010026").assertDoesNotExist()
        tap("expiry-save")
        tapRow("rows", "row-21010026-units-plus")
        onNodeWithTag("counted").assertTextEquals("已点 1 / 8")
        tapRow("rows", "row-21010026-more")
        tapBelow("clear-21010026")
        onNodeWithTag("sheet").assertDoesNotExist()
        onNodeWithTag("counted").assertTextEquals("已点 0 / 8")
        tapRow("rows", "facings-饮品-all-plus")
        tapRow("rows", "facings-饮品-undo")
        onNodeWithTag("facings-饮品-undo").assertDoesNotExist()
        tap("back")
        tap("step-DISPLAY")
        tapRow("standard", "check-2-plus")
        onNodeWithContentDescription("撤销 货架占比").assertExists()
        tapRow("standard", "check-2-undo")
        onNodeWithTag("check-2-undo").assertDoesNotExist()
        assertTrue(stage.core.lines.isEmpty(), "${stage.core.lines}")
    }

    @Test
    fun `a day that is not finished is asked about, sealed all the same and sent`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn(2)
        stage.models.go.goHome(Route.Summary)
        setContent { XundianApp(stage.models) }
        tap("close-day")
        onNodeWithTag("seal-visit-open", useUnmergedTree = true).assertTextContains("海边小卖部", substring = true)
        onNodeWithTag("seal-not-visited", useUnmergedTree = true).assertTextEquals("还有 5 家没去。")
        assertEquals(null, stage.core.dayReport().closed)
        tap("seal-anyway")
        onNodeWithTag("sheet").assertDoesNotExist()
        onNodeWithTag("closed").assertExists()
        assertEquals(1, stage.core.syncs)
    }

    @Test
    fun `a line of loose units alone can be taken off and put back`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.core.saveLine(Line.Intention("21010019", 7, null))
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        tapRow("order", "line-21010019-minus")
        assertEquals(0, stage.core.lines.filterIsInstance<Line.Confirmed>().single().units)
        tapRow("order", "put-back-21010019")
        assertEquals(7, stage.core.quote().lines.single().confirmed)
    }

    @Test
    fun `what is sold by the unit moves by units, and any window can be any time again`() = runComposeUiTest {
        val stage = Stage(FakeCore(FakeData.products(8).map { if (it.sku == "21010019") it.copy(pack = 1) else it }))
        stage.checkIn()
        stage.core.saveLine(Line.Intention("21010019", 48, null))
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("line-21010019-value", useUnmergedTree = true).assertTextEquals("48")
        tapRow("order", "line-21010019-plus")
        onNodeWithTag("line-21010019-value", useUnmergedTree = true).assertTextEquals("49")
        onNodeWithText("2箱1个").assertExists()
        tapRow("order", "window-14:00-17:00")
        assertEquals("14:00-17:00", stage.core.quote().promise.window)
        tapRow("order", "any-time")
        assertEquals(null, stage.core.quote().promise.window)
        tap("seal")
        tap("check-out")
        tap("change")
        onNodeWithText("不改了").performClick()
        waitForIdle()
        tap("change")
        tapBelow("draft-21010019-minus")
        onNodeWithTag("draft-21010019-value", useUnmergedTree = true).assertTextEquals("48")
        tap("save-change")
        assertEquals(listOf(48), stage.core.orderCard(stage.core.orders.single().order).lines.map { it.confirmed })
    }

    @Test
    fun `a long press moves by a case, both ways, and a row without a number is open until somebody says no`() = runComposeUiTest {
        val stage = Stage(FakeCore(FakeData.products(8).map { if (it.sku == "21010019") it.copy(pack = 10) else it }))
        stage.checkIn()
        stage.at(Step.SUGGESTED_ORDER)
        setContent { XundianApp(stage.models) }
        fun value() = checkNotNull(stage.models.suggest.state.value.value).wishes[0].units
        val before = value()
        onNodeWithTag("wishes").performScrollToNode(hasTestTag("wish-21010019-plus"))
        onNodeWithContentDescription("红烧牛肉面 108g 加10个").assertExists()
        onNodeWithTag("wish-21010019-plus").performTouchInput { longClick() }
        waitForIdle()
        assertEquals(before + 20, value())
        onNodeWithTag("wish-21010019-minus").performTouchInput { longClick() }
        waitForIdle()
        assertEquals(before, value())
        onNodeWithTag("wishes").performScrollToNode(hasTestTag("wish-22070036-minus"))
        onNodeWithTag("wish-22070036-value", useUnmergedTree = true).assertTextEquals("–")
        onNodeWithTag("intended-22070036", useUnmergedTree = true).assertTextEquals("店主要 待定")
        tap("wish-22070036-minus")
        onNodeWithTag("intended-22070036", useUnmergedTree = true).assertTextEquals("店主要 0个")
        onNodeWithTag("wish-22070036-minus").assertIsNotEnabled()
    }

    @Test
    fun `a change that is open when the order is over can no longer be saved`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        setContent { XundianApp(stage.models) }
        tap("change")
        stage.core.orders[0] = stage.core.orders[0].copy(state = OrderState.Ended(Outcome.DELIVERED, "D01-20260728"))
        stage.models.order.load()
        waitForIdle()
        onNodeWithTag("save-change").assertDoesNotExist()
        onNodeWithTag("share-text").assertExists()
    }

    @Test
    fun `a visit off the route is gone on with from the route`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.core.offRoute += FakeData.id(1)
        stage.models.go.goHome()
        setContent { XundianApp(stage.models) }
        onNodeWithText("鑫源超市").assertDoesNotExist()
        onNodeWithTag("continue").assertTextContains("鑫源超市", substring = true)
        tap("continue")
        onNodeWithTag("step-DISPLAY").assertExists()
    }

    @Test
    fun `a photo that was taken by mistake is removed`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.DISPLAY)
        setContent { XundianApp(stage.models) }
        tap("before")
        tap("after")
        onNodeWithContentDescription("删除 整理前照片 1").assertExists()
        tap("before-1-remove")
        onNodeWithTag("before-1-remove").assertDoesNotExist()
        onNodeWithTag("after-1-remove").assertExists()
        assertTrue(stage.core.lines.single() is Line.PhotoAfter, "${stage.core.lines}")
    }

    @Test
    fun `a reason that was tapped by mistake drops nothing, and without a photo the visit may fail too`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.countSome()
        val counted = stage.core.lines.toList()
        stage.shell.picture = null
        setContent { XundianApp(stage.models) }
        tap("failed")
        tapBelow("failed-CLOSED")
        onNodeWithText("没有照片").assertIsDisplayed()
        onNodeWithText("继续拜访").performClick()
        waitForIdle()
        onNodeWithTag("sheet").assertDoesNotExist()
        assertEquals(counted, stage.core.currentVisit()?.lines)
        tap("failed")
        tapBelow("failed-CLOSED")
        tap("without-photo")
        assertEquals(StopState.Failed, stage.core.states[FakeData.id(1)])
        assertEquals(Route.Today, stage.models.go.here)
    }

    @Test
    fun `a visit with a count does not fail without a question, a photo wanted or not`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.countSome()
        setContent { XundianApp(stage.models) }
        tap("failed")
        tapBelow("with-photo")
        tapBelow("failed-CLOSED")
        onNodeWithText("已录的内容不会保留", substring = true).assertIsDisplayed()
        assertTrue(stage.core.lines.isNotEmpty())
        tap("without-photo")
        assertEquals(StopState.Failed, stage.core.states[FakeData.id(1)])
    }

    @Test
    fun `without a network the orders are held out page by page`() = runComposeUiTest {
        val stage = Stage()
        stage.core.slips = listOf(FakeData.slip("D01", 3), FakeData.slip("D02", 1))
        stage.sold()
        stage.models.go.goHome(Route.Summary)
        setContent { XundianApp(stage.models) }
        tapBelow("show-slips")
        onNodeWithTag("page").assertTextEquals("1 / 3")
        onNodeWithTag("page-before").assertIsNotEnabled()
        onNodeWithContentDescription("订单二维码，第 1 页，共 3 页").assertIsDisplayed()
        tap("page-next")
        tap("page-next")
        onNodeWithTag("page").assertTextEquals("3 / 3")
        onNodeWithTag("page-next").assertIsNotEnabled()
        tap("page-before")
        onNodeWithContentDescription("订单二维码，第 2 页，共 3 页").assertIsDisplayed()
        tapBelow("slip-2")
        onNodeWithTag("page").assertTextEquals("1 / 1")
        tap("share")
        assertEquals(listOf("【巡店订单】D02"), stage.shell.shared)
        tap("back")
        onNodeWithTag("close-day").assertExists()
    }

    @Test
    fun `from the question the open visit goes on`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn(2)
        stage.models.go.goHome(Route.Summary)
        setContent { XundianApp(stage.models) }
        tap("close-day")
        tap("continue-visit")
        onNodeWithTag("step-DISPLAY").assertExists()
        assertEquals(FakeData.id(2) to null, stage.core.visit?.store to stage.core.dayReport().closed)
    }

    @Test
    fun `an order of an earlier day is opened from the day's list and from its shop's card`() = runComposeUiTest {
        val stage = Stage()
        stage.models.go.go(Route.Summary)
        setContent { XundianApp(stage.models) }
        tapBelow("earlier")
        tapBelow("earlier-1")
        onNodeWithTag("standing").assertTextContains("少送")
        onNodeWithTag("moved").assertTextEquals("送货日改了：7月21日 周二 → 7月22日 周三")
        onNodeWithText("¥92.00", substring = true).assertExists()
        onNodeWithTag("change").assertDoesNotExist()
        tap("back")
        tap("back")
        tap("stop1")
        tapRow("card", "last-order")
        onNodeWithTag("standing").assertTextContains("少送")
        assertEquals(Route.Order(FakeData.EARLIER), stage.models.go.here)
    }

    @Test
    fun `a record leads to its order as soon as the server has named it`() = runComposeUiTest {
        val stage = Stage()
        stage.core.beginVisit(FakeData.id(2))
        stage.core.saveLine(Line.Intention("21010019", 48, null))
        stage.core.checkOut()
        stage.models.go.goHome(Route.Outbox)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("record-${FakeData.record(1)}-order").assertDoesNotExist()
        stage.core.sync()
        stage.models.outbox.load()
        waitForIdle()
        tapRow("records", "record-${FakeData.record(1)}-order")
        assertEquals(Route.Order(stage.core.orders.single().order), stage.models.go.here)
        onNodeWithTag("code").assertExists()
    }

    @Test
    fun `what the server did not accept says why`() = runComposeUiTest {
        val stage = Stage()
        stage.core.verdict = Verdict.Rejected("stale_base", 2u)
        stage.sold()
        stage.models.go.goHome(Route.Outbox)
        setContent { XundianApp(stage.models) }
        onNodeWithText("未被接受：订单在别处改过了，请打开订单重新改").assertExists()
        onNodeWithTag("record-${FakeData.record(1)}-order").assertDoesNotExist()
    }

    @Test
    fun `what the server doubts of a record, and did to its order, is in the outbox`() = runComposeUiTest {
        val stage = Stage()
        stage.sold()
        stage.core.judge(Verdict.Applied(OrderEffect(FakeData.id(500), Went.AlreadyDelivered, null), listOf(Flag.OVER_CREDIT)))
        stage.models.go.goHome(Route.Outbox)
        setContent { XundianApp(stage.models) }
        onNodeWithText("货已送到，未更改 · 超信用额度").assertExists()
    }

    @Test
    fun `competitors' facts stand on the card`() = runComposeUiTest {
        val stage = Stage()
        stage.models.go.go(Route.Card(FakeData.id(1)))
        setContent { XundianApp(stage.models) }
        onNodeWithTag("card").performScrollToNode(hasTestTag("competitors"))
        onNodeWithTag("competitors").assertIsDisplayed()
        onNodeWithText("竞品甲 乌龙茶 500ml").assertExists()
        onNodeWithText("2.8元 · 本店有").assertExists()
        onNodeWithText("买十送一 · 12 家店").assertExists()
    }

    @Test
    fun `where nobody saw anything the office's list stands on the card`() = runComposeUiTest {
        val stage = Stage()
        stage.core.onSeenAround = { emptyList() }
        stage.models.go.go(Route.Card(FakeData.id(1)))
        setContent { XundianApp(stage.models) }
        onNodeWithTag("card").performScrollToNode(hasTestTag("competitors"))
        onNodeWithTag("competitors").assertIsDisplayed()
        onNodeWithText("3.0元").assertExists()
    }

    @Test
    fun `a street is picked by its name, and its code stands in the field`() = runComposeUiTest {
        val stage = Stage()
        stage.models.go.go(Route.NewStore)
        setContent { XundianApp(stage.models) }
        onNodeWithText("云南路街道").assertExists()
        tapBelow("street-370202004")
        onNodeWithTag("street-370202004").assertIsSelected()
        onNodeWithTag("store-street").assertTextContains("370202004")
    }

    @Test
    fun `of many streets the nearest are shown with the one that is meant, and the others when they are asked for`() = runComposeUiTest {
        val stage = Stage()
        stage.core.onStreets = { List(30) { Street("3702020%02d".format(it), "街道$it", "市南区", 1u, null) } }
        stage.models.go.go(Route.NewStore)
        stage.models.newStore.change(NewStoreScreen(street = "370202028"))
        setContent { XundianApp(stage.models) }
        onNodeWithTag("street-370202028").assertIsSelected()
        onNodeWithTag("street-370202029").assertDoesNotExist()
        tapBelow("streets-more")
        onNodeWithTag("streets-more").assertDoesNotExist()
        tapBelow("street-370202029")
        onNodeWithTag("store-street").assertTextContains("370202029")
    }

    @Test
    fun `what came late is said on the route`() = runComposeUiTest {
        val stage = Stage()
        val late = stage.core.today().let { today -> today.copy(stops = today.stops.map { it.copy(promise = PromiseLight.LATE) }.take(1)) }
        stage.core.onToday = { late }
        stage.models.today.load()
        setContent { XundianApp(stage.models) }
        onNodeWithText("迟到", substring = true).assertExists()
    }

    @Test
    fun `the log is shown in the settings and sent`() = runComposeUiTest {
        val stage = Stage()
        stage.models.room.signals.log(LogLevel.WARNING, "key store: locked")
        stage.models.go.go(Route.Settings)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("log-line").assertTextContains("key store: locked", substring = true)
        tapBelow("share-log")
        assertTrue(stage.shell.shared.single().endsWith("WARNING key store: locked"))
    }

    @Test
    fun `a day that the server moved is told in the list and on the order`() = runComposeUiTest {
        val stage = Stage()
        stage.soldAndMoved()
        stage.models.go.goHome(Route.Summary)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("moved", useUnmergedTree = true).assertTextEquals("送货日改了：7月28日 周二 → 7月29日 周三")
        tapBelow("order-1")
        onNodeWithTag("moved").assertTextEquals("送货日改了：7月28日 周二 → 7月29日 周三")
        onNodeWithTag("change").assertExists()
    }
}
