package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.assertTextContains
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.core.CoreException
import app.xundian.fake.FakeData
import app.xundian.logic.AppModels
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Messages
import app.xundian.logic.Route
import app.xundian.logic.View
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.util.zip.ZipInputStream

/** By the thumb: a damaged file, and a phone that cannot be read. */
@OptIn(ExperimentalTestApi::class)
class DamageClicksTest {
    @Test
    fun `a damaged file is sent with its log, and only then put away`() = runComposeUiTest {
        val stage = Stage()
        stage.damaged()
        setContent { XundianApp(stage.models) }
        onNodeWithTag("damage").assertTextContains("没上传的拜访", substring = true)
        onNodeWithTag("damage-close").assertDoesNotExist()
        tap("damage-share")
        val zip = ZipInputStream(stage.shell.files.getValue("xundian-damaged.zip").inputStream())
        assertEquals(listOf("phone.sqlite.damaged-1", "phone.sqlite.damaged-1-wal"), generateSequence { zip.nextEntry }.map { it.name }.toList())
        onNodeWithTag("damage").assertTextContains("内勤收到后", substring = true)
        tap("damage-close")
        onNodeWithTag("damage").assertDoesNotExist()
        stage.damaged(2)
        waitForIdle()
        onNodeWithTag("damage").assertTextContains("没上传的拜访", substring = true)
    }

    @Test
    fun `a damaged file that was put away is sent from the settings, and those of a phone without one say nothing`() = runComposeUiTest {
        val stage = Stage()
        stage.models.go.go(Route.Settings)
        setContent { XundianApp(stage.models) }
        onNodeWithTag("damaged").assertDoesNotExist()
        stage.damaged()
        waitForIdle()
        onNodeWithTag("damaged-text").performScrollTo().assertTextContains("没上传的拜访", substring = true)
        stage.models.damage.share()
        stage.models.damage.close()
        stage.shell.files.clear()
        waitForIdle()
        onNodeWithTag("damaged-text").assertTextContains("还留在手机上", substring = true)
        tapBelow("damaged-share")
        assertEquals(setOf("xundian-damaged.zip"), stage.shell.files.keys)
        onNodeWithTag("damaged").assertExists()
    }

    @Test
    fun `what goes wrong on the route is said beside a damaged file, which stays said`() = runComposeUiTest {
        val stage = Stage()
        stage.damaged()
        setContent { XundianApp(stage.models) }
        waitForIdle()
        stage.core.failure = CoreException.StorageFull()
        stage.models.today.load()
        waitForIdle()
        onNodeWithTag("problem").assertIsDisplayed()
        onNodeWithTag("damage").assertIsDisplayed()
        stage.models.go.replaceAll(Route.Enrol)
        waitForIdle()
        onNodeWithTag("damage").assertIsDisplayed()
        onNodeWithTag("scan").assertIsDisplayed()
    }

    @Test
    fun `a phone that cannot be read says so instead of asking for a code, leads to the outbox, and is read again`() = runComposeUiTest {
        val stage = Stage()
        stage.core.beginVisit(FakeData.id(1))
        stage.unreadable()
        setContent { XundianApp(stage.models) }
        onNodeWithTag("start-problem").assertIsDisplayed()
        onNodeWithTag("scan").assertDoesNotExist()
        tap("outbox")
        onNodeWithTag("export").assertIsDisplayed()
        tap("back")
        stage.core.onRep = { "ZY01" }
        tap("retry")
        onNodeWithTag("step-DISPLAY").assertExists()
        assertEquals(listOf(Route.Today, Route.Visit), stage.models.go.routes.value)
    }

    @Test
    fun `of damage nothing is offered that cannot work, and trying again begins anew`() = runComposeUiTest {
        val stage = Stage()
        stage.unreadable(CoreException.Corrupt("phone.sqlite.damaged-1"))
        setContent { XundianApp(stage.models) }
        onNodeWithTag("start-problem").assertTextContains("phone.sqlite.damaged-1", substring = true)
        onNodeWithTag("outbox").assertDoesNotExist()
        stage.core.onResume = { stage.core.onRep = { null } }
        tap("retry")
        onNodeWithTag("scan").assertIsDisplayed()
    }

    @Test
    fun `a file of a newer app asks for the update, says that nothing is lost, and is tried again`() {
        val said = mapOf(
            Language.ZH to ("手机上的资料由更新版本的应用写成，请更新应用，资料都还在" to "重试"),
            Language.EN to ("The data on this phone come from a newer version of the app: update it, nothing is lost" to "Try again"),
        )
        for ((language, words) in said) runComposeUiTest {
            var tries = 0
            val newer = Messages.of(CoreException.IncompatibleVersion("newer_database"))
            setContent { OpeningApp(View<AppModels>(problem = newer), Look(language)) { tries++ } }
            onNodeWithText(words.first).assertIsDisplayed()
            onNodeWithText(words.second).performClick()
            waitForIdle()
            assertEquals(1, tries, "$language")
        }
    }
}
