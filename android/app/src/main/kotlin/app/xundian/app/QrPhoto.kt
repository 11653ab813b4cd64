package app.xundian.app

import android.graphics.Bitmap
import app.xundian.ui.QR_SIDE
import app.xundian.ui.readQr
import java.io.File

/** The text of the only QR in a photo; `null` = there is none, or more than one, or it is no picture. */
internal fun qrIn(photo: File): String? {
    if (isHuge(photo)) return null
    val small = fitting(smallOf(photo, QR_SIDE) ?: return null)
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
