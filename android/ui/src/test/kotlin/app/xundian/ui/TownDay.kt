package app.xundian.ui

import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextReplacement
import app.xundian.device.StopState
import app.xundian.fake.Road
import app.xundian.fake.Town
import app.xundian.logic.Route
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Assumptions.assumeTrue
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.io.TempDir
import java.io.File

/** A day in the town: the real screens on the real core, a server behind a road that can be bad, and the thumb. */
@OptIn(ExperimentalTestApi::class)
abstract class TownDay {
    @TempDir
    lateinit var folder: File
    protected lateinit var town: Town
    protected lateinit var road: Road
    protected val clocks = Monday()
    protected val file get() = File(folder, "phone.sqlite")

    /** Opened when it is first asked for. */
    protected val stage by lazy { RealStage(file, clocks) }
    protected var taps = 0

    @BeforeEach
    fun `there is a town`() {
        val started = Town.start()
        assumeTrue(started != null)
        town = checkNotNull(started)
        road = Road(town)
    }

    @AfterEach
    fun `the town ends`() {
        if (::road.isInitialized) road.close()
        if (::town.isInitialized) town.close()
    }

    protected fun ComposeUiTest.tap(tag: String) {
        taps++
        onNodeWithTag(tag).performClick()
        waitForIdle()
    }

    /** The first thing on the screen whose tag is of this kind. */
    protected fun ComposeUiTest.tapFirst(prefix: String, suffix: String = "") {
        taps++
        onAllNodes(tagged(prefix, suffix)).onFirst().performClick()
        waitForIdle()
    }

    private fun tagged(prefix: String, suffix: String) = SemanticsMatcher("a tag $prefix…$suffix") {
        val tag = it.config.getOrNull(SemanticsProperties.TestTag).orEmpty()
        tag.startsWith(prefix) && tag.endsWith(suffix)
    }

    protected fun ComposeUiTest.openApp() = setContent { XundianApp(stage.models) }

    protected fun ComposeUiTest.enrol(rep: String) {
        openApp()
        enrolWith(town.ask("code $rep"))
    }

    /** On the form, which may have the address of before. */
    protected fun ComposeUiTest.enrolWith(code: String) {
        onNodeWithTag("server").performTextReplacement(road.address)
        onNodeWithTag("code").performTextReplacement(code)
        tap("enrol")
        onNodeWithTag("stop1").assertIsDisplayed()
    }

    protected fun ComposeUiTest.reopen() {
        stage.killAndReopen()
        waitForIdle()
    }

    /** To a screen that the thumb reaches by a button without a tag. */
    protected fun ComposeUiTest.go(to: Route) {
        stage.models.go.go(to)
        waitForIdle()
    }

    protected fun ComposeUiTest.openCard(stop: Int) {
        onNodeWithTag("route").performScrollToNode(hasTestTag("stop$stop"))
        tap("stop$stop")
    }

    /** A short visit with an order and one photo, from the route to the owner's card. */
    protected fun ComposeUiTest.sell(stop: Int) {
        openCard(stop)
        tap("check-in")
        tap("next")
        checkNotNull(stage.models.count.state.value.value).items.take(COUNTED).forEach { item ->
            onNodeWithTag("rows").performScrollToNode(hasTestTag("row-${item.sku}"))
            tap("row-${item.sku}-units-plus")
        }
        tap("finish")
        tapFirst("wish-", "-plus")
        listOf("finish", "before", "finish", "finish", "seal").forEach { tap(it) }
    }

    /** How it stands with a stop of the route, in the core. */
    protected fun stateAt(stop: Int): StopState = stage.core.today().stops[stop - 1].state

    private companion object {
        const val COUNTED = 5
    }
}
