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

    /** The record of the screen, on the core's thread. */
    protected abstract fun read(core: Core): T

    /** Reads the screen anew. */
    open fun load(): Job = act { }

    fun dismiss() = shown.update { it.copy(problem = null) }

    /** Does [work] on the core's thread, reads again and then, if it went well, goes on with [then]. */
    protected fun act(then: () -> Unit = {}, work: (Core) -> Unit): Job = actWith({ core -> work(core) }) { then() }

    /** As [act], with a result for [then]. */
    protected fun <R> actWith(work: (Core) -> R, then: (R) -> Unit): Job {
        val tap = ++taps
        shown.update { it.copy(isBusy = true) }
        return room.scope.launch {
            try {
                val (done, fresh) = withContext(room.quick) { work(room.core) to readIfLast(tap) }
                if (fresh != null && tap == taps) shown.value = View(fresh)
                then(done)
            } catch (gone: CancellationException) {
                throw gone
            } catch (failure: Exception) {
                fail(failure)
                readAgain(tap)
            }
        }
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

    protected fun fail(failure: Throwable) = shown.update { it.copy(isBusy = false, problem = Messages.of(failure)) }

    /** Another visit, another store: nothing of the last one may flash up. */
    open fun forget() {
        taps++
        shown.value = View()
    }
}
