package app.xundian.logic

import app.xundian.device.OrderLight
import app.xundian.device.PromiseLight
import app.xundian.device.StopState
import app.xundian.domain.CancelCause
import app.xundian.domain.Channel
import app.xundian.domain.CheckUnit
import app.xundian.domain.Doubt
import app.xundian.domain.FactKind
import app.xundian.domain.FailedReason
import app.xundian.domain.OrderState
import app.xundian.domain.Outcome
import app.xundian.domain.PaymentForm
import app.xundian.domain.PaymentTerms
import app.xundian.domain.Step
import app.xundian.domain.VisitResult
import app.xundian.domain.WhyMissing
import app.xundian.protocol.Flag
import app.xundian.protocol.HeldCode
import app.xundian.protocol.Verdict

/** How far it is says it all: the server takes it, nothing is in its way, and if it has ended, all of it came. */
fun OrderLight.tellsAllOf(state: OrderState?): Boolean = this != OrderLight.REFUSED && when (state) {
    null, is OrderState.Waiting, is OrderState.OnSheet -> true
    is OrderState.Ended -> state.outcome == Outcome.DELIVERED && this == OrderLight.DELIVERED
    is OrderState.Held, is OrderState.Cancelled -> false
}

/** 四态灯: so many of the four are lit. A sheet at which nobody looked is not with the distributor yet; what is refused stands at none. */
val OrderLight.lamps: Int
    get() = when (this) {
        OrderLight.REFUSED -> 0
        OrderLight.ON_PHONE -> 1
        OrderLight.ON_SERVER, OrderLight.ON_SHEET -> 2
        OrderLight.AT_DISTRIBUTOR -> 3
        OrderLight.DELIVERED -> LAMPS
    }

const val LAMPS = 4

/** Taken back on this phone, and nobody else has heard: of an order that had left it the van may come all the same. */
fun OrderLight.hidesCancellation(state: OrderState?): Boolean =
    this == OrderLight.ON_PHONE && state is OrderState.Cancelled && state.cause == CancelCause.OWNER

/** The words for the core's closed lists. */
object Labels {
    fun of(step: Step) = when (step) {
        Step.STOCK_COUNT -> Text.STEP_COUNT
        Step.SUGGESTED_ORDER -> Text.STEP_SUGGEST
        Step.DISPLAY -> Text.STEP_DISPLAY
        Step.COMPETITOR -> Text.STEP_COMPETITOR
        Step.ORDER_CONFIRMATION -> Text.STEP_CONFIRM
    }

    fun of(state: StepState) = when (state) {
        StepState.EMPTY -> Text.STATE_EMPTY
        StepState.STARTED -> Text.STATE_STARTED
        StepState.FINISHED -> Text.STATE_FINISHED
        StepState.SKIPPED -> Text.STATE_SKIPPED
    }

    fun of(state: StopState) = when (state) {
        is StopState.ToDo -> Text.STOP_TO_DO
        is StopState.Visiting -> Text.STOP_VISITING
        is StopState.Done -> if (state.v1 == VisitResult.PARTIAL) Text.STOP_PARTIAL else Text.STOP_DONE
        is StopState.Failed -> Text.STOP_FAILED
    }

    fun of(light: PromiseLight) = when (light) {
        PromiseLight.NONE -> Text.PROMISE_NONE
        PromiseLight.ON_PHONE -> Text.PROMISE_ON_PHONE
        PromiseLight.ON_ITS_WAY -> Text.PROMISE_ON_ITS_WAY
        PromiseLight.DELIVERED -> Text.PROMISE_DELIVERED
        PromiseLight.SHORT -> Text.PROMISE_SHORT
        PromiseLight.LATE -> Text.PROMISE_LATE
        PromiseLight.REFUSED -> Text.PROMISE_REFUSED
        PromiseLight.NOT_REPORTED -> Text.PROMISE_NOT_REPORTED
    }

    fun of(light: OrderLight) = when (light) {
        OrderLight.ON_PHONE -> Text.LIGHT_ON_PHONE
        OrderLight.ON_SERVER -> Text.LIGHT_ON_SERVER
        OrderLight.ON_SHEET -> Text.LIGHT_ON_SHEET
        OrderLight.AT_DISTRIBUTOR -> Text.LIGHT_AT_DISTRIBUTOR
        OrderLight.DELIVERED -> Text.PROMISE_DELIVERED
        OrderLight.REFUSED -> Text.LIGHT_REFUSED
    }

    /** Beside the lights in one word, unless the server knows more: what is in its way, or what the driver said became of it. */
    fun of(light: OrderLight, state: OrderState?): Text = when {
        light.hidesCancellation(state) -> Text.ORDER_CANCEL_UNSENT
        state == null || light == OrderLight.REFUSED || light.tellsAllOf(state) -> of(light)
        else -> of(state)
    }

    /** Without the lights, in full. What is on this phone alone waits for nobody's sheet, and of a sheet the light knows who has seen it. */
    fun alone(light: OrderLight, state: OrderState?): Text = when {
        light == OrderLight.ON_PHONE && light.tellsAllOf(state) -> Text.ORDER_ON_PHONE
        state != null && state !is OrderState.OnSheet && light.tellsAllOf(state) -> of(state)
        else -> of(light, state)
    }

    /** What the owner must know before he waits for the van; nothing where the order goes its way, which begins on this phone. */
    fun onCard(light: OrderLight, state: OrderState?): Text? = when {
        light.hidesCancellation(state) -> Text.CARD_CANCEL_UNSENT
        state is OrderState.Cancelled -> Text.CARD_CANCELLED
        light == OrderLight.REFUSED -> Text.CARD_REFUSED
        else -> null
    }

    fun of(state: OrderState): Text = when (state) {
        is OrderState.Held -> Text.ORDER_HELD
        is OrderState.Waiting -> if (state.late) Text.ORDER_LATE else Text.ORDER_WAITING
        is OrderState.OnSheet -> Text.LIGHT_ON_SHEET
        is OrderState.Ended -> of(state.outcome)
        is OrderState.Cancelled -> of(state.cause)
    }

    private fun of(outcome: Outcome) = when (outcome) {
        Outcome.DELIVERED -> Text.PROMISE_DELIVERED
        Outcome.SHORT -> Text.PROMISE_SHORT
        Outcome.REFUSED -> Text.PROMISE_REFUSED
        Outcome.NOT_REPORTED -> Text.PROMISE_NOT_REPORTED
    }

    private fun of(cause: CancelCause) = if (cause == CancelCause.OWNER) Text.ORDER_CANCELLED else Text.ORDER_CANCELLED_OFFICE

    fun of(reason: FailedReason) = when (reason) {
        FailedReason.CLOSED -> Text.FAILED_CLOSED
        FailedReason.OWNER_ABSENT -> Text.FAILED_OWNER_ABSENT
        FailedReason.REFUSED -> Text.FAILED_REFUSED
        FailedReason.MOVED -> Text.FAILED_MOVED
        FailedReason.DEMOLISHED -> Text.FAILED_DEMOLISHED
    }

    /** The company's own reason may stand beside it. */
    fun of(why: WhyMissing): Text = when (why) {
        is WhyMissing.NotBegun -> Text.MISSED_NOT_BEGUN
        is WhyMissing.Open -> Text.MISSED_OPEN
        is WhyMissing.Failed -> of(why.v1)
        is WhyMissing.NotCounted -> Text.MISSED_NOT_COUNTED
    }

    fun of(movement: Movement) = when (movement) {
        Movement.SELF_BOUGHT -> Text.SELF_BOUGHT
        Movement.BY_PHONE -> Text.BY_PHONE
        Movement.LEFT -> Text.LEFT_AS_RETURN
        Movement.PICK_UP -> Text.TO_PICK_UP
    }

    fun of(form: PaymentForm) = when (form) {
        PaymentForm.CASH -> Text.PAY_CASH
        PaymentForm.WE_CHAT -> Text.PAY_WECHAT
        PaymentForm.TRANSFER -> Text.PAY_TRANSFER
        PaymentForm.ON_ACCOUNT -> Text.PAY_ON_ACCOUNT
    }

    fun of(terms: PaymentTerms) = when (terms) {
        PaymentTerms.CASH -> Text.TERMS_CASH
        PaymentTerms.WEEKLY -> Text.TERMS_WEEKLY
        PaymentTerms.MONTHLY30 -> Text.TERMS_MONTHLY
    }

    fun of(kind: FactKind) = when (kind) {
        FactKind.NEW_PRODUCT -> Text.FACT_NEW_PRODUCT
        FactKind.PRICE -> Text.FACT_PRICE
        FactKind.PROMOTION -> Text.FACT_PROMOTION
        FactKind.DISPLAY -> Text.FACT_DISPLAY
        FactKind.POLICY -> Text.FACT_POLICY
    }

    fun of(unit: CheckUnit) = when (unit) {
        CheckUnit.FACINGS -> Text.UNIT_FACINGS
        CheckUnit.PERCENT -> Text.UNIT_PERCENT
        CheckUnit.PIECE -> Text.UNIT_PIECE
        CheckUnit.METRE -> Text.UNIT_METRE
        CheckUnit.SKU -> Text.UNIT_SKU
    }

    fun of(channel: Channel) = when (channel) {
        Channel.KIOSK -> Text.CHANNEL_KIOSK
        Channel.GROCERY -> Text.CHANNEL_GROCERY
        Channel.CONVENIENCE -> Text.CHANNEL_CONVENIENCE
        Channel.SUPERMARKET -> Text.CHANNEL_SUPERMARKET
        Channel.RESTAURANT -> Text.CHANNEL_RESTAURANT
        Channel.SCHOOL -> Text.CHANNEL_SCHOOL
        Channel.NET_CAFE -> Text.CHANNEL_NET_CAFE
    }

    /** What the rep should know about the position; nothing where all is well. */
    fun of(whereabouts: Whereabouts): Text? = when (whereabouts) {
        Whereabouts.SEEKING, Whereabouts.KNOWN -> null
        Whereabouts.NO_FIX -> Text.WHERE_NO_FIX
        Whereabouts.DENIED -> Text.WHERE_DENIED
        Whereabouts.MOCK -> Text.WHERE_MOCK
    }

    /** The question that a doubt asks; {0} is what is likely meant. */
    fun of(doubt: Doubt) = when (doubt) {
        Doubt.BOUGHT_ELSEWHERE -> Text.DOUBT_BOUGHT_ELSEWHERE
        Doubt.CASES_AS_UNITS -> Text.DOUBT_CASES_AS_UNITS
        Doubt.UNITS_AS_CASES -> Text.DOUBT_UNITS_AS_CASES
        Doubt.PREVIOUS_CASES_AS_UNITS -> Text.DOUBT_PREVIOUS
        Doubt.SOLD_TOO_MUCH -> Text.DOUBT_SOLD_TOO_MUCH
        Doubt.SOLD_TOO_LITTLE -> Text.DOUBT_SOLD_TOO_LITTLE
        Doubt.MUCH_THERE -> Text.DOUBT_MUCH_THERE
    }

    /** What it did to an order and what is doubted of it says [Format.verdict]. */
    fun of(verdict: Verdict?): Text = when (verdict) {
        null -> Text.VERDICT_NONE
        is Verdict.Applied -> Text.VERDICT_APPLIED
        is Verdict.Parked -> Text.VERDICT_PARKED
        is Verdict.Held -> of(verdict.code)
        is Verdict.ConflictPayload -> Text.VERDICT_CONFLICT
        is Verdict.Rejected -> ofRejected(verdict.code)
    }

    fun of(flag: Flag) = when (flag) {
        Flag.PRICE_STALE -> Text.FLAG_PRICE_STALE
        Flag.OVER_CREDIT -> Text.FLAG_OVER_CREDIT
        Flag.PROMO_CAP -> Text.FLAG_PROMO_CAP
        Flag.UNLISTED_SKU -> Text.FLAG_UNLISTED_SKU
        Flag.CLOCK_UNVERIFIED -> Text.FLAG_CLOCK
        Flag.OUTSIDE_TERRITORY -> Text.FLAG_OUTSIDE
        Flag.DAY_DIFFERS -> Text.FLAG_DAY_DIFFERS
    }

    private fun of(code: HeldCode) = when (code) {
        HeldCode.UNKNOWN_KIND -> Text.HELD_KIND
        HeldCode.CAPTURE_TIME -> Text.HELD_TIME
        HeldCode.REVOKED_DEVICE -> Text.HELD_DEVICE
    }

    /** A code that is not here is of a newer server. */
    private fun ofRejected(code: String) = when (code) {
        "undecodable" -> Text.REJECTED_UNDECODABLE
        "unauthorised" -> Text.REJECTED_UNAUTHORISED
        "stale_base" -> Text.REJECTED_STALE
        "refused" -> Text.REJECTED_REFUSED
        else -> Text.VERDICT_REJECTED
    }

    /** What a record is. A kind that is not here shows its code. */
    fun ofKind(kind: String): Text? = when (kind) {
        "visit_closed" -> Text.KIND_VISIT
        "order_amended" -> Text.KIND_AMEND
        "order_cancelled" -> Text.KIND_CANCEL
        "day_closed" -> Text.KIND_DAY
        "store_opened" -> Text.KIND_STORE
        "store_note" -> Text.KIND_NOTE
        "store_contact_changed" -> Text.KIND_CONTACT
        else -> null
    }
}
