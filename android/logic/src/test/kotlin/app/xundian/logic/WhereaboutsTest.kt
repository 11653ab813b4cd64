package app.xundian.logic

import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

@OptIn(ExperimentalCoroutinesApi::class)
class WhereaboutsTest {
    @Test
    fun `whatever is known of the position, the visit begins and ends`() = runTest {
        for (whereabouts in Whereabouts.entries) {
            val setting = Setting(this)
            setting.shell.whereabouts.value = whereabouts
            setting.models.card.show(FakeData.id(1))
            runCurrent()
            setting.models.card.checkIn()
            runCurrent()
            assertEquals(FakeData.id(1), setting.core.visit?.store, "$whereabouts")
            setting.models.visit.checkOut()
            runCurrent()
            assertNull(setting.core.visit, "$whereabouts")
        }
    }

    @Test
    fun `the card and the visit say what the platform says, as it changes, and lead to its settings`() = runTest {
        val setting = Setting(this)
        setting.shell.whereabouts.value = Whereabouts.DENIED
        assertEquals(Whereabouts.DENIED to Whereabouts.DENIED, setting.models.card.whereabouts.value to setting.models.visit.whereabouts.value)
        setting.models.card.openSettings()
        setting.models.visit.openSettings()
        assertEquals(2, setting.shell.settingsOpened)
        setting.shell.whereabouts.value = Whereabouts.KNOWN
        assertEquals(Whereabouts.KNOWN, setting.models.visit.whereabouts.value)
    }

    @Test
    fun `a fix that came is on the route and on its plan, and other screens read nothing for it`() = runTest {
        val setting = Setting(this)
        val unplaced = setting.core.today().let { today -> today.copy(here = null, stops = today.stops.map { it.copy(distanceM = null) }) }
        val placed = setting.core.today()
        for (route in listOf(Route.Today, Route.Plan, Route.Summary)) {
            setting.core.onToday = { unplaced }
            setting.models.today.load()
            runCurrent()
            setting.core.onToday = { placed }
            setting.models.go.replaceAll(route)
            setting.models.positionCame()
            runCurrent()
            val shown = checkNotNull(setting.models.today.state.value.value).today
            assertEquals(if (route.wantsDistances) placed else unplaced, shown, "$route")
        }
    }

    @Test
    fun `a fix that came says which streets are the nearest to a new store`() = runTest {
        val setting = Setting(this)
        setting.models.go.replaceAll(Route.NewStore)
        setting.models.reload(Route.NewStore)
        runCurrent()
        val nearest = FakeData.streets.reversed()
        setting.core.onStreets = { nearest }
        assertTrue(setting.models.go.here.wantsDistances)
        setting.models.positionCame()
        runCurrent()
        assertEquals(nearest, setting.models.newStore.streets.value)
    }

    @Test
    fun `only what the rep should know has words`() {
        assertEquals(
            listOf(null, null, Text.WHERE_NO_FIX, Text.WHERE_DENIED, Text.WHERE_MOCK),
            listOf(Whereabouts.SEEKING, Whereabouts.KNOWN, Whereabouts.NO_FIX, Whereabouts.DENIED, Whereabouts.MOCK).map { Labels.of(it) },
        )
    }
}
