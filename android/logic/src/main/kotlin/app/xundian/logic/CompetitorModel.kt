package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.device.SeenAround
import app.xundian.domain.CompetitorFact
import app.xundian.domain.FactKind
import app.xundian.domain.Step
import app.xundian.protocol.CompetitorItem
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

/** What makes two sightings the same fact: a line of the visit replaces the one with its key. */
private data class FactKey(val brand: String, val item: String, val kind: FactKind, val value: String)

private val CompetitorFact.key get() = FactKey(brand, item, kind, value)
private val CompetitorItem.key get() = FactKey(brand, item, kind, example)
private val SeenAround.key get() = FactKey(brand, item, kind, value)

data class CompetitorScreen(val around: List<SeenAround>, val items: List<CompetitorItem>, val seen: List<CompetitorFact>) {
    private val confirmed = seen.map { it.key }.toSet()
    private val nearby = around.map { it.key }.toSet()
    private val listed = items.map { it.key }.toSet()

    /** What the office asks about, without what colleagues have seen already. */
    val lookOut = items.filter { it.key !in nearby }
    /** What no list offers. */
    val own = seen.filter { it.key !in nearby && it.key !in listed }

    val brands get() = items.map { it.brand }.distinct()
    fun itemsOf(brand: String) = items.filter { it.brand == brand }.map { it.item }.distinct()
    fun examplesOf(brand: String, item: String, kind: FactKind) =
        items.filter { it.brand == brand && it.item == item && it.kind == kind }.map { it.example }.distinct()
    fun isSeen(item: CompetitorItem) = item.key in confirmed
    fun isSeen(fact: SeenAround) = fact.key in confirmed
    fun isSeen(fact: CompetitorFact) = fact.key in confirmed
}

/** A new fact while it is written. A value belongs to its brand, item and kind, and does not outlive them. */
data class FactDraft(
    val brand: String = "",
    val item: String = "",
    val kind: FactKind = FactKind.PRICE,
    val value: String = "",
    val withPhoto: Boolean = false,
    /** The brand whose tap began it. */
    val begun: String = "",
) {
    /** Something is entered that is saved nowhere else. */
    val isTouched get() = this != FactDraft(begun, begun = begun)
    val isWhole get() = brand.isNotBlank() && item.isNotBlank() && value.isNotBlank()
    /** As it is saved. */
    val fact get() = PhotoPurpose.Fact(brand.trim(), item.trim(), kind, value.trim())

    fun ofBrand(now: String) = if (now == brand) this else copy(brand = now, item = "", value = "")
    fun ofItem(now: String) = if (now == item) this else copy(item = now, value = "")
    fun ofKind(now: FactKind) = if (now == kind) this else copy(kind = now, value = "")
}

/** 4 收集竞品资讯. */
class CompetitorModel(room: Room, private val go: Navigator) : Model<CompetitorScreen>(room) {
    private val writing = MutableStateFlow<FactDraft?>(null)
    /** The open sheet, `null` = none. It outlives the window that shows it. */
    val draft: StateFlow<FactDraft?> = writing.asStateFlow()
    private var adding: Job? = null

    override fun read(core: Core): CompetitorScreen {
        val visit = core.currentVisit() ?: throw CoreException.NotFound("no_visit")
        val facts = visit.lines.filterIsInstance<Line.Competitor>().map { it.v1 }
        return CompetitorScreen(core.seenAround(visit.store), core.competitorItems(), facts)
    }

    fun confirm(item: CompetitorItem): Job = turn(fact(item.brand, item.item, item.kind, item.example))

    /** As it was seen elsewhere, with its dates. */
    fun confirm(seen: SeenAround): Job =
        turn(fact(seen.brand, seen.item, seen.kind, seen.value).copy(from = seen.from, to = seen.to))

    /** One tap: what is known from elsewhere is here too; a second tap takes it back. */
    private fun turn(fact: CompetitorFact): Job {
        val line = Line.Competitor(fact)
        return if (state.value.value?.isSeen(fact) == true) act { it.takeBack(line) } else act { it.saveLine(line) }
    }

    override fun forget() {
        super.forget()
        stopWriting()
    }

    /** The first of the five taps of a new fact. */
    fun begin(brand: String) = write(FactDraft(brand, begun = brand))

    fun write(now: FactDraft = FactDraft()) {
        dismiss()
        writing.value = now
    }

    fun stopWriting() {
        dismiss()
        writing.value = null
    }

    /** What was refused stays open as it was written. While it is being saved, or the camera is open, a second tap is none. */
    fun addDraft(): Job? {
        val asked = writing.value ?: return null
        return adding?.takeIf { it.isActive } ?: room.scope.launch { add(asked) }.also { adding = it }
    }

    private suspend fun add(asked: FactDraft) {
        val seen = asked.fact
        try {
            keep(seen, if (asked.withPhoto) room.shell.photo(seen) else null).join()
        } catch (failure: PickFailed) {
            // It is worth having without its photo; that it could not be saved at all is the worse news.
            keep(seen, null).join()
            if (writing.value?.fact != seen) fail(failure)
        }
    }

    /** A photo that is refused is said; the fact is worth having without it. What is saved is not being written any more. */
    fun keep(seen: PhotoPurpose.Fact, photo: ByteArray?): Job = actWith({ core -> save(core, seen, photo) }) { refusal ->
        writing.update { if (it?.fact == seen) null else it }
        refusal?.let { fail(it) }
    }

    /** Saves it with its photo, or without; why the photo was refused, `null` = it was not. */
    private fun save(core: Core, seen: PhotoPurpose.Fact, photo: ByteArray?): CoreException? {
        var refusal: CoreException? = null
        val proof = try {
            photo?.let(core::keepPhoto)
        } catch (refused: CoreException) {
            refusal = refused
            null
        }
        core.saveLine(Line.Competitor(fact(seen.brand, seen.item, seen.kind, seen.value).copy(photo = proof)))
        return refusal
    }

    fun takeBack(fact: CompetitorFact) = act { it.takeBack(Line.Competitor(fact)) }

    fun finish() = act(then = { go.goOver(Route.At(Step.ORDER_CONFIRMATION)) }) { it.saveLine(Line.Finished(Step.COMPETITOR)) }

    private fun fact(brand: String, item: String, kind: FactKind, value: String) = CompetitorFact(brand, item, kind, value, null, null, null)
}
