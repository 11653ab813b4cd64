package app.xundian.app

import android.Manifest
import android.annotation.SuppressLint
import android.content.Context
import android.content.pm.PackageManager
import android.location.Location
import android.location.LocationListener
import android.location.LocationManager
import android.os.Build
import android.os.Looper
import android.os.SystemClock
import app.xundian.core.Position
import app.xundian.domain.Fix

/** Where the phone is: kept at check-out only, and looked at for the route. It never waits: no fix is an answer, too. */
class PhonePosition(private val context: Context) : Position, LocationListener {
    private val manager = context.getSystemService(LocationManager::class.java)

    @Volatile
    private var last: Location? = null

    val isAllowed: Boolean
        get() = context.checkSelfPermission(Manifest.permission.ACCESS_COARSE_LOCATION) == PackageManager.PERMISSION_GRANTED

    override fun now(): Fix? {
        val fix = freshest() ?: return null
        return Fix(fix.latitude, fix.longitude, if (fix.hasAccuracy()) fix.accuracy else UNKNOWN_ACCURACY_M, isMock(fix))
    }

    /** Listens while check-in or check-out is near, so that there is something to read. */
    @SuppressLint("MissingPermission")
    fun warmUp() {
        if (!isAllowed) return
        manager.getProviders(true).filter { it != LocationManager.PASSIVE_PROVIDER }.forEach { provider ->
            runCatching { manager.requestLocationUpdates(provider, INTERVAL_MS, 0f, this, Looper.getMainLooper()) }
        }
    }

    fun rest() = manager.removeUpdates(this)

    override fun onLocationChanged(location: Location) {
        last = location
    }

    @SuppressLint("MissingPermission")
    private fun freshest(): Location? {
        if (!isAllowed) return null
        val known = manager.getProviders(true).mapNotNull { provider -> runCatching { manager.getLastKnownLocation(provider) }.getOrNull() }
        return (known + listOfNotNull(last)).filter(::isFresh).minByOrNull { if (it.hasAccuracy()) it.accuracy else UNKNOWN_ACCURACY_M }
    }

    private fun isFresh(fix: Location) = SystemClock.elapsedRealtimeNanos() - fix.elapsedRealtimeNanos < FRESH_MS * 1_000_000

    @Suppress("DEPRECATION")
    private fun isMock(fix: Location) = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) fix.isMock else fix.isFromMockProvider

    private companion object {
        const val INTERVAL_MS = 2_000L
        const val FRESH_MS = 60_000L
        const val UNKNOWN_ACCURACY_M = 10_000f
    }
}
