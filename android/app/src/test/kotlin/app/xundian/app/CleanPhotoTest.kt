package app.xundian.app

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Color
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.ByteArrayOutputStream

/** What leaves the camera and what leaves the phone, on Android's own pictures. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class CleanPhotoTest {
    private fun jpeg(width: Int, height: Int): ByteArray {
        val picture = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888).apply { eraseColor(Color.rgb(0x40, 0x80, 0xC0)) }
        return ByteArrayOutputStream().also { picture.compress(Bitmap.CompressFormat.JPEG, 90, it) }.toByteArray()
    }

    /** The camera was held upright: the picture lies on its side, with a note of it. */
    private fun turned(photo: ByteArray): ByteArray {
        val note = intArrayOf(
            0xFF, 0xE1, 0x00, 0x22, 'E'.code, 'x'.code, 'i'.code, 'f'.code, 0, 0,
            'M'.code, 'M'.code, 0, 0x2A, 0, 0, 0, 8, 0, 1,
            0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
        )
        return photo.copyOfRange(0, 2) + ByteArray(note.size) { note[it].toByte() } + photo.copyOfRange(2, photo.size)
    }

    @Test
    fun `a photo is small, upright and says nothing of the camera`() {
        val raw = turned(jpeg(2_400, 1_800))
        assertTrue("Exif" in String(raw, Charsets.ISO_8859_1))
        val clean = checkNotNull(cleanPhoto(raw))
        val picture = checkNotNull(BitmapFactory.decodeByteArray(clean, 0, clean.size))
        assertTrue("${picture.width} x ${picture.height}", picture.height in 1_598..1_601 && picture.width in 1_198..1_201)
        assertFalse("Exif" in String(clean, Charsets.ISO_8859_1))
    }

    @Test
    fun `a small one stays as large, and what is no picture is nothing`() {
        val clean = checkNotNull(cleanPhoto(jpeg(640, 480)))
        val picture = checkNotNull(BitmapFactory.decodeByteArray(clean, 0, clean.size))
        assertTrue("${picture.width} x ${picture.height}", picture.width == 640 && picture.height == 480)
        assertNull(cleanPhoto("no picture".toByteArray()))
    }
}
