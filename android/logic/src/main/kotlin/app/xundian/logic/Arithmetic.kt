package app.xundian.logic

import app.xundian.device.SuggestionRow
import app.xundian.domain.Advice
import app.xundian.domain.Fallback
import app.xundian.domain.Gap
import app.xundian.domain.Gives
import app.xundian.domain.Hint
import app.xundian.domain.Limit
import app.xundian.domain.Missing
import app.xundian.domain.Question
import app.xundian.domain.Why

/** The core's numbers in one line that the owner can check. The numbers come from the core; only the words are here. */
class Arithmetic(private val words: Words, private val format: Format) {
    /** 每周卖26·到下次送货8天·安全备货9·架上8 → 建议31,按箱36. */
    fun line(row: SuggestionRow): String {
        row.opening?.let { opening ->
            val why = words(if (opening.gap == Gap.LAUNCH) Text.OPEN_LAUNCH else Text.OPEN_MUST_SELL)
            return words(Text.OPEN_LINE, why, opening.target, format.units(opening.quantity, row.case))
        }
        return row.why?.let { line(it, row) } ?: words(none(row))
    }

    private fun line(why: Why, row: SuggestionRow): String {
        val safety = if (why.safety < 0) words(Text.WHY_LESS, -why.safety) else words(Text.WHY_SAFETY, why.safety)
        val pieces = listOfNotNull(
            words(Text.WHY_WEEKLY, format.tenths(why.weeklyTenths)),
            words(Text.WHY_DAYS, why.days),
            safety,
            words(Text.WHY_AT_HAND, why.atHand),
            if (why.inTransit > 0) words(Text.WHY_IN_TRANSIT, why.inTransit) else null,
        )
        val result = when {
            why.suggest == why.quantity -> Text.WHY_EXACT
            row.pack == row.case -> Text.WHY_RESULT
            // What is sold by a smaller pack than the case, or by a larger one, is not rounded to cases.
            else -> Text.WHY_ROUNDED
        }
        val line = pieces.joinToString("") + "\n" + words(result, why.suggest, why.quantity)
        return line.replace(BESIDE_A_NUMBER, UNBROKEN)
    }

    /** Why there is no number. Where a policy found nothing to order in a gap, nobody knows what it would sell. */
    private fun none(row: SuggestionRow): Text = when (row.advice) {
        is Advice.Suggest -> Text.ADVICE_NO_SALES
        is Advice.FirstCount -> if (row.fallback == Fallback.UNKNOWN_SKU) Text.ADVICE_UNKNOWN_SKU else Text.ADVICE_FIRST_COUNT
        is Advice.NegativeSales -> Text.ADVICE_NEGATIVE
        is Advice.ReceiptUnknown -> Text.ADVICE_RECEIPT_UNKNOWN
    }

    /** What stands beside the line: a gap that nothing opens, an empty shelf, a limit, a fallback. */
    fun marks(row: SuggestionRow): List<Text> = listOfNotNull(
        when (row.gap.takeIf { row.opening == null }) {
            Gap.MUST_SELL -> Text.MARK_GAP_MUST_SELL
            Gap.LAUNCH -> Text.MARK_GAP_LAUNCH
            null -> null
        },
        Text.MARK_TRY.takeIf { row.opening?.isCapped == true },
        Text.MARK_OUT_OF_STOCK.takeIf { row.why?.outOfStock == true },
        when (row.opening?.limit ?: row.why?.limit) {
            Limit.DISPLAY -> Text.MARK_DISPLAY
            Limit.SHELF_LIFE -> Text.MARK_SHELF_LIFE
            Limit.ROOM -> Text.MARK_ROOM
            null -> null
        },
        when (row.fallback) {
            Fallback.NO_PRIOR -> Text.MARK_NO_PRIOR
            Fallback.NO_CALENDAR -> Text.MARK_NO_CALENDAR
            Fallback.UNKNOWN_SKU -> Text.MARK_UNKNOWN_SKU
            Fallback.LONG_GAP -> Text.MARK_LONG_GAP
            null -> null
        },
    )

    fun question(question: Question, case: Int): String {
        val likely = question.likely?.let { format.units(it, case) }
        val asked = Labels.of(question.doubt)
        return if (likely == null) words(asked, "?") else words(asked, likely)
    }

    /** 满500还差36, 再加2箱送1箱. */
    fun hint(hint: Hint, name: (String) -> String): String = when (hint) {
        is Hint.BelowMinimum -> words(Text.HINT_BELOW_MINIMUM, format.yuan(hint.`by`))
        is Hint.OverCredit -> words(Text.HINT_OVER_CREDIT, format.yuan(hint.`by`))
        is Hint.NextBenefit -> words(Text.HINT_NEXT, missing(hint.missing), gives(hint.gives, name))
    }

    fun missing(missing: Missing): String = when (missing) {
        is Missing.Amount -> format.yuan(missing.v1)
        is Missing.Quantity -> words(Text.N_CASES, format.thousandths(missing.v1))
    }

    private fun gives(gives: Gives, name: (String) -> String): String = when (gives) {
        is Gives.Gift -> words(Text.GIVES_GIFT, name(gives.v1), gives.v2)
        is Gives.Share -> words(Text.GIVES_SHARE, gives.v1)
        is Gives.Cut -> words(Text.GIVES_CUT, format.yuan(gives.v1))
    }

    private companion object {
        /** A number must not be torn from its word at the end of a line. */
        val BESIDE_A_NUMBER = Regex("(?<=\\w) (?=\\d)|(?<=\\d) ")
        const val UNBROKEN = "\u00A0"
    }
}
