package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.domain.Promise
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** The day and the hours of the delivery, by a thumb that is quicker than the core. */
@OptIn(ExperimentalCoroutinesApi::class)
class PromiseTest {
    private fun TestScope.confirming(): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(1))
        models.reload(Route.At(Step.ORDER_CONFIRMATION))
        runCurrent()
    }

    private val Setting.promise get() = models.confirm.state.value.value?.quote?.promise

    @Test
    fun `a day and a window that are tapped before the first of them is saved are both promised`() = runTest {
        val setting = confirming()
        val both = Promise(FakeData.days[2], "14:00-17:00")
        setting.models.confirm.day(both.day)
        setting.models.confirm.window(both.window)
        assertEquals(both, setting.promise, "shown before it is saved")
        runCurrent()
        assertEquals(both to both, setting.promise to setting.core.quote().promise)
    }

    @Test
    fun `a day that could not be saved is not shown`() = runTest {
        val setting = confirming()
        val before = setting.promise
        setting.core.failure = CoreException.StorageFull()
        setting.models.confirm.day(FakeData.days[2])
        runCurrent()
        assertEquals(before to Text.ERR_STORAGE_FULL, setting.promise to setting.models.confirm.state.value.problem?.text)
    }
}
