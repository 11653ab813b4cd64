package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.core.CheckedOut
import app.xundian.device.Line
import app.xundian.device.VisitView
import app.xundian.domain.FailedReason
import app.xundian.domain.Step
import app.xundian.domain.StoreId
import app.xundian.protocol.Reason
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** The rail. */
data class VisitScreen(
    val store: StoreId,
    val storeName: String,
    val checkInMs: Long,
    val steps: List<Pair<Step, StepState>>,
    val skipReasons: List<Reason>,
    /** Products without a whole count in a count that is called done. */
    val uncounted: Int = 0,
    /** Lines that check-out sends as an order though nobody has confirmed them. */
    val orderLines: Int = 0,
) {
    /** What is asked about before the visit is left. */
    val open: List<Step> get() = steps.filter { it.second.isOpen }.map { it.first }

    /** Where a thumb goes next. */
    val next: Step? get() = open.firstOrNull()

    /** Nothing was entered that could be lost. */
    val isUntouched: Boolean get() = steps.all { it.second == StepState.EMPTY }

    fun isStarted(step: Step) = steps.any { it == step to StepState.STARTED }
}

/** While step 5 is open the core sells what the owner wanted, and whoever seals the visit is told how many lines that is. */
internal fun Core.linesUnconfirmed(visit: VisitView): Int {
    val isWanted = visit.lines.any { it is Line.Intention || it is Line.Confirmed }
    return if (isWanted && visit.lines.stateOf(Step.ORDER_CONFIRMATION).isOpen) linesQuoted() else 0
}

/** An order that cannot be reckoned keeps nobody from the rail, nor from a visit that fails; damage is not to be overlooked. */
private fun Core.linesQuoted(): Int = try {
    quote().lines.size
} catch (damage: CoreException.Corrupt) {
    throw damage
} catch (failure: Exception) {
    0
}

/** Visit 拜访: the rail of five steps, check-out, a visit that failed. */
class VisitModel(room: Room, private val go: Navigator, private val closed: (CheckedOut) -> Unit) : Model<VisitScreen>(room) {
    val whereabouts: StateFlow<Whereabouts> = room.shell.whereabouts

    private val turnedBack = MutableStateFlow<FailedReason?>(null)
    /** Why the visit was to fail of which there is no photo: nothing is sealed before somebody says so. */
    val withoutPhoto: StateFlow<FailedReason?> = turnedBack.asStateFlow()

    private val unread = MutableStateFlow(false)
    /** It is there and its lines cannot be read: what is left is to end it as failed, which reads nothing of it. */
    val isUnread: StateFlow<Boolean> = unread.asStateFlow()

    override fun read(core: Core): VisitScreen {
        val visit = readable(core) ?: throw CoreException.NotFound("no_visit")
        val shop = core.storeCard(visit.store).shop
        val isCounted = visit.lines.stateOf(Step.STOCK_COUNT) == StepState.FINISHED
        return VisitScreen(
            store = visit.store,
            storeName = shop.name,
            checkInMs = visit.checkIn.wall,
            steps = Step.entries.map { it to visit.lines.stateOf(it) },
            skipReasons = core.reasons(ReasonKind.SKIP_STEP),
            uncounted = if (isCounted) core.countItems().count { !it.isWhole(shop.hasBackroom) } else 0,
            orderLines = core.linesUnconfirmed(visit),
        )
    }

    private fun readable(core: Core): VisitView? = try {
        core.currentVisit().also { unread.value = false }
    } catch (fault: CoreException.Internal) {
        unread.value = true
        throw fault
    }

    override fun forget() {
        super.forget()
        turnedBack.value = null
        unread.value = false
    }

    fun openSettings() = room.shell.openSettings()

    fun open(step: Step) = go.go(Route.At(step))

    fun skip(step: Step, reason: Reason) = act { it.saveLine(Line.Skip(step, reason.code)) }

    /** How long the rep is in the shop, once a second while somebody looks. */
    fun elapsedMs(checkInMs: Long): Flow<Long> = flow {
        while (true) {
            emit((room.wallMs() - checkInMs).coerceAtLeast(0))
            delay(TICK_MS)
        }
    }

    fun checkOut(): Job = actWithout({ it.checkOut() }, closed)

    /**
     * The photo is asked for but never required: a broken camera must not keep the rep in front of a closed door. Who wants none is asked where
     * something was entered.
     */
    fun fail(reason: FailedReason, withPhoto: Boolean): Job = room.scope.launch {
        val isUntouched = state.value.value?.isUntouched == true
        if (withPhoto || !isUntouched) photoCame(reason, if (withPhoto) photoOf(reason) else null) else failWith(reason, null)
    }

    /** Turned back or broken: either way it is asked. */
    private suspend fun photoOf(reason: FailedReason): ByteArray? = try {
        room.shell.photo(PhotoPurpose.Failed(reason))
    } catch (none: PickFailed) {
        null
    }

    /** The camera's answer, however late. Without a photo it is asked first: a slip of the thumb must not drop what was counted. */
    fun photoCame(reason: FailedReason, photo: ByteArray?): Job? {
        if (photo != null) return failWith(reason, photo)
        turnedBack.value = reason
        return null
    }

    fun failWithoutPhoto(): Job? {
        val reason = turnedBack.value ?: return null
        keepVisit()
        return failWith(reason, null)
    }

    /** It was not meant so: the visit goes on. */
    fun keepVisit() {
        turnedBack.value = null
    }

    private fun failWith(reason: FailedReason, photo: ByteArray?): Job = actWithout({ core -> core.failVisit(reason, photo?.let(core::keepPhoto)) }, closed)

    /** After it no visit is open and the rail cannot be read again. */
    private fun <R> actWithout(work: (Core) -> R, then: (R) -> Unit): Job = room.scope.launch {
        try {
            val done = withContext(room.quick) { work(room.core) }
            forget()
            then(done)
        } catch (gone: CancellationException) {
            throw gone
        } catch (failure: Exception) {
            fail(failure)
        }
    }

    private companion object {
        const val TICK_MS = 1_000L
    }
}
