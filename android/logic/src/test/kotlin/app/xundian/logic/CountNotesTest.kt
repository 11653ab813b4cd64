package app.xundian.logic

import app.xundian.device.Line
import app.xundian.device.ProductHit
import app.xundian.domain.InflowSource
import app.xundian.domain.PlaceCount
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

@OptIn(ExperimentalCoroutinesApi::class)
class CountNotesTest {
    private fun TestScope.counting(): Setting = Setting(this).apply {
        models.card.show(FakeData.id(1))
        runCurrent()
        models.card.checkIn()
        runCurrent()
        models.count.load()
        runCurrent()
    }

    private val Setting.screen get() = checkNotNull(models.count.state.value.value)

    @Test
    fun `what came and went is saved by its kind, shown with its row and taken back with a zero`() = runTest {
        val setting = counting()
        val (item, other) = setting.screen.items
        setting.models.count.move(item, Movement.BY_PHONE, 24)
        setting.models.count.move(item, Movement.LEFT, 3, "expired")
        setting.models.count.move(other, Movement.PICK_UP, 2, "damaged")
        runCurrent()
        val moved = setting.screen.moved(item).map { it.movement to it.units }
        assertEquals(listOf(Movement.BY_PHONE to 24, Movement.LEFT to 3), moved)
        val lines = setting.core.lines
        assertEquals(InflowSource.BY_PHONE, lines.filterIsInstance<Line.Inflow>().single().v1.source)
        assertEquals("expired", lines.filterIsInstance<Line.Outflow>().single().v1.reason)
        assertEquals("damaged", lines.filterIsInstance<Line.PickUp>().single().v1.reason)
        setting.models.count.move(item, Movement.LEFT, 0)
        runCurrent()
        assertEquals(listOf(Movement.BY_PHONE), setting.screen.moved(item).map { it.movement })
    }

    @Test
    fun `what was searched for is sought until its row was shown, on the list or beyond it`() = runTest {
        val setting = counting()
        val (count, listed) = setting.models.count to setting.screen.items.last()
        val rows = setting.screen.items.size
        count.add(listed.run { ProductHit(sku, name, case, case) })
        runCurrent()
        assertEquals(listed.sku to rows, count.sought.value to setting.screen.items.size)
        count.add(FakeData.hit(FakeData.beyond))
        runCurrent()
        count.found(listed.sku)
        assertEquals(FakeData.beyond.sku, count.sought.value, "another one is sought meanwhile")
        assertEquals(FakeData.beyond.sku, setting.screen.items.last().sku)
        count.found(FakeData.beyond.sku)
        count.load()
        runCurrent()
        assertNull(count.sought.value)
        assertTrue(setting.core.lines.isEmpty())
    }

    @Test
    fun `an expiry counts nothing`() = runTest {
        val setting = counting()
        val item = setting.screen.items.first()
        setting.models.count.expiry(item, FakeData.DATE.plusDays(40))
        runCurrent()
        val row = setting.core.lines.filterIsInstance<Line.Count>().single().v1
        assertEquals(FakeData.DATE.plusDays(40), row.expiry)
        assertTrue(row.shelf is PlaceCount.NotCounted, "nobody counted")
        assertEquals(0, setting.screen.counted)
        setting.models.count.step(setting.screen.items.first(), 5)
        runCurrent()
        val counted = setting.core.lines.filterIsInstance<Line.Count>().single().v1
        assertEquals(FakeData.DATE.plusDays(40) to PlaceCount.Counted(5), counted.expiry to counted.shelf, "a later tap keeps it")
    }

    @Test
    fun `ours are some of all, and a category that nobody looked at is not told`() = runTest {
        val setting = counting()
        assertEquals(listOf("方便面", "饮品"), setting.screen.facings.map { it.category })
        assertTrue(setting.screen.facings.all { it.own == null && it.all == null })
        val noodles = setting.screen.facings.first()
        assertEquals(CategoryFacings("方便面", 6, 6), noodles.withOwn(6), "six of at least six")
        assertEquals(CategoryFacings("方便面", 2, 2), CategoryFacings("方便面", 6, 20).withAll(2))
        assertEquals(CategoryFacings("方便面", 0, 20), CategoryFacings("方便面", 0, 20).withOwn(-1))
        setting.models.count.stepOwn("方便面", 5)
        setting.models.count.stepOwn("方便面", 1)
        setting.models.count.stepAll("方便面", 14)
        runCurrent()
        val told = setting.core.lines.filterIsInstance<Line.Facings>().map { Triple(it.v1.category, it.v1.own, it.v1.total) }
        assertEquals(listOf(Triple("方便面", 6u, 20u)), told)
        assertEquals(CategoryFacings("方便面", 6, 20), setting.screen.facings.first())
    }
}
