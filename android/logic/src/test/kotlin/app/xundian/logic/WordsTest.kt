package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.domain.Doubt
import app.xundian.domain.PolicyKind
import app.xundian.domain.Why
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class WordsTest {
    private val holes = Regex("\\{\\d}")

    @Test
    fun `both languages have every text with the same places`() {
        for (text in Text.entries) {
            val (zh, en) = ZH.getValue(text) to EN.getValue(text)
            assertTrue(zh.isNotBlank() && en.isNotBlank(), text.name)
            assertEquals(holes.findAll(zh).map { it.value }.toSet(), holes.findAll(en).map { it.value }.toSet(), text.name)
        }
        assertEquals(Text.entries.size to Text.entries.size, ZH.size to EN.size)
    }

    @Test
    fun `Chinese is Chinese and English has no Chinese`() {
        val han = Regex("\\p{IsHan}")
        val languages = setOf(Text.LANGUAGE_ZH)
        Text.entries.filter { it !in languages }.forEach { assertTrue(!han.containsMatchIn(EN.getValue(it)), "$it ${EN[it]}") }
    }

    @Test
    fun `money and cases read as people write them`() {
        val format = Format(Words(Language.ZH))
        assertEquals(listOf("¥1,234.05", "-¥0.07"), listOf(format.yuan(123_405), format.yuan(-7)))
        assertEquals(listOf("2箱", "2箱3个", "3个", "7个"), listOf(format.units(48, 24), format.units(51, 24), format.units(3, 24), format.units(7, 1)))
        assertEquals(listOf("26", "26.5", "1.5"), listOf(format.tenths(260u), format.tenths(265u), format.thousandths(1500u)))
        assertEquals("7月27日 周一", format.day(FakeData.DATE))
        assertEquals("3:07", format.elapsed(187_000))
        assertEquals(listOf("0米", "90米", "1公里", "1.2公里"), listOf(4u, 86u, 996u, 1_240u).map(format::distance))
    }

    @Test
    fun `the arithmetic is one line`() {
        val words = Words(Language.ZH)
        val arithmetic = Arithmetic(words, Format(words))
        val core = FakeCore().apply { beginVisit(FakeData.id(1)) }
        val why = Why(PolicyKind.ONE_AND_A_HALF, null, 260u, 8u, 30, 9, 8, 0, false, null, 31, 36)
        val row = core.suggestions()[0].copy(why = why)
        assertEquals("每周卖 26 · 管 8 天 · 安全备货 9 · 现有 8 → 建议 31，按箱 36", arithmetic.line(row).replace('\u00A0', ' ').replace('\n', ' '))
        Doubt.entries.forEach { assertTrue(words(Labels.of(it), "2箱").isNotBlank()) }
    }

    @Test
    fun `every error of the core has words`() {
        val errors = listOf(
            CoreException.InvalidInput("name", "too_long") to Text.ERR_TOO_LONG,
            CoreException.InvalidInput("text", "too_long") to Text.ERR_TEXT_TOO_LONG,
            CoreException.InvalidInput("street", "invalid") to Text.ERR_STREET,
            CoreException.InvalidInput("receiving_hours", "invalid") to Text.ERR_HOURS,
            CoreException.InvalidInput("invitation", "unreadable") to Text.ERR_NOT_OUR_QR,
            CoreException.Unauthorized("other_company") to Text.ERR_OTHER_COMPANY,
            CoreException.Unauthorized("key_lost") to Text.ERR_KEY_LOST,
            CoreException.Network(true, "clock") to Text.ERR_CLOCK,
            CoreException.NotFound("unknown_store") to Text.ERR_UNKNOWN_STORE,
            CoreException.NotFound("new_reason") to Text.ERR_NOT_FOUND,
            CoreException.Conflict("paused") to Text.ERR_PAUSED,
            CoreException.StorageFull() to Text.ERR_STORAGE_FULL,
            CoreException.Corrupt("phone.db.1") to Text.ERR_CORRUPT,
            CoreException.IncompatibleVersion("newer") to Text.ERR_VERSION,
            CoreException.Network(true, "?") to Text.ERR_NETWORK,
            CoreException.Network(false, "?") to Text.ERR_SERVER_ADDRESS,
            CoreException.Unauthorized("?") to Text.ERR_UNAUTHORIZED,
            CoreException.Cancelled() to Text.ERR_CANCELLED,
            CoreException.Internal("?") to Text.ERR_INTERNAL,
            IllegalStateException() to Text.ERR_INTERNAL,
        )
        errors.forEach { (error, text) -> assertEquals(text, Messages.of(error).text, error.toString()) }
    }

    @Test
    fun `the looks outlive the app`() {
        val shell = BareShell()
        LookModel(shell).change(Look(Language.EN, Shade.DARK, true, 200))
        assertEquals(Look(Language.EN, Shade.DARK, true, 200), LookModel(shell).state.value)
    }
}
