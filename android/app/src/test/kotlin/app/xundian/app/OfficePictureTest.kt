package app.xundian.app

import android.graphics.Bitmap
import app.xundian.ui.pictureOf
import app.xundian.ui.within
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.ByteArrayOutputStream

/** The office's picture by Android's own decoder: what is none is known before it is drawn. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class OfficePictureTest {
    @Before
    fun folders() = forgetFolders()

    private fun drawn(format: Bitmap.CompressFormat): ByteArray {
        val picture = Bitmap.createBitmap(320, 180, Bitmap.Config.ARGB_8888)
        return ByteArrayOutputStream().also { picture.compress(format, 80, it) }.toByteArray()
    }

    @Test
    fun `a photo is read with fewer pixels than it has, and no fewer than are shown`() {
        assertEquals(80 to 45, smallPictures(drawn(Bitmap.CompressFormat.JPEG), 64)?.let { it.width to it.height })
        assertEquals(320 to 180, smallPictures(drawn(Bitmap.CompressFormat.PNG), 400)?.let { it.width to it.height })
        assertNull(smallPictures("no picture".toByteArray(), 64))
        assertNull(smallPictures(ByteArray(0), 64))
    }

    @Test
    fun `a JPEG and a PNG are read and made small, and what is no picture gives none`() {
        for (format in listOf(Bitmap.CompressFormat.JPEG, Bitmap.CompressFormat.PNG)) {
            assertEquals("$format", 320 to 180, pictureOf(drawn(format))?.let { it.width to it.height })
        }
        assertEquals(64 to 36, pictureOf(drawn(Bitmap.CompressFormat.JPEG))?.within(64)?.let { it.width to it.height })
        assertNull(pictureOf("no picture".toByteArray()))
        assertNull(pictureOf(ByteArray(0)))
    }
}
