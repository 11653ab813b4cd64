package app.xundian.ui

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.material3.Text
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.hasClickAction
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.runComposeUiTest
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.dp
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Shade
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Every screen as a screen reader and a thumb find it, with all of its text. */
@OptIn(ExperimentalTestApi::class)
class AccessibilityTest {
    private val shown = ScreensTest()

    /** What is read out: a field's own text is no name of it. */
    private fun named(node: SemanticsNode): List<String> {
        val texts = node.config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text }
        return (texts + node.config.getOrNull(SemanticsProperties.ContentDescription).orEmpty()).filter { it.isNotBlank() }
    }

    private fun faultsOf(node: SemanticsNode): List<String> {
        val (names, role) = named(node) to node.config.getOrNull(SemanticsProperties.Role)
        val who = node.config.getOrNull(SemanticsProperties.TestTag) ?: names.firstOrNull().orEmpty()
        val (width, height) = node.size.width to node.size.height
        return listOfNotNull(
            "$who has no name".takeIf { names.isEmpty() },
            // One pixel to a dp.
            "$who is $width × $height".takeIf { width < THUMB || height < THUMB },
            "$who is a box without a tick or none".takeIf { role == Role.Checkbox && node.config.getOrNull(SemanticsProperties.ToggleableState) == null },
            "$who is one of several, chosen or not".takeIf { role == Role.RadioButton && node.config.getOrNull(SemanticsProperties.Selected) == null },
        )
    }

    private fun ComposeUiTest.faults(): List<String> {
        val touched = onAllNodes(hasClickAction()).fetchSemanticsNodes()
        return touched.flatMap { faultsOf(it) } + namesakes(touched) + cutTexts().map { "\"$it\" is cut off" }
    }

    /** Who listens hears the names alone: two of one name are told apart by nothing. */
    private fun namesakes(touched: List<SemanticsNode>): List<String> {
        val spoken = touched.map { it.config.getOrNull(SemanticsProperties.ContentDescription)?.joinToString() ?: named(it).joinToString() }
        return spoken.groupingBy { it }.eachCount().filter { it.value > 1 && it.key.isNotEmpty() }.map { "${it.value} things are called ${it.key}" }
    }

    private fun faultsAt(look: Look, taps: List<String>, prepare: Stage.() -> Unit): List<String> {
        val found = mutableListOf<String>()
        runComposeUiTest {
            val stage = Stage(look = look).apply(prepare)
            setContent { Box(Modifier.size(393.dp, 760.dp)) { XundianApp(stage.models) } }
            taps.forEach { reach(it) }
            found += faults()
        }
        return found
    }

    private fun assertNone(look: Look) {
        val screens = shown.screens.flatMap { (name, prepare) -> faultsAt(look, emptyList(), prepare).map { "$name: $it" } }
        val opened = shown.opened.flatMap { (name, what) -> faultsAt(look, what.taps, what.prepare).map { "$name: $it" } }
        assertEquals("", (screens + opened).distinct().joinToString("\n"))
    }

    @Test
    fun `whatever is tapped has a name and is as large as a thumb, and no text is cut off`() = assertNone(Look(Language.ZH, Shade.LIGHT))

    @Test
    fun `nor with large text`() = assertNone(Look(Language.ZH, Shade.LIGHT, false, 200))

    @Test
    fun `nor with large text in English`() = assertNone(Look(Language.EN, Shade.LIGHT, false, 200))

    @Test
    fun `nor before the app is open`() {
        val looks = listOf(Look()) + Language.entries.map { Look(it, Shade.LIGHT, false, 200) }
        for ((name, view) in shown.openings.filterValues { it.problem != null }) for (look in looks) runComposeUiTest {
            setContent { Box(Modifier.size(393.dp, 760.dp)) { OpeningApp(view, look) { } } }
            assertEquals(emptyList<String>(), faults(), "$name $look")
        }
    }

    /** Or the tests above would find nothing. */
    @Test
    fun `a text that is cut off is found, one with an ellipsis or on several lines is not`() = runComposeUiTest {
        val long = "鑫源超市".repeat(40)
        setContent {
            XundianTheme(Look()) {
                Column(Modifier.width(100.dp)) {
                    Text("1 $long", maxLines = 1)
                    Text("2 $long", Modifier.height(20.dp))
                    Text("3 $long", softWrap = false)
                    Text("4 $long", maxLines = 1, overflow = TextOverflow.Ellipsis)
                    Text("5 two lines of it")
                }
            }
        }
        assertEquals(listOf("1", "2", "3"), cutTexts().map { it.take(1) })
    }

    /** Or nobody could be taken for another in them. */
    @Test
    fun `questions, deliveries and dates of several products are on the screen at once`() {
        for ((name, text) in SEVERAL) runComposeUiTest {
            val stage = Stage().apply(shown.screens.getValue(name))
            setContent { Box(Modifier.size(393.dp, 760.dp)) { XundianApp(stage.models) } }
            assertTrue(onAllNodes(hasText(text, substring = true)).fetchSemanticsNodes().size > 1, name)
        }
    }

    private companion object {
        const val THUMB = 48
        val SEVERAL = listOf(
            "count-doubted" to "别处进货", "count-doubted" to "没错", "count-slipped" to "改为", "count-expiries" to "看一下", "count-deliveries" to "都到了",
            "count-deliveries-answered" to "撤销",
        )
    }
}
