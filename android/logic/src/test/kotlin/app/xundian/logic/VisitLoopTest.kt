package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.device.StopState
import app.xundian.domain.Entry
import app.xundian.domain.FailedReason
import app.xundian.domain.PlaceCount
import app.xundian.domain.Step
import app.xundian.fake.FakeCore
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
class VisitLoopTest {
    private fun TestScope.inStore(number: Int = 1): Setting = Setting(this).apply {
        models.card.show(FakeData.id(number))
        runCurrent()
        models.card.checkIn()
        runCurrent()
    }

    @Test
    fun `a whole visit ends with the order card and a sync`() = runTest {
        val setting = inStore()
        val (models, core) = setting.models to setting.core
        assertEquals(Route.Visit, models.go.here)
        for (step in Step.entries) {
            models.reload(Route.At(step))
            runCurrent()
            when (step) {
                Step.STOCK_COUNT -> models.count.finish()
                Step.SUGGESTED_ORDER -> models.suggest.finish()
                Step.DISPLAY -> models.display.finish()
                Step.COMPETITOR -> models.competitor.finish()
                Step.ORDER_CONFIRMATION -> models.confirm.finish()
            }
            runCurrent()
        }
        val here = models.go.here
        assertTrue(here is Route.Order, "$here")
        assertEquals(1, core.orders.size)
        assertEquals(1, core.syncs)
        assertTrue(models.go.back())
        assertEquals(Route.Today, models.go.here)
        assertFalse(models.go.back())
    }

    @Test
    fun `what was read out and not changed is intended`() = runTest {
        val setting = inStore()
        setting.models.suggest.load()
        runCurrent()
        val wishes = checkNotNull(setting.models.suggest.state.value.value).wishes
        setting.models.suggest.step(wishes[0], 1)
        setting.models.suggest.step(wishes[0], 1)
        runCurrent()
        assertEquals(1, setting.models.suggest.state.value.value?.withoutReason)
        setting.models.suggest.because(wishes[0], FakeData.reasons(ReasonKind.SUGGESTION)[1])
        runCurrent()
        setting.models.suggest.finish()
        runCurrent()
        val said = setting.core.lines.filterIsInstance<Line.Intention>().associateBy { it.sku }
        assertEquals(72, said.getValue("21010019").units)
        assertEquals("owner_wants_more", said.getValue("21010019").reason)
        assertEquals(48, said.getValue("21010026").units)
        assertNull(said["21010033"], "a suggestion of nothing is no wish")
    }

    @Test
    fun `a row without a number is open, and less of it is a no`() = runTest {
        val setting = inStore()
        val suggest = setting.models.suggest
        suggest.load()
        runCurrent()
        val open = checkNotNull(suggest.state.value.value).wishes.first { it.row.suggested == null }
        assertEquals(null to 0, open.number to open.units)
        suggest.step(open, -1)
        runCurrent()
        assertEquals(0, suggest.state.value.value?.wishes?.first { it.row.sku == open.row.sku }?.number)
        assertEquals(0, setting.core.lines.filterIsInstance<Line.Intention>().single { it.sku == open.row.sku }.units)
    }

    @Test
    fun `a no is one tap, and what is agreed so far is told in money`() = runTest {
        val setting = inStore()
        val suggest = setting.models.suggest
        suggest.load()
        runCurrent()
        val screen = { checkNotNull(suggest.state.value.value) }
        assertEquals(0L, screen().total, "what is only suggested is no money")
        suggest.step(screen().wishes[1], 1)
        suggest.none(screen().wishes[0])
        assertEquals(0 to true, screen().wishes[0].let { it.intended to it.wantsReason }, "shown before it is saved")
        runCurrent()
        assertEquals(listOf(0, 72), screen().wishes.take(2).map { it.intended })
        assertEquals(13_800L, screen().total)
    }

    @Test
    fun `a stepper starts from zero and not from the ghost`() = runTest {
        val setting = inStore()
        val count = setting.models.count
        count.load()
        runCurrent()
        val item = checkNotNull(count.state.value.value).items[0]
        count.step(item, item.case)
        count.step(item, 1)
        assertEquals(25, count.state.value.value?.let { it.here(it.items[0]) }, "shown before it is saved")
        runCurrent()
        val row = setting.core.lines.filterIsInstance<Line.Count>().single().v1
        assertEquals(PlaceCount.Counted(25) to Entry.STEPPED, row.shelf to row.entry)
        assertEquals(1, count.state.value.value?.counted)
    }

    @Test
    fun `cases and units are typed each by itself`() = runTest {
        val setting = inStore()
        val count = setting.models.count
        count.load()
        runCurrent()
        fun row(place: Int) = checkNotNull(count.state.value.value).items[place]
        fun here(place: Int) = checkNotNull(count.state.value.value).here(row(place))
        count.type(row(0), 5)
        count.typeCases(row(0), 3)
        assertEquals(77, here(0), "what is loose stays")
        count.typeCases(row(0), 4)
        assertEquals(101, here(0))
        count.type(row(0), 7)
        assertEquals(103, here(0), "the cases stay")
        count.typeCases(row(0), 0)
        assertEquals(7, here(0))
        count.typeCases(row(1), 2)
        assertEquals(48, here(1), "from nothing, not from the ghost")
        runCurrent()
        val saved = setting.core.lines.filterIsInstance<Line.Count>().associate { it.v1.sku to it.v1 }
        assertEquals(PlaceCount.Counted(7) to Entry.TYPED, saved.getValue("21010019").let { it.shelf to it.entry })
    }

    @Test
    fun `what has no cases is typed as it is`() = runTest {
        val setting = inStore()
        val count = setting.models.count
        count.add(FakeData.hit(FakeData.beyond.copy(case = 1, pack = 1)))
        runCurrent()
        fun row() = checkNotNull(count.state.value.value).items.last()
        assertEquals(1, row().case)
        count.type(row(), 9)
        count.type(row(), 12)
        assertEquals(12, count.state.value.value?.here(row()))
    }

    @Test
    fun `with a back room a row is whole when both were counted`() = runTest {
        val setting = inStore(2)
        val count = setting.models.count
        count.load()
        runCurrent()
        val items = checkNotNull(count.state.value.value).items
        count.zero(items[0])
        count.same(items[1])
        runCurrent()
        assertEquals(1, count.state.value.value?.counted)
        count.look(Place.BACKROOM)
        count.step(items[0], 24)
        runCurrent()
        assertEquals(2, count.state.value.value?.counted)
        assertEquals(Entry.SAME, count.state.value.value?.items?.get(1)?.entered?.entry)
    }

    @Test
    fun `did it come is asked until it is answered`() = runTest {
        val setting = inStore()
        val count = setting.models.count
        count.load()
        runCurrent()
        val awaited = checkNotNull(count.state.value.value).awaited.single()
        count.itCame(awaited)
        runCurrent()
        assertEquals(emptyList<AwaitedOrder>(), count.state.value.value?.awaited)
        assertEquals(48, setting.core.lines.filterIsInstance<Line.DeliverySeen>().single().v1.lines.single().units)
    }

    @Test
    fun `a doubted count stands or changes`() = runTest {
        val setting = inStore()
        val count = setting.models.count
        count.load()
        runCurrent()
        count.type(checkNotNull(count.state.value.value).items[0], 90)
        runCurrent()
        val doubted = checkNotNull(count.state.value.value).items[0]
        assertNotNull(doubted.question)
        count.stands(doubted)
        runCurrent()
        assertEquals(0, count.state.value.value?.questions)
    }

    @Test
    fun `a broken camera does not keep the rep in front of a closed door`() = runTest {
        val setting = inStore()
        setting.shell.picture = null
        setting.models.visit.fail(FailedReason.CLOSED, withPhoto = true)
        runCurrent()
        assertEquals(FailedReason.CLOSED, setting.models.visit.withoutPhoto.value)
        setting.models.visit.failWithoutPhoto()
        runCurrent()
        assertTrue(setting.core.states.values.single() is StopState.Failed)
        assertEquals(Route.Today, setting.models.go.here)
    }

    @Test
    fun `who turns back from the camera has sealed nothing`() = runTest {
        val setting = inStore()
        val visit = setting.models.visit
        setting.core.saveLine(Line.Finished(Step.STOCK_COUNT))
        setting.shell.picture = null
        visit.fail(FailedReason.REFUSED, withPhoto = true)
        runCurrent()
        assertNotNull(setting.core.visit)
        visit.keepVisit()
        assertNull(visit.withoutPhoto.value)
        assertNull(visit.failWithoutPhoto(), "nothing is asked any more")
        runCurrent()
        assertEquals(listOf(Line.Finished(Step.STOCK_COUNT)), setting.core.lines)
        assertEquals(Route.Visit, setting.models.go.here)
        setting.shell.picture = byteArrayOf(1)
        visit.fail(FailedReason.REFUSED, withPhoto = true)
        runCurrent()
        assertNull(setting.core.visit)
    }

    @Test
    fun `without the wish for a photo it is asked once something was entered`() = runTest {
        for (line in listOf(Line.Finished(Step.STOCK_COUNT), Line.Skip(Step.DISPLAY, "no_time"), Line.Intention("21010019", 24, null))) {
            val setting = inStore()
            val visit = setting.models.visit
            setting.core.saveLine(line)
            visit.load()
            runCurrent()
            visit.fail(FailedReason.CLOSED, withPhoto = false)
            runCurrent()
            assertEquals(FailedReason.CLOSED, visit.withoutPhoto.value)
            assertEquals(listOf(line), setting.core.currentVisit()?.lines)
            visit.failWithoutPhoto()
            runCurrent()
            assertNull(setting.core.visit)
        }
    }

    @Test
    fun `without the wish for a photo nothing is asked while nothing was entered`() = runTest {
        val setting = inStore()
        setting.models.visit.load()
        runCurrent()
        setting.models.visit.fail(FailedReason.CLOSED, withPhoto = false)
        runCurrent()
        assertNull(setting.core.visit)
        assertNull(setting.models.visit.withoutPhoto.value)
    }

    @Test
    fun `a full phone says so, and what was not saved is not shown`() = runTest {
        val setting = inStore()
        val count = setting.models.count
        count.load()
        runCurrent()
        setting.core.failure = CoreException.StorageFull()
        count.zero(checkNotNull(count.state.value.value).items[0])
        runCurrent()
        assertEquals(Text.ERR_STORAGE_FULL, count.state.value.problem?.text)
        assertNull(checkNotNull(count.state.value.value).items[0].entered)
    }

    @Test
    fun `the app opens in the visit that it died in`() = runTest {
        val core = FakeCore()
        core.beginVisit(FakeData.id(3))
        val setting = Setting(this, core)
        setting.models.start()
        runCurrent()
        assertEquals(listOf(Route.Today, Route.Visit), setting.models.go.routes.value)
    }

    @Test
    fun `a new phone starts with the enrolment`() = runTest {
        val setting = Setting(this, FakeCore(rep = null))
        setting.models.start()
        runCurrent()
        assertEquals(Route.Enrol, setting.models.go.here)
        setting.models.enrol.server("https://xundian.example")
        setting.models.enrol.code("wrong")
        setting.models.enrol.enrol()
        runCurrent()
        assertEquals(Text.ENROL_WRONG_CODE, setting.models.enrol.state.value.problem?.text)
        setting.models.enrol.code("right")
        setting.models.enrol.enrol()
        runCurrent()
        assertEquals(Route.Today to 1, setting.models.go.here to setting.core.syncs)
    }

    @Test
    fun `one tap says that nothing else is in the back room, and what was counted stays`() = runTest {
        val setting = inStore(2)
        val (models, core) = setting.models to setting.core
        models.reload(Route.At(Step.STOCK_COUNT))
        runCurrent()
        models.count.look(Place.BACKROOM)
        val items = checkNotNull(models.count.state.value.value).items
        models.count.type(items[0], 7)
        runCurrent()
        models.count.nothingElse()
        runCurrent()
        assertTrue(checkNotNull(models.count.state.value.value).rest.isEmpty())
        val rows = core.lines.filterIsInstance<Line.Count>().associate { it.v1.sku to it.v1 }
        assertEquals(PlaceCount.Counted(7), rows[items[0].sku]?.backroom)
        assertEquals(PlaceCount.Counted(0), rows[items[1].sku]?.backroom)
        assertEquals(PlaceCount.NotCounted, rows[items[1].sku]?.shelf, "of the shelf nothing was said")
    }
}
