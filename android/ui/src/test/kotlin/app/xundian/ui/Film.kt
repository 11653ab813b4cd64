package app.xundian.ui

import androidx.compose.ui.ImageComposeScene
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getAllSemanticsNodes
import androidx.compose.ui.semantics.getOrNull
import org.jetbrains.skia.Image

/** Pictures of a [scene]. A frame is drawn only while something moves, five in a second: Compose's own tests draw each of sixty, twice. */
internal class Film(private val scene: ImageComposeScene) {
    private var nowNs = 0L

    /** When nothing moves any more; what moves for ever as it is after a second. */
    fun take(): Image {
        var picture = frame()
        repeat(FRAMES - 1) { if (scene.hasInvalidations()) picture = frame() }
        return picture
    }

    private fun frame(): Image = scene.render(nowNs).also { nowNs += FRAME_NS }

    /** Brought into view and tapped as a screen reader does it, also a word inside of what takes the tap; the thumb does the same in AccessibilityTest. */
    fun tap(tag: String): Film {
        bringUp(tagged(tag))
        take()
        val click = upFrom(tagged(tag)).firstNotNullOf { it.config.getOrNull(SemanticsActions.OnClick)?.action }
        click()
        return this
    }

    private fun tagged(tag: String): SemanticsNode = scene.semanticsOwners.flatMap { it.getAllSemanticsNodes(mergingEnabled = false) }
        .single { it.config.getOrNull(SemanticsProperties.TestTag) == tag }

    private fun upFrom(node: SemanticsNode): Sequence<SemanticsNode> = generateSequence(node) { it.parent }

    /** What does not scroll is in the picture. */
    private fun bringUp(node: SemanticsNode) {
        val list = upFrom(node).firstOrNull { SemanticsActions.ScrollBy in it.config } ?: return
        val below = node.positionInRoot.y + node.size.height - list.boundsInRoot.bottom
        if (below > 0) list.config[SemanticsActions.ScrollBy].action?.invoke(0f, below)
    }

    private companion object {
        /** A screen may want some: one reads what it shows, the next has it, a picture in it is there in another. */
        const val FRAMES = 6
        const val FRAME_NS = 200_000_000L
    }
}
