package app.xundian.app

import android.Manifest
import android.app.Activity
import android.content.Intent
import android.content.pm.PackageManager
import android.location.Location
import android.location.LocationManager
import android.net.ConnectivityManager
import android.os.Looper
import android.os.SystemClock
import android.provider.Settings
import androidx.activity.result.contract.ActivityResultContracts.RequestMultiplePermissions
import androidx.work.ListenableWorker.Result
import androidx.work.WorkInfo
import androidx.work.WorkManager
import androidx.work.testing.TestListenableWorkerBuilder
import app.xundian.device.Outcome
import app.xundian.fake.Road
import app.xundian.fake.Town
import app.xundian.fake.Weather
import app.xundian.logic.Route
import app.xundian.logic.Whereabouts
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.After
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertSame
import org.junit.Assert.assertTrue
import org.junit.Assume.assumeTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadows.ShadowActivity
import org.robolectric.shadows.ShadowLocationManager
import org.robolectric.shadows.ShadowNetwork
import java.time.Duration

/** The app on Android's own classes: its Activity, its background work, its position, on the real core and a real server. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], qualifiers = "zh-rCN-w393dp-h851dp-xxhdpi")
@GraphicsMode(GraphicsMode.Mode.NATIVE)
class AppTest {
    @get:Rule
    val windows = Windows()

    private val app get() = RuntimeEnvironment.getApplication() as XundianApplication
    private var town: Town? = null
    private lateinit var road: Road

    @Before
    fun `there is a server`() {
        town = Town.start()
        assumeTrue(town != null)
        road = Road(checkNotNull(town))
    }

    @After
    fun close() {
        if (::road.isInitialized) road.close()
        town?.close()
    }

    private fun enrol() = app.core.enrol(road.address, checkNotNull(town).ask("code ZY01"))

    @Test
    fun `the window asks for the code first, then shows the route, and another window goes on there`() {
        val first = windows.open()
        settle { "scan" in first.tags() }
        app.models.enrol.server(road.address)
        app.models.enrol.code(checkNotNull(town).ask("code ZY01"))
        app.models.enrol.enrol()
        settle { "stop1" in first.tags() }
        first.close()
        val second = windows.open()
        settle { "stop1" in second.tags() }
        assertEquals(listOf<Route>(Route.Today), app.models.go.routes.value)
    }

    @Test
    fun `the way back leads from the card to the route before it leaves the app`() {
        enrol()
        assertEquals(Outcome.InStep, app.core.sync().outcome)
        val window = windows.open()
        settle(said = { listOf(window.tags(), app.models.go.routes.value, app.models.today.state.value, app.models.schedule.state.value) }) { "stop1" in window.tags() }
        app.models.go.go(Route.Card(app.core.today().stops.first().store))
        settle { "check-in" in window.tags() }
        window.get().onBackPressedDispatcher.onBackPressed()
        settle { "stop1" in window.tags() && !window.get().isFinishing }
    }

    @Test
    fun `background work sends what waits, and tries again when there is no network`() = runBlocking {
        app.openCore()
        settle { app.opening.value.value?.go?.here == Route.Enrol }
        assertTrue(WorkManager.getInstance(app).getWorkInfosForUniqueWork("sync").get().single().state != WorkInfo.State.CANCELLED)
        val worker = { TestListenableWorkerBuilder<SyncWorker>(app).build() }
        assertEquals("nobody is enrolled", Result.success(), worker().doWork())
        enrol()
        app.core.sync()
        app.core.beginVisit(app.core.today().stops.first().store)
        app.core.checkOut()
        road.weather = Weather.NO_NETWORK
        assertEquals(Result.retry(), worker().doWork())
        assertEquals("0", town?.ask("facts"))
        road.weather = Weather.CLEAR
        assertEquals(Result.success(), worker().doWork())
        assertEquals("1", town?.ask("facts"))
    }

    @Test
    fun `work that the system takes back ends its call at once, and the next one sends`() = runBlocking {
        enrol()
        app.core.sync()
        app.core.beginVisit(app.core.today().stops.first().store)
        app.core.checkOut()
        val (stopped, next) = List(2) { TestListenableWorkerBuilder<SyncWorker>(app).build() }
        road.weather = Weather.SILENT
        val work = launch(Dispatchers.Default) { stopped.doWork() }
        withTimeout(PATIENCE_MS) { while (road.held.get() == 0) delay(10) }
        work.cancel()
        withTimeout(PATIENCE_MS) { work.join() }
        road.weather = Weather.CLEAR
        assertEquals(Result.success(), next.doWork())
        assertEquals("1", town?.ask("facts"))
    }

    @Test
    fun `a network that comes while the window is open sends what waits at once`() {
        enrol()
        app.core.sync()
        val window = windows.open()
        settle { "stop1" in window.tags() && !app.models.schedule.state.value.isRunning }
        app.core.beginVisit(app.core.today().stops.first().store)
        app.core.checkOut()
        road.weather = Weather.NO_NETWORK
        app.models.schedule.occasion()
        // The core itself tries more than once before it says so.
        settle(tries = 1_600) { app.models.schedule.state.value.let { it.problem != null && !it.isRunning } }
        road.weather = Weather.CLEAR
        val watch = watches().single()
        val network = ShadowNetwork.newInstance(NETWORK)
        watch.onLost(network)
        watch.onAvailable(network)
        assertTrue("it does not wait for the clock", app.models.schedule.state.value.isRunning)
        settle { town?.ask("facts") == "1" }
        window.pause().stop()
        assertTrue(watches().isEmpty())
    }

    private fun watches() = shadowOf(app.getSystemService(ConnectivityManager::class.java)).networkCallbacks.filterIsInstance<NetworkWatch>()

    @Test
    fun `without permission there is no position, with it the freshest one, and a mocked one says so`() {
        app.position.warmUp()
        assertEquals(null to Whereabouts.DENIED, app.position.now() to app.shell.whereabouts.value)
        val manager = allowed()
        app.position.warmUp()
        assertEquals(Whereabouts.SEEKING, app.shell.whereabouts.value)
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(PATIENCE_S))
        assertEquals(Whereabouts.NO_FIX, app.shell.whereabouts.value)
        manager.simulateLocation(fix().apply { isMock = true })
        shadowOf(Looper.getMainLooper()).idle()
        val fix = checkNotNull(app.position.now())
        assertEquals(36.0635, fix.latitude, 1e-9)
        assertTrue(fix.mock)
        assertEquals(Whereabouts.MOCK, app.shell.whereabouts.value)
    }

    private fun allowed(): ShadowLocationManager {
        shadowOf(app).grantPermissions(Manifest.permission.ACCESS_FINE_LOCATION, Manifest.permission.ACCESS_COARSE_LOCATION)
        return shadowOf(app.getSystemService(LocationManager::class.java)).apply { setProviderEnabled(LocationManager.GPS_PROVIDER, true) }
    }

    private fun fix() = Location(LocationManager.GPS_PROVIDER).apply {
        latitude = 36.0635
        longitude = 120.3051
        accuracy = 12f
        time = System.currentTimeMillis()
        elapsedRealtimeNanos = SystemClock.elapsedRealtimeNanos()
    }

    /** On the first shop's card, and asked for the position. */
    private fun askedOnCard(): ActivityController<MainActivity> {
        enrol()
        app.core.sync()
        val window = windows.open()
        settle { "stop1" in window.tags() }
        app.models.go.go(Route.Card(app.core.today().stops.first().store))
        settle { window.request != null }
        return window
    }

    private val ActivityController<MainActivity>.request: ShadowActivity.PermissionsRequest? get() = shadowOf(get()).lastRequestedPermission

    /** What the dialog says. The system wants a permission explained that was refused, and none of which the question was put away. */
    private fun ActivityController<MainActivity>.answer(word: Int, isRefusal: Boolean = false) {
        val asked = checkNotNull(request)
        val said = Intent().putExtra(RequestMultiplePermissions.EXTRA_PERMISSIONS, asked.requestedPermissions)
            .putExtra(RequestMultiplePermissions.EXTRA_PERMISSION_GRANT_RESULTS, IntArray(asked.requestedPermissions.size) { word })
        shadowOf(app.packageManager).setShouldShowRequestPermissionRationale(Manifest.permission.ACCESS_COARSE_LOCATION, isRefusal)
        get().activityResultRegistry.dispatchResult(asked.requestCode, Activity.RESULT_OK, said)
    }

    private fun ActivityController<MainActivity>.assertNotAskedOnAnotherCard() {
        val (asked, second) = request to app.core.today().stops[1].store
        app.models.go.goHome(Route.Card(second))
        settle { app.models.card.state.value.value?.shop?.id == second && app.shell.whereabouts.value == Whereabouts.DENIED }
        frames(FRAMES)
        assertSame("the card's line says it, and leads to the settings", asked, request)
    }

    /** The process ends, and another one opens on the same card. */
    private fun ActivityController<MainActivity>.next(): ActivityController<MainActivity> {
        close()
        app.position.isAsked = false
        val next = windows.open()
        settle { "check-in" in next.tags() }
        frames(FRAMES)
        return next
    }

    @Test
    fun `who refused the position on the first card is by itself never asked again, until it was given after all`() {
        val window = askedOnCard()
        assertTrue(Manifest.permission.ACCESS_FINE_LOCATION in checkNotNull(window.request).requestedPermissions)
        window.answer(PackageManager.PERMISSION_DENIED, isRefusal = true)
        window.assertNotAskedOnAnotherCard()
        val next = window.next()
        assertNull(next.request)
        allowed()
        next.pause().stop().start().resume()
        takenAway()
        assertNotNull("it was for that time only", next.next().request)
    }

    @Test
    fun `who put the question away, or gave the position this time only, is asked again by the next start`() {
        val window = askedOnCard()
        window.answer(PackageManager.PERMISSION_DENIED)
        window.assertNotAskedOnAnotherCard()
        val next = window.next()
        assertNotNull("put away", next.request)
        allowed()
        next.answer(PackageManager.PERMISSION_GRANTED)
        takenAway()
        assertNotNull("taken away by the system", next.next().request)
    }

    private fun takenAway() = shadowOf(app).denyPermissions(Manifest.permission.ACCESS_FINE_LOCATION, Manifest.permission.ACCESS_COARSE_LOCATION)

    @Test
    fun `the route looks for one fix when it is shown, has its distances then, and the phone rests`() {
        enrol()
        app.core.sync()
        val manager = allowed()
        val window = windows.open()
        settle { "stop1" in window.tags() && manager.locationUpdateListeners.isNotEmpty() }
        assertNull(app.models.today.state.value.value?.today?.here)
        manager.simulateLocation(fix())
        settle { app.models.today.state.value.value?.today?.run { here != null && stops.any { it.distanceM != null } } == true }
        assertTrue("one is enough", manager.locationUpdateListeners.isEmpty())
        window.pause().stop().start().resume()
        frames(1)
        assertTrue("a fresh one needs no other", manager.locationUpdateListeners.isEmpty())
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(FRESH_S))
        window.pause().stop().start().resume()
        assertTrue("an old one does", manager.locationUpdateListeners.isNotEmpty())
        shadowOf(Looper.getMainLooper()).idleFor(Duration.ofSeconds(PATIENCE_S))
        assertTrue("nobody is looked for in vain for long", manager.locationUpdateListeners.isEmpty())
    }

    @Test
    fun `the way to the settings leads to this app's page`() {
        app.shell.openSettings()
        val asked = shadowOf(app).nextStartedActivity
        assertEquals(Settings.ACTION_APPLICATION_DETAILS_SETTINGS to "package:${app.packageName}", asked.action to asked.dataString)
    }

    private companion object {
        const val NETWORK = 77
        const val PATIENCE_S = 21L
        /** Much less than the core waits for an answer. */
        const val PATIENCE_MS = 5_000L
        const val FRESH_S = 61L
        const val FRAMES = 4
    }
}
