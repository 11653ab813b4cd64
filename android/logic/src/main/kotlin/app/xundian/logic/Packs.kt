package app.xundian.logic

/** The packs in a case, for a long press: only whole packs can be ordered, and at least one. */
fun packsInCase(case: Int, pack: Int): Int = (case / pack.coerceAtLeast(1)).coerceAtLeast(1)
