package app.xundian.logic

import app.xundian.core.FakeRepPhone
import app.xundian.device.ProductHit
import app.xundian.fake.FakeData
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.concurrent.thread

/** The generated fake itself, without our data. */
class FakeRepPhoneTest {
    private val phone = FakeRepPhone()

    @Test
    fun `a door without an answer fails with its name`() {
        val failure = assertThrows(AssertionError::class.java) { phone.amendOrder(FakeData.EARLIER, emptyList()) }
        assertTrue("amendOrder" in failure.message.orEmpty())
        assertEquals(listOf("amendOrder"), phone.calls)
    }

    @Test
    fun `a door gives the answer that was set, the last one, and is noted`() {
        phone.onSearchProducts = { text -> listOf(ProductHit("21010019", text, 24, 24)) }
        assertEquals(listOf(ProductHit("21010019", "牛肉", 24, 24)), phone.searchProducts("牛肉"))
        phone.onSearchProducts = { emptyList() }
        phone.onCancel = {}
        phone.cancel()
        assertTrue(phone.searchProducts("牛肉").isEmpty())
        assertEquals(listOf("searchProducts", "cancel", "searchProducts"), phone.calls)
    }

    @Test
    fun `calls from many threads are all noted`() {
        phone.onIsReady = { true }
        List(8) { thread { repeat(200) { phone.isReady() } } }.forEach { it.join() }
        assertEquals(8 * 200, phone.calls.size)
    }
}
