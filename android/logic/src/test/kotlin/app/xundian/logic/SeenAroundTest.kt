package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Line
import app.xundian.domain.FactKind
import app.xundian.fake.FakeData
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.time.LocalDate

/** What colleagues saw of competitors, in the visit and on the card. */
@OptIn(ExperimentalCoroutinesApi::class)
class SeenAroundTest {
    private val store = FakeData.id(1)
    private val ending = FakeData.seen[0]

    private fun TestScope.atCompetitors(prepare: Setting.() -> Unit = {}): Setting = Setting(this).apply {
        prepare()
        core.beginVisit(store)
        models.competitor.load()
        runCurrent()
    }

    private fun TestScope.atCard(prepare: Setting.() -> Unit = {}): Nearby = Setting(this).run {
        prepare()
        models.card.show(store)
        runCurrent()
        models.card.nearby.value
    }

    private val Setting.screen get() = checkNotNull(models.competitor.state.value.value)
    private val Setting.facts get() = core.lines.filterIsInstance<Line.Competitor>().map { it.v1 }

    @Test
    fun `one tap says that it is here too, dates and all, and a second one takes it back`() = runTest {
        val setting = atCompetitors()
        assertFalse(setting.screen.isSeen(ending))
        setting.models.competitor.confirm(ending)
        runCurrent()
        val fact = setting.facts.single()
        assertEquals(listOf(ending.brand, ending.item, ending.value), listOf(fact.brand, fact.item, fact.value))
        assertEquals(ending.kind, fact.kind)
        assertEquals(LocalDate.of(2026, 7, 20) to LocalDate.of(2026, 8, 31), fact.from to fact.to)
        assertNull(fact.photo)
        assertTrue(setting.screen.isSeen(ending))
        assertTrue(setting.screen.own.isEmpty(), "it is on a list already")
        setting.models.competitor.confirm(ending)
        runCurrent()
        assertTrue(setting.facts.isEmpty())
        assertFalse(setting.screen.isSeen(ending))
    }

    @Test
    fun `a new fact of what the office asks about has its examples`() = runTest {
        val screen = atCompetitors().screen
        assertEquals(listOf("3.0元"), screen.examplesOf("竞品甲", "乌龙茶 500ml", FactKind.PRICE))
        assertTrue(screen.examplesOf("竞品甲", "乌龙茶 500ml", FactKind.PROMOTION).isEmpty())
    }

    @Test
    fun `what colleagues saw is not asked again from the office's list`() = runTest {
        val setting = atCompetitors()
        assertEquals(FakeData.seen, setting.screen.around)
        assertEquals(FakeData.competitorItems.take(2), setting.screen.lookOut, "another price of the same tea is another fact")
        assertEquals(listOf("竞品甲", "竞品乙"), setting.screen.brands, "a new fact chooses among all of the list")
        val alone = atCompetitors { core.onSeenAround = { emptyList() } }
        assertEquals(FakeData.competitorItems, alone.screen.lookOut)
    }

    @Test
    fun `the visit's own store is asked about, and a door that fails is said`() = runTest {
        var asked: Any? = null
        atCompetitors { core.onSeenAround = { asked = it; emptyList() } }
        assertEquals(store, asked)
        val failing = atCompetitors { core.onSeenAround = { throw CoreException.StorageFull() } }
        assertEquals(Text.ERR_STORAGE_FULL, failing.models.competitor.state.value.problem?.text)
    }

    @Test
    fun `the card tells three, what stands here first and then what most shops have`() = runTest {
        val few = ending.copy(item = "少见", stores = 2u)
        val here = ending.copy(item = "本店", stores = 1u, here = true)
        val most = ending.copy(item = "多见", stores = 40u)
        val told = atCard { core.onSeenAround = { listOf(few, ending, here, most) } }
        assertEquals(listOf(here, most, ending), told.seen)
        assertTrue(told.lookOut.isEmpty())
    }

    @Test
    fun `where nobody saw anything the card tells what the office asks about`() = runTest {
        val asks = Nearby(lookOut = FakeData.competitorItems)
        assertEquals(asks, atCard { core.onSeenAround = { emptyList() } })
        assertEquals(asks, atCard { core.onSeenAround = { throw CoreException.NotFound("unknown_store") } })
    }

    @Test
    fun `in how many shops, since when, here too and until when`() {
        val (zh, en) = Format(Words(Language.ZH)) to Format(Words(Language.EN))
        assertEquals("自7月20日 周一起 12 家店见过 · 至 8月31日 周一", zh.seen(ending))
        assertEquals("shops: 12, since Mon 7/20 · until Mon 8/31", en.seen(ending))
        assertEquals("shops: 5, since Wed 7/22 · in this shop", en.seen(FakeData.seen[1]))
        assertEquals(listOf("买十送一 · 12 家店", "2.8元 · 本店有"), FakeData.seen.take(2).map(zh::seenShort))
        assertEquals("买十送一 · shops: 12", en.seenShort(ending))
    }

    @Test
    fun `the one shop may be this one`() {
        val only = ending.copy(to = null, stores = 1u, here = true)
        assertEquals("自7月20日 周一起 1 家店见过 · 本店有", Format(Words(Language.ZH)).seen(only))
        assertEquals("shops: 1, since Mon 7/20 · in this shop", Format(Words(Language.EN)).seen(only))
    }
}
