package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Outcome

/** What went wrong, in words that say what to do. [detail] is for the one who is called, not for the rep. */
data class Problem(
    val text: Text,
    val detail: String = "",
    val canRetry: Boolean = false,
    val wantsEnrolment: Boolean = false,
    /** The phone's file is damaged. */
    val isDamage: Boolean = false,
    /** What was entered wrongly, by the core's name of it. */
    val field: String? = null,
)

/** What is said below a [field] of a form; nothing where another one is meant. */
fun Problem?.at(field: String): Text? = this?.takeIf { it.field == field }?.text

/** From the core's errors to texts. */
object Messages {
    fun of(failure: Throwable): Problem = when (failure) {
        is CoreException.InvalidInput -> Problem(inputText(failure), failure.field, field = failure.field)
        is CoreException.NotFound -> Problem(reasonText(failure.reason) ?: Text.ERR_NOT_FOUND, failure.reason)
        is CoreException.Conflict -> Problem(reasonText(failure.reason) ?: Text.ERR_CONFLICT, failure.reason, canRetry = true)
        is CoreException.StorageFull -> Problem(Text.ERR_STORAGE_FULL, canRetry = true)
        // Without a name it could not be put aside yet.
        is CoreException.Corrupt -> Problem(if (failure.keptAs.isEmpty()) Text.ERR_DAMAGED else Text.ERR_CORRUPT, failure.keptAs, isDamage = true)
        is CoreException.IncompatibleVersion -> Problem(reasonText(failure.reason) ?: Text.ERR_VERSION, failure.reason)
        is CoreException.Network -> network(failure)
        is CoreException.Unauthorized -> Problem(reasonText(failure.reason) ?: Text.ERR_UNAUTHORIZED, failure.reason, wantsEnrolment = true)
        is CoreException.Cancelled -> Problem(Text.ERR_CANCELLED)
        // Its reason is for the log and may read like any other.
        is CoreException.Internal -> Problem(Text.ERR_INTERNAL, failure.reason)
        is PickFailed -> Problem(failure.text)
        else -> Problem(Text.ERR_INTERNAL, failure.javaClass.simpleName)
    }

    /** As [of], in the form of the enrolment: there an address may be mistyped, nothing is saved yet that is sent later, and codes do not hold for long. */
    fun ofEnrolment(failure: Throwable): Problem = of(failure).let { said -> enrolText(failure)?.let { said.copy(text = it) } ?: said }

    private fun enrolText(failure: Throwable): Text? = when {
        failure is CoreException.InvalidInput && failure.reason == "bad_address" -> Text.ENROL_ADDRESS
        failure is CoreException.Unauthorized && failure.reason == "wrong_code" -> Text.ENROL_WRONG_CODE
        failure is CoreException.Conflict && failure.reason == "visit_open" -> Text.ENROL_VISIT_OPEN
        failure is CoreException.Network && failure.reason == "no_answer" -> Text.ENROL_NO_ANSWER
        failure is CoreException.Network && failure.reason == "puzzled" -> Text.ENROL_NOT_OURS
        else -> null
    }

    /** Names and addresses are short, a note may be longer. */
    private fun inputText(failure: CoreException.InvalidInput): Text = when (failure.field to failure.reason) {
        "text" to "too_long" -> Text.ERR_TEXT_TOO_LONG
        "street" to "invalid" -> Text.ERR_STREET
        "receiving_hours" to "invalid" -> Text.ERR_HOURS
        "invitation" to "other_company" -> Text.ERR_OTHER_COMPANYS_CODE
        else -> reasonText(failure.reason) ?: Text.ERR_INVALID
    }

    private fun network(failure: CoreException.Network): Problem {
        val known = reasonText(failure.reason)
        val text = known ?: if (failure.retryable) Text.ERR_NETWORK else Text.ERR_SERVER_ADDRESS
        return Problem(text, failure.reason, canRetry = failure.retryable)
    }

    /** How a transfer ended; `null` = all is well. */
    fun of(outcome: Outcome): Problem? = when (outcome) {
        is Outcome.InStep -> null
        is Outcome.Later -> Problem(Text.SYNC_LATER, canRetry = true)
        is Outcome.EnrolAgain -> Problem(Text.SYNC_ENROL_AGAIN, wantsEnrolment = true)
        is Outcome.Update -> Problem(Text.SYNC_UPDATE)
        is Outcome.Puzzled -> Problem(Text.SYNC_PUZZLED, canRetry = true)
        is Outcome.Cancelled -> Problem(Text.ERR_CANCELLED)
    }

    /** The core's reason codes; one that is not here falls back to the text of its kind. */
    private fun reasonText(reason: String): Text? = when (reason) {
        "not_pulled" -> Text.ERR_NOT_PULLED
        "not_enrolled" -> Text.ERR_NOT_ENROLLED
        "unknown_store" -> Text.ERR_UNKNOWN_STORE
        "unknown_order" -> Text.ERR_UNKNOWN_ORDER
        "order_over" -> Text.ERR_ORDER_OVER
        "visit_open" -> Text.ERR_VISIT_OPEN
        "no_visit" -> Text.ERR_NO_VISIT
        "no_orders" -> Text.ERR_NO_ORDERS
        "nothing_left" -> Text.ERR_NOTHING_LEFT
        "no_price" -> Text.ERR_NO_PRICE
        "photo_too_large" -> Text.ERR_PHOTO_TOO_LARGE
        "photos_full" -> Text.ERR_PHOTOS_FULL
        "other_rep" -> Text.ERR_OTHER_REP
        "wrong_code" -> Text.ERR_WRONG_CODE
        "bad_address" -> Text.ERR_SERVER_ADDRESS
        "unreadable" -> Text.ERR_NOT_OUR_QR
        "revoked" -> Text.ERR_REVOKED
        "key_lost" -> Text.ERR_KEY_LOST
        "clock" -> Text.ERR_CLOCK
        "other_company" -> Text.ERR_OTHER_COMPANY
        "busy" -> Text.ERR_BUSY
        "too_long" -> Text.ERR_TOO_LONG
        "record_too_long" -> Text.ERR_RECORD_TOO_LONG
        "empty" -> Text.ERR_EMPTY
        "no_answer" -> Text.ERR_NETWORK
        "server_busy" -> Text.ERR_SERVER_BUSY
        "journal" -> Text.ERR_JOURNAL
        "newer_journal" -> Text.ERR_NEWER_JOURNAL
        "newer_database" -> Text.ERR_NEWER_DATABASE
        "upgrade" -> Text.SYNC_UPDATE
        "refused" -> Text.ERR_REFUSED
        "puzzled" -> Text.SYNC_PUZZLED
        "others_wait" -> Text.ERR_OTHERS_WAIT
        "closed", "paused" -> Text.ERR_PAUSED
        else -> null
    }
}
