package app.xundian.ui

import app.xundian.device.Line
import app.xundian.domain.CountRow
import app.xundian.domain.Entry
import app.xundian.domain.PlaceCount
import app.xundian.logic.RealCore
import app.xundian.logic.Signals
import java.io.Closeable
import java.io.File

/** The app without its screens in a process of its own, so that it can be killed as the system kills it. It does what it is told, line by line. */
class KilledApp(file: File, clocks: Monday) : Closeable {
    private val process = ProcessBuilder(
        File(System.getProperty("java.home"), "bin/java").path, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
        "-Djna.library.path=" + System.getProperty("jna.library.path"), "-cp", System.getProperty("java.class.path"),
        "app.xundian.ui.KilledAppKt", file.path, clocks.since.toString(),
    ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    private val said = process.inputReader()

    fun tell(what: String) = process.outputWriter().run { write("$what\n"); flush() }

    /** Of an app that was killed, what it had said before; then `null`. */
    fun hear(): String? = said.readLine()

    /** At once, and without a word to it. */
    override fun close() {
        // The process itself would close what can still be read of it.
        process.toHandle().destroyForcibly()
        process.waitFor()
    }
}

/** Says `done` after each thing that it was told. */
fun main(args: Array<String>) {
    val (file, since) = args
    RealCore.open(file, Monday(since.toLong()), null, Signals()).use { core ->
        for (told in generateSequence(::readlnOrNull)) {
            core.act(told.split(' '))
            println("done")
        }
    }
}

/** `enrol SERVER CODE` and the first pull, `visit` = check in at the first stop, `count` without an end, `sell` one case and check out, `sync`. */
private fun RealCore.act(told: List<String>) {
    when (told[0]) {
        "enrol" -> {
            enrol(told[1], told[2])
            sync()
        }
        "visit" -> beginVisit(today().stops.first().store)
        "count" -> countOn()
        "sell" -> {
            countItems().first().let { saveLine(Line.Intention(it.sku, it.case, null)) }
            checkOut()
        }
        "sync" -> sync()
        else -> error("`${told[0]}` is nothing to do")
    }
}

/** Every product again and again, one more each time; each is said when it is saved. */
private fun RealCore.countOn() {
    val products = countItems().map { it.sku }
    for (round in generateSequence(1) { it + 1 }) for (sku in products) {
        saveLine(Line.Count(CountRow(sku, Entry.STEPPED, PlaceCount.Counted(round), PlaceCount.Counted(0), PlaceCount.NotCounted, null)))
        println("$sku $round")
    }
}
