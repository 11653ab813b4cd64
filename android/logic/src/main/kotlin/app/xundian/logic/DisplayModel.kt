package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.device.NamedSku
import app.xundian.domain.Check
import app.xundian.domain.CheckMade
import app.xundian.domain.Step
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch

data class CheckRow(val check: Check, val found: Int?) {
    val isMet get() = found?.let { it >= check.minValue.toInt() }
}

data class DisplayScreen(
    val checks: List<CheckRow>,
    val products: List<NamedSku>,
    val onShelf: Set<String>,
    val pop: Int,
    val before: Int,
    val after: Int,
)

/** 3 做陈列. */
class DisplayModel(room: Room, private val go: Navigator) : Model<DisplayScreen>(room) {
    override fun read(core: Core): DisplayScreen {
        val lines = core.currentVisit()?.lines ?: throw CoreException.NotFound("no_visit")
        val made = lines.filterIsInstance<Line.Check>().associate { it.v1.no to it.v1.value.toInt() }
        return DisplayScreen(
            checks = core.displayStandard().map { CheckRow(it, made[it.no]) },
            products = core.countItems().map { NamedSku(it.sku, it.name) },
            onShelf = lines.filterIsInstance<Line.OnShelf>().map { it.v1 }.toSet(),
            pop = lines.filterIsInstance<Line.PopPlaced>().firstOrNull()?.v1?.toInt() ?: 0,
            before = lines.count { it is Line.PhotoBefore },
            after = lines.count { it is Line.PhotoAfter },
        )
    }

    /** So many more or fewer; from what stands in the model: two quick taps are two. */
    fun found(row: CheckRow, by: Int): Job {
        val now = state.value.value?.checks?.find { it.check.no == row.check.no } ?: row
        return count(row, (now.found ?: 0) + by)
    }

    /** As many as the standard asks. */
    fun meets(row: CheckRow): Job = count(row, row.check.minValue.toInt())

    private fun count(row: CheckRow, value: Int): Job {
        val found = value.coerceAtLeast(0)
        showNow { screen -> screen.copy(checks = screen.checks.map { if (it.check.no == row.check.no) it.copy(found = found) else it }) }
        return act { it.saveLine(Line.Check(CheckMade(row.check.no, found.toUInt()))) }
    }

    /** Met as the standard asks; a second tap takes it back. */
    fun tick(row: CheckRow): Job {
        val line = Line.Check(CheckMade(row.check.no, row.check.minValue))
        return if (row.isMet == true) act { it.takeBack(line) } else act { it.saveLine(line) }
    }

    fun shelf(product: NamedSku, stands: Boolean) = act { if (stands) it.saveLine(Line.OnShelf(product.sku)) else it.takeBack(Line.OnShelf(product.sku)) }

    fun pop(by: Int): Job? {
        val screen = state.value.value ?: return null
        val pieces = (screen.pop + by).coerceAtLeast(0)
        showNow { it.copy(pop = pieces) }
        return act { it.saveLine(Line.PopPlaced(pieces.toUInt())) }
    }

    fun photo(isAfter: Boolean): Job = room.scope.launch {
        val bytes = room.shell.photo() ?: return@launch
        act { core ->
            val kept = core.keepPhoto(bytes)
            core.saveLine(if (isAfter) Line.PhotoAfter(kept) else Line.PhotoBefore(kept))
        }
    }

    fun finish() = act(then = { go.goOver(Route.At(Step.COMPETITOR)) }) { it.saveLine(Line.Finished(Step.DISPLAY)) }
}
