package app.xundian.app

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import java.io.File

/** More than any camera writes, in bytes. Most pictures are made smaller while they are read, but some kinds are taken into memory before. */
private const val CAMERA_MOST = 100L shl 20

/** It is no camera's photo, whatever it is. */
internal fun isHuge(photo: File): Boolean = photo.length() > CAMERA_MOST

/** The picture in a file, its longer side less than twice [side]: the whole of it would not fit into the memory of a small phone; `null` = it is none. */
internal fun smallOf(photo: File, side: Int): Bitmap? {
    val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
    BitmapFactory.decodeFile(photo.path, bounds)
    val times = (maxOf(bounds.outWidth, bounds.outHeight) / side).coerceAtLeast(1)
    return BitmapFactory.decodeFile(photo.path, BitmapFactory.Options().apply { inSampleSize = Integer.highestOneBit(times) })
}
