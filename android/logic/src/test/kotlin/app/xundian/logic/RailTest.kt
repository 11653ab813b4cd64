package app.xundian.logic

import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

/** What the rail says of a step that is called done. */
@OptIn(ExperimentalCoroutinesApi::class)
class RailTest {
    private fun TestScope.counting(store: Int): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(store))
        models.count.load()
        runCurrent()
    }

    private fun TestScope.uncounted(setting: Setting): Int? {
        setting.models.visit.load()
        runCurrent()
        return setting.models.visit.state.value.value?.uncounted
    }

    private fun TestScope.counted(setting: Setting, rows: Int) {
        val count = setting.models.count
        checkNotNull(count.state.value.value).items.take(rows).forEach { count.zero(it) }
        count.finish()
        runCurrent()
    }

    @Test
    fun `a count that is called done says how many products nobody counted`() = runTest {
        val setting = counting(store = 1)
        assertEquals(0, uncounted(setting), "it is not called done")
        counted(setting, rows = 3)
        assertEquals(5, uncounted(setting))
        counted(setting, rows = 8)
        assertEquals(0, uncounted(setting))
    }

    @Test
    fun `where there is a back room a shelf alone is no count`() = runTest {
        val setting = counting(store = 2)
        counted(setting, rows = 8)
        assertEquals(8, uncounted(setting))
        setting.models.count.look(Place.BACKROOM)
        counted(setting, rows = 2)
        assertEquals(6, uncounted(setting))
    }
}
