package app.xundian.ui

import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.text.TextLayoutResult
import androidx.compose.ui.text.style.TextOverflow

/** The texts of which a part is not drawn, and nobody said what should be done about it. What is typed scrolls in its field. */
@OptIn(ExperimentalTestApi::class)
internal fun ComposeUiTest.cutTexts(): List<String> {
    val isText = SemanticsMatcher.keyIsDefined(SemanticsActions.GetTextLayoutResult)
    val isTyped = SemanticsMatcher.keyIsDefined(SemanticsActions.SetText)
    val drawn = onAllNodes(isText, useUnmergedTree = true).fetchSemanticsNodes().filterNot { isTyped.matches(it) }
    return drawn.mapNotNull { layoutOf(it) }.filter { isCut(it) }.map { it.layoutInput.text.text }
}

private fun layoutOf(node: SemanticsNode): TextLayoutResult? {
    val found = mutableListOf<TextLayoutResult>()
    node.config.getOrNull(SemanticsActions.GetTextLayoutResult)?.action?.invoke(found)
    return found.firstOrNull()
}

/** By its lines, to a pixel: the size of the whole is the room that it was given, not what it takes of it. */
private fun isCut(text: TextLayoutResult): Boolean {
    if (text.layoutInput.overflow != TextOverflow.Clip) return false
    val widest = (0 until text.lineCount).maxOfOrNull { text.getLineRight(it) - text.getLineLeft(it) } ?: 0f
    val whole = text.multiParagraph
    return whole.didExceedMaxLines || whole.height > text.size.height + 1 || widest > text.size.width + 1
}
