package app.xundian.app

import android.Manifest
import android.location.Location
import android.location.LocationManager
import android.os.Looper
import android.os.SystemClock
import app.xundian.domain.Step
import app.xundian.logic.Route
import app.xundian.logic.Whereabouts
import org.junit.Assert.assertEquals
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
import java.time.Duration
import java.util.UUID

/** How long a fix counts, and where the phone listens for the next one. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34])
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class PhonePositionTest {
    @get:Rule
    val windows = Windows()

    private val app get() = RuntimeEnvironment.getApplication() as XundianApplication
    private val places get() = shadowOf(app.getSystemService(LocationManager::class.java))
    private val isListening get() = app.position in places.getLocationUpdateListeners(LocationManager.GPS_PROVIDER)
    private val known get() = app.position.whereabouts.value to (app.position.now() != null)

    @Before
    fun allowed() {
        forgetFolders()
        shadowOf(app).grantPermissions(Manifest.permission.ACCESS_FINE_LOCATION, Manifest.permission.ACCESS_COARSE_LOCATION)
        places.setProviderEnabled(LocationManager.GPS_PROVIDER, true)
    }

    private fun after(seconds: Long) = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(seconds))

    private fun seen(ageS: Long = 0) {
        val fix = Location(LocationManager.GPS_PROVIDER).apply {
            accuracy = 12f
            elapsedRealtimeNanos = SystemClock.elapsedRealtimeNanos() - Duration.ofSeconds(ageS).toNanos()
        }
        places.simulateLocation(fix)
        shadowOf(Looper.getMainLooper()).idle()
    }

    @Test
    fun `a place is known as long as the core hears of it, then it is looked for again, and said when it is not found`() {
        app.position.warmUp()
        seen()
        after(30)
        seen()
        after(59)
        assertEquals(Whereabouts.KNOWN to true, known)
        after(2)
        assertEquals(Whereabouts.SEEKING to false, known)
        after(21)
        assertEquals(Whereabouts.NO_FIX to false, known)
        seen()
        assertEquals(Whereabouts.KNOWN to true, known)
    }

    @Test
    fun `a fix that comes late is known for what is left of it, and an old one is none`() {
        app.position.warmUp()
        seen(ageS = 70)
        assertEquals(Whereabouts.SEEKING to false, known)
        seen(ageS = 50)
        assertEquals(Whereabouts.KNOWN to true, known)
        after(11)
        assertEquals(Whereabouts.SEEKING to false, known)
    }

    @Test
    fun `nobody who rests is looked for again`() {
        app.position.warmUp()
        seen()
        app.position.rest()
        after(90)
        assertEquals(Whereabouts.KNOWN to false, known)
        app.position.warmUp()
        assertEquals("the next screen that shows it asks", Whereabouts.SEEKING to false, known)
    }

    @Test
    fun `the phone listens from the card to the last step, and rests behind the visit`() {
        windows.open()
        settle { app.opening.value.value?.go?.here == Route.Enrol }
        val visit = listOf(Route.Card(UUID(0, 1)), Route.Visit) + Step.entries.map { Route.At(it) }
        for (here in visit) {
            app.position.rest()
            app.models.go.replaceAll(here)
            settle(said = { here }) { isListening }
        }
        frames(4)
        assertTrue(isListening)
        app.models.go.replaceAll(Route.Settings)
        settle { !isListening }
    }
}
