package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.device.SuggestionRow
import app.xundian.domain.Step
import app.xundian.protocol.Reason
import kotlinx.coroutines.Job

/** A suggestion with what the owner wants; `intended == null` = not spoken about yet, then the suggestion is shown as a ghost. */
data class Wish(val row: SuggestionRow, val intended: Int?, val reason: String?) {
    /** What he is asked or has said; `null` = there is neither a word nor a suggestion, which is not zero. */
    val number get() = intended ?: row.suggested
    /** What it comes to in the total. */
    val units get() = number ?: 0
    /** It differs from the suggestion and nobody said why. */
    val wantsReason get() = intended != null && row.suggested != null && intended != row.suggested && reason == null
}

/** [total] is what was agreed so far comes to, in fen: nothing of it is a mere suggestion. */
data class SuggestScreen(val wishes: List<Wish>, val reasons: List<Reason>, val total: Long, val agreed: Set<String> = emptySet()) {
    val withoutReason get() = wishes.count { it.wantsReason }
    /** Suggestions that nobody spoke about, not in step 5 either: with the step they become what the owner wants. */
    val unspoken get() = wishes.filter { it.intended == null && it.units > 0 && it.row.sku !in agreed }
    /** Whole cases and what is beyond them, over all lines. */
    val cases get() = wishes.sumOf { it.units / it.row.case }
    val loose get() = wishes.sumOf { it.units % it.row.case }
}

/** 2 建议销售. */
class SuggestModel(room: Room, private val go: Navigator) : Model<SuggestScreen>(room) {
    override fun read(core: Core): SuggestScreen {
        val rows = core.suggestions()
        val visit = core.currentVisit() ?: throw CoreException.NotFound("no_visit")
        val said = visit.lines.filterIsInstance<Line.Intention>().associateBy { it.sku }
        val wishes = rows.map { Wish(it, said[it.sku]?.units, said[it.sku]?.reason) }
        val agreed = visit.lines.filterIsInstance<Line.Confirmed>().mapTo(mutableSetOf()) { it.sku }
        return SuggestScreen(wishes, core.reasons(ReasonKind.SUGGESTION), core.quote().total, agreed)
    }

    /** One order pack more or less. Less than nothing said is nothing: the owner says no. */
    fun step(wish: Wish, packs: Int) = want(wish, (now(wish).units + packs * wish.row.pack).coerceAtLeast(0), now(wish).reason)

    fun because(wish: Wish, reason: Reason) = want(wish, now(wish).units, reason.code)

    /** The owner does not want it. */
    fun none(wish: Wish) = want(wish, 0, now(wish).reason)

    /** Back to the suggestion. */
    fun asSuggested(wish: Wish) = want(wish, wish.row.suggested ?: 0, null)

    private fun now(wish: Wish) = state.value.value?.wishes?.find { it.row.sku == wish.row.sku } ?: wish

    private fun want(wish: Wish, units: Int, reason: String?): Job {
        val why = reason.takeIf { units != wish.row.suggested }
        showNow { screen ->
            screen.copy(wishes = screen.wishes.map { if (it.row.sku == wish.row.sku) it.copy(intended = units, reason = why) else it })
        }
        return act { it.saveLine(Line.Intention(wish.row.sku, units, why)) }
    }

    /** What was read out and not changed is what the owner wants. */
    fun finish(): Job {
        val agreed = state.value.value?.unspoken.orEmpty()
        return act(then = { go.goOver(Route.At(Step.DISPLAY)) }) { core ->
            agreed.forEach { core.saveLine(Line.Intention(it.row.sku, it.units, null)) }
            core.saveLine(Line.Finished(Step.SUGGESTED_ORDER))
        }
    }
}
