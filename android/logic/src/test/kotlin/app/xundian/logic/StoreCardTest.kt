package app.xundian.logic

import app.xundian.device.StoreCard
import app.xundian.fake.FakeData
import app.xundian.protocol.Contact
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

@OptIn(ExperimentalCoroutinesApi::class)
class StoreCardTest {
    private val store = FakeData.id(1)

    private fun TestScope.atStore(): Setting = Setting(this).apply {
        models.card.show(store)
        runCurrent()
    }

    private val Setting.card: StoreCard get() = checkNotNull(models.card.state.value.value)
    private val Setting.model get() = models.card

    private fun StoreCardModel.typeNote(text: String) = type((checkNotNull(edit.value) as CardEdit.Note).copy(text = text))

    @Test
    fun `a note is on the card as soon as it is saved, and an empty one takes it away`() = runTest {
        val setting = atStore()
        setting.model.writeNote(setting.card)
        assertFalse(checkNotNull(setting.model.edit.value).isChanged)
        setting.model.typeNote("  ${FakeData.NOTE}\n")
        setting.model.saveEdit()
        runCurrent()
        assertEquals(FakeData.NOTE to "ZY01", setting.card.note?.let { it.text to it.rep })
        assertNull(setting.model.edit.value)
        setting.model.writeNote(setting.card)
        setting.model.typeNote(" ")
        assertTrue((setting.model.edit.value as CardEdit.Note).takesAway)
        setting.model.saveEdit()
        runCurrent()
        assertNull(setting.card.note)
        assertEquals(listOf("store_note", "store_note"), setting.core.outbox().rows.map { it.kind })
    }

    @Test
    fun `a note that is too long stays in the editor until it is shorter`() = runTest {
        val setting = atStore()
        setting.model.writeNote(setting.card)
        setting.model.typeNote("长".repeat(201))
        setting.model.saveEdit()
        runCurrent()
        assertEquals(Text.ERR_TEXT_TOO_LONG, setting.model.state.value.problem?.text)
        assertEquals(201, (setting.model.edit.value as CardEdit.Note).text.length)
        setting.model.typeNote("长".repeat(200))
        assertNull(setting.model.state.value.problem)
        setting.model.saveEdit()
        runCurrent()
        assertEquals(200, setting.card.note?.text?.length)
    }

    @Test
    fun `what was not saved is gone with cancel and with another store, and stays while the card is read again`() = runTest {
        val setting = atStore()
        setting.model.writeNote(setting.card)
        setting.model.typeNote("半句")
        setting.model.show(store)
        runCurrent()
        assertEquals("半句", (setting.model.edit.value as CardEdit.Note).text)
        setting.model.stopEdit()
        assertNull(setting.model.edit.value)
        setting.model.writeNote(setting.card)
        setting.model.show(FakeData.id(2))
        runCurrent()
        assertNull(setting.model.edit.value)
        assertTrue(setting.core.notes.isEmpty())
    }

    @Test
    fun `competitors' facts are on the card, and go with the store`() = runTest {
        val setting = atStore()
        assertEquals(setOf("老坛面 五连包", "乌龙茶 500ml", "柠檬水 1L"), setting.model.nearby.value.seen.map { it.item }.toSet())
        setting.model.show(FakeData.id(2))
        assertEquals(Nearby(), setting.model.nearby.value)
        runCurrent()
        assertEquals(3, setting.model.nearby.value.seen.size)
    }

    @Test
    fun `another contact is on the card as soon as it is saved, and a number that is too long is said`() = runTest {
        val setting = atStore()
        setting.model.changeContact(setting.card)
        val edit = setting.model.edit.value as CardEdit.Person
        setting.model.type(edit.copy(contact = edit.contact.copy(phone = "1".repeat(61))))
        setting.model.saveEdit()
        runCurrent()
        assertEquals(Text.ERR_TOO_LONG, setting.model.state.value.problem?.text)
        setting.model.type(edit.copy(contact = Contact("新店主 ", " 0532-1111111", "")))
        setting.model.saveEdit()
        runCurrent()
        assertEquals(Contact("新店主", "0532-1111111", ""), setting.card.contact)
        assertNull(setting.model.state.value.problem)
    }
}
