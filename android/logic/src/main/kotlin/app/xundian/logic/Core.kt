package app.xundian.logic

import app.xundian.core.RepPhoneInterface
import app.xundian.device.Outcome
import app.xundian.device.SyncReport

/** What the screens need of the phone core: its own doors. Every call blocks and may throw a CoreException; [Room] chooses the thread. */
typealias Core = RepPhoneInterface

/** The facts, and behind them their photos, which are as much of the transfer. Who stops the photos has sent the facts. */
fun Core.sendAll(): SyncReport {
    val facts = sync()
    if (facts.outcome !is Outcome.InStep) return facts
    val photos = sendPhotos()
    return if (photos.outcome is Outcome.Cancelled) facts else photos
}

/** The company's lists of reasons, by the name of the list. */
object ReasonKind {
    const val SKIP_STEP = "skip_step"
    const val NO_ORDER = "no_order"
    const val SUGGESTION = "suggestion_override"
    const val CANCEL = "cancel"
    const val RETURN = "return"
}
