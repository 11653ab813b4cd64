package app.xundian.ui

import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SemanticsNodeInteraction
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onFirst
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollToNode
import androidx.compose.ui.test.runComposeUiTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledIfSystemProperty
import org.junit.jupiter.api.io.TempDir
import java.io.File

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

    private fun ComposeUiTest.tap(tag: String) = timed(onNodeWithTag(tag))

    private fun ComposeUiTest.timed(node: SemanticsNodeInteraction) {
        node.assertExists()
        // The ripple goes on for a third of a second; what the tap has changed is there with the second frame.
        mainClock.autoAdvance = false
        taps += ms {
            node.performClick()
            repeat(2) { mainClock.advanceTimeByFrame() }
        }
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
        timed(onAllNodes(aWish).onFirst())
        listOf("finish", "finish", "finish", "seal", "back").forEach { tap(it) }
    }

    private val aWish = SemanticsMatcher("more of a suggestion") {
        val tag = it.config.getOrNull(SemanticsProperties.TestTag).orEmpty()
        tag.startsWith("wish-") && tag.endsWith("-plus")
    }

    @Test
    fun `taps with a year of one rep`() {
        val file = File(folder, "phone.sqlite")
        listOf("", "-wal").map { File(System.getProperty("xundian.year") + it) to File(file.path + it) }
            .filter { (from, _) -> from.exists() }.forEach { (from, to) -> from.copyTo(to) }
        val first = ms { stage = RealStage(file) }
        println("opened to the first route model, in a new process: %.1f ms".format(first))
        runComposeUiTest {
            setContent { XundianApp(stage.models) }
            waitForIdle()
            visit(1)
            taps.clear()
            settled.clear()
            for (stop in 2..VISITS) visit(stop)
            say("tap to the screen with what it has changed", taps)
            say("then, until the last ripple is gone", settled)
        }
        calls()
    }

    /** What the border costs: the same call in Rust is in docs/guide/performance.md. */
    private fun calls() {
        val store = stage.core.today().stops.first().store
        repeat(WARM) { stage.core.storeCard(store) }
        say("store card over the border", List(CALLS) { ms { stage.core.storeCard(store) } })
        say("route over the border", List(CALLS) { ms { stage.core.today() } })
    }

    private companion object {
        const val VISITS = 8
        const val ROWS = 30
        const val CHANGED = 8
        const val WARM = 300
        const val CALLS = 1_000
    }
}
