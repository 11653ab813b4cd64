package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.domain.FactKind
import app.xundian.domain.SkuUnits
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.Job
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertSame
import org.junit.jupiter.api.Test

/** What was entered in a sheet and could not be saved is still there. */
@OptIn(ExperimentalCoroutinesApi::class)
class RefusedDraftTest {
    private fun TestScope.inStore(): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(1))
        listOf(models.count, models.competitor).forEach { it.load() }
        runCurrent()
    }

    private val Setting.screen get() = checkNotNull(models.count.state.value.value)
    private val Setting.saves get() = core.calls.count { it == "saveLine" || it == "takeBack" }
    private val price = FactDraft(" 竞品甲", "乌龙茶 500ml", FactKind.PRICE, "3.0元 ")

    /** Each sheet over the count, with what its button does. */
    private fun sheets(setting: Setting): List<Pair<CountDraft, () -> Job?>> {
        val (count, awaited, item) = Triple(setting.models.count, setting.screen.awaited.single(), setting.screen.items[1])
        val expiry = FakeData.DATE.plusDays(40)
        return listOf(
            CountDraft.PartCame(awaited).step("21010019", -3) to { count.answer(awaited, listOf(SkuUnits("21010019", 45))) },
            CountDraft.More(item.sku, expiry) to { count.expiry(item, expiry) },
            CountDraft.Elsewhere(item.sku, MoveDraft(stepped = 7)) to { count.move(item, Movement.SELF_BOUGHT, 7) },
            CountDraft.Typed(item.sku, isCases = false, text = "9") to { count.type(item, 9) },
            CountDraft.Typed(item.sku, isCases = true, text = "2") to { count.typeCases(item, 2) },
            CountDraft.More(item.sku) to { count.clear(item) },
        )
    }

    @Test
    fun `a sheet over the count that is refused stays as it was and says why, and closes once it is saved, once`() = runTest {
        val setting = inStore()
        val count = setting.models.count
        for ((sheet, save) in sheets(setting)) {
            count.open(sheet)
            assertNull(count.state.value.problem, "what was refused before is no news here")
            setting.core.failure = CoreException.StorageFull()
            save()
            runCurrent()
            assertEquals(sheet to Text.ERR_STORAGE_FULL, count.draft.value to count.state.value.problem?.text)
            val before = setting.saves
            repeat(2) { save() }
            runCurrent()
            assertEquals(null to 1, count.draft.value to setting.saves - before, "$sheet")
            assertNull(count.state.value.problem)
        }
    }

    @Test
    fun `a row under no sheet takes every tap, and what is changed while it is saved stays open`() = runTest {
        val setting = inStore()
        val (count, item) = setting.models.count to setting.screen.items[1]
        repeat(2) { count.step(item, 1) }
        runCurrent()
        assertEquals(2, setting.saves)
        count.open(CountDraft.Elsewhere(item.sku, MoveDraft(stepped = 7)))
        count.move(item, Movement.SELF_BOUGHT, 7)
        count.change<CountDraft.Elsewhere> { it.copy(move = it.move.step(7, 1)) }
        runCurrent()
        assertEquals(CountDraft.Elsewhere(item.sku, MoveDraft(stepped = 8)), count.draft.value)
        count.move(item, Movement.SELF_BOUGHT, 8)
        runCurrent()
        assertNull(count.draft.value)
        assertEquals(8, setting.core.lines.filterIsInstance<Line.Inflow>().single().v1.units)
    }

    @Test
    fun `a new fact that is refused stays open as it was written, and is saved once`() = runTest {
        val setting = inStore()
        val competitor = setting.models.competitor
        for (draft in listOf(price, price.copy(value = "3.5元", withPhoto = true))) {
            competitor.write(draft)
            val save = setting.core.onSaveLine
            setting.core.onSaveLine = { throw CoreException.StorageFull() }
            competitor.addDraft()
            runCurrent()
            assertEquals(draft to Text.ERR_STORAGE_FULL, competitor.draft.value to competitor.state.value.problem?.text)
            setting.core.onSaveLine = save
            val before = setting.saves
            assertSame(competitor.addDraft(), competitor.addDraft())
            runCurrent()
            assertEquals(null to 1, competitor.draft.value to setting.saves - before)
            assertNull(competitor.state.value.problem)
        }
        assertEquals(listOf("3.0元", "3.5元"), setting.core.lines.filterIsInstance<Line.Competitor>().map { it.v1.value })
    }

    @Test
    fun `where neither the camera opens nor the fact is saved the worse news is said, and the fact stays`() = runTest {
        val setting = inStore()
        val (competitor, save) = setting.models.competitor to setting.core.onSaveLine
        setting.shell.broken = PickFailed(Text.ERR_NO_CAMERA)
        setting.core.onSaveLine = { throw CoreException.StorageFull() }
        competitor.write(price.copy(withPhoto = true))
        competitor.addDraft()
        runCurrent()
        assertEquals(price.copy(withPhoto = true) to Text.ERR_STORAGE_FULL, competitor.draft.value to competitor.state.value.problem?.text)
        setting.core.onSaveLine = save
        competitor.addDraft()
        runCurrent()
        assertEquals(null to Text.ERR_NO_CAMERA, competitor.draft.value to competitor.state.value.problem?.text)
    }
}
