package app.xundian.logic

import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test

/** What is half entered over the count. */
@OptIn(ExperimentalCoroutinesApi::class)
class CountDraftTest {
    private fun TestScope.counting(): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(1))
        models.count.load()
        runCurrent()
    }

    @Test
    fun `quick taps on a delivery that came in part all count, and no less than nothing came`() = runTest {
        val count = counting().models.count
        val awaited = checkNotNull(count.state.value.value).awaited.single()
        val (item, units) = awaited.lines.single()
        fun came() = (count.draft.value as CountDraft.PartCame).came
        count.open(CountDraft.PartCame(awaited))
        assertEquals(mapOf(item.sku to units), came())
        val step = { by: Int -> count.change<CountDraft.PartCame> { it.step(item.sku, by) } }
        repeat(2) { step(-1) }
        assertEquals(units - 2, came()[item.sku])
        step(-units)
        assertEquals(0, came()[item.sku])
    }

    @Test
    fun `a movement goes on from what is recorded of it until somebody steps`() {
        val draft = MoveDraft(first = 24)
        assertEquals(listOf(24, 7), listOf(draft.units(0), draft.units(7)))
        val stepped = draft.step(recorded = 7, by = 2).copy(reason = "damaged")
        assertEquals(9, stepped.units(7))
        assertEquals(0, stepped.step(recorded = 7, by = -20).units(7))
        assertEquals(stepped, stepped.of(stepped.movement))
        val other = stepped.of(Movement.PICK_UP)
        assertEquals(Movement.PICK_UP to 3, other.movement to other.units(3), "each kind from its own")
        assertEquals("damaged", other.reason)
    }

    @Test
    fun `a sheet that is not open is not changed, and none outlives its visit`() = runTest {
        val setting = counting()
        val count = setting.models.count
        count.open(CountDraft.Typed("21010019", isCases = true, text = "4"))
        count.change<CountDraft.More> { it.copy(expiry = FakeData.DATE) }
        assertEquals(CountDraft.Typed("21010019", isCases = true, text = "4"), count.draft.value)
        setting.models.visit.checkOut()
        runCurrent()
        assertNull(count.draft.value)
    }
}
