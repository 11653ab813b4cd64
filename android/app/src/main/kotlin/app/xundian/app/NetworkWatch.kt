package app.xundian.app

import android.content.Context
import android.net.ConnectivityManager
import android.net.Network
import android.os.Handler
import android.os.Looper
import app.xundian.core.NetworkState

/** Says when a network comes, while the app is open. While it sleeps the background work waits for one by itself. */
class NetworkWatch(context: Context, private val came: () -> Unit) : ConnectivityManager.NetworkCallback() {
    private val manager = context.getSystemService(ConnectivityManager::class.java)
    private var known: Network? = null

    /** Without it the clock tries again, later: no reason to fall, as some makers' systems do when they are asked. */
    fun start() {
        runCatching {
            known = manager.activeNetwork
            manager.registerDefaultNetworkCallback(this, Handler(Looper.getMainLooper()))
        }
    }

    fun stop() {
        runCatching { manager.unregisterNetworkCallback(this) }
    }

    /** The system also names the one that was there when it was asked: that one did not come. */
    override fun onAvailable(network: Network) {
        if (network == known) return
        known = network
        came()
    }

    override fun onLost(network: Network) {
        known = null
    }
}

/** Photos wait where the rep saves data (流量节省程序) and the network counts it; facts are small and go. */
class PhotoNetwork(context: Context) : NetworkState {
    private val manager = context.getSystemService(ConnectivityManager::class.java)

    override fun isGoodForPhotos() =
        !manager.isActiveNetworkMetered || manager.restrictBackgroundStatus != ConnectivityManager.RESTRICT_BACKGROUND_STATUS_ENABLED
}
