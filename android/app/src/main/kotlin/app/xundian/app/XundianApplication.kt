package app.xundian.app

import android.app.Application
import android.util.Log
import androidx.work.Configuration
import app.xundian.core.LogLevel
import app.xundian.logic.AppModels
import app.xundian.logic.DamagedFiles
import app.xundian.logic.Messages
import app.xundian.logic.RealCore
import app.xundian.logic.Room
import app.xundian.logic.Signals
import app.xundian.logic.View
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.File

/** One core and one set of models for the life of the process: the activity comes and goes. */
class XundianApplication : Application(), Configuration.Provider {
    override val workManagerConfiguration get() = Configuration.Builder().build()

    /** What only an activity can do; empty while there is none. */
    val shell by lazy { PhoneShell(this, position.whereabouts) }
    val position by lazy { PhonePosition(this) }
    private val signals = Signals { level, line -> if (level != LogLevel.INFO) Log.w("xundian", line) }

    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Main.immediate)
    private val file by lazy { File(filesDir, "phone.sqlite") }

    /** Opened at the first use: the worker may need it without a screen. What failed is tried again at the next use. */
    val core: RealCore by lazy {
        RealCore.open(file.path, PhoneClocks(this), position, signals, PhoneKeys(), PhotoNetwork(this))
    }

    val models: AppModels by lazy {
        AppModels(Room(core, scope, shell = shell, signals = signals, damaged = DamagedFiles(file))).apply { start() }
    }

    private val opened = MutableStateFlow(View<AppModels>())
    private var running: Job? = null

    /** The models once the core is there; before it, that it is being opened, or why it cannot be. */
    val opening: StateFlow<View<AppModels>> = opened.asStateFlow()

    /** Off the main thread: a file that must be brought up to date takes its time, a full phone refuses it. */
    fun openCore() {
        if (opened.value.value != null || running?.isActive == true) return
        opened.value = View()
        running = scope.launch {
            opened.value = tried()
            // WorkManager opens a file of its own: neither the first frame nor the core waits for it.
            if (opened.value.value != null) SyncWorker.schedule(this@XundianApplication)
        }
    }

    private suspend fun tried(): View<AppModels> = try {
        // No more than opened: what is read first and cannot be has a screen of its own.
        withContext(Dispatchers.IO) {
            shell.forgetShared()
            core
        }
        View(models)
    } catch (gone: CancellationException) {
        throw gone
    } catch (failure: Exception) {
        View(problem = Messages.of(failure))
    }
}
