package app.xundian.app

import android.content.Intent
import android.net.Uri
import androidx.work.ListenableWorker.Result
import androidx.work.testing.TestListenableWorkerBuilder
import app.xundian.logic.Route
import kotlinx.coroutines.runBlocking
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import java.io.File

/** The phone's file is damaged, and nobody looks when that is found. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class DamageTest {
    @get:Rule
    val windows = Windows()

    @Before
    fun folders() = forgetFolders()

    private val app get() = RuntimeEnvironment.getApplication() as XundianApplication

    private val told get() = app.opening.value.value?.damage?.state?.value

    @Test
    fun `what the background work found is told when the app is opened, leaves for the office and stays here`() {
        File(app.filesDir, "phone.sqlite").writeBytes(ByteArray(8_192) { 7 })
        assertEquals(Result.success(), runBlocking { TestListenableWorkerBuilder<SyncWorker>(app).build().doWork() })
        windows.open()
        settle { told != null && app.models.go.here == Route.Enrol }
        assertEquals(listOf("phone.sqlite.damaged-1") to false, told?.let { it.names to it.isSent })
        app.models.damage.share()
        settle { told?.isSent == true }
        val chooser = checkNotNull(shadowOf(app).nextStartedActivity)
        val sent = checkNotNull(chooser.getParcelableExtra(Intent.EXTRA_INTENT, Intent::class.java))
        val address = sent.getParcelableExtra(Intent.EXTRA_STREAM, Uri::class.java).toString()
        assertTrue(address, address.endsWith("xundian-damaged.zip"))
        app.models.damage.close()
        assertNull(told)
        assertTrue(File(app.filesDir, "phone.sqlite.damaged-1").exists())
    }
}
