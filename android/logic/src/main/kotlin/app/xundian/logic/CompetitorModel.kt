package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.domain.CompetitorFact
import app.xundian.domain.FactKind
import app.xundian.domain.Step
import app.xundian.protocol.CompetitorItem
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch

data class CompetitorScreen(val items: List<CompetitorItem>, val seen: List<CompetitorFact>) {
    val brands get() = items.map { it.brand }.distinct()
    fun itemsOf(brand: String) = items.filter { it.brand == brand }.map { it.item }.distinct()
    fun isSeen(item: CompetitorItem) = seen.any { it.brand == item.brand && it.item == item.item && it.kind == item.kind && it.value == item.example }
}

/** 4 收集竞品资讯. */
class CompetitorModel(room: Room, private val go: Navigator) : Model<CompetitorScreen>(room) {
    override fun read(core: Core): CompetitorScreen {
        val lines = core.currentVisit()?.lines ?: throw CoreException.NotFound("no_visit")
        return CompetitorScreen(core.competitorItems(), lines.filterIsInstance<Line.Competitor>().map { it.v1 })
    }

    /** One tap: what is known from elsewhere is here too; a second tap takes it back. */
    fun confirm(item: CompetitorItem): Job {
        val line = Line.Competitor(fact(item.brand, item.item, item.kind, item.example))
        return if (state.value.value?.isSeen(item) == true) act { it.takeBack(line) } else act { it.saveLine(line) }
    }

    fun add(brand: String, item: String, kind: FactKind, value: String, withPhoto: Boolean): Job = room.scope.launch {
        val seen = PhotoPurpose.Fact(brand.trim(), item.trim(), kind, value.trim())
        keep(seen, if (withPhoto) room.shell.photo(seen) else null)
    }

    fun keep(seen: PhotoPurpose.Fact, photo: ByteArray?): Job = act { core ->
        val proof = photo?.let(core::keepPhoto)
        core.saveLine(Line.Competitor(fact(seen.brand, seen.item, seen.kind, seen.value).copy(photo = proof)))
    }

    fun takeBack(fact: CompetitorFact) = act { it.takeBack(Line.Competitor(fact)) }

    fun finish() = act(then = { go.goOver(Route.At(Step.ORDER_CONFIRMATION)) }) { it.saveLine(Line.Finished(Step.COMPETITOR)) }

    private fun fact(brand: String, item: String, kind: FactKind, value: String) = CompetitorFact(brand, item, kind, value, null, null, null)
}
