package app.xundian.logic

import app.xundian.device.SeenAround
import app.xundian.protocol.OrderEffect
import app.xundian.protocol.Verdict
import app.xundian.protocol.Went
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.util.Locale
import kotlin.math.abs

/** Figures as people read them. */
class Format(private val words: Words) {
    fun yuan(fen: Long): String {
        val sign = if (fen < 0) "-" else ""
        return "%s¥%,d.%02d".format(Locale.ROOT, sign, abs(fen) / 100, abs(fen) % 100)
    }

    /** Cases and what is beyond them: 3箱2个. */
    fun units(units: Int, case: Int): String {
        val cases = if (case > 1) units / case else 0
        val loose = units - cases * case
        return when {
            cases == 0 -> words(Text.N_UNITS, loose)
            loose == 0 -> words(Text.N_CASES, cases)
            else -> words(Text.N_CASES_UNITS, cases, loose)
        }
    }

    fun loose(units: Int): String = words(Text.N_UNITS, units)

    /** Tenths without an empty end: 26, 26.5. */
    fun tenths(tenths: UInt): String = thousandths(tenths * 100u)

    fun thousandths(thousandths: UInt): String {
        val rest = (thousandths % 1000u).toString().padStart(3, '0').trimEnd('0')
        return (thousandths / 1000u).toString() + if (rest.isEmpty()) "" else ".$rest"
    }

    fun day(day: LocalDate): String = words(Text.DAY, day.monthValue, day.dayOfMonth, words(WEEKDAYS[day.dayOfWeek.value - 1]))

    /** With its year, for what is months away. */
    fun date(day: LocalDate): String = words(Text.DATE, day.year, day.monthValue, day.dayOfMonth)

    fun moment(ms: Long, zone: ZoneId = ZoneId.systemDefault()): String = MOMENT.format(Instant.ofEpochMilli(ms).atZone(zone))

    /** 7:05 minutes in the shop. */
    fun elapsed(ms: Long): String = "%d:%02d".format(Locale.ROOT, ms / 60_000, ms / 1_000 % 60)

    /** As the crow flies, as precise as a phone knows it: 90米, 1.2公里. */
    fun distance(metres: UInt): String {
        val tens = (metres + 5u) / 10u * 10u
        return if (tens < 1_000u) words(Text.METRES, tens) else words(Text.KILOMETRES, tenths((metres + 50u) / 100u))
    }

    fun bytes(bytes: Long): String = when {
        bytes < 1_000_000 -> "%d kB".format(Locale.ROOT, (bytes + 999) / 1_000)
        else -> "%.1f MB".format(Locale.ROOT, bytes / 1e6)
    }

    /** 自7月20日 周一起 12 家店见过 · 本店有 · 至 8月31日 周一. */
    fun seen(fact: SeenAround): String {
        val until = fact.to?.let { words(Text.SEEN_UNTIL, day(it)) }
        val here = if (fact.here) words(Text.SEEN_HERE_TOO) else null
        return listOfNotNull(words(Text.SEEN_SINCE, fact.stores, day(fact.since)), here, until).joinToString(" · ")
    }

    /** The same in few words: 买十送一 · 12 家店. */
    fun seenShort(fact: SeenAround): String =
        fact.value + " · " + if (fact.here) words(Text.SEEN_HERE_TOO) else words(Text.SEEN_STORES, fact.stores)

    /** 服务器已收 · 超信用额度: the server's word on a record. What it did to an order says that it is there, too. */
    fun verdict(verdict: Verdict?): String {
        val applied = verdict as? Verdict.Applied
        val doubts = applied?.flags.orEmpty().map { words(Labels.of(it)) }
        return (listOf(applied?.order?.let(::effect) ?: words(Labels.of(verdict))) + doubts).joinToString(" · ")
    }

    /** What the server did to an order. */
    private fun effect(effect: OrderEffect): String = when (val went = effect.went) {
        is Went.Waiting -> effect.insteadOf?.let { moved(MovedDay(it, went.day)) } ?: words(Text.WENT_WAITING, day(went.day))
        is Went.Difference -> words(Text.WENT_DIFFERENCE, went.sheet)
        is Went.AlreadyDelivered -> words(Text.WENT_ALREADY_DELIVERED)
        is Went.Cancelled -> words(Text.ORDER_CANCELLED)
    }

    /** 送货日改了：7月28日 周二 → 7月29日 周三. */
    fun moved(moved: MovedDay): String = words(Text.DAY_MOVED, day(moved.from), day(moved.to))

    private companion object {
        val MOMENT: DateTimeFormatter = DateTimeFormatter.ofPattern("MM-dd HH:mm", Locale.ROOT)
        val WEEKDAYS = listOf(Text.MONDAY, Text.TUESDAY, Text.WEDNESDAY, Text.THURSDAY, Text.FRIDAY, Text.SATURDAY, Text.SUNDAY)
    }
}
