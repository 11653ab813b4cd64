package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo

/** Tapped, wherever it is, also a word inside of what takes the tap: with large text it may lie below the window. What does not scroll is in it. */
@OptIn(ExperimentalTestApi::class)
internal fun ComposeUiTest.reach(tag: String) {
    val found = onNodeWithTag(tag, useUnmergedTree = true)
    runCatching { found.performScrollTo() }
    found.performClick()
    waitForIdle()
}
