package app.xundian.app

import android.app.Application
import android.content.Intent
import android.net.Uri
import app.xundian.logic.Picture
import app.xundian.ui.qr
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/** What another app gets when the owner's card is sent to him. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class SharePictureTest {
    @Before
    fun folders() = forgetFolders()

    private val text = "XD-ORDER/00000000-0000-0000-0000-0000000001f4"

    /** The code, black on white, eight pixels to a module. */
    private fun drawn(): Picture {
        val matrix = checkNotNull(qr(text))
        val side = (matrix.width + 8) * MODULE
        val pixels = IntArray(side * side) { place ->
            val (x, y) = place % side / MODULE - 4 to place / side / MODULE - 4
            val isInk = x in 0 until matrix.width && y in 0 until matrix.height && matrix.get(x, y).toInt() == 1
            if (isInk) INK else PAPER
        }
        return Picture(side, side, pixels)
    }

    private fun shared(app: Application) = File(app.cacheDir, "shared").walk().single { it.isFile }

    @Test
    fun `the picture goes out as a PNG that others may read, under its own name`() = runBlocking {
        val app: Application = RuntimeEnvironment.getApplication()
        PhoneShell(app, PhonePosition(app).whereabouts).sharePicture("order-7.png", drawn())
        val chooser = checkNotNull(shadowOf(app).nextStartedActivity)
        assertEquals(Intent.ACTION_CHOOSER, chooser.action)
        val sent = checkNotNull(chooser.getParcelableExtra(Intent.EXTRA_INTENT, Intent::class.java))
        assertEquals(listOf(Intent.ACTION_SEND, "image/png"), listOf(sent.action, sent.type))
        val address = sent.getParcelableExtra(Intent.EXTRA_STREAM, Uri::class.java)
        assertEquals("content://${app.packageName}.files/shared/${shared(app).parentFile?.name}/order-7.png", address.toString())
        assertTrue(sent.flags and Intent.FLAG_GRANT_READ_URI_PERMISSION != 0)
        assertEquals(text, qrIn(shared(app)))
    }

    private companion object {
        const val MODULE = 8
        const val INK = 0xFF000000.toInt()
        const val PAPER = 0xFFFFFFFF.toInt()
    }
}
