package app.xundian.app

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Matrix
import android.media.ExifInterface
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream

private const val LONG_SIDE = 1_600
private const val QUALITY = 70

/** A photo as it may leave the phone: small, upright, and without what the camera wrote beside it, such as the place; `null` = it is no picture. */
internal fun cleanPhoto(photo: ByteArray): ByteArray? {
    val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
    BitmapFactory.decodeByteArray(photo, 0, photo.size, bounds)
    val times = (maxOf(bounds.outWidth, bounds.outHeight) / LONG_SIDE).coerceAtLeast(1)
    // Made smaller while it is read: the whole of it would not fit into the memory of a small phone.
    val options = BitmapFactory.Options().apply { inSampleSize = Integer.highestOneBit(times) }
    val read = BitmapFactory.decodeByteArray(photo, 0, photo.size, options) ?: return null
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
private fun turnOf(photo: ByteArray): Float = when (orientationOf(photo)) {
    ExifInterface.ORIENTATION_ROTATE_90 -> 90f
    ExifInterface.ORIENTATION_ROTATE_180 -> 180f
    ExifInterface.ORIENTATION_ROTATE_270 -> 270f
    else -> 0f
}

private fun orientationOf(photo: ByteArray): Int = runCatching {
    ExifInterface(ByteArrayInputStream(photo)).getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL)
}.getOrDefault(ExifInterface.ORIENTATION_NORMAL)
