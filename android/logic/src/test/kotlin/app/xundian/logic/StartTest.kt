package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** A phone that cannot be read is not a new one. */
@OptIn(ExperimentalCoroutinesApi::class)
class StartTest {
    private fun TestScope.started(prepare: Setting.() -> Unit): Setting = Setting(this).apply(prepare).apply {
        models.start()
        runCurrent()
    }

    private val Setting.said get() = models.first.state.value.problem?.text

    @Test
    fun `a first reading that fails is said, enrols nobody and sends nothing`() = runTest {
        val setting = started {
            core.onRep = { throw CoreException.Corrupt("") }
            core.onResume = { throw CoreException.Corrupt("") }
        }
        setting.models.networkCame()
        runCurrent()
        assertEquals(listOf<Route>(Route.Start), setting.models.go.routes.value)
        assertEquals(Text.ERR_DAMAGED to 0, setting.said to setting.core.syncs)
    }

    @Test
    fun `damage that a screen meets leads away from it, and from there to a new file`() = runTest {
        val setting = started { core.onRep = { "ZY01" } }
        val damage = CoreException.Corrupt("phone.sqlite.damaged-1")
        setting.core.onToday = { throw damage }
        setting.core.onRep = { throw damage }
        setting.core.onResume = { setting.core.onRep = { null } }
        setting.models.today.load()
        runCurrent()
        assertEquals(listOf<Route>(Route.Start), setting.models.go.routes.value)
        assertEquals(Text.ERR_CORRUPT, setting.said)
        setting.models.first.find()
        runCurrent()
        assertEquals(listOf<Route>(Route.Enrol), setting.models.go.routes.value)
        assertEquals(1, setting.core.calls.count { it == "resume" })
    }

    @Test
    fun `damage that a sync meets does the same, and the visit of the old file is forgotten`() = runTest {
        val setting = started {
            core.onRep = { "ZY01" }
            core.beginVisit(FakeData.id(1))
        }
        assertEquals(Route.Visit, setting.models.go.here)
        setting.models.visit.load()
        runCurrent()
        setting.models.today.load()
        runCurrent()
        setting.core.onSync = { throw CoreException.Corrupt("phone.sqlite.damaged-1") }
        setting.core.onRep = { throw CoreException.Corrupt("phone.sqlite.damaged-1") }
        setting.models.schedule.askedNow()
        runCurrent()
        assertEquals(listOf<Route>(Route.Start), setting.models.go.routes.value)
        assertEquals(listOf(null, null), listOf(setting.models.visit.state.value.value, setting.models.today.state.value.value))
    }

    @Test
    fun `damage that the reckoning of an order meets is not taken for an order without lines`() = runTest {
        val setting = started {
            core.beginVisit(FakeData.id(1))
            core.saveLine(Line.Intention("21010019", 48, null))
        }
        assertEquals(Route.Visit, setting.models.go.here)
        val damage = CoreException.Corrupt("phone.sqlite.damaged-1")
        setting.core.onQuote = { throw damage }
        setting.core.onRep = { throw damage }
        setting.models.visit.load()
        runCurrent()
        assertEquals(listOf<Route>(Route.Start), setting.models.go.routes.value)
        assertEquals(Text.ERR_CORRUPT, setting.said)
    }

    @Test
    fun `a late word of a file that is gone by now leads nowhere`() = runTest {
        val setting = started { core.onRep = { "ZY01" } }
        setting.core.onSync = { throw CoreException.Corrupt("phone.sqlite.damaged-1") }
        setting.models.schedule.askedNow()
        runCurrent()
        assertEquals(Route.Today, setting.models.go.here)
    }

    @Test
    fun `a visit that cannot be read keeps nobody from the route, and what the camera took for it waits`() = runTest {
        val setting = started {
            core.beginVisit(FakeData.id(1))
            shell.late.trySend(LatePhoto(PhotoPurpose.Before, byteArrayOf(1)))
            core.onCurrentVisit = { throw CoreException.Internal("disk") }
        }
        assertEquals(listOf<Route>(Route.Today), setting.models.go.routes.value)
        assertEquals(null to 0, setting.said to setting.core.lines.size)
        setting.core.onCurrentVisit = { setting.core.visit?.copy(lines = setting.core.lines.toList()) }
        setting.models.resumed()
        runCurrent()
        assertEquals(1, setting.core.lines.filterIsInstance<Line.PhotoBefore>().size)
    }

    @Test
    fun `an app that comes back reads again, once, and then shows the route`() = runTest {
        val setting = started { core.onRep = { throw CoreException.Conflict("busy") } }
        assertEquals(Text.ERR_BUSY, setting.said)
        setting.core.onRep = { "ZY01" }
        val before = setting.core.calls.count { it == "rep" }
        setting.models.resumed()
        assertNull(setting.models.first.find(), "it is on its way")
        runCurrent()
        assertEquals(Route.Today to 1, setting.models.go.here to setting.core.syncs)
        assertEquals(before + 1, setting.core.calls.count { it == "rep" })
    }

    @Test
    fun `who has gone on before it is read stays there`() = runTest {
        val setting = Setting(this)
        setting.models.start()
        setting.models.go.go(Route.Search)
        runCurrent()
        assertEquals(Route.Search, setting.models.go.here)
        assertTrue(setting.core.syncs > 0)
    }
}
