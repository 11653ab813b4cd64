package app.xundian.logic

import app.xundian.core.LogLevel
import java.time.Instant

/** The last lines of the core's log, for whoever is asked for help. It is written on the core's threads and read on another. */
class LogBook(private val most: Int = 200, private val wallMs: () -> Long = System::currentTimeMillis) {
    private val kept = ArrayDeque<String>()

    @Synchronized
    fun add(level: LogLevel, line: String) {
        if (kept.size == most) kept.removeFirst()
        kept.addLast("${Instant.ofEpochMilli(wallMs())} $level $line")
    }

    /** Oldest first. */
    @Synchronized
    fun lines(): List<String> = kept.toList()
}
