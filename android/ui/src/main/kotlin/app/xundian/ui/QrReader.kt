package app.xundian.ui

import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.LuminanceSource
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.multi.qrcode.QRCodeMultiReader
import com.google.zxing.qrcode.QRCodeReader

/** The longest side of a picture in which a QR is looked for: more pixels only cost time. */
const val QR_SIDE = 1_600

private val HINTS = mapOf(DecodeHintType.TRY_HARDER to true)

/**
 * What the only QR among [pixels] (ARGB, row by row) says; `null` = there is none, or one does not know which. A screen of the office
 * may show several, and another rep's must not be taken by chance.
 */
fun readQr(pixels: IntArray, width: Int, height: Int): String? {
    val picture = RGBLuminanceSource(width, height, pixels)
    // A screen in dark mode shows it light on dark.
    return listOf(picture, picture.invert()).flatMap { decoded(it) }.distinct().singleOrNull()
}

/**
 * The reader of many sees them all, that of one takes a worse picture. ZXing throws for "nothing here" and, on odd pictures, also for
 * its own faults: for the rep both are the same.
 */
private fun decoded(picture: LuminanceSource): List<String> {
    val bitmap = BinaryBitmap(HybridBinarizer(picture))
    val many = runCatching { QRCodeMultiReader().decodeMultiple(bitmap, HINTS).map { it.text } }.getOrDefault(emptyList())
    val one = runCatching { QRCodeReader().decode(bitmap, HINTS).text }.getOrNull()
    return many + listOfNotNull(one)
}
