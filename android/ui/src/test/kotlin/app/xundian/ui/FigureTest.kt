package app.xundian.ui

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.width
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.runComposeUiTest
import androidx.compose.ui.unit.dp
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Shade
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** A label and its figure on a phone with text of twice the size: nothing wraps beside empty room. */
@OptIn(ExperimentalTestApi::class)
class FigureTest {
    /** Where the two stand; one pixel to a dp. */
    private fun placed(label: String, value: String, check: (label: Rect, value: Rect) -> Unit) = runComposeUiTest {
        setContent { XundianTheme(Look(Language.ZH, Shade.LIGHT, false, 200)) { Box(Modifier.width(WIDTH.dp)) { Figure(label, value) } } }
        fun placeOf(text: String) = onNodeWithText(text).fetchSemanticsNode().boundsInRoot
        check(placeOf(label), placeOf(value))
    }

    @Test
    fun `a label takes the room that a short value leaves`() = placed("上次送货的商品", "6") { label, value ->
        assertTrue(label.height < TWO_LINES, "$label")
        assertTrue(label.width > WIDTH / 2, "$label")
        assertEquals(WIDTH.toFloat(), value.right)
    }

    @Test
    fun `a value takes the room that a short label leaves`() = placed("绿茶", "应送 48，实到 48") { label, value ->
        assertTrue(value.height < TWO_LINES, "$value")
        assertTrue(label.right <= value.left && value.right <= WIDTH, "$label $value")
    }

    @Test
    fun `two long ones share the room and do not touch`() = placed("饮品".repeat(12), "实到".repeat(12)) { label, value ->
        assertTrue(label.right + GAP <= value.left + 1 && value.right <= WIDTH, "$label $value")
        assertTrue(label.width > WIDTH / 3 && value.width > label.width, "$label $value")
    }

    @Test
    fun `a time that would break has a line of its own`() = placed("Receives goods", "08:30-11:30") { label, value ->
        assertTrue(value.height < TWO_LINES && label.bottom <= value.top, "$label $value")
        assertEquals(WIDTH.toFloat(), value.right)
    }

    private companion object {
        const val WIDTH = 360
        const val GAP = 12

        /** A line has some fifty pixels. */
        const val TWO_LINES = 80
    }
}
