package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** The form as it is filled in at the counter. */
@OptIn(ExperimentalCoroutinesApi::class)
class EnrolTest {
    private fun TestScope.asks(setting: Setting, server: String) {
        setting.models.enrol.server(server)
        setting.models.enrol.code("ABCD2345")
        setting.models.enrol.enrol()
        runCurrent()
    }

    @Test
    fun `an address without a scheme is one of https, any other is asked as it was written`() = runTest {
        val asked = mutableListOf<String>()
        val setting = Setting(this, FakeCore(rep = null)).apply { core.onEnrol = { server, _ -> asked += server } }
        val typed = listOf(" xundian.example ", "xundian.example:8443/", "https://xundian.example", "http://127.0.0.1:9")
        typed.forEach { asks(setting, it) }
        assertEquals(listOf("https://xundian.example", "https://xundian.example:8443/", "https://xundian.example", "http://127.0.0.1:9"), asked)
    }

    @Test
    fun `what went wrong on the road, or with the code, is said for the form, which stays as it was written`() = runTest {
        val setting = Setting(this, FakeCore(rep = null))
        val failures = mapOf(
            CoreException.Network(true, "no_answer") to Text.ENROL_NO_ANSWER,
            CoreException.Network(false, "puzzled") to Text.ENROL_NOT_OURS,
            CoreException.InvalidInput("server", "bad_address") to Text.ENROL_ADDRESS,
            CoreException.Unauthorized("wrong_code") to Text.ENROL_WRONG_CODE,
            CoreException.Conflict("visit_open") to Text.ENROL_VISIT_OPEN,
            CoreException.Conflict("busy") to Text.ERR_BUSY,
        )
        for ((failure, text) in failures) {
            setting.core.failure = failure
            asks(setting, "xundian.example")
            assertEquals(text, setting.models.enrol.state.value.problem?.text)
            assertEquals("xundian.example", setting.models.enrol.state.value.server)
            assertTrue(setting.models.enrol.state.value.canTry)
        }
    }

    @Test
    fun `an enrolment that is stopped before it has begun says so, and is asked for again`() = runTest {
        val setting = Setting(this, FakeCore(rep = null))
        val model = setting.models.enrol
        model.server("xundian.example")
        model.code("ABCD2345")
        model.enrol()
        model.cancel()
        runCurrent()
        assertEquals(Text.ERR_CANCELLED to null, model.state.value.problem?.text to setting.core.rep())
        model.enrol()
        runCurrent()
        assertEquals("ZY01", setting.core.rep())
        assertEquals(1, setting.core.calls.count { it == "enrol" })
    }

    @Test
    fun `the next rep on a shared phone sees nothing of the last one's, and who enrols again keeps her place`() = runTest {
        for ((next, isForgotten) in mapOf("ZY01" to false, "ZY02" to true)) {
            val setting = Setting(this)
            val models = setting.models
            listOf(models.outbox, models.today, models.summary, models.settings).forEach { it.load() }
            models.card.show(FakeData.id(2))
            runCurrent()
            models.card.writeNote(checkNotNull(models.card.state.value.value))
            models.go.go(Route.Enrol)
            // The first reading of the new one never comes.
            setting.core.onEnrol = { _, _ -> setting.core.onRep = { next } }
            setting.core.onOutbox = { throw CoreException.Internal("not yet") }
            asks(setting, "xundian.example")
            val left = listOf(models.outbox, models.today, models.summary, models.settings, models.card).map { it.state.value.value }
            assertEquals(isForgotten, left.all { it == null }, next)
            assertEquals(isForgotten, models.card.edit.value == null, next)
        }
    }

    @Test
    fun `an enrolment that ends when the rep has gone on leaves her where she is`() = runTest {
        val setting = Setting(this)
        setting.models.go.go(Route.Enrol)
        setting.core.onEnrol = { _, _ -> setting.models.go.goHome(Route.Visit) }
        asks(setting, "xundian.example")
        assertEquals(listOf(Route.Today, Route.Visit), setting.models.go.routes.value)
        assertEquals(1, setting.core.syncs)
    }
}
