package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.domain.PaymentForm
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test

/** What was refused is said, for as long as it is news. */
@OptIn(ExperimentalCoroutinesApi::class)
class RefusalTest {
    /** In step 5 with a wish. */
    private fun TestScope.confirming(): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(1))
        core.saveLine(Line.Intention("21010019", 48, null))
        models.go.goHome(Route.At(Step.ORDER_CONFIRMATION))
        models.confirm.load()
        runCurrent()
    }

    @Test
    fun `a refusal stays said through every reading, until something is done or it is put away`() = runTest {
        val setting = confirming()
        val confirm = setting.models.confirm
        fun problem() = confirm.state.value.problem?.text
        setting.core.failure = CoreException.StorageFull()
        confirm.pay(PaymentForm.ON_ACCOUNT)
        runCurrent()
        setting.models.resumed()
        runCurrent()
        assertEquals(Text.ERR_STORAGE_FULL, problem(), "a reading mends nothing")
        assertFalse(confirm.state.value.isBusy)
        confirm.pay(PaymentForm.ON_ACCOUNT)
        runCurrent()
        assertNull(problem())
        setting.core.failure = CoreException.StorageFull()
        confirm.pay(PaymentForm.CASH)
        runCurrent()
        confirm.dismiss()
        confirm.load()
        runCurrent()
        assertNull(problem())
    }

    @Test
    fun `a reading that fails does not take a refusal with it`() = runTest {
        val setting = confirming()
        val confirm = setting.models.confirm
        setting.core.failure = CoreException.StorageFull()
        confirm.pay(PaymentForm.ON_ACCOUNT)
        runCurrent()
        setting.core.failure = CoreException.Conflict("paused")
        repeat(2) {
            confirm.load()
            runCurrent()
            assertEquals(Text.ERR_STORAGE_FULL to false, confirm.state.value.let { it.problem?.text to it.isBusy })
        }
        assertNull(setting.core.failure, "a reading failed")
    }

    @Test
    fun `a tap that was on its way when another was refused does not take the refusal away`() = runTest {
        val setting = confirming()
        setting.core.failure = CoreException.StorageFull()
        setting.models.confirm.pay(PaymentForm.ON_ACCOUNT)
        setting.models.confirm.window("14:00-17:00")
        runCurrent()
        assertEquals(Text.ERR_STORAGE_FULL, setting.models.confirm.state.value.problem?.text)
        assertEquals("14:00-17:00", setting.models.confirm.state.value.value?.quote?.promise?.window)
    }

    @Test
    fun `a reading that failed is mended by one that goes well`() = runTest {
        val setting = confirming()
        setting.core.failure = CoreException.Conflict("paused")
        setting.models.confirm.load()
        runCurrent()
        assertEquals(Text.ERR_PAUSED, setting.models.confirm.state.value.problem?.text)
        setting.models.confirm.load()
        runCurrent()
        assertNull(setting.models.confirm.state.value.problem)
    }
}
