package app.xundian.logic

import app.xundian.core.CoreException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** The first reading: where the rep left off. If it fails nobody knows whose phone this is, and that is not the same as nobody's. */
class StartModel(private val room: Room, private val go: Navigator, private val found: (isEnrolled: Boolean) -> Unit) {
    private val shown = MutableStateFlow(View<Unit>())
    val state: StateFlow<View<Unit>> = shown.asStateFlow()

    /** The file is damaged: trying again begins a new one. */
    val isDamage: Boolean get() = shown.value.problem?.isDamage == true

    fun find(): Job? {
        if (shown.value.isBusy) return null
        shown.update { it.copy(isBusy = true) }
        return room.scope.launch {
            try {
                val (isEnrolled, isVisiting) = withContext(room.quick) { read(room.core) }
                shown.value = View()
                goOn(isEnrolled, isVisiting)
                found(isEnrolled)
            } catch (gone: CancellationException) {
                throw gone
            } catch (failure: Exception) {
                shown.value = View(problem = Messages.of(failure))
                go.replaceAll(Route.Start)
            }
        }
    }

    /** A call met damage: why there is nothing to show any more. */
    fun fail(why: CoreException.Corrupt) {
        shown.value = View(problem = Messages.of(why))
        go.replaceAll(Route.Start)
    }

    private fun read(core: Core): Pair<Boolean, Boolean> {
        val isEnrolled = rep(core) != null
        // One that cannot be read keeps nobody from the route, nor what waits from the server.
        return isEnrolled to (isEnrolled && core.openVisit() is OpenVisit.There)
    }

    /** After damage a new file is begun, as at the opening; what was put aside is told of by [DamageModel]. */
    private fun rep(core: Core): String? = try {
        core.rep()
    } catch (aside: CoreException.Corrupt) {
        core.resume()
        core.rep()
    }

    private fun goOn(isEnrolled: Boolean, isVisiting: Boolean) = when {
        !isEnrolled -> go.replaceAll(Route.Enrol)
        isVisiting -> go.goHome(Route.Visit)
        go.here == Route.Start -> go.replaceAll(Route.Today)
        else -> Unit
    }
}
