package app.xundian.app

import android.view.View
import android.view.ViewGroup
import androidx.compose.ui.node.RootForTest
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getAllSemanticsNodes
import androidx.compose.ui.semantics.getOrNull
import org.robolectric.android.controller.ActivityController

/** The tags of all that the window shows. */
fun ActivityController<MainActivity>.tags(): Set<String> {
    val root = root(get().window.decorView) ?: return emptySet()
    // Nothing is drawn here, and what is not drawn is not laid out.
    root.measureAndLayoutForTest()
    return root.semanticsOwner.getAllSemanticsNodes(mergingEnabled = false).mapNotNull { it.config.getOrNull(SemanticsProperties.TestTag) }.toSet()
}

private fun root(view: View): RootForTest? =
    view as? RootForTest ?: (view as? ViewGroup)?.let { group -> (0 until group.childCount).firstNotNullOfOrNull { root(group.getChildAt(it)) } }
