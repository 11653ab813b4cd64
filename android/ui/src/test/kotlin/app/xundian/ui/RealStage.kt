package app.xundian.ui

import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.setValue
import app.xundian.core.Clocks
import app.xundian.logic.AppModels
import app.xundian.logic.BareShell
import app.xundian.logic.DamagedFiles
import app.xundian.logic.PhotoPurpose
import app.xundian.logic.RealCore
import app.xundian.logic.Room
import app.xundian.logic.Signals
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import java.io.File
import java.time.Instant

/** Monday morning, like the town's; [since] is when it was five past eight by [System.nanoTime], which all processes of a machine share. */
class Monday(val since: Long = System.nanoTime()) : Clocks {
    private fun passed() = (System.nanoTime() - since) / 1_000_000
    override fun wallMs() = START + passed()
    override fun sinceBootMs() = 3_600_000 + passed()
    override fun bootId() = "boot"

    private companion object {
        val START = Instant.parse("2026-07-27T00:05:00Z").toEpochMilli()
    }
}

/** The app on the real core, on Monday morning. A call has had its effect when a tap returns. */
class RealStage(private val file: File, private val clocks: Monday = Monday()) {
    private val shell = object : BareShell() {
        override suspend fun photo(purpose: PhotoPurpose) = ByteArray(2_048) { it.toByte() }
    }
    private var scope = CoroutineScope(Dispatchers.Unconfined + Job())

    var core = open(Signals())
        private set
    var models by mutableStateOf(app(Signals()))
        private set

    private fun open(signals: Signals) = RealCore.open(file.path, clocks, null, signals)

    private fun app(signals: Signals): AppModels {
        val room = Room(core, scope, Dispatchers.Unconfined, Dispatchers.Unconfined, shell, signals, clocks::wallMs, DamagedFiles(file))
        return AppModels(room).apply { start() }
    }

    /** The system has killed the app; nothing was said to it. A new process opens the same file. */
    fun killAndReopen() {
        scope.cancel()
        scope = CoroutineScope(Dispatchers.Unconfined + Job())
        val signals = Signals()
        core = open(signals)
        models = app(signals)
    }
}
