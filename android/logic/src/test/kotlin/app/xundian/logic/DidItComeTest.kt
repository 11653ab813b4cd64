package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.domain.SkuUnits
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.Job
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import java.time.LocalDate

/** The owner's answer decides what was sold: it is shown as it was meant, and a slip of the thumb is mended. */
@OptIn(ExperimentalCoroutinesApi::class)
class DidItComeTest {
    @Test
    fun `an answer is told as it was given, and taken back it is asked again`() = runTest {
        val setting = Setting(this)
        setting.core.beginVisit(FakeData.id(1))
        val count = setting.models.count
        fun screen() = checkNotNull(count.state.value.value)
        fun after(deed: () -> Job) = deed().let { runCurrent(); screen() }
        val awaited = after { count.load() }.awaited.single()
        val (item, units) = awaited.lines.single()
        fun told(screen: CountScreen) = screen.seen.single().let { it.isAll to it.isNothing }
        assertEquals(true to false, told(after { count.itCame(awaited) }))
        assertEquals(false to true, told(after { count.nothingCame(awaited) }))
        assertEquals(false to false, told(after { count.answer(awaited, listOf(SkuUnits(item.sku, units - 1))) }))
        assertEquals(emptyList<AwaitedOrder>(), screen().awaited)
        val again = after { count.askAgain(screen().seen.single()) }
        assertEquals(listOf(awaited) to emptyList<SeenOrder>(), again.awaited to again.seen)
    }

    @Test
    fun `the day is that on which it should have come, and is looked for once`() = runTest {
        val setting = Setting(this)
        setting.core.beginVisit(FakeData.id(1))
        repeat(2) {
            setting.models.count.load()
            runCurrent()
        }
        assertEquals(mapOf(FakeData.EARLIER to LocalDate.of(2026, 7, 22)), setting.models.count.due.value, "it was put off by a day")
        assertEquals(1, setting.core.calls.count { it == "orderCard" })
    }

    @Test
    fun `an order of another phone is asked about without its day`() = runTest {
        val setting = Setting(this)
        setting.core.onOrderCard = { throw CoreException.NotFound("unknown_order") }
        setting.core.beginVisit(FakeData.id(1))
        repeat(2) {
            setting.models.count.load()
            runCurrent()
        }
        assertEquals(mapOf(FakeData.EARLIER to null), setting.models.count.due.value)
        assertEquals(1 to null, setting.core.calls.count { it == "orderCard" } to setting.models.count.state.value.problem)
    }
}
