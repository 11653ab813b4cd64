package app.xundian.app

import android.app.Activity
import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.Color
import android.os.Bundle
import app.xundian.device.Line
import app.xundian.fake.Road
import app.xundian.fake.Town
import app.xundian.logic.PhotoPurpose
import app.xundian.logic.Route
import app.xundian.logic.Text
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.ByteArrayOutputStream
import java.io.File

/** The camera is another app, and a large one: behind it the system ends windows, and this whole app. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class LatePhotoTest {
    @get:Rule
    val windows = Windows()

    @Before
    fun folders() = forgetFolders()

    private val app get() = RuntimeEnvironment.getApplication() as XundianApplication

    private fun shell() = PhoneShell(app, app.position.whereabouts)

    /** What the camera leaves behind. */
    private fun write() {
        val picture = Bitmap.createBitmap(640, 480, Bitmap.Config.ARGB_8888).apply { eraseColor(Color.rgb(0x40, 0x80, 0xC0)) }
        val jpeg = ByteArrayOutputStream().also { picture.compress(Bitmap.CompressFormat.JPEG, 80, it) }.toByteArray()
        File(app.cacheDir, "photos").apply { mkdirs() }.resolve("photo.jpg").writeBytes(jpeg)
    }

    /** The state of the window of an app that opened the camera and was ended. */
    private fun endedBehindCamera(purpose: PhotoPurpose): Bundle {
        val ended = shell().apply { attach(this, {}) {} }
        CoroutineScope(Dispatchers.Unconfined + Job()).launch { ended.photo(purpose) }
        return Bundle().also(ended::keep)
    }

    /** A phone in its first visit. */
    private fun visiting(test: () -> Unit) {
        val town = Town.start()
        assumeTrue(town != null)
        checkNotNull(town).use {
            Road(town).use { road ->
                app.core.enrol(road.address, town.ask("code ZY01"))
                app.core.sync()
                app.core.beginVisit(app.core.today().stops.first().store)
                test()
            }
        }
    }

    private fun lines() = app.core.currentVisit()?.lines.orEmpty()

    @Test
    fun `another process knows what the photo is for, and takes it up once`() = runBlocking {
        val state = endedBehindCamera(PhotoPurpose.After)
        write()
        val shell = shell().apply { takeUp(state); photoTaken(true) }
        val late = shell.latePhotos.first()
        assertEquals(PhotoPurpose.After, late.purpose)
        assertNotNull(late.bytes?.let { BitmapFactory.decodeByteArray(it, 0, it.size) })
        val empty = Bundle().also(shell::keep)
        assertTrue("nothing is awaited any more", empty.isEmpty)
    }

    @Test
    fun `who turned back in the camera is heard as well, and an app that lived on takes nothing up`() = runBlocking {
        val state = endedBehindCamera(PhotoPurpose.Before)
        val late = shell().apply { takeUp(state); photoTaken(false) }.latePhotos.first()
        assertEquals(PhotoPurpose.Before, late.purpose)
        assertNull(late.bytes)
        val alive = shell().apply { attach(this, {}) {} }
        var taken: ByteArray? = null
        val waiting = CoroutineScope(Dispatchers.Unconfined + Job()).launch { taken = alive.photo(PhotoPurpose.After) }
        write()
        alive.takeUp(state)
        alive.photoTaken(true)
        waiting.join()
        assertNotNull(taken)
    }

    @Test
    fun `another process says of a photo that is none that it is none`() = runBlocking {
        val state = endedBehindCamera(PhotoPurpose.Before)
        File(app.cacheDir, "photos/photo.jpg").writeText("no picture")
        val late = shell().apply { takeUp(state); photoTaken(true) }.latePhotos.first()
        assertEquals(Text.ERR_PHOTO to null, late.failed?.text to late.bytes)
    }

    @Test
    fun `a window that opens with the answer puts the photo into the open visit`() = visiting {
        val state = endedBehindCamera(PhotoPurpose.Before)
        write()
        windows.open(state)
        // As the system's registry of answers does when the window starts.
        app.shell.photoTaken(true)
        settle { lines().any { it is Line.PhotoBefore } }
        assertEquals(Route.Visit, app.models.go.here)
    }

    @Test
    fun `the answer finds the window that took the place of the one that asked`() = visiting {
        val window = windows.open()
        settle { app.opening.value.value?.go?.here == Route.Visit }
        app.models.display.photo(isAfter = true)
        val asked = shadowOf(window.get()).nextStartedActivityForResult
        write()
        window.recreate()
        window.get().activityResultRegistry.dispatchResult(asked.requestCode, Activity.RESULT_OK, null)
        settle { lines().any { it is Line.PhotoAfter } }
    }
}
