package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.domain.CancelCause
import app.xundian.domain.OrderState
import app.xundian.domain.Outcome
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

@OptIn(ExperimentalCoroutinesApi::class)
class OrderTest {
    /** One order of today, as the rep sees it. */
    private fun TestScope.sold(core: FakeCore = FakeCore()): Setting = Setting(this, core).apply {
        core.beginVisit(FakeData.id(1))
        core.saveLine(Line.Intention("21010019", 48, null))
        core.saveLine(Line.Intention("22070012", 30, null))
        core.checkOut()
        models.order.show(core.orders.single().order)
        runCurrent()
    }

    private val Setting.model get() = models.order
    private val Setting.screen get() = checkNotNull(models.order.state.value.value)
    private val noodles = "21010019"

    @Test
    fun `an order that was changed is sent at once`() = runTest {
        val setting = sold()
        setting.model.startChange()
        setting.model.step(noodles, -1)
        setting.model.saveChange()
        runCurrent()
        assertEquals(24, setting.screen.card.lines.first().confirmed)
        assertEquals(1, setting.core.syncs)
        assertEquals(0uL, setting.core.outbox().unsent)
    }

    @Test
    fun `an order that was taken back is sent at once`() = runTest {
        val setting = sold()
        setting.model.cancel(FakeData.reasons(ReasonKind.CANCEL)[0])
        runCurrent()
        assertTrue(setting.screen.isCancelled)
        assertEquals(1, setting.core.syncs)
        assertEquals(0uL, setting.core.outbox().unsent)
    }

    @Test
    fun `what was refused is not sent`() = runTest {
        val setting = sold()
        setting.model.startChange()
        setting.model.step(noodles, -1)
        setting.core.failure = CoreException.StorageFull()
        setting.model.saveChange()
        runCurrent()
        setting.core.failure = CoreException.StorageFull()
        setting.model.cancel(FakeData.reasons(ReasonKind.CANCEL)[0])
        runCurrent()
        assertEquals(Text.ERR_STORAGE_FULL, setting.model.state.value.problem?.text)
        assertNotNull(setting.model.draft.value, "the numbers stay")
        assertEquals(0, setting.core.syncs)
    }

    @Test
    fun `what is sold by the unit is changed by the unit`() = runTest {
        val setting = sold(FakeCore(FakeData.products(8).map { if (it.sku == "21010019") it.copy(pack = 1) else it }))
        setting.model.startChange()
        setting.model.step(noodles, -1)
        setting.model.step("22070012", 1)
        assertEquals(listOf("21010019" to 47, "22070012" to 45), setting.model.draft.value?.map { it.sku to it.units })
    }

    @Test
    fun `an order that was taken back meanwhile cannot be changed, that is said, and the change closes`() = runTest {
        val setting = sold()
        setting.model.startChange()
        setting.model.step(noodles, -1)
        setting.core.orders[0] = setting.core.orders[0].copy(state = OrderState.Cancelled(CancelCause.HELD))
        setting.model.saveChange()
        runCurrent()
        assertEquals(Text.ERR_ORDER_OVER, setting.model.state.value.problem?.text)
        assertNull(setting.model.draft.value)
        assertTrue(setting.screen.isCancelled)
        setting.model.dismiss()
        setting.model.cancel(FakeData.reasons(ReasonKind.CANCEL)[0])
        runCurrent()
        assertEquals(Text.ERR_ORDER_OVER, setting.model.state.value.problem?.text)
        assertEquals(listOf(48, 30), setting.screen.card.lines.map { it.confirmed })
        assertEquals(0, setting.core.syncs)
    }

    @Test
    fun `a change of an order that came meanwhile is sent, and no longer counts when the server has answered`() = runTest {
        val setting = sold()
        val ended = OrderState.Ended(Outcome.DELIVERED, "D01-20260728")
        setting.model.startChange()
        setting.model.step(noodles, -1)
        setting.core.orders[0] = setting.core.orders[0].copy(state = ended)
        setting.model.saveChange()
        runCurrent()
        assertNull(setting.model.state.value.problem)
        assertNull(setting.model.draft.value)
        assertEquals(1, setting.core.syncs)
        setting.model.load()
        runCurrent()
        assertEquals(listOf(48, 30), setting.screen.card.lines.map { it.confirmed })
        setting.model.cancel(FakeData.reasons(ReasonKind.CANCEL)[0])
        runCurrent()
        setting.model.load()
        runCurrent()
        assertEquals(ended, setting.screen.standing)
    }

    @Test
    fun `an order that is over when it is read anew closes the change`() = runTest {
        val setting = sold()
        setting.model.startChange()
        setting.core.orders[0] = setting.core.orders[0].copy(state = OrderState.Ended(Outcome.DELIVERED, "D01-20260728"))
        setting.model.load()
        runCurrent()
        assertTrue(setting.screen.isOver)
        assertNull(setting.model.draft.value)
    }

    @Test
    fun `what nobody counted can be added to an order, by its pack and with its name`() = runTest {
        val setting = sold()
        setting.model.add(FakeData.hit(FakeData.beyond))
        assertNull(setting.model.draft.value, "nothing is being changed")
        setting.model.startChange()
        setting.model.add(FakeData.hit(FakeData.beyond))
        setting.model.step(FakeData.beyond.sku, 1)
        setting.model.add(FakeData.hit(FakeData.beyond))
        assertEquals(DraftLine(FakeData.beyond.sku, FakeData.beyond.name, 30, 15, 15), setting.model.draft.value?.last(), "twice is no second line")
        setting.model.load()
        runCurrent()
        assertEquals(3, setting.model.draft.value?.size, "a sync leaves it")
        setting.model.saveChange()
        runCurrent()
        assertEquals(listOf("红烧牛肉面 108g" to 48, "冰红茶 500ml" to 30, "酸梅汤 500ml" to 30), setting.screen.card.lines.map { it.name to it.confirmed })
    }

    @Test
    fun `what the price list does not have is said, stays in the change, and goes with it at nothing`() = runTest {
        val setting = sold()
        setting.model.startChange()
        setting.model.add(FakeData.hit(FakeData.unlisted))
        setting.model.saveChange()
        runCurrent()
        assertEquals(Text.ERR_NO_PRICE, setting.model.state.value.problem?.text)
        assertEquals(3, setting.model.draft.value?.size)
        setting.model.step(FakeData.unlisted.sku, -1)
        setting.model.saveChange()
        runCurrent()
        assertNull(setting.model.draft.value)
        assertEquals(2, setting.screen.card.lines.size)
    }

    @Test
    fun `a picture of the card goes out under the order's name, and a full phone says so`() = runTest {
        val setting = sold()
        val (card, picture) = setting.screen.card to Picture(1, 1, intArrayOf(0))
        setting.model.share(card, picture)
        runCurrent()
        assertEquals(listOf("order-${card.order}.png"), setting.shell.files)
        assertNull(setting.model.state.value.problem)
        setting.shell.isFull = true
        setting.model.share(card, picture)
        runCurrent()
        assertEquals(Text.ERR_STORAGE_FULL, setting.model.state.value.problem?.text)
    }
}
