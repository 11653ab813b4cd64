package app.xundian.app

import android.app.Application
import android.util.Log
import androidx.work.Configuration
import app.xundian.core.LogLevel
import app.xundian.logic.AppModels
import app.xundian.logic.RealCore
import app.xundian.logic.Room
import app.xundian.logic.Signals
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import java.io.File

/** One core and one set of models for the life of the process: the activity comes and goes. */
class XundianApplication : Application(), Configuration.Provider {
    override val workManagerConfiguration get() = Configuration.Builder().build()

    /** What only an activity can do; empty while there is none. */
    val shell by lazy { PhoneShell(this) }
    val position by lazy { PhonePosition(this) }
    private val signals = Signals { level, line -> if (level != LogLevel.INFO) Log.w("xundian", line) }

    /** Opened at the first use: the worker may need it without a screen. */
    val core: RealCore by lazy { RealCore.open(File(filesDir, "phone.sqlite").path, PhoneClocks(this), position, signals, PhoneKeys()) }

    val models: AppModels by lazy {
        AppModels(Room(core, CoroutineScope(SupervisorJob() + Dispatchers.Main.immediate), shell = shell, signals = signals)).apply { start() }
    }

    override fun onCreate() {
        super.onCreate()
        SyncWorker.schedule(this)
    }
}
