package app.xundian.ui

import app.xundian.fake.FakeData
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import java.awt.Color
import java.awt.Graphics2D
import java.awt.RenderingHints
import java.awt.geom.AffineTransform
import java.awt.image.BufferedImage
import java.util.Random

/** What [qr] draws, [readQr] reads, also from a picture as a phone takes one of a screen. */
class QrTest {
    private val text = FakeData.INVITATION

    private fun picture(width: Int, height: Int, ground: Color, draw: Graphics2D.() -> Unit) =
        BufferedImage(width, height, BufferedImage.TYPE_INT_RGB).apply {
            createGraphics().apply {
                setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON)
                color = ground
                fillRect(0, 0, width, height)
                draw()
                dispose()
            }
        }

    private fun Graphics2D.code(ink: Color, paper: Color, module: Double, said: String = text) {
        val matrix = checkNotNull(qr(said))
        scale(module, module)
        color = paper
        fillRect(0, 0, matrix.width + 8, matrix.height + 8)
        color = ink
        for (y in 0 until matrix.height) for (x in 0 until matrix.width) if (matrix.get(x, y).toInt() == 1) fillRect(x + 4, y + 4, 1, 1)
    }

    private fun BufferedImage.read() = readQr(getRGB(0, 0, width, height, null, 0, width), width, height)

    /** Grain as of a small sensor in the evening, and light that falls off to one side. */
    private fun BufferedImage.grained() = apply {
        val dice = Random(7)
        for (y in 0 until height) for (x in 0 until width) {
            val grain = (dice.nextGaussian() * 18).toInt() - x * 60 / width
            val colour = Color(getRGB(x, y))
            fun part(of: Int) = (of + grain).coerceIn(0, 255)
            setRGB(x, y, Color(part(colour.red), part(colour.green), part(colour.blue)).rgb)
        }
    }

    @Test
    fun `a code that is drawn is read, dark on light and light on dark`() {
        assertEquals(text, picture(400, 400, Color.WHITE) { code(Color.BLACK, Color.WHITE, 5.0) }.read())
        assertEquals(text, picture(400, 400, Color.BLACK) { code(Color.WHITE, Color.BLACK, 5.0) }.read())
    }

    @Test
    fun `a slanting code in a corner of a grainy picture is read`() {
        val photo = picture(QR_SIDE, QR_SIDE * 3 / 4, Color(0x40, 0x46, 0x4A)) {
            translate(700.0, 260.0)
            rotate(Math.toRadians(19.0))
            shear(0.06, 0.03)
            code(Color(0x20, 0x22, 0x30), Color(0xD8, 0xE0, 0xF0), 7.3)
        }.grained()
        assertEquals(text, photo.read())
    }

    /** A screen of the office with two codes. */
    private fun beside(other: String) = picture(900, 450, Color.WHITE) {
        code(Color.BLACK, Color.WHITE, 5.0)
        transform = AffineTransform.getTranslateInstance(450.0, 0.0)
        code(Color.BLACK, Color.WHITE, 5.0, other)
    }

    @Test
    fun `of two codes none is taken, unless both say the same`() {
        val other = text.replace("ABCD2345", "WXYZ6789")
        assertEquals(other, picture(450, 450, Color.WHITE) { code(Color.BLACK, Color.WHITE, 5.0, other) }.read())
        assertNull(beside(other).read())
        assertNull(beside(other).grained().read())
        assertEquals(text, beside(text).read())
    }

    @Test
    fun `a picture without a code, and one without anything, give nothing`() {
        assertNull(picture(640, 480, Color.GRAY) { color = Color.BLACK; for (n in 0 until 40) fillRect(n * 16, n * 7 % 300, 9, 60) }.grained().read())
        assertNull(picture(1, 1, Color.WHITE) { }.read())
    }
}
