package app.xundian.logic

import app.xundian.device.Line
import app.xundian.device.Receiver
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

@OptIn(ExperimentalCoroutinesApi::class)
class ReceiverTest {
    private fun TestScope.confirming(): Setting = Setting(this).apply {
        models.card.show(FakeData.id(1))
        runCurrent()
        models.card.checkIn()
        runCurrent()
        models.reload(Route.At(Step.ORDER_CONFIRMATION))
        runCurrent()
    }

    private val Setting.screen get() = checkNotNull(models.confirm.state.value.value)

    @Test
    fun `somebody else receives this order, and then the usual one after all`() = runTest {
        val setting = confirming()
        val confirm = setting.models.confirm
        val usual = setting.screen.quote.receiver
        assertEquals(FakeData.contact.owner, usual.name)
        assertFalse(setting.screen.isReceiverNamed)
        confirm.nameReceiver(Receiver("  店员 ", " 0532-0000000 "))
        confirm.saveReceiver()
        runCurrent()
        assertEquals(Receiver("店员", "0532-0000000"), setting.core.lines.filterIsInstance<Line.Receiver>().single().v1)
        assertTrue(setting.screen.isReceiverNamed)
        assertNull(confirm.receiver.value, "the form is closed")
        confirm.usualReceiver()
        runCurrent()
        assertEquals(usual, setting.screen.quote.receiver)
        assertFalse(setting.screen.isReceiverNamed)
    }

    @Test
    fun `a name that is refused stays open with its text`() = runTest {
        val setting = confirming()
        val long = Receiver("长".repeat(61), "")
        setting.models.confirm.nameReceiver(long)
        setting.models.confirm.saveReceiver()
        runCurrent()
        assertEquals(long, setting.models.confirm.receiver.value)
        assertNotNull(setting.models.confirm.state.value.problem)
        setting.models.confirm.nameReceiver(Receiver("长", ""))
        assertNull(setting.models.confirm.state.value.problem, "typing on puts it away")
    }

    @Test
    fun `what was begun in one shop is not there in the next`() = runTest {
        val setting = confirming()
        setting.models.confirm.nameReceiver(Receiver("店员", ""))
        setting.models.card.show(FakeData.id(2))
        runCurrent()
        setting.models.card.sealAndCheckIn()
        runCurrent()
        assertNull(setting.models.confirm.receiver.value)
    }
}
