package app.xundian.ui

import androidx.compose.ui.geometry.Size
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.runSkikoComposeUiTest
import app.xundian.core.RepPhoneInterface
import app.xundian.logic.Nearby
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledIfSystemProperty
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.time.Duration.Companion.minutes

/**
 * From a tap to the screen with what it has changed, on the real core with a year of one rep. It measures and judges nothing: docs/guide/performance.md
 * has the command and the figures. The file is `xundian-bench year FILE`.
 */
@OptIn(ExperimentalTestApi::class)
@EnabledIfSystemProperty(named = "xundian.year", matches = ".+")
class TapBench {
    @TempDir
    lateinit var folder: File
    private lateinit var stage: RealStage
    private val taps = mutableListOf<Double>()
    private val touched = mutableListOf<Double>()
    private val kinds = mutableMapOf<String, MutableList<Double>>()
    private val settled = mutableListOf<Double>()

    private fun ms(what: () -> Unit): Double {
        val began = System.nanoTime()
        what()
        return (System.nanoTime() - began) / 1e6
    }

    private fun say(name: String, times: List<Double>) {
        val sorted = times.sorted()
        fun part(share: Double) = "%.2f".format(sorted[((sorted.size - 1) * share).toInt()])
        println("$name: p50 ${part(.5)} ms, p95 ${part(.95)} ms, most ${part(1.0)} ms (${sorted.size})")
    }

    private fun ComposeUiTest.tap(tag: String) = timed(tag.replace(aRow, "row"), onNodeWithTag(tag))

    private fun ComposeUiTest.timed(kind: String, node: SemanticsNodeInteraction) {
        // The ripple goes on for a third of a second; what the tap has changed is there with the second frame.
        mainClock.autoAdvance = false
        touched += ms { node.performTouchInput { down(center) } }
        val took = ms {
            node.performTouchInput { up() }
            repeat(2) { mainClock.advanceTimeByFrame() }
        }
        taps += took
        kinds.getOrPut("$kind, ${stage.models.go.here::class.simpleName}") { mutableListOf() } += took
        mainClock.autoAdvance = true
        settled += ms { waitForIdle() }
    }

    private fun ComposeUiTest.visit(stop: Int) {
        onNodeWithTag("route").performScrollToNode(hasTestTag("stop$stop"))
        tap("stop$stop")
        tap("check-in")
        tap("next")
        val rows = checkNotNull(stage.models.count.state.value.value).items.map { it.sku }
        rows.take(ROWS).forEachIndexed { place, sku ->
            onNodeWithTag("rows").performScrollToNode(hasTestTag("row-$sku"))
            tap(if (place < CHANGED) "row-$sku-units-plus" else "row-$sku-zero")
        }
        if (checkNotNull(stage.models.count.state.value.value).hasBackroom) {
            onNodeWithTag("rows").performScrollToNode(hasTestTag("backroom"))
            tap("backroom")
            onNodeWithTag("rows").performScrollToNode(hasTestTag("nothing-else"))
            tap("nothing-else")
        }
        tap("finish")
        timed("wish", onAllNodes(aWish).onFirst())
        listOf("finish", "finish", "finish", "seal", "back").forEach { tap(it) }
    }

    private val aRow = Regex("(row|stop)-?[0-9A-Z-]+?(?=-units|-zero|$)")

    private val aWish = SemanticsMatcher("more of a suggestion") {
        val tag = it.config.getOrNull(SemanticsProperties.TestTag).orEmpty()
        tag.startsWith("wish-") && tag.endsWith("-plus")
    }

    /** A copy of the year: what is measured writes into it. */
    private fun year(name: String): File {
        val file = File(folder, name)
        listOf("", "-wal").map { File(System.getProperty("xundian.year") + it) to File(file.path + it) }
            .filter { (from, _) -> from.exists() }.forEach { (from, to) -> from.copyTo(to) }
        return file
    }

    @Test
    fun `taps with a year of one rep`() {
        for (opened in listOf("in a new process", "again, with the library loaded", "once more")) {
            val file = year("$opened.sqlite")
            val first = ms { stage = RealStage(file) }
            println("opened to the first route model, $opened: %.1f ms".format(first))
        }
        // As wide and high as a phone: half of a tap is drawing, which is done by the processor here.
        runSkikoComposeUiTest(Size(393f, 851f), testTimeout = 5.minutes) {
            setContent { XundianApp(stage.models) }
            waitForIdle()
            for (stop in 1..WARM_VISITS) visit(stop)
            taps.clear()
            settled.clear()
            kinds.clear()
            touched.clear()
            for (stop in WARM_VISITS + 1..VISITS) visit(stop)
            say("the finger is lifted to the screen with what that has changed", taps)
            kinds.entries.sortedByDescending { it.value.max() }.forEach { (kind, times) -> say("  $kind", times) }
            say("the finger comes down", touched)
            say("then, until the last ripple is gone", settled)
        }
        val orders = stage.core.today().stops.mapNotNull { stage.core.storeCard(it.store).lastOrder?.order }
        say("an order of these stores", orders.map { ms { runCatching { stage.core.orderCard(it) } } })
        calls(RealStage(year("untouched.sqlite")).core)
    }

    /** What the border costs: `xundian-bench device` makes the same call in Rust, on a file with the same year. */
    private fun calls(core: RepPhoneInterface) {
        val store = core.today().stops.first().store
        repeat(WARM) { core.storeCard(store) }
        say("store card over the border", List(CALLS) { ms { core.storeCard(store) } })
        say("what is seen around it", List(CALLS) { ms { Nearby.of(core, store) } })
        say("route over the border", List(CALLS) { ms { core.today() } })
    }

    private companion object {
        const val WARM_VISITS = 5
        const val VISITS = 15
        const val ROWS = 30
        const val CHANGED = 8
        const val WARM = 300
        const val CALLS = 1_000
    }
}
