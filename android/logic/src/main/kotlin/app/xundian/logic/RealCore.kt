package app.xundian.logic

import app.xundian.core.Changed
import app.xundian.core.Clocks
import app.xundian.core.CoreException
import app.xundian.core.KeyStore
import app.xundian.core.LogLevel
import app.xundian.core.NetworkState
import app.xundian.core.Position
import app.xundian.core.RepPhone
import app.xundian.core.Watcher
import app.xundian.device.Progress
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.MutableStateFlow

/** The Rust core behind [Core]; nothing is added. */
class RealCore(phone: RepPhone) : Core by phone, AutoCloseable by phone {
    companion object {
        /** Opens or creates the file at [path]. A damaged one is put aside by the core and a new one begun; [DamagedFiles] finds it. */
        fun open(path: String, clocks: Clocks, position: Position?, signals: Signals, keys: KeyStore? = null, network: NetworkState? = null): RealCore {
            fun opened() = RealCore(RepPhone.open(path, clocks, keys, position, network, signals))
            return try {
                opened()
            } catch (aside: CoreException.Corrupt) {
                opened()
            }
        }
    }
}

/** What the core says on its own. It is called on the core's threads, so it only passes on and never calls back. */
class Signals(private val logLine: (LogLevel, String) -> Unit = { _, _ -> }) : Watcher {
    val book = LogBook()

    /** Something was committed. A missed one is harmless: screens read again when they are shown. */
    val changes = MutableSharedFlow<Changed>(extraBufferCapacity = 16)

    /** How far the running transfer is. */
    val progress = MutableStateFlow<Progress?>(null)

    override fun changed(what: Changed) {
        changes.tryEmit(what)
    }

    override fun progress(progress: Progress) {
        this.progress.value = progress
    }

    override fun log(level: LogLevel, line: String) {
        book.add(level, line)
        logLine(level, line)
    }
}
