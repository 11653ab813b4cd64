package app.xundian.app

import android.Manifest
import android.annotation.SuppressLint
import android.content.Context
import android.content.pm.PackageManager
import android.location.Location
import android.location.LocationListener
import android.location.LocationManager
import android.os.Build
import android.os.Bundle
import android.os.Handler
import android.os.Looper
import android.os.SystemClock
import app.xundian.core.Position
import app.xundian.domain.Fix
import app.xundian.logic.Whereabouts
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow

/** Where the phone is: kept at check-out only, and looked at for the route. It never waits: no fix is an answer, too. */
class PhonePosition(private val context: Context) : Position, LocationListener {
    private val manager = context.getSystemService(LocationManager::class.java)

    @Volatile
    private var last: Location? = null

    private val seen = MutableStateFlow(Whereabouts.SEEKING)
    val whereabouts: StateFlow<Whereabouts> = seen.asStateFlow()

    /** Who waits for one fix and needs no more. */
    private var once: (() -> Unit)? = null

    private val main = Handler(Looper.getMainLooper())
    private val giveUp = Runnable {
        seen.value = Whereabouts.NO_FIX
        if (once != null) rest()
    }

    /** Without another fix the core gets none by now, and nobody is told that there is one. */
    private val aged = Runnable { seek() }

    val isAllowed: Boolean
        get() = context.checkSelfPermission(Manifest.permission.ACCESS_COARSE_LOCATION) == PackageManager.PERMISSION_GRANTED

    /** This process has asked for the permission: no rep is asked on every card. */
    var isAsked = false

    override fun now(): Fix? {
        val fix = freshest() ?: return null
        return Fix(fix.latitude, fix.longitude, if (fix.hasAccuracy()) fix.accuracy else UNKNOWN_ACCURACY_M, isMock(fix))
    }

    /** Listens on the card and in the visit, so that there is something to read whenever it ends. */
    fun warmUp() {
        once = null
        if (!isAllowed) {
            rest()
            seen.value = Whereabouts.DENIED
            return
        }
        seek()
        listen()
    }

    /** One fix, which [came] hears of, and then rest for the battery: no fix after a while is an answer, a fresh one needs no other. */
    fun lookOnce(came: () -> Unit) {
        rest()
        if (!isAllowed || freshest() != null) return
        once = came
        seek()
        listen()
    }

    @SuppressLint("MissingPermission")
    private fun listen() {
        manager.getProviders(true).filter { it != LocationManager.PASSIVE_PROVIDER }.forEach { provider ->
            runCatching { manager.requestLocationUpdates(provider, INTERVAL_MS, 0f, this, Looper.getMainLooper()) }
        }
    }

    /** Who found nothing a moment ago is not made to wait for the same word again. */
    private fun seek() {
        val fix = freshest()
        if (fix != null) return tell(fix)
        if (seen.value != Whereabouts.NO_FIX) seen.value = Whereabouts.SEEKING
        main.removeCallbacks(giveUp)
        main.postDelayed(giveUp, PATIENCE_MS)
    }

    private fun tell(fix: Location) {
        stopClocks()
        main.postDelayed(aged, FRESH_MS - ageMs(fix))
        seen.value = if (isMock(fix)) Whereabouts.MOCK else Whereabouts.KNOWN
    }

    fun rest() {
        once = null
        stopClocks()
        manager.removeUpdates(this)
    }

    private fun stopClocks() = listOf(giveUp, aged).forEach(main::removeCallbacks)

    override fun onLocationChanged(location: Location) {
        if (!isFresh(location)) return
        last = location
        tell(location)
        val came = once ?: return
        rest()
        came()
    }

    // Android before 11 calls these three, and has no empty ones of its own.
    override fun onProviderEnabled(provider: String) = Unit
    override fun onProviderDisabled(provider: String) = Unit

    @Deprecated("not called since Android 10")
    override fun onStatusChanged(provider: String?, status: Int, extras: Bundle?) = Unit

    @SuppressLint("MissingPermission")
    private fun freshest(): Location? {
        if (!isAllowed) return null
        val known = manager.getProviders(true).mapNotNull { provider -> runCatching { manager.getLastKnownLocation(provider) }.getOrNull() }
        return (known + listOfNotNull(last)).filter(::isFresh).minByOrNull { if (it.hasAccuracy()) it.accuracy else UNKNOWN_ACCURACY_M }
    }

    private fun isFresh(fix: Location) = ageMs(fix) < FRESH_MS

    private fun ageMs(fix: Location) = (SystemClock.elapsedRealtimeNanos() - fix.elapsedRealtimeNanos) / 1_000_000

    @Suppress("DEPRECATION")
    private fun isMock(fix: Location) = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) fix.isMock else fix.isFromMockProvider

    private companion object {
        const val INTERVAL_MS = 2_000L
        /** An older fix says nothing about this shop. */
        const val FRESH_MS = 60_000L
        const val PATIENCE_MS = 20_000L
        const val UNKNOWN_ACCURACY_M = 10_000f
    }
}
