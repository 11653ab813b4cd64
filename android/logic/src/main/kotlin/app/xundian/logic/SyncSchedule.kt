package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Outcome
import app.xundian.device.SyncReport
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import kotlin.random.Random

/** How the transfer stands, for the line on every screen. */
data class SyncState(
    val isRunning: Boolean = false,
    val problem: Problem? = null,
    val last: SyncReport? = null,
    /** When it is tried again; `null` = at the next occasion. */
    val nextTryMs: Long? = null,
)

/**
 * When to sync: on start, on resume, after every check-out, when an order was changed or the day sealed, when a network comes, and when asked;
 * after a failure later and later, never in step with other phones.
 */
class SyncSchedule(private val room: Room, private val random: Random = Random.Default) {
    private val now = MutableStateFlow(SyncState())
    val state: StateFlow<SyncState> = now.asStateFlow()
    private var running: Job? = null
    private var waiting: Job? = null
    private var failures = 0
    private var askedAgain = false
    private var cameMeanwhile = false

    /** The server's own word, which no occasion and no new network shortens. */
    private var askedUntilMs = 0L

    /** App opened, came back, a visit was closed, an order changed or the day sealed. The server's own wait goes on. */
    fun occasion() {
        // One in the middle of a run is noted: the run may end the wait.
        if (running?.isActive == true || !isServersWait()) start()
    }

    /** The thumb asked: what was waited for no longer counts. */
    fun askedNow() {
        failures = 0
        start()
    }

    /** The phone has a network again: what failed or is unsent does not wait for the clock. */
    fun networkCame() {
        if (running?.isActive == true) {
            cameMeanwhile = true
            return
        }
        if (isServersWait()) return
        if (now.value.problem != null) start() else startIfUnsent()
    }

    private fun startIfUnsent() {
        val asked = room.errands.stops
        room.scope.launch { if (isAnythingUnsent() && asked == room.errands.stops && running?.isActive != true) start() }
    }

    private fun isServersWait() = room.wallMs() < askedUntilMs

    private suspend fun isAnythingUnsent(): Boolean = withContext(room.quick) {
        runCatching { room.core.outbox().let { it.unsent > 0u || it.photos.count > 0u } }.getOrDefault(false)
    }

    /** The rep stops it, with what was asked for meanwhile; what was sent stays sent. */
    fun cancel() {
        waiting?.cancel()
        askedAgain = false
        cameMeanwhile = false
        now.update { it.copy(nextTryMs = null) }
        room.errands.cancel()
    }

    private fun start() {
        waiting?.cancel()
        // A check-out in the middle of a run is not in that run: go once more after it.
        if (running?.isActive == true) {
            askedAgain = true
            return
        }
        val asked = room.errands.stops
        running = room.scope.launch { run(asked) }
    }

    /** [asked] = the stops when somebody asked for it: one that came before it has begun takes it back, too. */
    private suspend fun run(asked: Int) {
        var since = asked
        do {
            askedAgain = false
            cameMeanwhile = false
            waiting?.cancel()
            now.update { it.copy(isRunning = true, problem = null, nextTryMs = null) }
            val wait = once(since)
            now.update { it.copy(isRunning = false) }
            since = room.errands.stops
        } while (if (wait == null) askedAgain else cameMeanwhile && !isServersWait())
    }

    /** One run; how long to wait, or `null` when all is well or nothing helps but the rep. */
    private suspend fun once(since: Int): Long? {
        val problem = try {
            val report = inTurn(since)
            now.update { it.copy(last = report) }
            (report.outcome as? Outcome.Later)?.let { return later(Messages.of(it), it.ms.toLong()) }
            Messages.of(report.outcome)
        } catch (gone: CancellationException) {
            throw gone
        } catch (failure: Exception) {
            room.met(failure)
            Messages.of(failure)
        }
        if (problem?.canRetry == true) return later(problem, 0)
        failures = 0
        askedUntilMs = 0
        now.update { it.copy(problem = problem) }
        return null
    }

    /** The core lets one transfer run. That of the background work is as good as ours and no failure; what it leaves goes after it. */
    private suspend fun inTurn(since: Int): SyncReport {
        while (true) {
            try {
                return room.errands.sendAll(since)
            } catch (busy: CoreException.Conflict) {
                if (busy.reason != "busy") throw busy
            }
            delay(BUSY_MS)
        }
    }

    private fun later(problem: Problem?, atLeastMs: Long): Long {
        val wait = maxOf(atLeastMs, backOff(failures++, random))
        askedUntilMs = room.wallMs() + atLeastMs
        now.update { it.copy(problem = problem, nextTryMs = room.wallMs() + wait) }
        waiting = room.scope.launch {
            delay(wait)
            start()
        }
        return wait
    }

    companion object {
        private const val BUSY_MS = 2_000L
        private const val FIRST_MS = 5_000L
        private const val LONGEST_MS = 15 * 60_000L

        /** Half fixed, half by chance: a whole team that leaves the same cellar does not ring at once. */
        fun backOff(failures: Int, random: Random): Long {
            val full = (FIRST_MS shl failures.coerceIn(0, 10)).coerceAtMost(LONGEST_MS)
            return full / 2 + random.nextLong(full / 2 + 1)
        }
    }
}
