package app.xundian.app

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import app.xundian.ui.QR_SIDE
import app.xundian.ui.readQr

/** The text of the only QR in a photo; `null` = there is none, or more than one, or it is no picture. */
internal fun qrIn(photo: ByteArray): String? {
    val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
    BitmapFactory.decodeByteArray(photo, 0, photo.size, bounds)
    val times = (maxOf(bounds.outWidth, bounds.outHeight) / QR_SIDE).coerceAtLeast(1)
    // Made smaller while it is read: the whole of it would not fit into the memory of a small phone.
    val options = BitmapFactory.Options().apply { inSampleSize = Integer.highestOneBit(times) }
    val small = fitting(BitmapFactory.decodeByteArray(photo, 0, photo.size, options) ?: return null)
    val pixels = IntArray(small.width * small.height)
    small.getPixels(pixels, 0, small.width, 0, 0, small.width, small.height)
    return readQr(pixels, small.width, small.height)
}

private fun fitting(picture: Bitmap): Bitmap {
    val share = QR_SIDE.toDouble() / maxOf(picture.width, picture.height)
    if (share >= 1) return picture
    fun part(of: Int) = (of * share).toInt().coerceAtLeast(1)
    return Bitmap.createScaledBitmap(picture, part(picture.width), part(picture.height), true)
}
