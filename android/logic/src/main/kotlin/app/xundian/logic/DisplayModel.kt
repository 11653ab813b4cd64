package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.device.NamedSku
import app.xundian.device.PhotoShows
import app.xundian.device.PhotoState
import app.xundian.domain.Check
import app.xundian.domain.CheckMade
import app.xundian.domain.PhotoRef
import app.xundian.domain.Step
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

data class CheckRow(val check: Check, val found: Int?) {
    val isMet get() = found?.let { it >= check.minValue.toInt() }
}

data class DisplayScreen(
    val checks: List<CheckRow>,
    val products: List<NamedSku>,
    val onShelf: Set<String>,
    val pop: Int,
    val before: List<PhotoRef>,
    val after: List<PhotoRef>,
)

/** 3 做陈列. */
class DisplayModel(room: Room, private val go: Navigator) : Model<DisplayScreen>(room) {
    private val image = MutableStateFlow<ByteArray?>(null)
    /** What the standard looks like, as JPEG or PNG. Neither the checklist nor a tap waits for it. */
    val picture: StateFlow<ByteArray?> = image.asStateFlow()
    /** Another visit may follow another standard. */
    private var visits = 0
    private var looks = 0

    private val taken = MutableStateFlow<Map<String, ByteArray>>(emptyMap())
    /** The photos of this visit by their hash, as far as they are on this phone or this process saw them. */
    val photos: StateFlow<Map<String, ByteArray>> = taken.asStateFlow()

    override fun load(): Job = load(isAnew = false)

    /** A sync brought something while the step is open, the picture perhaps. A tap goes before it, as before every reading. */
    fun masterCame(): Job = load(isAnew = true)

    private fun load(isAnew: Boolean): Job {
        val (loading, visit) = super.load() to visits
        room.scope.launch {
            loading.join()
            if (isAnew || image.value == null) look(visit)
            lookAtPhotos(visit)
        }
        return loading
    }

    /** The last look counts: an older one may answer later. What cannot be read takes nothing away, and the checklist is worth reading without it. */
    private suspend fun look(visit: Int) {
        if (visit != visits) return
        val look = ++looks
        val found = withContext(room.slow) { runCatching { room.core.standardPicture() } }.getOrElse { return }
        if (visit == visits && look == looks && !found.contentEquals(image.value)) image.value = found
    }

    /** What was taken before this process began, each once; what the server has is not here any more. */
    private suspend fun lookAtPhotos(visit: Int) {
        val kept = beside { it.visitPhotos() }.orEmpty().filter { it.state == PhotoState.WAITING && it.shows != PhotoShows.COMPETITOR }
        for (photo in kept.map { it.photo }) {
            if (photo.sha256 in taken.value) continue
            val bytes = beside { it.keptPhoto(photo) } ?: continue
            if (visit != visits) return
            taken.update { it + (photo.sha256 to bytes) }
        }
    }

    /** No tap waits for it, and it is missed by nobody who cannot have it. */
    private suspend fun <T> beside(question: (Core) -> T): T? = withContext(room.slow) { runCatching { question(room.core) }.getOrNull() }

    override fun forget() {
        super.forget()
        visits++
        image.value = null
        taken.value = emptyMap()
    }

    override fun read(core: Core): DisplayScreen {
        val lines = core.currentVisit()?.lines ?: throw CoreException.NotFound("no_visit")
        val made = lines.filterIsInstance<Line.Check>().associate { it.v1.no to it.v1.value.toInt() }
        return DisplayScreen(
            checks = core.displayStandard().map { CheckRow(it, made[it.no]) },
            products = core.countItems().map { NamedSku(it.sku, it.name) },
            onShelf = lines.filterIsInstance<Line.OnShelf>().map { it.v1 }.toSet(),
            pop = lines.filterIsInstance<Line.PopPlaced>().firstOrNull()?.v1?.toInt() ?: 0,
            before = lines.filterIsInstance<Line.PhotoBefore>().map { it.v1 },
            after = lines.filterIsInstance<Line.PhotoAfter>().map { it.v1 },
        )
    }

    /** So many more or fewer; from what stands in the model: two quick taps are two. */
    fun found(row: CheckRow, by: Int): Job {
        val now = state.value.value?.checks?.find { it.check.no == row.check.no } ?: row
        return count(row, (now.found ?: 0) + by)
    }

    /** As many as the standard asks. */
    fun meets(row: CheckRow): Job = count(row, row.check.minValue.toInt())

    /** Back to "nobody looked", which is not zero: the value was meant for another check. */
    fun uncheck(row: CheckRow): Job {
        show(row, null)
        return act { it.takeBack(Line.Check(CheckMade(row.check.no, row.check.minValue))) }
    }

    private fun count(row: CheckRow, value: Int): Job {
        val found = value.coerceAtLeast(0)
        show(row, found)
        return act { it.saveLine(Line.Check(CheckMade(row.check.no, found.toUInt()))) }
    }

    private fun show(row: CheckRow, found: Int?) =
        showNow { screen -> screen.copy(checks = screen.checks.map { if (it.check.no == row.check.no) it.copy(found = found) else it }) }

    /** Met as the standard asks; a second tap takes it back. */
    fun tick(row: CheckRow): Job = if (row.isMet == true) uncheck(row) else meets(row)

    fun shelf(product: NamedSku, stands: Boolean) = act { if (stands) it.saveLine(Line.OnShelf(product.sku)) else it.takeBack(Line.OnShelf(product.sku)) }

    fun pop(by: Int): Job? {
        val screen = state.value.value ?: return null
        val pieces = (screen.pop + by).coerceAtLeast(0)
        showNow { it.copy(pop = pieces) }
        return act { it.saveLine(Line.PopPlaced(pieces.toUInt())) }
    }

    fun photo(isAfter: Boolean): Job = room.scope.launch {
        try {
            room.shell.photo(if (isAfter) PhotoPurpose.After else PhotoPurpose.Before)?.let { keep(it, isAfter) }
        } catch (failure: PickFailed) {
            fail(failure)
        }
    }

    fun keep(photo: ByteArray, isAfter: Boolean): Job = act { core ->
        val kept = core.keepPhoto(photo)
        core.saveLine(line(kept, isAfter))
        taken.update { it + (kept.sha256 to photo) }
    }

    /** It was taken by mistake. */
    fun removePhoto(photo: PhotoRef, isAfter: Boolean): Job = act { it.takeBack(line(photo, isAfter)) }

    private fun line(photo: PhotoRef, isAfter: Boolean): Line = if (isAfter) Line.PhotoAfter(photo) else Line.PhotoBefore(photo)

    fun finish() = act(then = { go.goOver(Route.At(Step.COMPETITOR)) }) { it.saveLine(Line.Finished(Step.DISPLAY)) }
}
