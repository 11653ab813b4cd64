package app.xundian.logic

import app.xundian.domain.SkuUnits
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.Job
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test

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
}
