package app.xundian.logic

import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test

@OptIn(ExperimentalCoroutinesApi::class)
class ScanTest {
    /** A new phone whose camera sees [seen]. */
    private fun TestScope.scanned(seen: String?): Setting = Setting(this, FakeCore(rep = null)).apply {
        models.start()
        runCurrent()
        shell.seen = seen
        models.enrol.scan()
        runCurrent()
    }

    private fun Setting.problem() = models.enrol.state.value.problem?.text

    @Test
    fun `the office's QR enrols at once`() = runTest {
        val setting = scanned(FakeData.INVITATION)
        assertEquals(Route.Today to 1, setting.models.go.here to setting.core.syncs)
        assertEquals("https://xundian.example:8443", setting.core.server())
        assertEquals(EnrolScreen(server = "https://xundian.example:8443"), setting.models.enrol.state.value)
    }

    @Test
    fun `another QR, another company and a picture without one are said, and the next try enrols`() = runTest {
        val other = FakeData.INVITATION.replace(FakeData.KEY, "f".repeat(64))
        val asked = mapOf("https://u.wechat.example/abc" to Text.ERR_NOT_OUR_QR, other to Text.ERR_OTHER_COMPANY, "" to Text.ERR_NO_QR)
        for ((seen, text) in asked) {
            val setting = scanned(seen)
            assertEquals(text, setting.problem())
            assertEquals(Route.Enrol to null, setting.models.go.here to setting.core.rep())
            setting.shell.seen = FakeData.INVITATION
            setting.models.enrol.scan()
            runCurrent()
            assertEquals(Route.Today, setting.models.go.here)
        }
    }

    @Test
    fun `who turns back from the camera finds the form as it was`() = runTest {
        val setting = Setting(this, FakeCore(rep = null))
        setting.models.enrol.server("https://xundian.example")
        setting.models.enrol.scan()
        runCurrent()
        assertEquals(EnrolScreen(server = "https://xundian.example"), setting.models.enrol.state.value)
        assertNull(setting.core.rep())
    }
}
