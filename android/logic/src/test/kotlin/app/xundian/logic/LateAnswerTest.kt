package app.xundian.logic

import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** The system has ended the app behind the camera that was to see the office's QR, or behind the file picker. */
@OptIn(ExperimentalCoroutinesApi::class)
class LateAnswerTest {
    private fun TestScope.reopened(core: FakeCore, saw: String? = null): Setting = Setting(this, core).apply {
        saw?.let { shell.scans.trySend(it) }
        models.start()
        runCurrent()
    }

    @Test
    fun `the QR that was photographed enrols, and the route follows`() = runTest {
        val setting = reopened(FakeCore(rep = null), FakeData.INVITATION)
        assertEquals(Triple("ZY01", Route.Today, 1), Triple(setting.core.rep(), setting.models.go.here, setting.core.syncs))
        assertEquals("https://xundian.example:8443", setting.core.server())
    }

    @Test
    fun `a photo without a code is said on the form, also where the app begins elsewhere, and the next one enrols`() = runTest {
        for (core in listOf(FakeCore(rep = null), FakeCore())) {
            val setting = reopened(core, saw = "")
            assertEquals(Route.Enrol to Text.ERR_NO_QR, setting.models.go.here to setting.models.enrol.state.value.problem?.text)
            setting.shell.seen = FakeData.INVITATION
            setting.models.enrol.scan()
            runCurrent()
            assertEquals(listOf<Route>(Route.Today) to 1, setting.models.go.routes.value to core.calls.count { it == "enrolInvited" })
        }
    }

    @Test
    fun `a file that was picked is asked for again where it is picked, and nothing was brought back`() = runTest {
        val setting = reopened(FakeCore())
        setting.shell.picked.trySend(Unit)
        runCurrent()
        setting.models.reload(setting.models.go.here)
        runCurrent()
        assertEquals(Route.Settings to Text.ERR_PICK_AGAIN, setting.models.go.here to setting.models.settings.state.value.problem?.text)
        assertEquals(0, setting.core.calls.count { it == "importJournal" })
        setting.models.settings.importJournal("7K4M-PQ2R-9XVA")
        runCurrent()
        assertEquals(null to 1, setting.models.settings.state.value.problem to setting.core.calls.count { it == "importJournal" })
    }
}
