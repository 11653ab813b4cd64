package app.xundian.app

import android.app.UiModeManager
import android.content.ActivityNotFoundException
import android.content.Context
import android.content.ContextWrapper
import android.content.Intent
import android.content.IntentSender
import android.graphics.Bitmap
import android.graphics.Color
import android.net.Uri
import android.os.Looper
import app.xundian.logic.FILE_MOST
import app.xundian.logic.Language
import app.xundian.logic.LookModel
import app.xundian.logic.PhotoPurpose
import app.xundian.logic.PickFailed
import app.xundian.logic.Text
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.withTimeoutOrNull
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
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
import java.io.FileNotFoundException
import java.io.IOException
import java.io.InputStream
import java.util.concurrent.ConcurrentLinkedQueue

/** What the settings ask of the phone, and what other apps do to it. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class PhoneShellTest {
    @Before
    fun folders() = forgetFolders()

    private val app get() = RuntimeEnvironment.getApplication() as XundianApplication

    private fun firstLanguage() = LookModel(app.shell).state.value.language

    @Test
    @Config(qualifiers = "en-rGB")
    fun `on an English phone the app begins in English`() = assertEquals(Language.EN, firstLanguage())

    @Test
    @Config(qualifiers = "ja-rJP")
    fun `on any other phone it begins in Chinese`() = assertEquals(Language.ZH, firstLanguage())

    private val looks get() = LookModel(app.shell)

    @Test
    fun `the app has the system's contrast until the rep chooses one`() {
        val system = shadowOf(app.getSystemService(UiModeManager::class.java))
        val seen = listOf(0f, 0.5f, 1f).map { system.setContrast(it); looks.state.value.isHighContrast }
        assertEquals(listOf(false, true, true), seen)
        looks.run { change(state.value.copy(isHighContrast = false)) }
        assertFalse("the rep's word holds", looks.state.value.isHighContrast)
    }

    @Test
    fun `it knows its version and what it keeps`() {
        shadowOf(app.packageManager).getInternalMutablePackageInfo(app.packageName).versionName = "1.2.3"
        assertEquals("1.2.3", app.shell.version)
        val before = app.shell.storageBytes()
        File(app.filesDir, "kept").apply { mkdirs() }.resolve("photo").writeBytes(ByteArray(1_000))
        assertEquals(1_000L, app.shell.storageBytes() - before)
    }

    /** What comes of a file that another app gives. */
    private fun picked(file: InputStream): ByteArray? = runBlocking {
        val uri = Uri.parse("content://elsewhere/journal")
        shadowOf(app.contentResolver).registerInputStream(uri, file)
        app.shell.attach(this, {}) { app.shell.filePicked(uri) }
        app.shell.pickFile()
    }

    private fun refused(pick: suspend () -> Unit): Text = assertThrows(PickFailed::class.java) { runBlocking { pick() } }.text

    /** As long as a film. */
    private class Endless : InputStream() {
        override fun read() = 0
        override fun read(into: ByteArray, from: Int, count: Int) = count
    }

    private class Broken(private val failure: Exception) : InputStream() {
        override fun read(): Int = throw failure
    }

    @Test
    fun `a picked file is read, of one that is too long only what shows that it is`() {
        val file = ByteArray(100_000) { it.toByte() }
        assertArrayEquals(file, picked(file.inputStream()))
        assertEquals(FILE_MOST, picked(Endless())?.size)
    }

    @Test
    fun `a file that is gone, or withheld, and a phone that cannot choose one are said`() {
        for (failure in listOf(FileNotFoundException(), SecurityException(), IllegalStateException())) {
            assertEquals(Text.ERR_FILE, refused { picked(Broken(failure)) })
        }
        app.shell.attach(this, {}) { throw ActivityNotFoundException() }
        assertEquals(Text.ERR_NO_PICKER, refused { app.shell.pickFile() })
    }

    private val cameraFile get() = File(app.cacheDir, "photos/photo.jpg")

    /** What the camera leaves behind. */
    private fun write() {
        val picture = Bitmap.createBitmap(64, 48, Bitmap.Config.ARGB_8888).apply { eraseColor(Color.rgb(0x40, 0x80, 0xC0)) }
        cameraFile.outputStream().use { picture.compress(Bitmap.CompressFormat.JPEG, 80, it) }
    }

    @Test
    fun `a camera that cannot be opened, or whose file is no picture, is said`() {
        for (failure in listOf(SecurityException(), ActivityNotFoundException())) {
            app.shell.attach(this, { throw failure }) {}
            assertEquals(Text.ERR_NO_CAMERA, refused { app.shell.photo(PhotoPurpose.After) })
            assertEquals(Text.ERR_NO_CAMERA, refused { app.shell.scan() })
        }
        // A folder in the place of the picture, a text, and a picture that no memory holds.
        for (leave in listOf<() -> Unit>({ cameraFile.mkdirs() }, { cameraFile.writeText("no picture") }, { cameraFile.writeBytes(pngThatClaims(60_000)) })) {
            app.shell.attach(this, { leave(); app.shell.photoTaken(true) }) {}
            assertEquals(Text.ERR_PHOTO, refused { app.shell.photo(PhotoPurpose.After) })
        }
        app.shell.attach(this, { app.shell.photoTaken(false) }) {}
        assertNull("who turns back hears nothing", runBlocking { app.shell.photo(PhotoPurpose.After) })
    }

    @Test
    fun `while a camera is open a second tap opens none, and the first one's photo is taken`() = runBlocking {
        var opened = 0
        app.shell.attach(this, { opened++ }) {}
        val first = async(Dispatchers.Unconfined) { app.shell.photo(PhotoPurpose.Before) }
        write()
        assertNull(app.shell.photo(PhotoPurpose.After))
        assertNull(app.shell.scan())
        assertTrue(cameraFile.exists())
        app.shell.photoTaken(true)
        assertNotNull(first.await())
        val next = async(Dispatchers.Unconfined) { app.shell.photo(PhotoPurpose.After) }
        app.shell.photoTaken(false)
        assertNull(next.await())
        assertEquals(2, opened)
    }

    @Test
    fun `who no longer waits for the camera keeps nobody from opening it, and a new window waits for no older one's`() = runBlocking {
        var opened = 0
        app.shell.attach(this, { opened++ }) {}
        async(Dispatchers.Unconfined) { app.shell.scan() }.cancelAndJoin()
        val second = async(Dispatchers.Unconfined) { app.shell.scan() }
        assertEquals(2, opened)
        app.shell.forgetWindows()
        assertNull(second.await())
    }

    @Test
    fun `while a file is being chosen a second tap opens nothing, and the first one's file is read`() = runBlocking {
        var opened = 0
        val uri = Uri.parse("content://elsewhere/journal")
        shadowOf(app.contentResolver).registerInputStream(uri, byteArrayOf(1, 2).inputStream())
        app.shell.attach(this, {}) { opened++ }
        val first = async(Dispatchers.Unconfined) { app.shell.pickFile() }
        assertNull(app.shell.pickFile())
        app.shell.filePicked(uri)
        assertArrayEquals(byteArrayOf(1, 2), first.await())
        assertEquals(1, opened)
    }

    @Test
    fun `a file that was picked for an app that was ended is told of once, and who turned back hears nothing`() = runBlocking {
        val shell = PhoneShell(app, app.position.whereabouts)
        shell.filePicked(null)
        shell.filePicked(Uri.parse("content://elsewhere/journal"))
        withTimeout(5_000) { shell.lateFiles.first() }
        assertNull(withTimeoutOrNull(200) { shell.lateFiles.first() })
    }

    /** Notes who looks for the folder of what is shared. */
    private class Watched(app: Context) : ContextWrapper(app) {
        val threads = ConcurrentLinkedQueue<Thread>()
        override fun getCacheDir(): File = super.getCacheDir().also { threads += Thread.currentThread() }
    }

    @Test
    fun `a file that is shared is written behind the screen, and goes out whole`() {
        val (watched, file) = Watched(app) to ByteArray(100_000) { it.toByte() }
        runBlocking { PhoneShell(watched, app.position.whereabouts).shareFile("journal.bin") { it.write(file) } }
        assertTrue(watched.threads.isNotEmpty())
        assertFalse("the screen waited for the disk", Thread.currentThread() in watched.threads)
        assertArrayEquals(file, shared("journal.bin").readBytes())
        val sent = shadowOf(app).nextStartedActivity.getParcelableExtra(Intent.EXTRA_INTENT, Intent::class.java)
        assertEquals("content://${app.packageName}.files/shared/${shared("journal.bin").parentFile?.name}/journal.bin", sent?.getParcelableExtra(Intent.EXTRA_STREAM, Uri::class.java).toString())
    }

    @Test
    fun `a file that is kept can be shared by a later process too, and one that finds no room leaves the one before`() {
        runBlocking { app.shell.keepFile("journal-1.bin") { it.write(byteArrayOf(1, 2)) } }
        assertThrows(IOException::class.java) { runBlocking { app.shell.keepFile("journal-1.bin") { throw IOException("full") } } }
        val later = PhoneShell(app, app.position.whereabouts)
        assertEquals(listOf(true, false), listOf("journal-1.bin", "journal-2.bin").map(later::hasFile))
        runBlocking { later.shareKept("journal-1.bin") }
        val sent = shadowOf(app).nextStartedActivity.getParcelableExtra(Intent.EXTRA_INTENT, Intent::class.java)
        val uri = checkNotNull(sent?.getParcelableExtra(Intent.EXTRA_STREAM, Uri::class.java))
        assertEquals("content://${app.packageName}.files/journals/journal-1.bin", uri.toString())
        assertArrayEquals(byteArrayOf(1, 2), app.contentResolver.openInputStream(uri)?.readBytes())
        assertEquals(listOf("journal-1.bin"), File(app.filesDir, "journals").list()?.toList())
    }

    @Test
    fun `a file that is kept is told of when an app was chosen for it`() = runBlocking {
        app.shell.keepFile("journal-1.bin") { it.write(1) }
        val taken = async(Dispatchers.Unconfined) { app.shell.taken.first() }
        app.shell.shareKept("journal-1.bin")
        shadowOf(Looper.getMainLooper()).idle()
        assertFalse("nobody chose one yet", taken.isCompleted)
        val sender = shadowOf(app).nextStartedActivity.getParcelableExtra(Intent.EXTRA_CHOSEN_COMPONENT_INTENT_SENDER, IntentSender::class.java)
        checkNotNull(sender).sendIntent(app, 0, null, null, null)
        shadowOf(Looper.getMainLooper()).idle()
        assertEquals("journal-1.bin", withTimeout(5_000) { taken.await() })
    }

    private fun shared(name: String) = File(app.cacheDir, "shared").walk().single { it.name == name }

    @Test
    fun `what was shared is counted while it lies here, and is gone with a start a day later`() {
        val before = app.shell.storageBytes()
        runBlocking { app.shell.shareFile("order.png") { it.write(ByteArray(1_000)) } }
        assertEquals(1_000L, app.shell.storageBytes() - before)
        val old = shared("order.png")
        old.parentFile?.setLastModified(System.currentTimeMillis() - 90_000_000)
        runBlocking { app.shell.shareFile("order.png") { it.write(ByteArray(500)) } }
        assertEquals("the app that got it may still read it", 1_000L, old.length())
        val waiting = cameraFile.apply { parentFile?.mkdirs(); writeBytes(ByteArray(10)) }
        app.openCore()
        settle { !old.exists() }
        assertEquals("of today", 500L, shared("order.png").length())
        assertTrue("a photo that the camera wrote behind the app is still to be taken up", waiting.exists())
        settle { app.opening.value.value != null }
    }

    @Test
    fun `a file that finds no room to be shared from is not shared`() {
        File(app.cacheDir, "shared").writeText("in the way")
        assertThrows(IOException::class.java) { runBlocking { app.shell.shareFile("journal.bin") { it.write(1) } } }
        assertNull(shadowOf(app).nextStartedActivity)
    }
}
