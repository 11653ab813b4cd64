package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performTextInput
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.StopState
import app.xundian.domain.VisitResult
import app.xundian.fake.Weather
import app.xundian.logic.NewStoreScreen
import app.xundian.logic.Route
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.minutes

/** Killed beside the steps of a visit, each of which WholeDayTest does: what was saved is there, and what was not sealed is not. */
@OptIn(ExperimentalTestApi::class)
class KilledTest : TownDay() {
    @Test
    fun `right after the check-in the visit is open, and the server does not hear of it`() = runComposeUiTest(testTimeout = 2.minutes) {
        enrol("ZY01")
        openCard(1)
        tap("check-in")
        val begun = checkNotNull(stage.core.currentVisit())
        reopen()
        assertEquals(Route.Visit, stage.models.go.here)
        assertEquals(begun, stage.core.currentVisit())
        assertEquals(StopState.Visiting, stateAt(1))
        assertEquals(0uL to "0", stage.core.outbox().unsent to town.ask("facts"))
    }

    @Test
    fun `right after the seal the visit is over with its order, waits, and goes once`() = runComposeUiTest(testTimeout = 2.minutes) {
        enrol("ZY01")
        road.weather = Weather.NO_NETWORK
        sell(1)
        val order = stage.core.ordersOfToday().single().order
        reopen()
        assertEquals(Route.Today, stage.models.go.here)
        assertNull(stage.core.currentVisit())
        assertEquals(StopState.Done(VisitResult.COMPLETE), stateAt(1))
        assertEquals(order, stage.core.ordersOfToday().single().order)
        assertEquals(1uL to "0", stage.core.outbox().unsent to town.ask("facts"))
        road.weather = Weather.CLEAR
        repeat(2) {
            reopen()
            assertEquals(0uL, stage.core.outbox().unsent)
            assertEquals("1" to "1", town.ask("facts") to town.ask("orders"))
        }
    }

    private fun ComposeUiTest.askToSeal() = listOf("more", "summary", "close-day").forEach { tap(it) }

    @Test
    fun `a day that is asked about is not sealed, and one that was sealed is`() = runComposeUiTest(testTimeout = 2.minutes) {
        enrol("ZY01")
        askToSeal()
        onNodeWithTag("seal-anyway").assertExists()
        reopen()
        assertEquals(Route.Today, stage.models.go.here)
        assertNull(stage.core.dayReport().closed)
        assertEquals(0uL to "0", stage.core.outbox().unsent to town.ask("facts"))
        road.weather = Weather.NO_NETWORK
        askToSeal()
        tap("seal-anyway")
        reopen()
        assertEquals(1u, stage.core.dayReport().closed)
        assertEquals("0", town.ask("facts"))
        road.weather = Weather.CLEAR
        reopen()
        assertEquals("1", town.ask("facts"))
        listOf("more", "summary").forEach { tap(it) }
        onNodeWithTag("closed").assertExists()
    }

    private fun ComposeUiTest.fillIn() {
        go(Route.NewStore)
        onNodeWithTag("store-name").performTextInput(NAME)
        onNodeWithTag("store-street").performScrollTo().performTextInput(stage.core.streets().first().code)
        onNodeWithTag("store-address").performScrollTo().performTextInput("贵州路1号")
        waitForIdle()
    }

    @Test
    fun `a new store that is being written is nowhere, and one that was saved is on this phone and goes`() = runComposeUiTest(testTimeout = 2.minutes) {
        enrol("ZY01")
        fillIn()
        reopen()
        assertEquals(Route.Today, stage.models.go.here)
        assertEquals(NewStoreScreen(), stage.models.newStore.state.value)
        assertTrue(stage.core.searchStores(NAME).isEmpty())
        assertEquals(0uL to "0", stage.core.outbox().unsent to town.ask("facts"))
        fillIn()
        tap("save-store")
        assertEquals(NAME, stage.core.searchStores(NAME).single().name)
        assertEquals(1uL, stage.core.outbox().unsent)
        reopen()
        assertEquals(NAME, stage.core.searchStores(NAME).single().name)
        assertEquals(0uL to "1", stage.core.outbox().unsent to town.ask("facts"))
    }

    private companion object {
        const val NAME = "转角新店"
    }
}
