package app.xundian.app

import android.content.Context
import android.os.SystemClock
import android.provider.Settings
import app.xundian.core.Clocks
import java.util.UUID

/** The phone's clocks. The boot is named by the system's own counter; where a maker left it out, by this process. */
class PhoneClocks(private val context: Context) : Clocks {
    private val ownBoot = UUID.randomUUID().toString()
    override fun wallMs() = System.currentTimeMillis()
    override fun sinceBootMs() = SystemClock.elapsedRealtime()

    override fun bootId(): String {
        val count = Settings.Global.getInt(context.contentResolver, Settings.Global.BOOT_COUNT, -1)
        return if (count < 0) ownBoot else "boot-$count"
    }
}
