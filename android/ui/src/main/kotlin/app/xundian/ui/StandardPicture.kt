package app.xundian.ui

import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.clickable
import androidx.compose.foundation.gestures.detectTransformGestures
import androidx.compose.foundation.interaction.MutableInteractionSource
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.material3.MaterialTheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.produceState
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Canvas
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.FilterQuality
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.Paint
import androidx.compose.ui.graphics.decodeToImageBitmap
import androidx.compose.ui.graphics.graphicsLayer
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.IntSize
import androidx.compose.ui.unit.dp
import app.xundian.logic.Text as T
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext

/** The picture in [bytes], ready to be drawn: read once and by [reader], for that takes longer than a frame. `null` = not yet, or there is none. */
@Composable
internal fun rememberPicture(bytes: ByteArray?, reader: CoroutineDispatcher): ImageBitmap? {
    val picture = produceState<ImageBitmap?>(null, bytes) { value = bytes?.let { inTurn(reader) { pictureOf(it) } } }
    return picture.value
}

/** Reads the picture in some bytes, as many pixels of it as its longer side must have to be shown; `null` = it is none. */
typealias PictureReader = (bytes: ByteArray, side: Int) -> ImageBitmap?

/** The platform's, where it can read fewer pixels than there are: a whole photo takes megabytes of a small phone's memory. */
val LocalPictureReader = staticCompositionLocalOf<PictureReader> { { bytes, _ -> pictureOf(bytes) } }

/** As [rememberPicture], no larger than it is shown. */
@Composable
internal fun rememberThumbnail(bytes: ByteArray?, side: Dp, reader: CoroutineDispatcher): ImageBitmap? {
    val pixels = with(LocalDensity.current) { side.roundToPx() }
    val read = LocalPictureReader.current
    val picture = produceState<ImageBitmap?>(null, bytes, pixels, read) {
        value = bytes?.let { inTurn(reader) { runCatching { read(it, pixels)?.within(pixels) }.getOrNull() } }
    }
    return picture.value
}

/** Several at once would fill the memory that one of them leaves free. */
private val turn = Mutex()

private suspend fun <T> inTurn(reader: CoroutineDispatcher, read: () -> T): T = turn.withLock { withContext(reader) { read() } }

/** Its longer side is no more than [side] pixels. */
internal fun ImageBitmap.within(side: Int): ImageBitmap {
    val share = side.toFloat() / maxOf(width, height)
    if (share >= 1f) return this
    fun part(of: Int) = (of * share).toInt().coerceAtLeast(1)
    val small = ImageBitmap(part(width), part(height))
    Canvas(small).drawImageRect(this, dstSize = IntSize(small.width, small.height), paint = Paint().apply { filterQuality = FilterQuality.Medium })
    return small
}

private const val MOST_SIDE = 4_096 // 64 MiB decoded at most: Android's canvas falls at 100

/**
 * A JPEG or a PNG; `null` = it is neither, it is too large to be drawn, or there is no memory for it. Android gives a hollow one for what is none:
 * asked for its size, it falls.
 */
internal fun pictureOf(bytes: ByteArray): ImageBitmap? =
    runCatching { bytes.decodeToImageBitmap().takeIf { it.width in 1..MOST_SIDE && it.height in 1..MOST_SIDE } }.getOrNull()

/** Across the width and not too high; a tap opens the whole of it. */
@Composable
internal fun SmallPicture(picture: ImageBitmap, label: String, tag: String, onOpen: () -> Unit) {
    Image(
        picture, label,
        Modifier.fillMaxWidth().heightIn(min = 48.dp, max = 180.dp).clip(MaterialTheme.shapes.small).clickable(onClick = onOpen).testTag(tag),
    )
}

/** As large as the screen, drawn in place as a [Sheet] is. Two fingers come nearer, one moves it, a tap closes it. */
@Composable
internal fun WholePicture(picture: ImageBitmap, label: String, tag: String, onClose: () -> Unit) {
    LocalWayBack.current(onClose)
    val nearness = remember(picture) { Nearness() }
    Image(
        picture, label,
        Modifier.fillMaxSize().background(Color.Black)
            .clickable(remember { MutableInteractionSource() }, indication = null, onClickLabel = say(T.CLOSE), onClick = onClose)
            .testTag(tag)
            .pointerInput(nearness) { detectTransformGestures { _, pan, zoom, _ -> nearness.change(zoom, pan, size) } }
            .graphicsLayer {
                scaleX = nearness.scale
                scaleY = nearness.scale
                translationX = nearness.offset.x
                translationY = nearness.offset.y
            },
    )
}

/** How near a picture is looked at, and at which part of it. */
internal class Nearness {
    var scale by mutableStateOf(1f)
        private set
    var offset by mutableStateOf(Offset.Zero)
        private set

    /** [room] is what the whole picture fills: it cannot be moved out of it. */
    fun change(zoom: Float, pan: Offset, room: IntSize) {
        scale = (scale * zoom).coerceIn(1f, NEAREST)
        val (across, along) = room.width * (scale - 1) / 2 to room.height * (scale - 1) / 2
        offset = Offset((offset.x + pan.x).coerceIn(-across, across), (offset.y + pan.y).coerceIn(-along, along))
    }

    private companion object {
        const val NEAREST = 4f
    }
}
