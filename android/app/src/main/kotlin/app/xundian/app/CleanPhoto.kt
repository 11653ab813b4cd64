package app.xundian.app

import android.graphics.Bitmap
import android.graphics.Matrix
import android.media.ExifInterface
import app.xundian.logic.readMost
import java.io.ByteArrayOutputStream
import java.io.File

private const val LONG_SIDE = 1_600
private const val QUALITY = 70

/**
 * A photo as it may leave the phone: small, upright, and without what the camera wrote beside it, such as the place; `null` = it is no picture of a
 * camera. A huge file is left as it is, and so much of it that the core refuses it.
 */
internal fun cleanPhoto(photo: File): ByteArray? {
    if (isHuge(photo)) return photo.inputStream().use { it.readMost() }
    val read = smallOf(photo, LONG_SIDE) ?: return null
    val clean = ByteArrayOutputStream()
    upright(read, turnOf(photo)).compress(Bitmap.CompressFormat.JPEG, QUALITY, clean)
    return clean.toByteArray()
}

private fun upright(picture: Bitmap, degrees: Float): Bitmap {
    val share = (LONG_SIDE.toFloat() / maxOf(picture.width, picture.height)).coerceAtMost(1f)
    val matrix = Matrix()
    matrix.postScale(share, share)
    matrix.postRotate(degrees)
    return Bitmap.createBitmap(picture, 0, 0, picture.width, picture.height, matrix, true)
}

/** The camera writes how it was held instead of turning the picture, and that note is about to go. */
private fun turnOf(photo: File): Float = when (orientationOf(photo)) {
    ExifInterface.ORIENTATION_ROTATE_90 -> 90f
    ExifInterface.ORIENTATION_ROTATE_180 -> 180f
    ExifInterface.ORIENTATION_ROTATE_270 -> 270f
    else -> 0f
}

private fun orientationOf(photo: File): Int = runCatching {
    photo.inputStream().buffered().use { ExifInterface(it).getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL) }
}.getOrDefault(ExifInterface.ORIENTATION_NORMAL)
