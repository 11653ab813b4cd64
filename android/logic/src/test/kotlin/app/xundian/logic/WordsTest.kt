package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.OrderLight
import app.xundian.device.PromiseLight
import app.xundian.device.SuggestionRow
import app.xundian.domain.Advice
import app.xundian.domain.CancelCause
import app.xundian.domain.Doubt
import app.xundian.domain.Fallback
import app.xundian.domain.Gap
import app.xundian.domain.Limit
import app.xundian.domain.OrderState
import app.xundian.domain.Outcome
import app.xundian.domain.PolicyKind
import app.xundian.domain.Why
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import app.xundian.protocol.Flag
import app.xundian.protocol.HeldCode
import app.xundian.protocol.OrderEffect
import app.xundian.protocol.Verdict
import app.xundian.protocol.Went
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.time.LocalDate

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

    private val why = Why(PolicyKind.ONE_AND_A_HALF, null, 260u, 8u, 30, 9, 8, 0, false, null, 31, 36)
    private val row: SuggestionRow = FakeCore().run { beginVisit(FakeData.id(1)); suggestions()[0].copy(why = why) }
    /** A gap that nothing opens, where the core keeps silent about the policy's nought. */
    private val silent = row.copy(why = null, suggested = null)

    private fun arithmetic(language: Language) = Words(language).let { Arithmetic(it, Format(it)) }

    private fun line(row: SuggestionRow, language: Language = Language.ZH) =
        arithmetic(language).line(row).replace('\u00A0', ' ').replace('\n', ' ')

    /** Word by word what the server's pages and the other phone say: sync-server/texts, why.*. */
    @Test
    fun `the arithmetic is one line`() {
        assertEquals("每周卖26·到下次送货8天·安全备货9·架上8 → 建议31,按箱36", line(row))
        val english = "Sells 26 a week, 8 days to the next delivery, 9 in reserve, 8 here → suggest 31, in packs 36"
        assertEquals(english, line(row, Language.EN))
        val other = row.copy(why = why.copy(weeklyTenths = 265u, safety = -3, inTransit = 12))
        assertEquals("每周卖26.5·到下次送货8天·少备3·架上8·在途12 → 建议31,按箱36", line(other))
        val byTheUnit = row.copy(pack = 6)
        assertEquals("每周卖26·到下次送货8天·安全备货9·架上8 → 建议31,凑整36", line(byTheUnit), "a pack that is not the case")
        assertTrue(line(byTheUnit, Language.EN).endsWith("→ suggest 31, rounded to 36"))
        val exact = row.copy(why = why.copy(suggest = 36))
        assertEquals("每周卖26·到下次送货8天·安全备货9·架上8 → 建议36", line(exact), "nothing was rounded")
        assertTrue(line(exact, Language.EN).endsWith("→ suggest 36"))
        assertTrue(line(row.copy(why = why.copy(suggest = 0, quantity = 0))).endsWith("→ 建议0"))
        Doubt.entries.forEach { assertTrue(Words(Language.ZH)(Labels.of(it), "2箱").isNotBlank()) }
    }

    @Test
    fun `a long press is a case in whole packs, and at least one`() {
        assertEquals(listOf(24, 1, 2, 1, 24), listOf(24 to 1, 24 to 24, 24 to 10, 12 to 24, 24 to 0).map { (case, pack) -> packsInCase(case, pack) })
    }

    @Test
    fun `a number is not torn from its word`() {
        val torn = arithmetic(Language.EN).line(row).split(' ', '\n')
        assertTrue(torn.contains("Sells\u00A026\u00A0a") && torn.contains("9\u00A0in") && torn.contains("packs\u00A036"), "$torn")
    }

    @Test
    fun `where there is no number the line says why`() {
        assertEquals("无销量可算，没有建议数", line(silent.copy(gap = Gap.MUST_SELL)))
        assertEquals("第一次盘点，没有建议数", line(silent.copy(advice = Advice.FirstCount)))
        val unknown = silent.copy(advice = Advice.FirstCount, fallback = Fallback.UNKNOWN_SKU)
        assertEquals("目录里没有这个商品，没有建议数", line(unknown))
        assertEquals(listOf(Text.MARK_UNKNOWN_SKU), arithmetic(Language.ZH).marks(unknown))
    }

    @Test
    fun `a gap that nothing opens is marked, and one that is opened says so in its line`() {
        val marks = arithmetic(Language.ZH)::marks
        assertEquals(listOf(Text.MARK_GAP_MUST_SELL), marks(silent.copy(gap = Gap.MUST_SELL)))
        assertEquals(listOf(Text.MARK_GAP_LAUNCH), marks(silent.copy(gap = Gap.LAUNCH, advice = Advice.FirstCount)))
        val opened = FakeCore().run { beginVisit(FakeData.id(1)); suggestions().first { it.opening != null } }
        assertEquals(listOf(Text.MARK_TRY), marks(opened))
        assertTrue("目标" in arithmetic(Language.ZH).line(opened))
        assertEquals(listOf(Text.MARK_DISPLAY), marks(row.copy(why = why.copy(limit = Limit.DISPLAY))))
        assertEquals("raised to the display standard", EN.getValue(Text.MARK_DISPLAY))
    }

    @Test
    fun `an order of today says what became of it`() {
        fun said(light: OrderLight, state: OrderState?) = Labels.of(light, state)
        val sheet = "D01-20260728"
        val ended = Outcome.entries.associateWith { said(OrderLight.DELIVERED, OrderState.Ended(it, sheet)) }
        val outcomes = mapOf(
            Outcome.DELIVERED to Text.PROMISE_DELIVERED, Outcome.SHORT to Text.PROMISE_SHORT,
            Outcome.REFUSED to Text.PROMISE_REFUSED, Outcome.NOT_REPORTED to Text.PROMISE_NOT_REPORTED,
        )
        assertEquals(outcomes, ended)
        assertEquals(Text.ORDER_CANCELLED, said(OrderLight.ON_SERVER, OrderState.Cancelled(CancelCause.OWNER)))
        assertEquals(Text.ORDER_HELD, said(OrderLight.ON_SERVER, OrderState.Held))
        assertEquals(Text.LIGHT_ON_PHONE, said(OrderLight.ON_PHONE, OrderState.Waiting(FakeData.DATE.plusDays(1), false)))
        assertEquals(Text.LIGHT_ON_SHEET, said(OrderLight.ON_SHEET, OrderState.OnSheet(sheet)))
        assertEquals(Text.LIGHT_ON_SERVER, said(OrderLight.ON_SERVER, null))
    }

    @Test
    fun `every light of a promise has a word of its own, and what came late is late`() {
        for (words in listOf(ZH, EN)) {
            assertEquals(PromiseLight.entries.size, PromiseLight.entries.map { words.getValue(Labels.of(it)) }.toSet().size)
        }
        assertEquals("迟到" to "late", ZH.getValue(Labels.of(PromiseLight.LATE)) to EN.getValue(Labels.of(PromiseLight.LATE)))
    }

    @Test
    fun `the four lights tell of an order that nothing stops, and of no other end than that all came`() {
        fun isTold(light: OrderLight, state: OrderState?) = light.tellsAllOf(state)
        val sheet = "D01-20260728"
        assertTrue(isTold(OrderLight.ON_PHONE, null) && isTold(OrderLight.ON_SHEET, OrderState.OnSheet(sheet)))
        assertEquals(listOf(Outcome.DELIVERED), Outcome.entries.filter { isTold(OrderLight.DELIVERED, OrderState.Ended(it, sheet)) })
        assertFalse(isTold(OrderLight.ON_PHONE, OrderState.Ended(Outcome.DELIVERED, sheet)), "a change of it is still here")
        assertFalse(isTold(OrderLight.REFUSED, null), "it has no way")
        assertFalse(isTold(OrderLight.ON_SERVER, OrderState.Held) || isTold(OrderLight.ON_SERVER, OrderState.Cancelled(CancelCause.OWNER)))
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
            CoreException.Conflict("order_over") to Text.ERR_ORDER_OVER,
            CoreException.StorageFull() to Text.ERR_STORAGE_FULL,
            CoreException.Corrupt("phone.db.1") to Text.ERR_CORRUPT,
            CoreException.Corrupt("") to Text.ERR_DAMAGED,
            CoreException.IncompatibleVersion("newer") to Text.ERR_VERSION,
            CoreException.Network(true, "?") to Text.ERR_NETWORK,
            CoreException.Network(false, "?") to Text.ERR_SERVER_ADDRESS,
            CoreException.Unauthorized("?") to Text.ERR_UNAUTHORIZED,
            CoreException.Cancelled() to Text.ERR_CANCELLED,
            CoreException.Internal("?") to Text.ERR_INTERNAL,
            CoreException.Internal("busy") to Text.ERR_INTERNAL,
            PickFailed(Text.ERR_FILE, IllegalStateException()) to Text.ERR_FILE,
            IllegalStateException() to Text.ERR_INTERNAL,
        )
        errors.forEach { (error, text) -> assertEquals(text, Messages.of(error).text, error.toString()) }
        errors.forEach { (error, _) -> assertEquals(error is CoreException.Corrupt, Messages.of(error).isDamage, error.toString()) }
    }

    /** What the façade can say, by its code; `invalid` stands above, its text is its field's. */
    private val codes: Map<String, Pair<CoreException, Text>> = mapOf(
        "newer_database" to (CoreException.IncompatibleVersion("newer_database") to Text.ERR_NEWER_DATABASE),
        "newer_journal" to (CoreException.IncompatibleVersion("newer_journal") to Text.ERR_NEWER_JOURNAL),
        "upgrade" to (CoreException.IncompatibleVersion("upgrade") to Text.SYNC_UPDATE),
        "busy" to (CoreException.Conflict("busy") to Text.ERR_BUSY),
        "paused" to (CoreException.Conflict("paused") to Text.ERR_PAUSED),
        "visit_open" to (CoreException.Conflict("visit_open") to Text.ERR_VISIT_OPEN),
        "no_visit" to (CoreException.Conflict("no_visit") to Text.ERR_NO_VISIT),
        "order_over" to (CoreException.Conflict("order_over") to Text.ERR_ORDER_OVER),
        "photos_full" to (CoreException.Conflict("photos_full") to Text.ERR_PHOTOS_FULL),
        "others_wait" to (CoreException.Conflict("others_wait") to Text.ERR_OTHERS_WAIT),
        "not_pulled" to (CoreException.NotFound("not_pulled") to Text.ERR_NOT_PULLED),
        "unknown_store" to (CoreException.NotFound("unknown_store") to Text.ERR_UNKNOWN_STORE),
        "unknown_order" to (CoreException.NotFound("unknown_order") to Text.ERR_UNKNOWN_ORDER),
        "no_orders" to (CoreException.NotFound("no_orders") to Text.ERR_NO_ORDERS),
        "not_enrolled" to (CoreException.Unauthorized("not_enrolled") to Text.ERR_NOT_ENROLLED),
        "key_lost" to (CoreException.Unauthorized("key_lost") to Text.ERR_KEY_LOST),
        "other_company" to (CoreException.Unauthorized("other_company") to Text.ERR_OTHER_COMPANY),
        "revoked" to (CoreException.Unauthorized("revoked") to Text.ERR_REVOKED),
        "wrong_code" to (CoreException.InvalidInput("code", "wrong_code") to Text.ERR_WRONG_CODE),
        "too_long" to (CoreException.InvalidInput("name", "too_long") to Text.ERR_TOO_LONG),
        "record_too_long" to (CoreException.InvalidInput("record", "record_too_long") to Text.ERR_RECORD_TOO_LONG),
        "empty" to (CoreException.InvalidInput("name", "empty") to Text.ERR_EMPTY),
        "nothing_left" to (CoreException.InvalidInput("lines", "nothing_left") to Text.ERR_NOTHING_LEFT),
        "no_price" to (CoreException.InvalidInput("lines", "no_price") to Text.ERR_NO_PRICE),
        "photo_too_large" to (CoreException.InvalidInput("photo", "photo_too_large") to Text.ERR_PHOTO_TOO_LARGE),
        "other_rep" to (CoreException.InvalidInput("journal", "other_rep") to Text.ERR_OTHER_REP),
        "journal" to (CoreException.InvalidInput("journal", "journal") to Text.ERR_JOURNAL),
        "bad_address" to (CoreException.InvalidInput("server", "bad_address") to Text.ERR_SERVER_ADDRESS),
        "unreadable" to (CoreException.InvalidInput("invitation", "unreadable") to Text.ERR_NOT_OUR_QR),
        "no_answer" to (CoreException.Network(true, "no_answer") to Text.ERR_NETWORK),
        "clock" to (CoreException.Network(true, "clock") to Text.ERR_CLOCK),
        "server_busy" to (CoreException.Network(true, "server_busy") to Text.ERR_SERVER_BUSY),
        "refused" to (CoreException.Network(false, "refused") to Text.ERR_REFUSED),
        "puzzled" to (CoreException.Network(false, "puzzled") to Text.SYNC_PUZZLED),
    )

    @Test
    fun `every code has a text of its own`() {
        codes.values.forEach { (error, text) -> assertEquals(text, Messages.of(error).text, error.toString()) }
        assertEquals(codes.size, codes.values.map { it.second }.distinct().size)
        assertEquals(Text.ERR_WRONG_CODE, Messages.of(CoreException.Unauthorized("wrong_code")).text)
        assertEquals(Text.ERR_OTHER_COMPANYS_CODE, Messages.of(CoreException.InvalidInput("invitation", "other_company")).text, "nobody was asked")
    }

    @Test
    fun `in the enrolment's form a road that is bad has its own words, and all else those of everywhere`() {
        val own = mapOf("no_answer" to Text.ENROL_NO_ANSWER, "puzzled" to Text.ENROL_NOT_OURS, "bad_address" to Text.ENROL_ADDRESS, "visit_open" to Text.ENROL_VISIT_OPEN)
        for ((code, said) in codes) assertEquals(own[code] ?: said.second, Messages.ofEnrolment(said.first).text, code)
        assertTrue(Messages.ofEnrolment(CoreException.Network(true, "no_answer")).canRetry)
        assertEquals(Text.ENROL_WRONG_CODE, Messages.ofEnrolment(CoreException.Unauthorized("wrong_code")).text, "a journal's does not grow old")
    }

    /** The file that the core's door writes: bindings/xundian-ffi/tests/door/codes.rs. */
    @Test
    fun `no code of the core's door is left out, and none is made up`() {
        val rows = File("../../tests/vectors/error_codes.csv").readLines().drop(1)
        assertEquals(rows.map { it.substringAfter(',') }.toSet(), codes.keys + "invalid")
        val upper = Regex("(?<=.)[A-Z]")
        val told = codes.map { (code, said) -> "${said.first.javaClass.simpleName.replace(upper, "_$0").lowercase()},$code" }
        assertTrue(rows.containsAll(told), "${told - rows.toSet()}")
    }

    @Test
    fun `the server's word on a record says what to do, by its code`() {
        val held = HeldCode.entries.map { Labels.of(Verdict.Held(it)) }
        val rejected = listOf("undecodable", "unauthorised", "stale_base", "refused").map { Labels.of(Verdict.Rejected(it, null)) }
        assertEquals(held.size + rejected.size, (held + rejected).distinct().size)
        assertTrue(Text.VERDICT_REJECTED !in rejected)
        assertEquals(Text.VERDICT_REJECTED, Labels.of(Verdict.Rejected("of_next_year", null)))
    }

    @Test
    fun `a record that was applied says what became of its order, and each doubt by its name`() {
        val (zh, en) = Format(Words(Language.ZH)) to Format(Words(Language.EN))
        fun applied(went: Went?, insteadOf: LocalDate? = null, vararg flags: Flag) =
            Verdict.Applied(went?.let { OrderEffect(FakeData.id(500), it, insteadOf) }, flags.toList())
        val wednesday = FakeData.DATE.plusDays(2)
        val said = mapOf(
            applied(null) to "服务器已收",
            applied(null, null, Flag.OVER_CREDIT, Flag.PRICE_STALE) to "服务器已收 · 超信用额度 · 价格已变，按旧价",
            applied(Went.Waiting(wednesday, false)) to "7月29日 周三 配送",
            applied(Went.Waiting(wednesday, true), wednesday.minusDays(1)) to "送货日改了：7月28日 周二 → 7月29日 周三",
            applied(Went.Difference("D01-20260728.1")) to "进补单 D01-20260728.1",
            applied(Went.AlreadyDelivered, null, Flag.CLOCK_UNVERIFIED) to "货已送到，未更改 · 时间未核对",
            applied(Went.Cancelled) to "已取消",
        )
        said.forEach { (verdict, text) -> assertEquals(text, zh.verdict(verdict)) }
        assertEquals("on the server · over the credit limit", en.verdict(applied(null, null, Flag.OVER_CREDIT)))
        assertEquals("已收，等前一条" to "未上传", zh.verdict(Verdict.Parked(FakeData.id(1))) to zh.verdict(null))
        assertEquals(Flag.entries.size, Flag.entries.map { Labels.of(it) }.distinct().size)
    }

    @Test
    fun `what was entered wrongly is known by its field, and no other failure has one`() {
        val refused = Messages.of(CoreException.InvalidInput("address", "empty"))
        assertEquals(Text.ERR_EMPTY to null, refused.at("address") to refused.at("name"))
        assertEquals(null, Messages.of(CoreException.Conflict("name")).at("name"))
    }

    @Test
    fun `no text is left that nothing says`() {
        val tables = setOf("Text.kt", "TextZh.kt", "TextEn.kt")
        val files = listOf("logic", "ui", "app", "desk").flatMap { module -> File("../$module/src/main/kotlin").walk().filter { it.extension == "kt" } }
        assertTrue(files.size > 60 && tables.all { table -> files.any { it.name == table } }, "${files.size} files")
        val name = Regex("\\b(?:T|Text)\\.([A-Z][A-Z0-9_]*)")
        val said = files.filter { it.name !in tables }.flatMap { file -> name.findAll(file.readText()).map { it.groupValues[1] } }.toSet()
        assertEquals(emptyList<String>(), Text.entries.map { it.name } - said)
    }

    @Test
    fun `the text of app and system together is never larger than what is drawn in the tests`() {
        fun scale(percent: Int, system: Float) = Look(textPercent = percent).scaleOn(system)
        assertEquals(listOf(1f, 2f, 1.5f, 2f, 2f), listOf(scale(100, 1f), scale(200, 1f), scale(125, 1.2f), scale(150, 1.5f), scale(200, 2f)))
        assertEquals(0.85f, scale(100, 0.85f))
    }

    @Test
    fun `the looks outlive the app`() {
        val shell = BareShell()
        LookModel(shell).change(Look(Language.EN, Shade.DARK, true, 200))
        assertEquals(Look(Language.EN, Shade.DARK, true, 200), LookModel(shell).state.value)
    }
}
