package app.xundian.ui

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.padding
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.remember
import androidx.compose.runtime.withFrameNanos
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.drawWithContent
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.layer.GraphicsLayer
import androidx.compose.ui.graphics.rememberGraphicsLayer
import androidx.compose.ui.layout.layout
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.unit.Constraints
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.dp
import app.xundian.logic.Look
import app.xundian.logic.OrderScreen
import app.xundian.logic.Picture
import app.xundian.logic.Shade
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred

/** The picture's width, as on iOS: 360 dp at two pixels each. More, and a long order is higher than some phones can draw at once. */
internal const val PICTURE_WIDTH = 720
private const val PICTURE_DENSITY = 2f

/**
 * The order card for an owner who is not there, drawn once and shown nowhere: light and at the usual text size, whatever the screen looks
 * like. [onTaken] gets `null` where it cannot be drawn.
 */
@Composable
internal fun OrderPicture(screen: OrderScreen, onTaken: (Picture?) -> Unit) {
    val layer = rememberGraphicsLayer()
    val drawn = remember { CompletableDeferred<Unit>() }
    val look = Look(LocalSpeech.current.words.language, Shade.LIGHT)
    CompositionLocalProvider(LocalDensity provides Density(PICTURE_DENSITY, 1f)) {
        XundianTheme(look) {
            Box(Modifier.unseen().into(layer) { drawn.complete(Unit) }.background(Color.White).padding(8.dp)) { OwnersCard(screen) }
        }
    }
    LaunchedEffect(layer) {
        drawn.await()
        // Not in the middle of being drawn.
        withFrameNanos { }
        onTaken(layer.pictureOrNull())
    }
}

/** As wide as the picture and as high as it likes, with no place on the screen and nothing to be read out. */
private fun Modifier.unseen(): Modifier = clearAndSetSemantics { }.layout { measurable, _ ->
    val placeable = measurable.measure(Constraints(minWidth = PICTURE_WIDTH, maxWidth = PICTURE_WIDTH))
    layout(0, 0) { placeable.place(0, 0) }
}

/** Drawn into [layer] instead of the screen. */
private fun Modifier.into(layer: GraphicsLayer, onDrawn: () -> Unit): Modifier = drawWithContent {
    layer.record { this@drawWithContent.drawContent() }
    onDrawn()
}

/** A phone without the memory for it is no reason to fall. */
private suspend fun GraphicsLayer.pictureOrNull(): Picture? = try {
    toImageBitmap().toPicture()
} catch (gone: CancellationException) {
    throw gone
} catch (failure: Exception) {
    null
}

private fun ImageBitmap.toPicture(): Picture {
    val pixels = IntArray(width * height)
    readPixels(pixels)
    return Picture(width, height, pixels)
}
