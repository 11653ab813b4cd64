package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo

/** Tapped, wherever it is: with large text it may lie below the window. What does not scroll is in it. */
@OptIn(ExperimentalTestApi::class)
internal fun ComposeUiTest.reach(tag: String) {
    runCatching { onNodeWithTag(tag).performScrollTo() }
    onNodeWithTag(tag).performClick()
    waitForIdle()
}
