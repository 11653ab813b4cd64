package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertTextEquals
import androidx.compose.ui.test.hasAnyAncestor
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.StopState
import app.xundian.domain.Step
import app.xundian.domain.VisitResult
import app.xundian.fake.FakeData
import app.xundian.fake.Weather
import app.xundian.logic.Route
import app.xundian.logic.StepState
import app.xundian.logic.stateOf
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.minutes

/** A rep's day by the thumb: the real screens on the real core, against a real server, with the app killed in every step. */
@OptIn(ExperimentalTestApi::class)
class WholeDayTest : TownDay() {
    /** How many products the last shop was asked to count. */
    private var listed = 0

    private fun lines() = checkNotNull(stage.core.currentVisit()).lines

    /** Killed in the middle of [step] and opened again: every line of the visit is still there, and the same step goes on. */
    private fun ComposeUiTest.killedIn(step: Step) {
        val saved = lines()
        assertEquals(StepState.STARTED, saved.stateOf(step), "$step")
        reopen()
        assertEquals(Route.Visit, stage.models.go.here)
        assertEquals(saved, lines(), "$step")
        tap("next")
        assertEquals(Route.At(step), stage.models.go.here)
    }

    private fun ComposeUiTest.count(kill: Boolean) {
        tap("next")
        val rows = checkNotNull(stage.models.count.state.value.value).items.map { it.sku }
        listed = rows.size
        rows.take(ROWS).forEachIndexed { place, sku ->
            onNodeWithTag("rows").performScrollToNode(hasTestTag("row-$sku"))
            if (place < CHANGED) tap("row-$sku-units-plus") else tap("row-$sku-zero")
            if (kill && place == 3) {
                killedIn(Step.STOCK_COUNT)
                assertEquals(4, checkNotNull(stage.models.count.state.value.value).counted)
            }
        }
        if (checkNotNull(stage.models.count.state.value.value).hasBackroom) {
            onNodeWithTag("rows").performScrollToNode(hasTestTag("backroom"))
            tap("backroom")
            tap("row-${rows[0]}-units-plus")
            onNodeWithTag("rows").performScrollToNode(hasTestTag("nothing-else"))
            tap("nothing-else")
        }
        tap("finish")
    }

    private fun ComposeUiTest.suggest(kill: Boolean) {
        tapFirst("wish-", "-plus")
        if (kill) {
            val wished = wished()
            killedIn(Step.SUGGESTED_ORDER)
            assertEquals(wished, wished())
            assertEquals(1, wished.size)
        }
        tap("finish")
    }

    /** What was spoken about with the owner. */
    private fun wished() = checkNotNull(stage.models.suggest.state.value.value).wishes.filter { it.intended != null }.map { it.row.sku to it.intended }

    /** The owner wants one more pack, and the app is killed before the order is sealed. */
    private fun ComposeUiTest.more() {
        tapFirst("line-", "-plus")
        val total = checkNotNull(stage.models.confirm.state.value.value).quote.total
        killedIn(Step.ORDER_CONFIRMATION)
        assertEquals(total, checkNotNull(stage.models.confirm.state.value.value).quote.total)
    }

    /** One shop from the route to the owner's card; gives the taps that it took. */
    private fun ComposeUiTest.visit(stop: Int, kill: Boolean): Int {
        taps = 0
        openCard(stop)
        tap("check-in")
        count(kill)
        suggest(kill)
        tap("before")
        if (kill) {
            killedIn(Step.DISPLAY)
            assertEquals(1, checkNotNull(stage.models.display.state.value.value).before.size)
        }
        tap("finish")
        if (kill) {
            tapFirst("fact-")
            killedIn(Step.COMPETITOR)
            assertEquals(1, checkNotNull(stage.models.competitor.state.value.value).seen.size)
        }
        tap("finish")
        if (kill) more()
        tap("seal")
        onNodeWithTag("code").assertExists()
        onNodeWithTag("qr").assertExists()
        assertEquals(StopState.Done(VisitResult.COMPLETE), stateAt(stop))
        return taps
    }

    /** What the next one here should know: on the card at once, and when it is opened again. */
    private fun ComposeUiTest.note(stop: Int) {
        openCard(stop)
        tap("write-note")
        onNodeWithTag("note-text").performTextInput(FakeData.NOTE)
        tap("save-edit")
        onNodeWithTag("note").assertTextEquals(FakeData.NOTE)
        reopen()
        openCard(stop)
        onNodeWithTag("note").assertTextEquals(FakeData.NOTE)
        assertEquals("2", town.ask("facts"))
        tap("back")
    }

    @Test
    fun `a day with the app killed in every step arrives whole`() = runComposeUiTest(testTimeout = 4.minutes) {
        enrol("ZY01")
        visit(1, kill = true)
        tap("back")
        assertEquals("1", town.ask("facts"))
        note(1)
        tapLanguage("en")
        visit(2, kill = false)
        tap("back")
        tap("more")
        tap("summary")
        tap("close-day")
        tap("seal-anyway")
        onNodeWithTag("closed").assertExists()
        tap("back")
        tap("sync")
        assertEquals("4", town.ask("facts"))
        assertEquals("2", town.ask("orders"))
        assertEquals(0uL, stage.core.outbox().unsent)
    }

    private fun ComposeUiTest.tapLanguage(tag: String) {
        go(Route.Settings)
        tap(tag)
        tap("back")
    }

    @Test
    fun `a visit of thirty rows with an order takes few taps`() = runComposeUiTest(testTimeout = 4.minutes) {
        enrol("ZY01")
        // The first shop is asked for 22 products, the second for more than thirty, and it has a back room.
        val taps = visit(2, kill = false)
        println("taps of a visit with $listed rows: $taps")
        assertTrue(listed >= ROWS, "$listed rows")
        assertTrue(taps <= 75, "$taps taps")
    }

    private fun inStop(text: String, stop: Int) = hasText(text, substring = true) and hasAnyAncestor(hasTestTag("stop$stop"))

    private fun ComposeUiTest.assertSays(text: String, stop: Int) {
        onNode(inStop(text, stop), useUnmergedTree = true).assertExists()
    }

    @Test
    fun `whatever the network is, nothing is said to be sent that was not, and all of it goes later`() = runComposeUiTest(testTimeout = 4.minutes) {
        enrol("ZY01")
        for ((place, weather) in listOf(Weather.NO_NETWORK, Weather.CAPTIVE_PORTAL, Weather.SERVER_ERROR).withIndex()) {
            road.weather = weather
            visit(place + 1, kill = false)
            tap("back")
            assertEquals((place + 1).toULong(), stage.core.outbox().unsent, "$weather")
            assertEquals("0", town.ask("facts"), "$weather")
            // It is tried again now and then.
            waitUntil(timeoutMillis = 10_000) { !stage.models.schedule.state.value.isRunning }
            onNodeWithTag("unsent").assertTextEquals("${place + 1} 条未上传")
            assertSays("送货：未上传", place + 1)
            assertSays("在手机上", place + 1)
            onNode(inStop("在途", place + 1), useUnmergedTree = true).assertDoesNotExist()
        }
        road.weather = Weather.CLEAR
        reopen()
        assertEquals("3", town.ask("facts"))
        assertEquals(0uL, stage.core.outbox().unsent)
    }

    private companion object {
        const val ROWS = 30
        const val CHANGED = 8
    }
}
