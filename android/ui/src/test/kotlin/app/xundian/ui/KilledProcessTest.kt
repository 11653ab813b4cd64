package app.xundian.ui

import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.runComposeUiTest
import app.xundian.device.Line
import app.xundian.device.StopState
import app.xundian.domain.Step
import app.xundian.fake.Weather
import app.xundian.logic.RealCore
import app.xundian.logic.Route
import app.xundian.logic.Signals
import app.xundian.logic.units
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.time.Duration.Companion.minutes

/** A process that is killed in the middle of what it does, and the app that opens its file. */
@OptIn(ExperimentalTestApi::class)
class KilledProcessTest : TownDay() {
    private fun enrolment(code: String = town.ask("code ZY01")) = "enrol ${road.address} $code"

    /** It has done this. */
    private fun KilledApp.did(vararg told: String) = told.forEach { what ->
        tell(what)
        assertEquals("done", hear(), what)
    }

    /** It waits on a bad road for an answer, as the [place]th one. */
    private fun KilledApp.waits(told: String, weather: Weather, place: Int) {
        road.weather = weather
        tell(told)
        val patience = System.nanoTime() + PATIENCE_NS
        while (road.held.get() < place) {
            assertTrue(System.nanoTime() < patience, "nobody waits for the server")
            Thread.sleep(10)
        }
    }

    /** As it lies in the file, before the app does anything with it. */
    private fun <R> look(at: (RealCore) -> R): R = RealCore.open(file.path, clocks, null, Signals()).use(at)

    /** What it had said to be saved, of each product the last. */
    private fun killedInTheCount(): Map<String, Int> = KilledApp(file, clocks).use { app ->
        app.did(enrolment(), "visit")
        app.tell("count")
        val said = MutableList(HEARD) { checkNotNull(app.hear()) }
        app.close()
        said += generateSequence { app.hear() }
        said.associate { line -> line.split(' ').let { (sku, round) -> sku to round.toInt() } }
    }

    @Test
    fun `a visit that is killed while it is written has every row that was saved, and goes on`() = runComposeUiTest(testTimeout = 2.minutes) {
        val said = killedInTheCount()
        openApp()
        waitForIdle()
        assertEquals(Route.Visit, stage.models.go.here)
        val lines = checkNotNull(stage.core.currentVisit()).lines.filterIsInstance<Line.Count>()
        val kept = lines.associate { it.v1.sku to checkNotNull(it.v1.shelf.units()) }
        assertTrue(kept.keys.containsAll(said.keys), "$kept of $said")
        // The row that was being written is as it was, or as it became.
        val ahead = kept.filter { (sku, round) -> round != said[sku] }
        assertTrue(ahead.size <= 1 && ahead.all { (sku, round) -> round == (said[sku] ?: 0) + 1 }, "$ahead beyond $said")
        tap("next")
        assertEquals(Route.At(Step.STOCK_COUNT), stage.models.go.here)
        assertEquals(kept.size, checkNotNull(stage.models.count.state.value.value).counted)
        assertEquals("0", town.ask("facts"))
    }

    @Test
    fun `a sync that is killed loses nothing and sends nothing twice, whether the server has heard it or not`() = runComposeUiTest(testTimeout = 2.minutes) {
        KilledApp(file, clocks).use { app ->
            app.did(enrolment(), "visit", "sell")
            app.waits("sync", Weather.SILENT, place = 1)
        }
        assertEquals("0", town.ask("facts"))
        KilledApp(file, clocks).use { it.waits("sync", Weather.UNHEARD, place = 2) }
        assertEquals("1" to "1", town.ask("facts") to town.ask("orders"))
        assertEquals(1uL, look { it.outbox().unsent }, "nothing is said to be sent that nobody has confirmed")
        road.weather = Weather.CLEAR
        openApp()
        waitForIdle()
        assertTrue(stateAt(1) is StopState.Done, "${stateAt(1)}")
        assertEquals(0uL, stage.core.outbox().unsent)
        assertEquals("1" to "1", town.ask("facts") to town.ask("orders"))
    }

    @Test
    fun `an enrolment that is killed before its answer leaves a new phone, and its code is still good here`() = runComposeUiTest(testTimeout = 2.minutes) {
        val code = town.ask("code ZY01")
        for ((place, weather) in listOf(Weather.SILENT, Weather.UNHEARD).withIndex()) {
            KilledApp(file, clocks).use { it.waits(enrolment(code), weather, place + 1) }
            assertNull(look { it.rep() }, "$weather")
        }
        road.weather = Weather.CLEAR
        openApp()
        waitForIdle()
        assertEquals(Route.Enrol, stage.models.go.here)
        enrolWith(code)
    }

    private companion object {
        /** Some rounds of the first shop's products. */
        const val HEARD = 60
        const val PATIENCE_NS = 20_000_000_000L
    }
}
