package app.xundian.ui

import androidx.compose.ui.test.ComposeUiTest
import androidx.compose.ui.test.ExperimentalTestApi
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.onNodeWithTag
import androidx.compose.ui.test.performClick
import androidx.compose.ui.test.performScrollTo
import androidx.compose.ui.test.performScrollToNode

/** By the thumb: a tap on what is on the screen. */
@OptIn(ExperimentalTestApi::class)
internal fun ComposeUiTest.tap(tag: String) {
    onNodeWithTag(tag).performClick()
    waitForIdle()
}

/** On a row of a list that is longer than the screen. */
@OptIn(ExperimentalTestApi::class)
internal fun ComposeUiTest.tapRow(list: String, tag: String) {
    onNodeWithTag(list).performScrollToNode(hasTestTag(tag))
    tap(tag)
}

/** On something further down a page. */
@OptIn(ExperimentalTestApi::class)
internal fun ComposeUiTest.tapBelow(tag: String) {
    onNodeWithTag(tag).performScrollTo()
    tap(tag)
}
