package app.xundian.logic

import app.xundian.device.Line
import app.xundian.device.NamedSku
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

/** Step 5 takes an order of what was neither counted nor suggested. */
@OptIn(ExperimentalCoroutinesApi::class)
class AddedLineTest {
    private val tea = FakeData.beyond

    private fun TestScope.confirming(): Setting = Setting(this).apply {
        core.beginVisit(FakeData.id(1))
        models.reload(Route.At(Step.ORDER_CONFIRMATION))
        runCurrent()
    }

    private val Setting.screen get() = checkNotNull(models.confirm.state.value.value)
    private val Setting.confirmed get() = core.lines.filterIsInstance<Line.Confirmed>()

    @Test
    fun `one pack of it is a line, and the page is told where it stands`() = runTest {
        val setting = confirming()
        assertFalse(setting.screen.isOrder)
        setting.models.confirm.add(FakeData.hit(tea))
        runCurrent()
        val line = setting.screen.quote.lines.single()
        assertEquals(Triple(tea.name, 0, 15), Triple(line.name, line.intended, line.confirmed))
        assertEquals(tea.sku, setting.models.confirm.sought.value)
        setting.models.confirm.found(tea.sku)
        assertNull(setting.models.confirm.sought.value)
        setting.models.confirm.step(line, -1)
        runCurrent()
        assertEquals(listOf(NamedSku(tea.sku, tea.name)), setting.screen.removed, "it is named, though nobody counts it here")
        setting.models.confirm.putBack(tea.sku)
        runCurrent()
        assertEquals(15, setting.screen.quote.lines.single().confirmed, "one pack, as it was added")
    }

    @Test
    fun `what was agreed in step 5 is none of the rest that is taken as suggested`() = runTest {
        val setting = Setting(this).apply { core.beginVisit(FakeData.id(1)) }
        setting.models.reload(Route.At(Step.SUGGESTED_ORDER))
        runCurrent()
        val suggested = checkNotNull(setting.models.suggest.state.value.value).unspoken.first()
        setting.core.saveLine(Line.Confirmed(suggested.row.sku, 72))
        setting.models.suggest.load()
        runCurrent()
        setting.models.suggest.finish()
        runCurrent()
        assertTrue(setting.core.lines.none { it is Line.Intention && it.sku == suggested.row.sku })
        assertTrue(setting.core.lines.contains(Line.Confirmed(suggested.row.sku, 72)))
    }

    @Test
    fun `what is on the order already stays as it is`() = runTest {
        val setting = confirming()
        setting.core.saveLine(Line.Intention("21010019", 72, null))
        setting.models.confirm.load()
        runCurrent()
        setting.models.confirm.add(FakeData.hit(setting.core.products[0]))
        runCurrent()
        assertEquals(72, setting.screen.quote.lines.single().confirmed)
        assertEquals("21010019", setting.models.confirm.sought.value)
        assertTrue(setting.confirmed.isEmpty())
    }

    @Test
    fun `what the price list does not have is said by its name, and goes without a trace`() = runTest {
        val setting = confirming()
        setting.models.confirm.add(FakeData.hit(FakeData.unlisted))
        runCurrent()
        assertEquals(listOf(FakeData.unlisted.sku), setting.screen.quote.unpriced)
        assertEquals(FakeData.unlisted.name, setting.screen.name(FakeData.unlisted.sku))
        assertEquals(listOf(NamedSku(FakeData.unlisted.sku, FakeData.unlisted.name)), setting.screen.unlisted)
        assertFalse(setting.screen.isOrder)
        setting.models.confirm.takeOff(FakeData.unlisted.sku)
        runCurrent()
        assertTrue(setting.screen.quote.unpriced.isEmpty() && setting.screen.removed.isEmpty() && setting.confirmed.isEmpty())
    }
}
