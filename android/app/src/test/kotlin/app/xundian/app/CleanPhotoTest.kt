package app.xundian.app

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Color
import app.xundian.logic.FILE_MOST
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.RandomAccessFile

/** What leaves the camera and what leaves the phone, on Android's own pictures. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class CleanPhotoTest {
    @get:Rule
    val folder = TemporaryFolder()

    private fun written(photo: ByteArray): File = folder.newFile().apply { writeBytes(photo) }

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

    /** As long as what a camera with many pixels writes: comments before the picture, so that half of the file is nothing of it. */
    private fun long(photo: ByteArray): ByteArray {
        val comment = byteArrayOf(0xFF.toByte(), 0xFE.toByte(), 0xFF.toByte(), 0xFF.toByte()) + ByteArray(0xFFFF - 2)
        val all = ByteArrayOutputStream()
        all.write(photo, 0, 2)
        while (all.size() <= FILE_MOST) all.write(comment, 0, comment.size)
        all.write(photo, 2, photo.size - 2)
        return all.toByteArray()
    }

    @Test
    fun `a photo is small, upright and says nothing of the camera`() {
        val raw = turned(jpeg(2_400, 1_800))
        assertTrue("Exif" in String(raw, Charsets.ISO_8859_1))
        val clean = checkNotNull(cleanPhoto(written(raw)))
        val picture = checkNotNull(BitmapFactory.decodeByteArray(clean, 0, clean.size))
        assertTrue("${picture.width} x ${picture.height}", picture.height in 1_598..1_601 && picture.width in 1_198..1_201)
        assertFalse("Exif" in String(clean, Charsets.ISO_8859_1))
    }

    @Test
    fun `a small one stays as large, and what is no picture is nothing`() {
        val clean = checkNotNull(cleanPhoto(written(jpeg(640, 480))))
        val picture = checkNotNull(BitmapFactory.decodeByteArray(clean, 0, clean.size))
        assertTrue("${picture.width} x ${picture.height}", picture.width == 640 && picture.height == 480)
        assertNull(cleanPhoto(written("no picture".toByteArray())))
    }

    @Test
    fun `a photo whose file is longer than what may leave the phone is made small like any other`() {
        val file = written(long(jpeg(2_400, 1_800)))
        assertTrue("${file.length()}", file.length() > FILE_MOST)
        val clean = checkNotNull(cleanPhoto(file))
        val picture = checkNotNull(BitmapFactory.decodeByteArray(clean, 0, clean.size))
        assertTrue("${picture.width} x ${picture.height}", picture.width in 1_598..1_601)
    }

    @Test
    fun `a small file that claims more pixels than any camera has is no photo, and nobody makes room for them`() {
        val file = written(pngThatClaims(60_000))
        val bounds = BitmapFactory.Options().apply { inJustDecodeBounds = true }
        BitmapFactory.decodeFile(file.path, bounds)
        assertEquals("Android believes it", 60_000 to 60_000, bounds.outWidth to bounds.outHeight)
        assertNull(cleanPhoto(file))
        assertNull(qrIn(file))
        assertNull(smallPictures(file.readBytes(), 64))
    }

    @Test
    fun `of a file that no camera writes only so much is read that the core refuses it`() {
        val file = folder.newFile().apply { RandomAccessFile(this, "rw").use { it.setLength(200L shl 20) } }
        assertEquals(FILE_MOST, cleanPhoto(file)?.size)
        assertNull(qrIn(file))
    }
}
