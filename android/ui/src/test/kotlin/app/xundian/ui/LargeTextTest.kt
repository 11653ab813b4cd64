package app.xundian.ui

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.size
import androidx.compose.ui.Modifier
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.onNodeWithText
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.runComposeUiTest
import androidx.compose.ui.unit.dp
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Shade
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/** Text of twice the size: all of it grows, and what is held out to somebody is still seen whole. */
@OptIn(ExperimentalTestApi::class)
class LargeTextTest {
    private fun shown(screen: String, language: Language, percent: Int, check: ComposeUiTest.() -> Unit) = runComposeUiTest {
        val stage = Stage(look = Look(language, Shade.LIGHT, false, percent)).apply(ScreensTest().screens.getValue(screen))
        setContent { Box(Modifier.size(WIDTH.dp, HEIGHT.dp)) { XundianApp(stage.models) } }
        waitForIdle()
        check()
    }

    /** How high each text is; one pixel to a dp. */
    private fun heights(screen: String, language: Language, percent: Int, texts: List<String>): List<Int> {
        val found = mutableListOf<Int>()
        shown(screen, language, percent) {
            texts.forEach { text -> found += onNodeWithText(text, useUnmergedTree = true).assertIsDisplayed().fetchSemanticsNode().size.height }
        }
        return found
    }

    @Test
    fun `a title and the actions beside it grow as all text does`() {
        val headers = mapOf(Language.ZH to listOf("7月27日 周一", "搜索", "更多"), Language.EN to listOf("Mon 7/27", "Search", "More"))
        for ((language, texts) in headers) {
            val small = heights("today", language, 100, texts)
            val large = heights("today", language, 200, texts)
            texts.indices.forEach { assertTrue(large[it] >= small[it] * 2 - ROUNDED, "${texts[it]}: ${small[it]} and ${large[it]}") }
        }
    }

    @Test
    fun `the actions stay on the screen, and below the title where they are large`() {
        for (language in Language.entries) for (percent in listOf(100, 200)) shown("today", language, percent) {
            val (search, more) = listOf("search", "more").map { onNodeWithTag(it).assertIsDisplayed().fetchSemanticsNode().boundsInRoot }
            assertTrue(search.left >= 0 && more.right <= WIDTH && search.right <= more.left, "$language $percent: $search $more")
            assertEquals(percent == 200, search.top >= LINE, "$language $percent: $search")
        }
    }

    @Test
    fun `the owner's QR is seen whole, whatever the shop is called`() {
        for (screen in listOf("order", "order-long")) for (language in Language.entries) for (percent in listOf(100, 200)) {
            shown(screen, language, percent) {
                val code = onNodeWithTag("qr").performScrollTo().assertIsDisplayed().fetchSemanticsNode()
                // What is cut off by the header or by what the thumb does below is not in the bounds.
                val (width, height) = code.boundsInRoot.width to code.boundsInRoot.height
                assertEquals(code.size.width.toFloat() to code.size.height.toFloat(), width to height, "$screen $language $percent")
            }
        }
    }

    private companion object {
        /** The test's window is 1024 × 768, one pixel to a dp. */
        const val WIDTH = 393
        const val HEIGHT = 760
        /** Of a title. */
        const val LINE = 56f
        /** A line's height ends on a whole pixel. */
        const val ROUNDED = 2
    }
}
