package app.xundian.app

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import androidx.compose.ui.graphics.asImageBitmap
import app.xundian.ui.PictureReader
import java.io.File

/** More than any camera writes, in bytes. Most pictures are made smaller while they are read, but some kinds are taken into memory before. */
private const val CAMERA_MOST = 100L shl 20

/** More than any camera takes: a file of a few bytes can claim as many as it likes. */
private const val PIXELS_MOST = 1L shl 28

/** It is no camera's photo, whatever it is. */
internal fun isHuge(photo: File): Boolean = photo.length() > CAMERA_MOST

/**
 * The picture in a file, its longer side less than twice [side]: the whole of it would not fit into the memory of a small phone; `null` = it is none of a
 * camera.
 */
internal fun smallOf(photo: File, side: Int): Bitmap? = small(side) { BitmapFactory.decodeFile(photo.path, it) }

/** As [smallOf], for the screens. */
internal val smallPictures: PictureReader = { bytes, side -> small(side) { BitmapFactory.decodeByteArray(bytes, 0, bytes.size, it) }?.asImageBitmap() }

private fun small(side: Int, read: (BitmapFactory.Options) -> Bitmap?): Bitmap? {
    val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
    read(bounds)
    if (bounds.outWidth.toLong() * bounds.outHeight > PIXELS_MOST) return null
    val times = (maxOf(bounds.outWidth, bounds.outHeight) / side).coerceAtLeast(1)
    return read(BitmapFactory.Options().apply { inSampleSize = Integer.highestOneBit(times) })
}
