package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.core.CoreException
import app.xundian.device.Outcome
import app.xundian.domain.Step
import app.xundian.domain.StoreStatus
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import app.xundian.logic.Route
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** Where nothing is found, nothing is there or nothing goes on, a line says so and what to do. */
@OptIn(ExperimentalTestApi::class)
class SaidClicksTest {
    @Test
    fun `a product that nobody has is not found, and a search that fails says why`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        stage.at(Step.ORDER_CONFIRMATION)
        setContent { XundianApp(stage.models) }
        tap("add-line")
        onNodeWithTag("no-hits").assertDoesNotExist()
        onNodeWithTag("add-query").performTextInput("没有这种")
        waitForIdle()
        onNodeWithTag("no-hits").assertIsDisplayed()
        stage.core.onSearchProducts = { throw CoreException.Internal("disk") }
        onNodeWithTag("add-query").performTextInput("茶")
        waitForIdle()
        onNodeWithTag("problem").assertIsDisplayed()
    }

    @Test
    fun `a phone that was revoked before anything came leads to the enrolment`() = runComposeUiTest {
        val stage = Stage()
        stage.core.onToday = { throw CoreException.NotFound("not_pulled") }
        stage.core.outcome = Outcome.EnrolAgain
        stage.models.schedule.askedNow()
        setContent { XundianApp(stage.models) }
        onNodeWithText("此手机需要重新登记，数据都还在").assertIsDisplayed()
        tap("enrol-again")
        assertEquals(Route.Enrol, stage.models.go.here)
    }

    @Test
    fun `a list without products and a shop without a standard are no empty screens`() = runComposeUiTest {
        val stage = Stage(FakeCore(products = emptyList()))
        stage.core.onDisplayStandard = { emptyList() }
        stage.core.onStandardPicture = { null }
        stage.checkIn()
        stage.at(Step.STOCK_COUNT)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("no-products").assertIsDisplayed()
        stage.at(Step.DISPLAY)
        waitForIdle()
        onNodeWithTag("no-standard").assertIsDisplayed()
    }

    @Test
    fun `a shop that the office has not approved says so, and one whose map does not open too`() = runComposeUiTest {
        val stage = Stage(FakeCore(shops = FakeData.stores.map { it.copy(status = StoreStatus.Proposed) }))
        stage.shell.hasMap = false
        stage.models.go.go(Route.Card(FakeData.id(1)))
        setContent { XundianApp(stage.models) }
        onNodeWithText("新店待审").assertIsDisplayed()
        onNodeWithText("地图").performClick()
        waitForIdle()
        onNodeWithTag("problem").assertIsDisplayed()
        onNodeWithText("这台手机没有地图应用").assertIsDisplayed()
    }

    @Test
    fun `the way past a visit that cannot be read is called as its button is`() = runComposeUiTest {
        val stage = Stage().apply { unreadVisit() }
        stage.models.go.goHome(Route.Visit)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("visit-unread").assertTextContains("“拜访不成”", substring = true)
        onNodeWithTag("failed").assertTextContains("拜访不成")
    }
}
