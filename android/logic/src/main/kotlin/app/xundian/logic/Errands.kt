package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Outcome
import app.xundian.device.SyncReport
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.withContext
import java.util.concurrent.atomic.AtomicInteger

/** Calls to the server, out of the way of the taps, and the stop that is meant for all of them. */
class Errands(private val core: Core, private val slow: CoroutineDispatcher) {
    private val stopped = AtomicInteger()

    /** How often somebody has stopped the calls. */
    val stops: Int get() = stopped.get()

    /**
     * One that had not begun when somebody stopped is `Cancelled`: the core knows only of stops of what runs. [since] = the stops when the work was
     * asked for of which this call is a part.
     */
    suspend fun <R> send(since: Int = stops, call: (Core) -> R): R = withContext(slow) {
        if (stops != since) throw CoreException.Cancelled()
        call(core)
    }

    /**
     * The facts, and behind them their photos, which are as much of the transfer. Who stops the photos, also before they have begun, has sent the
     * facts.
     */
    suspend fun sendAll(since: Int = stops): SyncReport {
        val facts = send(since) { it.sync() }
        if (facts.outcome !is Outcome.InStep) return facts
        val photos = try {
            send(since) { it.sendPhotos() }
        } catch (stopped: CoreException.Cancelled) {
            return facts
        }
        return if (photos.outcome is Outcome.Cancelled) facts else photos
    }

    /** Ends the calls, the one that runs and those that wait; there may be nothing to end. It only tells the core and waits for nobody. */
    fun cancel() {
        // In this order: what is about to begin sees the one, what runs hears the other.
        stopped.incrementAndGet()
        runCatching { core.cancel() }
    }
}
