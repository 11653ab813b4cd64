package app.xundian.app

import android.graphics.Bitmap
import app.xundian.logic.Picture
import java.io.ByteArrayOutputStream

/** Nothing is lost in a PNG: the modules of a QR keep their edges until a chat makes it smaller. */
internal fun pngOf(picture: Picture): ByteArray {
    val bitmap = Bitmap.createBitmap(picture.pixels, picture.width, picture.height, Bitmap.Config.ARGB_8888)
    return ByteArrayOutputStream().also { bitmap.compress(Bitmap.CompressFormat.PNG, BEST, it) }.toByteArray()
}

private const val BEST = 100
