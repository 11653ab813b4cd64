package app.xundian.app

import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.Rect
import android.os.Bundle
import app.xundian.ui.qr
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.ByteArrayOutputStream
import java.io.File

/** From the camera's file to the text, on Android's own pictures. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class QrPhotoTest {
    @get:Rule
    val folder = TemporaryFolder()

    private fun written(photo: ByteArray): File = folder.newFile().apply { writeBytes(photo) }

    @Before
    fun folders() = forgetFolders()

    private val invitation = "XUNDIAN1 https://xundian.example:8443 ABCD2345 " + "0123456789abcdef".repeat(4)

    /** A JPEG with the codes in the middle third, one beside the other. */
    private fun photo(width: Int, height: Int, vararg texts: String): ByteArray {
        val picture = Bitmap.createBitmap(width, height, Bitmap.Config.ARGB_8888).apply { eraseColor(Color.rgb(0xE0, 0xE4, 0xE8)) }
        val (canvas, ink) = Canvas(picture) to Paint().apply { color = Color.rgb(0x22, 0x22, 0x28) }
        for ((n, text) in texts.withIndex()) {
            val matrix = checkNotNull(qr(text))
            val module = height / 3 / matrix.width
            val (left, top) = (width * (2 * n + 1) / texts.size - module * matrix.width) / 2 to height / 3
            for (y in 0 until matrix.height) for (x in 0 until matrix.width) {
                if (matrix.get(x, y).toInt() == 1) canvas.drawRect(Rect(left + x * module, top + y * module, left + (x + 1) * module, top + (y + 1) * module), ink)
            }
        }
        return ByteArrayOutputStream().also { picture.compress(Bitmap.CompressFormat.JPEG, 80, it) }.toByteArray()
    }

    @Test
    fun `a photo of any size is read, and one without a code gives nothing`() {
        assertEquals(invitation, qrIn(written(photo(640, 480, invitation))))
        assertEquals(invitation, qrIn(written(photo(3_000, 4_000, invitation))))
        assertNull(qrIn(written(photo(3_000, 4_000))))
        assertNull(qrIn(written("no picture".toByteArray())))
    }

    private fun shell() = RuntimeEnvironment.getApplication().let { app -> PhoneShell(app, PhonePosition(app).whereabouts) }

    /** The state of the window of an app that opened the camera for the QR and was ended. */
    private fun endedBehindCamera(): Bundle {
        val ended = shell().apply { attach(this, {}) {} }
        CoroutineScope(Dispatchers.Unconfined + Job()).launch { ended.scan() }
        return Bundle().also(ended::keep)
    }

    @Test
    fun `another process reads the QR that was photographed for the one before it, and hears nothing of who turned back`() = runBlocking {
        val state = endedBehindCamera()
        val file = File(RuntimeEnvironment.getApplication().cacheDir, "photos/photo.jpg")
        for ((picture, text) in listOf(photo(1_200, 1_600, invitation) to invitation, photo(640, 480) to "")) {
            file.writeBytes(picture)
            val shell = shell().apply { takeUp(state); photoTaken(false); takeUp(state); photoTaken(true) }
            assertEquals(text, withTimeout(PATIENCE_MS) { shell.lateScans.first() })
            assertTrue("nothing is awaited any more", Bundle().also(shell::keep).isEmpty)
            assertNull(withTimeoutOrNull(MOMENT_MS) { shell.lateScans.first() })
        }
    }

    @Test
    fun `the camera's file becomes the text, an empty one without a code or with two, and nothing when the rep turns back`() = runBlocking {
        val app = RuntimeEnvironment.getApplication()
        val shell = PhoneShell(app, PhonePosition(app).whereabouts)
        var taken: ByteArray? = photo(1_200, 1_600, invitation)
        shell.attach(this, { target ->
            assertEquals("content://${app.packageName}.files/photos/photo.jpg", target.toString())
            taken?.let { File(app.cacheDir, "photos/photo.jpg").writeBytes(it) }
            shell.photoTaken(taken != null)
        }) {}
        assertEquals(invitation, shell.scan())
        for (texts in listOf(emptyList(), listOf(invitation, invitation.replace("ABCD2345", "WXYZ6789")))) {
            taken = photo(1_200, 1_600, *texts.toTypedArray())
            assertEquals("", shell.scan())
        }
        taken = null
        assertNull(shell.scan())
    }

    private companion object {
        const val PATIENCE_MS = 20_000L
        const val MOMENT_MS = 200L
    }
}
