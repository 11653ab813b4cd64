package app.xundian.logic

import java.time.LocalDate

/** What is open over the count, with what is half entered there. */
sealed interface CountDraft {
    /** Something is entered that is saved nowhere else. */
    val isTouched: Boolean

    /** What came of a delivery that came in part: all of it, until somebody says less. */
    data class PartCame(val awaited: AwaitedOrder, val came: Map<String, Int> = allOf(awaited)) : CountDraft {
        override val isTouched get() = came != allOf(awaited)
        fun step(sku: String, by: Int) = copy(came = came + (sku to ((came[sku] ?: 0) + by).coerceAtLeast(0)))
    }

    /** What is rare about a product; without [expiry] nobody has touched its date. */
    data class More(val sku: String, val expiry: LocalDate? = null, val move: MoveDraft = MoveDraft()) : CountDraft {
        override val isTouched get() = expiry != null || move.isTouched
    }

    /** Goods from somebody else, which explain a count that nobody believes. */
    data class Elsewhere(val sku: String, val move: MoveDraft) : CountDraft {
        override val isTouched get() = move.isTouched
    }

    /** By the keyboard. */
    data class Typed(val sku: String, val isCases: Boolean, val text: String = "") : CountDraft {
        override val isTouched get() = text.isNotEmpty()
    }

    /** Its text is that of the search. */
    data object AddSku : CountDraft {
        override val isTouched get() = false
    }
}

private fun allOf(awaited: AwaitedOrder): Map<String, Int> = awaited.lines.associate { (item, units) -> item.sku to units }

/** From what stands in the model: two quick taps are two. Of a sheet that is not open nothing is changed. */
inline fun <reified D : CountDraft> CountModel.change(to: (D) -> CountDraft) {
    val now = draft.value
    if (now is D) open(to(now))
}

/** Goods that came or went. Until somebody steps, it is what was recorded of the movement, else [first]. */
data class MoveDraft(
    val movement: Movement = Movement.SELF_BOUGHT, val first: Int = 0, val stepped: Int? = null, val reason: String = "",
) {
    val isTouched get() = stepped != null || reason.isNotEmpty()

    /** Each kind of movement goes on from what is recorded of it. */
    fun of(now: Movement) = if (now == movement) this else copy(movement = now, stepped = null)

    fun units(recorded: Int): Int = stepped ?: if (recorded > 0) recorded else first

    fun step(recorded: Int, by: Int) = copy(stepped = (units(recorded) + by).coerceAtLeast(0))
}
