package app.xundian.app

import android.Manifest
import android.location.LocationManager
import app.xundian.logic.PhotoPurpose
import app.xundian.logic.Route
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
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
import java.util.UUID

/** Android closes the window before when the next one is long there. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class TwoWindowsTest {
    @get:Rule
    val windows = Windows()

    @Before
    fun folders() = forgetFolders()

    private val app get() = RuntimeEnvironment.getApplication() as XundianApplication
    private val places get() = shadowOf(app.getSystemService(LocationManager::class.java))
    private val isListening get() = app.position in places.getLocationUpdateListeners(LocationManager.GPS_PROVIDER)
    private val later = CoroutineScope(Dispatchers.Unconfined + Job())

    /** On a card, where the position is wanted. */
    private fun onCard() {
        shadowOf(app).grantPermissions(Manifest.permission.ACCESS_FINE_LOCATION, Manifest.permission.ACCESS_COARSE_LOCATION)
        places.setProviderEnabled(LocationManager.GPS_PROVIDER, true)
        settle { app.opening.value.value?.go?.here == Route.Enrol }
        app.models.go.replaceAll(Route.Card(UUID(0, 1)))
    }

    @Test
    fun `a window that is closed late leaves the next one its camera, its picker and its position`() {
        val first = windows.open()
        onCard()
        settle { isListening }
        first.get().finish()
        val second = windows.open()
        settle { isListening }
        first.pause().stop()
        assertTrue("the card still waits for a position", isListening)
        first.destroy()
        later.launch { app.shell.photo(PhotoPurpose.After) }
        assertNotNull("the camera opens", shadowOf(second.get()).nextStartedActivityForResult)
        later.launch { app.shell.pickFile() }
        assertNotNull("the picker opens", shadowOf(second.get()).nextStartedActivityForResult)
        second.pause().stop()
        assertEquals("nobody looks any more", false, isListening)
    }
}
