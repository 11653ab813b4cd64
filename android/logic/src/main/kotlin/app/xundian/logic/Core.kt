package app.xundian.logic

import app.xundian.core.RepPhoneInterface

/** What the screens need of the phone core: its own doors. Every call blocks and may throw a CoreException; [Room] chooses the thread. */
typealias Core = RepPhoneInterface

/** The company's lists of reasons, by the name of the list. */
object ReasonKind {
    const val SKIP_STEP = "skip_step"
    const val NO_ORDER = "no_order"
    const val SUGGESTION = "suggestion_override"
    const val CANCEL = "cancel"
    const val RETURN = "return"
}
