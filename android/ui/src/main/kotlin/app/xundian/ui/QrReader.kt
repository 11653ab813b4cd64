package app.xundian.ui

import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.LuminanceSource
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader

/** The longest side of a picture in which a QR is looked for: more pixels only cost time. */
const val QR_SIDE = 1_600

/** The text of a QR somewhere among [pixels] (ARGB, row by row); `null` = none is found. */
fun readQr(pixels: IntArray, width: Int, height: Int): String? {
    val picture = RGBLuminanceSource(width, height, pixels)
    // A screen in dark mode shows it light on dark.
    return sequenceOf(picture, picture.invert()).firstNotNullOfOrNull(::decoded)
}

/** ZXing throws for "nothing here" and, on odd pictures, also for its own faults: for the rep both are the same. */
private fun decoded(picture: LuminanceSource): String? = runCatching {
    QRCodeReader().decode(BinaryBitmap(HybridBinarizer(picture)), mapOf(DecodeHintType.TRY_HARDER to true)).text
}.getOrNull()
