package app.xundian.logic

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** What a screen shows: nothing yet, a value, or a problem; a problem does not take the last value away. */
data class View<T>(val value: T? = null, val isBusy: Boolean = false, val problem: Problem? = null) {
    val isLoading get() = value == null && problem == null
}

/** A view model: reads one record for its screen, and again after each thing that was done. */
abstract class Model<T : Any>(protected val room: Room, first: T? = null) {
    private val shown = MutableStateFlow(View(first))
    val state: StateFlow<View<T>> = shown.asStateFlow()

    /** Counts what the thumb did; a reading that is older than the last tap is thrown away. */
    @Volatile
    private var taps = 0L

    /** The last tap before the refusal that is said; `null` = nothing was refused, or only a reading failed. */
    @Volatile
    private var refused: Long? = null

    /** The record of the screen, on the core's thread. */
    protected abstract fun read(core: Core): T

    /** Reads the screen anew. */
    open fun load(): Job = doOrRead(isDeed = false, work = {}) {}

    fun dismiss() {
        refused = null
        shown.update { it.copy(problem = null) }
    }

    /** Does [work] on the core's thread, reads again and then, if it went well, goes on with [then]. */
    protected fun act(then: () -> Unit = {}, work: (Core) -> Unit): Job = actWith({ core -> work(core) }) { then() }

    /** As [act], with a result for [then]; what fails in it is said too. */
    protected fun <R> actWith(work: (Core) -> R, then: suspend (R) -> Unit): Job = doOrRead(isDeed = true, work, then)

    private fun <R> doOrRead(isDeed: Boolean, work: (Core) -> R, then: suspend (R) -> Unit): Job {
        val tap = ++taps
        shown.update { it.copy(isBusy = true) }
        return room.scope.launch {
            try {
                val (done, fresh) = withContext(room.quick) { work(room.core) to readIfLast(tap) }
                wentWell(tap, isDeed)
                if (fresh != null && tap == taps) shown.update { View(fresh, problem = it.problem.takeIf { refused != null }) }
                then(done)
            } catch (gone: CancellationException) {
                throw gone
            } catch (failure: Exception) {
                say(failure, isDeed)
                readAgain(tap)
            }
        }
    }

    /** What was refused is said until it is put away or something else is done: the reading of a sync must not take it from under the eyes. */
    private fun wentWell(tap: Long, isDeed: Boolean) {
        if (isDeed && tap > (refused ?: return)) refused = null
    }

    private fun readIfLast(tap: Long): T? = if (tap == taps) read(room.core) else null

    /** What was refused must not look as if it were saved; why it was stays said. */
    private suspend fun readAgain(tap: Long) {
        if (shown.value.value == null) return
        val fresh = withContext(room.quick) { runCatching { readIfLast(tap) }.getOrNull() }
        if (fresh != null && tap == taps) shown.update { it.copy(value = fresh) }
    }

    /** Shows [change] at once; the core's word follows. */
    protected fun showNow(change: (T) -> T) = shown.update { view -> view.copy(value = view.value?.let(change)) }

    internal fun fail(failure: Throwable) = say(failure, isDeed = true)

    /** A reading that fails takes no refusal's place: with the next reading nobody would know of that any more. */
    private fun say(failure: Throwable, isDeed: Boolean) {
        if (isDeed) {
            refused = taps
            room.refuses()
        }
        val isNews = isDeed || refused == null
        shown.update { it.copy(isBusy = false, problem = if (isNews) Messages.of(failure) else it.problem) }
        // At last: whoever hears of it may forget all that was said.
        room.met(failure)
    }

    /** Another visit, another store: nothing of the last one may flash up. */
    open fun forget() {
        taps++
        refused = null
        shown.value = View()
    }
}
