package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.fake.FakeData
import app.xundian.logic.Route
import app.xundian.logic.Whereabouts
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** What a rep without a position sees, and that it keeps nobody from work. */
@OptIn(ExperimentalTestApi::class)
class WhereaboutsClicksTest {
    @Test
    fun `a refused permission is said on the card, leads to the settings, and the visit begins`() = runComposeUiTest {
        val stage = Stage()
        stage.shell.whereabouts.value = Whereabouts.DENIED
        stage.models.go.go(Route.Card(FakeData.id(1)))
        setContent { XundianApp(stage.models) }
        onNodeWithTag("whereabouts").assertTextEquals("定位权限没开：可以照常拜访，位置记为未知")
        onNodeWithTag("to-settings").performScrollTo().performClick()
        waitForIdle()
        assertEquals(1, stage.shell.settingsOpened)
        onNodeWithTag("check-in").performClick()
        waitForIdle()
        assertEquals(FakeData.id(1), stage.core.visit?.store)
        onNodeWithTag("whereabouts").assertTextEquals("定位权限没开：可以照常拜访，位置记为未知")
    }

    @Test
    fun `what the phone finds out in the visit is said in the visit`() = runComposeUiTest {
        val stage = Stage()
        stage.checkIn()
        setContent { XundianApp(stage.models) }
        onNodeWithTag("whereabouts").assertDoesNotExist()
        stage.shell.whereabouts.value = Whereabouts.NO_FIX
        waitForIdle()
        onNodeWithTag("whereabouts").assertTextEquals("没有定位信号：拜访照常，位置记为未知")
        onNodeWithTag("to-settings").assertDoesNotExist()
        stage.shell.whereabouts.value = Whereabouts.MOCK
        waitForIdle()
        onNodeWithTag("whereabouts").assertTextEquals("手机用了模拟位置：拜访照常，会标给主管")
        stage.shell.whereabouts.value = Whereabouts.KNOWN
        waitForIdle()
        onNodeWithTag("whereabouts").assertDoesNotExist()
    }
}
