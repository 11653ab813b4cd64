package app.xundian.logic

import app.xundian.device.Line
import app.xundian.domain.Doubt
import app.xundian.domain.PlaceCount
import app.xundian.domain.Question
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** What was entered for the wrong row goes without a trace: unknown is never zero. */
@OptIn(ExperimentalCoroutinesApi::class)
class TakenBackTest {
    private fun TestScope.at(step: Step, store: Int = 1): Setting = Setting(this).apply {
        models.card.show(FakeData.id(store))
        runCurrent()
        models.card.checkIn()
        runCurrent()
        models.reload(Route.At(step))
        runCurrent()
    }

    private val Setting.count get() = checkNotNull(models.count.state.value.value)
    private val Setting.display get() = checkNotNull(models.display.state.value.value)

    @Test
    fun `a count that is taken back is not counted rather than zero`() = runTest {
        val setting = at(Step.STOCK_COUNT)
        val item = setting.count.items[0]
        setting.models.count.type(item, 90)
        setting.models.count.zero(setting.count.items[1])
        runCurrent()
        assertEquals(1 to 2, setting.count.questions to setting.count.counted)
        setting.models.count.clear(item)
        assertNull(setting.count.here(setting.count.items[0]), "shown before it is saved")
        assertEquals(0, setting.count.questions)
        runCurrent()
        assertNull(setting.count.here(setting.count.items[0]))
        assertEquals(1, setting.count.counted)
        assertEquals(listOf(setting.count.items[1].sku), setting.core.lines.filterIsInstance<Line.Count>().map { it.v1.sku })
        assertNull(setting.models.count.clear(item), "there is nothing to take back")
    }

    @Test
    fun `a count that is taken back takes the word that it stands with it`() = runTest {
        val setting = at(Step.STOCK_COUNT)
        setting.models.count.type(setting.count.items[0], 90)
        runCurrent()
        setting.models.count.stands(setting.count.items[0])
        runCurrent()
        assertEquals(0, setting.count.questions)
        setting.models.count.clear(setting.count.items[0])
        runCurrent()
        assertTrue(setting.core.lines.isEmpty())
        setting.models.count.type(setting.count.items[0], 90)
        runCurrent()
        assertEquals(1, setting.count.questions, "it is asked again")
    }

    @Test
    fun `a whole back room that was called empty by a slip is as it was before, row by row`() = runTest {
        val setting = at(Step.STOCK_COUNT, store = 2)
        val model = setting.models.count
        model.type(setting.count.items[0], 5)
        model.look(Place.BACKROOM)
        model.type(setting.count.items[1], 7)
        runCurrent()
        fun saved() = setting.core.lines.filterIsInstance<Line.Count>().associate { it.v1.sku to it.v1 }
        val before = saved()
        model.nothingElse()
        runCurrent()
        assertEquals(setting.count.items.size to setting.count.items.size - 1, saved().size to model.swept.value.size)
        model.notNothing()
        assertNull(setting.count.here(setting.count.items[2]), "shown before it is saved")
        runCurrent()
        assertEquals(before, saved(), "unknown is never zero")
        assertTrue(model.swept.value.isEmpty())
        assertNull(model.notNothing())
    }

    @Test
    fun `the way back from an empty back room ends with the next change, at another place, and on another screen`() = runTest {
        val setting = at(Step.STOCK_COUNT, store = 2)
        val model = setting.models.count
        val ends = listOf<() -> Unit>(
            { model.step(setting.count.items[0], 1) }, { model.move(setting.count.items[0], Movement.BY_PHONE, 2) },
            { model.stepOwn(setting.count.facings[0].category, 1) }, { model.look(Place.BACKROOM) }, { model.leave() }, { model.forget() },
        )
        for (end in ends) {
            model.look(Place.BACKROOM)
            setting.count.items.forEach { model.clear(it) }
            runCurrent()
            model.nothingElse()
            runCurrent()
            assertTrue(model.swept.value.isNotEmpty())
            end()
            runCurrent()
            assertTrue(model.swept.value.isEmpty())
        }
    }

    @Test
    fun `the likely answer goes where the goods stand, and what was counted elsewhere stays`() = runTest {
        val setting = at(Step.STOCK_COUNT, store = 2)
        val model = setting.models.count
        model.zero(setting.count.items[0])
        model.type(setting.count.items[1], 3)
        model.look(Place.BACKROOM)
        model.type(setting.count.items[0], 2)
        model.type(setting.count.items[1], 7)
        runCurrent()
        val (inBack, atBoth) = setting.count.items.map { it.copy(question = Question(Doubt.CASES_AS_UNITS, 48)) }
        assertEquals(Place.BACKROOM to null, inBack.placeOfLikely() to atBoth.placeOfLikely())
        assertNull(inBack.copy(question = Question(Doubt.PREVIOUS_CASES_AS_UNITS, 48)).placeOfLikely(), "it is about the last count")
        model.takeLikely(inBack)
        assertNull(model.takeLikely(atBoth), "nobody knows which of the two it means")
        runCurrent()
        val rows = setting.core.lines.filterIsInstance<Line.Count>().map { it.v1.shelf to it.v1.backroom }.toSet()
        val counted = setOf(0 to 48, 3 to 7).map { (shelf, backroom) -> PlaceCount.Counted(shelf) to PlaceCount.Counted(backroom) }
        assertEquals(counted.toSet(), rows)
    }

    @Test
    fun `the last count goes on the shelf only while nothing stands in the back room`() = runTest {
        val setting = at(Step.STOCK_COUNT, store = 2)
        val (model, untouched) = setting.models.count to setting.count.items[0]
        fun stepInBack(units: Int) {
            model.look(Place.BACKROOM)
            model.step(setting.count.items[0], units)
            assertFalse(setting.count.canBeSame(setting.count.items[0]), "there nothing is as last time")
            model.look(Place.SHELF)
        }
        fun saved() = setting.core.lines.filterIsInstance<Line.Count>().single().v1.let { it.shelf to it.backroom }
        stepInBack(24)
        assertFalse(setting.count.canBeSame(setting.count.items[0]))
        assertNull(model.same(untouched), "also of a row as it was drawn before")
        runCurrent()
        assertEquals(PlaceCount.NotCounted to PlaceCount.Counted(24), saved())
        stepInBack(-24)
        model.same(setting.count.items[0])
        runCurrent()
        assertEquals(PlaceCount.Counted(26) to PlaceCount.Counted(0), saved())
    }

    @Test
    fun `a product beyond the list is no work until it is counted`() = runTest {
        val setting = at(Step.STOCK_COUNT)
        val listed = setting.count.items.size
        setting.models.count.add(FakeData.hit(FakeData.beyond))
        setting.models.count.add(FakeData.hit(FakeData.beyond))
        runCurrent()
        assertEquals(listed + 1, setting.count.items.size)
        assertEquals(FakeData.beyond.sku to null, setting.count.items.last().let { it.sku to it.entered })
        assertEquals(listOf("方便面", "饮品"), setting.count.facings.map { it.category })
        assertEquals(StepState.EMPTY, setting.core.lines.stateOf(Step.STOCK_COUNT))
        setting.models.count.step(setting.count.items.last(), 3)
        runCurrent()
        assertEquals(FakeData.beyond.case to 3, setting.count.items.last().let { it.case to setting.count.here(it) })
        setting.models.count.clear(setting.count.items.last())
        runCurrent()
        assertNull(setting.count.here(setting.count.items.last()), "it stays, uncounted")
        assertTrue(setting.core.lines.isEmpty())
        setting.models.count.forget()
        setting.models.count.load()
        runCurrent()
        assertEquals(listed, setting.count.items.size, "another visit does not have it")
    }

    @Test
    fun `a photo that was taken by mistake is removed`() = runTest {
        val setting = at(Step.DISPLAY)
        setting.models.display.photo(isAfter = false)
        runCurrent()
        setting.shell.picture = byteArrayOf(1, 2)
        setting.models.display.photo(isAfter = false)
        setting.models.display.photo(isAfter = true)
        runCurrent()
        val (mistake, kept) = setting.display.before
        setting.models.display.removePhoto(mistake, isAfter = false)
        runCurrent()
        assertEquals(listOf(kept) to listOf(kept), setting.display.before to setting.display.after)
        setting.models.display.removePhoto(kept, isAfter = true)
        runCurrent()
        assertEquals(listOf(Line.PhotoBefore(kept)), setting.core.lines)
    }

    @Test
    fun `facings that are taken back were never looked at`() = runTest {
        val setting = at(Step.STOCK_COUNT)
        setting.models.count.stepAll("饮品", 12)
        setting.models.count.stepOwn("方便面", 5)
        runCurrent()
        setting.models.count.clearFacings("饮品")
        runCurrent()
        assertFalse(setting.count.facings.first { it.category == "饮品" }.isSeen)
        assertEquals(listOf("方便面"), setting.core.lines.filterIsInstance<Line.Facings>().map { it.v1.category })
        assertNull(setting.models.count.clearFacings("饮品"), "there is nothing to take back")
    }

    @Test
    fun `a check that is taken back is not checked rather than not met`() = runTest {
        val setting = at(Step.DISPLAY)
        val row = setting.display.checks[2]
        setting.models.display.found(row, 1)
        setting.models.display.tick(setting.display.checks[0])
        runCurrent()
        assertEquals(listOf(true, null, false), setting.display.checks.map { it.isMet })
        setting.models.display.uncheck(row)
        assertNull(setting.display.checks[2].found, "shown before it is saved")
        runCurrent()
        assertEquals(listOf(true, null, null), setting.display.checks.map { it.isMet })
        setting.models.display.tick(setting.display.checks[0])
        runCurrent()
        assertTrue(setting.display.checks.none { it.found != null })
        assertTrue(setting.core.lines.none { it is Line.Check })
    }
}
