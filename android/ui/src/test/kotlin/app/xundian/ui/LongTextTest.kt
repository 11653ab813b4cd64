package app.xundian.ui

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.size
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.click
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performTouchInput
import androidx.compose.ui.test.runComposeUiTest
import androidx.compose.ui.unit.dp
import app.xundian.device.Line
import app.xundian.fake.FakeData
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Shade
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** A name of two hundred characters: whatever it does to the screen, the thumb finds what it came for. */
@OptIn(ExperimentalTestApi::class)
class LongTextTest {
    private val actions = mapOf(
        "today-long" to listOf("continue", "sync"),
        "today-next-long" to listOf("next-stop", "sync"),
        "card-long" to listOf("check-in", "write-note"),
        "visit-long" to listOf("next", "failed", "leave"),
        "order-long" to listOf("share", "change", "cancel"),
        "summary-long" to listOf("close-day"),
        "outbox-long" to listOf("sync", "export"),
        "competitor-long" to listOf("new-fact", "finish"),
        "card-seen-long" to listOf("check-in", "write-note"),
    )

    /** All of it within the phone. */
    private fun ComposeUiTest.assertWhole(tag: String, where: String) {
        val node = onNodeWithTag(tag).assertIsDisplayed().fetchSemanticsNode()
        val (left, top) = node.positionInRoot
        val (right, bottom) = left + node.size.width to top + node.size.height
        assertTrue(left >= 0f && top >= 0f && right <= WIDTH && bottom <= HEIGHT, "$where: $tag at $left,$top to $right,$bottom")
    }

    @Test
    fun `the name is as long as it says`() {
        assertEquals(200, FakeData.LONG_NAME.codePointCount(0, FakeData.LONG_NAME.length))
    }

    @Test
    fun `a name of two hundred characters leaves the main actions on the screen`() {
        val screens = ScreensTest().screens
        for ((name, tags) in actions) for (language in Language.entries) for (percent in listOf(100, 200)) runComposeUiTest {
            val stage = Stage(look = Look(language, Shade.LIGHT, false, percent)).apply(screens.getValue(name))
            setContent { Box(Modifier.size(WIDTH.dp, HEIGHT.dp)) { XundianApp(stage.models) } }
            tags.forEach { assertWhole(it, "$name $language $percent") }
        }
    }

    @Test
    fun `code and QR are seen without scrolling under a name of two hundred characters`() = runComposeUiTest {
        val stage = Stage().apply(ScreensTest().screens.getValue("order-long"))
        setContent { Box(Modifier.size(WIDTH.dp, HEIGHT.dp)) { XundianApp(stage.models) } }
        listOf("code", "qr").forEach { assertWhole(it, "order") }
    }

    @Test
    fun `a fact of four hundred characters is ticked by the thumb`() {
        for (percent in listOf(100, 200)) runComposeUiTest {
            val stage = Stage(look = Look(Language.ZH, Shade.LIGHT, false, percent)).apply(ScreensTest().screens.getValue("competitor-long"))
            setContent { Box(Modifier.size(WIDTH.dp, HEIGHT.dp)) { XundianApp(stage.models) } }
            onNodeWithTag("seen-0").performTouchInput { click(Offset(60f, 30f)) }
            waitForIdle()
            assertEquals(FakeData.LONG_NAME, stage.core.lines.filterIsInstance<Line.Competitor>().single().v1.value, "$percent")
        }
    }

    private companion object {
        /** The test's window is 1024 × 768, one pixel to a dp. */
        const val WIDTH = 393
        const val HEIGHT = 760
    }
}
