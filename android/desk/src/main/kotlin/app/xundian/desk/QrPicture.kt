package app.xundian.desk

import app.xundian.ui.QR_SIDE
import app.xundian.ui.readQr
import java.awt.RenderingHints
import java.awt.image.BufferedImage
import java.io.ByteArrayInputStream
import javax.imageio.ImageIO

/** The text of the only QR in a picture file; `null` = there is none, or more than one, or it is no picture. */
internal fun qrIn(bytes: ByteArray): String? {
    val small = fitting(ImageIO.read(ByteArrayInputStream(bytes)) ?: return null)
    return readQr(small.getRGB(0, 0, small.width, small.height, null, 0, small.width), small.width, small.height)
}

private fun fitting(picture: BufferedImage): BufferedImage {
    val share = QR_SIDE.toDouble() / maxOf(picture.width, picture.height)
    if (share >= 1) return picture
    fun part(of: Int) = (of * share).toInt().coerceAtLeast(1)
    return BufferedImage(part(picture.width), part(picture.height), BufferedImage.TYPE_INT_RGB).apply {
        createGraphics().apply {
            setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR)
            drawImage(picture, 0, 0, width, height, null)
            dispose()
        }
    }
}
