package app.xundian.app

import android.content.ActivityNotFoundException
import android.content.Context
import android.content.ContextWrapper
import android.content.Intent
import android.net.Uri
import app.xundian.logic.FILE_MOST
import app.xundian.logic.Language
import app.xundian.logic.LookModel
import app.xundian.logic.PhotoPurpose
import app.xundian.logic.PickFailed
import app.xundian.logic.Text
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
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
        app.shell.attach({}) { app.shell.filePicked(uri) }
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
        app.shell.attach({}) { throw ActivityNotFoundException() }
        assertEquals(Text.ERR_NO_PICKER, refused { app.shell.pickFile() })
    }

    @Test
    fun `a camera that may not be opened, or whose file cannot be read, gives nothing`() = runBlocking {
        app.shell.attach({ throw SecurityException() }) {}
        assertNull(app.shell.photo(PhotoPurpose.After))
        // A folder in the place of the picture.
        app.shell.attach({
            File(app.cacheDir, "photos/photo.jpg").mkdirs()
            app.shell.photoTaken(true)
        }) {}
        assertNull(app.shell.photo(PhotoPurpose.After))
    }

    /** Notes who looks for the folder of what is shared. */
    private class Watched(app: Context) : ContextWrapper(app) {
        val threads = ConcurrentLinkedQueue<Thread>()
        override fun getCacheDir(): File = super.getCacheDir().also { threads += Thread.currentThread() }
    }

    @Test
    fun `a file that is shared is written behind the screen, and goes out whole`() {
        val (watched, file) = Watched(app) to ByteArray(100_000) { it.toByte() }
        runBlocking { PhoneShell(watched, app.position.whereabouts).shareFile("journal.bin", file) }
        assertTrue(watched.threads.isNotEmpty())
        assertFalse("the screen waited for the disk", Thread.currentThread() in watched.threads)
        assertArrayEquals(file, File(app.cacheDir, "shared/journal.bin").readBytes())
        val sent = shadowOf(app).nextStartedActivity.getParcelableExtra(Intent.EXTRA_INTENT, Intent::class.java)
        assertEquals("content://${app.packageName}.files/shared/journal.bin", sent?.getParcelableExtra(Intent.EXTRA_STREAM, Uri::class.java).toString())
    }

    @Test
    fun `a file that finds no room to be shared from is not shared`() {
        File(app.cacheDir, "shared").writeText("in the way")
        assertThrows(IOException::class.java) { runBlocking { app.shell.shareFile("journal.bin", byteArrayOf(1)) } }
        assertNull(shadowOf(app).nextStartedActivity)
    }
}
