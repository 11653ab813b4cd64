package app.xundian.ui

import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.runComposeUiTest
import androidx.compose.ui.unit.Density
import app.xundian.device.Line
import app.xundian.domain.FailedReason
import app.xundian.domain.Step
import app.xundian.domain.WhyMissing
import app.xundian.fake.FakeData
import app.xundian.logic.FILE_MOST
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.PickFailed
import app.xundian.logic.Route
import app.xundian.logic.Text
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** By the thumb: what is said, and shown, where somebody might miss it. */
@OptIn(ExperimentalTestApi::class)
class ToldClicksTest {
    @Test
    fun `a count that is called done too early says so under the thumb and on the rail, and asks nothing`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        tap("next")
        onNodeWithTag("uncounted").assertTextEquals("8 种没点")
        tapRow("rows", "row-21010019-zero")
        onNodeWithTag("uncounted").assertTextEquals("7 种没点")
        tap("finish")
        assertEquals(Route.At(Step.SUGGESTED_ORDER), stage.models.go.here)
        tap("back")
        onNodeWithTag("step-STOCK_COUNT").assertTextContains("完成 · 7 种没点")
    }

    @Test
    fun `a whole count is done and no more is said`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.models.count.load()
        checkNotNull(stage.models.count.state.value.value).items.forEach { stage.models.count.zero(it) }
        setContent { XundianApp(stage.models) }
        tap("next")
        onNodeWithTag("uncounted").assertDoesNotExist()
        tap("finish")
        tap("back")
        onNodeWithTag("step-STOCK_COUNT").assertTextContains("完成")
    }

    @Test
    fun `a photo is seen beside its name, and what is no picture has its name alone`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.DISPLAY)
        setContent { XundianApp(stage.models) }
        tap("after")
        stage.shell.picture = FakeData.picture
        tap("before")
        onNodeWithTag("before-1-picture").assertExists()
        onNodeWithTag("after-1-remove").assertExists()
        onNodeWithTag("after-1-picture").assertDoesNotExist()
    }

    @Test
    fun `a photo is read as small as it is shown, where the platform can`() = runComposeUiTest {
        val stage = Stage()
        stage.shell.picture = FakeData.picture
        stage.checkIn()
        stage.at(Step.DISPLAY)
        val asked = mutableListOf<Int>()
        val read: PictureReader = { bytes, side -> asked += side; pictureOf(bytes) }
        setContent {
            CompositionLocalProvider(LocalDensity provides Density(1f), LocalPictureReader provides read) { XundianApp(stage.models) }
        }
        tap("before")
        onNodeWithTag("before-1-picture").assertExists()
        assertEquals(listOf(72), asked)
    }

    @Test
    fun `a shop that was not visited is named and says why, in both languages`() {
        val said = mapOf(
            Language.ZH to listOf("拒访", "没点库存 · 店内太忙", "还没去"),
            Language.EN to listOf("refused", "stock not counted · shop too busy", "not begun"),
        )
        for ((language, reasons) in said) runComposeUiTest {
            val stage = Stage(look = Look(language))
            stage.core.beginVisit(FakeData.id(1))
            stage.core.failVisit(FailedReason.REFUSED, null)
            stage.core.beginVisit(FakeData.id(2))
            stage.core.checkOut()
            stage.core.uncounted[FakeData.id(2)] = WhyMissing.NotCounted("no_time")
            stage.models.go.goHome(Route.Summary)
            setContent { XundianApp(stage.models) }
            reasons.forEachIndexed { place, why ->
                val row = onNodeWithTag("missing-${place + 1}").performScrollTo().assertIsDisplayed()
                row.assertTextContains(FakeData.stores[place].name).assertTextContains(why)
            }
        }
    }

    @Test
    fun `a photo that is too large is said in both languages, and the next one is taken`() {
        val said = mapOf(Language.ZH to "照片太大，请重拍", Language.EN to "The photo is too large: take it again")
        for ((language, words) in said) runComposeUiTest {
            val stage = Stage(look = Look(language))
            stage.checkIn()
            stage.at(Step.DISPLAY)
            setContent { XundianApp(stage.models) }
            stage.shell.picture = ByteArray(FILE_MOST)
            tap("before")
            onNodeWithText(words).assertIsDisplayed()
            onNodeWithTag("before-1-remove").assertDoesNotExist()
            assertEquals(emptyList<Line>(), stage.core.lines)
            stage.shell.picture = FakeData.picture
            tap("before")
            onNodeWithText(words).assertDoesNotExist()
            onNodeWithTag("before-1-remove").assertExists()
        }
    }

    @Test
    fun `a camera that does not open is said in both steps that photograph`() = runComposeUiTest {
        val stage = Stage()
        stage.shell.broken = PickFailed(Text.ERR_NO_CAMERA)
        stage.checkIn()
        stage.at(Step.DISPLAY)
        setContent { XundianApp(stage.models) }
        tap("before")
        onNodeWithText("相机打不开", substring = true).assertExists()
        stage.models.go.goHome(Route.Visit, Route.At(Step.COMPETITOR))
        waitForIdle()
        onNodeWithText("相机打不开", substring = true).assertDoesNotExist()
        tap("new-fact")
        listOf("竞品甲", "乌龙茶 500ml").forEach { onNodeWithText(it).performScrollTo().performClick() }
        waitForIdle()
        listOf("example-3.0元", "with-photo", "save-fact").forEach { tapBelow(it) }
        onNodeWithText("相机打不开", substring = true).assertExists()
    }

    @Test
    fun `the orders of several distributors are sent one by one`() = runComposeUiTest {
        val stage = Stage()
        stage.core.slips = listOf(FakeData.slip("D01", 3), FakeData.slip("D02", 1))
        stage.sold()
        stage.models.go.goHome(Route.Summary)
        setContent { XundianApp(stage.models) }
        tapBelow("share-slips")
        assertEquals(emptyList<String>(), stage.shell.shared)
        onNodeWithTag("share-slips").assertDoesNotExist()
        onNodeWithTag("share-slip-1").assertTextEquals("分享 · D01：3 单")
        tapBelow("share-slip-2")
        assertEquals(listOf("【巡店订单】D02"), stage.shell.shared)
        tapBelow("share-slip-1")
        assertEquals(listOf("【巡店订单】D02", "【巡店订单】D01"), stage.shell.shared)
    }

    @Test
    fun `the largest text on a system that has its own at the largest is no larger`() = runComposeUiTest {
        var scale = 0f
        setContent {
            CompositionLocalProvider(LocalDensity provides Density(1f, 2f)) {
                XundianTheme(Look(textPercent = 200)) { scale = LocalDensity.current.fontScale }
            }
        }
        waitForIdle()
        assertEquals(2f, scale)
    }

    @Test
    fun `a thumbnail is no larger than it is shown, and a small picture stays as it is`() {
        val picture = checkNotNull(pictureOf(FakeData.picture))
        assertEquals(64 to 36, picture.within(64).let { it.width to it.height })
        assertEquals(640 to 360, picture.within(640).let { it.width to it.height })
    }
}
