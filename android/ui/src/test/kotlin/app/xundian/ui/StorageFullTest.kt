package app.xundian.ui

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.core.CoreException
import app.xundian.fake.Town
import app.xundian.fake.notRun
import app.xundian.logic.AppModels
import app.xundian.logic.Look
import app.xundian.logic.Messages
import app.xundian.logic.Route
import app.xundian.logic.Text
import app.xundian.logic.View
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.io.File
import java.io.IOException

/** The phone is full in the middle of a visit: the real screens on the real core, on a disk that takes nothing more (tests/disk-full). */
@OptIn(ExperimentalTestApi::class)
class StorageFullTest {
    @TempDir
    lateinit var folder: File
    private val mark get() = File(folder, "FULL")
    private lateinit var town: Town
    private lateinit var stage: RealStage

    @BeforeEach
    fun `the disk can be full`() {
        val shim = System.getenv("LD_PRELOAD").orEmpty().substringBefore(':')
        val isHere = File(shim).isFile
        if (!isHere) notRun("no disk that can be full at \"$shim\", see tests/disk-full/build.sh")
        assumeTrue(isHere)
    }

    @AfterEach
    fun close() {
        if (::town.isInitialized) town.close()
    }

    private fun opened() = RealStage(File(folder, "phone.sqlite"))

    private fun fill() {
        mark.createNewFile()
        assertThrows(IOException::class.java, { File(folder, "phone.more").writeBytes(byteArrayOf(1)) }, "the disk takes more")
    }

    private fun free() {
        mark.delete()
    }

    private fun ComposeUiTest.tapRow(sku: String, what: String) {
        onNodeWithTag("rows").performScrollToNode(hasTestTag("row-$sku"))
        tap("row-$sku-$what")
    }

    private fun ComposeUiTest.wantMoreOfFirst() {
        val plus = SemanticsMatcher("a wish's plus") {
            val tag = it.config.getOrNull(SemanticsProperties.TestTag).orEmpty()
            tag.startsWith("wish-") && tag.endsWith("-plus")
        }
        onAllNodes(plus).onFirst().performClick()
        waitForIdle()
    }

    private fun lines() = checkNotNull(stage.core.currentVisit()).lines

    /** The disk is full when the thumb comes: that is said, and put away when there is room. Nothing has changed. */
    private fun ComposeUiTest.refused(act: () -> Unit) {
        val saved = lines()
        fill()
        act()
        onNodeWithText(FULL, substring = true).assertIsDisplayed()
        assertEquals(saved, lines())
        free()
        onNodeWithText("关闭").performClick()
        waitForIdle()
    }

    private fun ComposeUiTest.checkIn() {
        val started = Town.start()
        assumeTrue(started != null)
        town = checkNotNull(started)
        stage = opened()
        setContent { XundianApp(stage.models) }
        onNodeWithTag("server").performTextInput("http://127.0.0.1:${town.port}")
        onNodeWithTag("code").performTextInput(town.ask("code ZY01"))
        tap("enrol")
        tap("stop1")
        tap("check-in")
        tap("next")
    }

    /** The app ends on the full phone and cannot be opened there; when it can, it is in the visit with all that was saved. */
    private fun ComposeUiTest.endsAndComesBack() {
        val saved = lines()
        fill()
        stage.models.schedule.askedNow()
        assertEquals(Text.ERR_STORAGE_FULL, stage.models.schedule.state.value.problem?.text)
        stage.core.pause()
        assertThrows(CoreException.StorageFull::class.java) { stage.core.resume() }
        free()
        stage.killAndReopen()
        waitForIdle()
        assertEquals(Route.Visit, stage.models.go.here)
        assertEquals(saved, lines())
        tap("next")
    }

    private fun ComposeUiTest.count() {
        val rows = checkNotNull(stage.models.count.state.value.value).items.map { it.sku }
        tapRow(rows[0], "units-plus")
        refused { tapRow(rows[1], "units-plus") }
        assertEquals(1, checkNotNull(stage.models.count.state.value.value).counted, "what was not saved is not shown")
        endsAndComesBack()
        assertEquals(1, checkNotNull(stage.models.count.state.value.value).counted)
        rows.drop(1).take(4).forEach { tapRow(it, "units-plus") }
        tap("finish")
    }

    private fun ComposeUiTest.takePhoto() {
        refused { tap("before") }
        assertEquals(0uL, stage.core.outbox().photos.count)
        tap("before")
        assertEquals(1uL, stage.core.outbox().photos.count)
        tap("finish")
    }

    @Test
    fun `a visit on a full phone loses nothing, and is checked out when there is room`() = runComposeUiTest {
        checkIn()
        count()
        wantMoreOfFirst()
        tap("finish")
        takePhoto()
        tap("finish")
        refused {
            assertThrows(CoreException.StorageFull::class.java) { stage.core.checkOut() }
            tap("seal")
        }
        tap("seal")
        onNodeWithTag("code").assertExists()
        assertNull(stage.core.currentVisit())
        assertEquals("1" to "1", town.ask("facts") to town.ask("orders"))
    }

    @Test
    fun `an app that is opened on a full phone says so, and opens when there is room`() = runComposeUiTest {
        fun open() = try {
            View(opened().models)
        } catch (full: CoreException) {
            View<AppModels>(problem = Messages.of(full))
        }
        fill()
        var view by mutableStateOf(open())
        setContent { OpeningApp(view, Look()) { view = open() } }
        onNodeWithText(FULL, substring = true).assertIsDisplayed()
        free()
        onNodeWithText("重试").performClick()
        waitForIdle()
        onNodeWithTag("scan").assertExists()
    }

    private companion object {
        const val FULL = "手机空间满了"
    }
}
