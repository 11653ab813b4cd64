package app.xundian.ui

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import com.google.zxing.EncodeHintType
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel
import com.google.zxing.qrcode.encoder.ByteMatrix
import com.google.zxing.qrcode.encoder.Encoder
import kotlin.math.floor

/** The modules of a QR code for a text; `null` = it is too long for one. */
fun qr(text: String): ByteMatrix? = runCatching {
    Encoder.encode(text, ErrorCorrectionLevel.M, mapOf(EncodeHintType.CHARACTER_SET to "UTF-8")).matrix
}.getOrNull()

/** Modules of white around a code: what stands nearer is read as a part of it. */
private const val QUIET = 4

/** Black on white in every theme, for cameras read nothing else well. */
@Composable
fun QrCode(text: String, label: String, modifier: Modifier = Modifier) {
    val matrix = remember(text) { qr(text) } ?: return
    Canvas(modifier.background(Color.White).semantics { contentDescription = label }) {
        // Whole pixels: a module that ends between two of them blurs.
        val module = floor(size.minDimension / (matrix.width + 2 * QUIET)).coerceAtLeast(1f)
        val margin = (size.minDimension - module * matrix.width) / 2
        for (y in 0 until matrix.height) for (x in 0 until matrix.width) {
            if (matrix.get(x, y).toInt() == 1) drawRect(Color.Black, Offset(margin + x * module, margin + y * module), Size(module, module))
        }
    }
}
