package app.xundian.desk

import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.withFrameNanos
import androidx.compose.ui.Alignment
import androidx.compose.ui.input.key.Key
import androidx.compose.ui.input.key.KeyEventType
import androidx.compose.ui.input.key.key
import androidx.compose.ui.input.key.type
import androidx.compose.ui.unit.DpSize
import androidx.compose.ui.unit.dp
import androidx.compose.ui.window.Window
import androidx.compose.ui.window.WindowPosition
import androidx.compose.ui.window.application
import androidx.compose.ui.window.rememberWindowState
import app.xundian.core.LogLevel
import app.xundian.logic.AppModels
import app.xundian.logic.DamagedFiles
import app.xundian.logic.RealCore
import app.xundian.logic.Room
import app.xundian.logic.Signals
import app.xundian.logic.Whereabouts
import app.xundian.ui.XundianApp
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.flow.MutableStateFlow
import java.io.File
import java.lang.management.ManagementFactory

/**
 * What the command line may say: `--file`, `--position lat,lon`, `--photos folder` or `--samples folder` for drawn ones, `--server`
 * and `--code` to enrol at once, `--now` for a server whose clock is not this machine's, in milliseconds, `--frames` to close after so many.
 */
class Options(args: Array<String>) {
    private val given = args.toList().chunked(2).filter { it.size == 2 }.associate { (name, value) -> name to value }
    val file = File(given["--file"] ?: "target/desk/phone.sqlite")
    val place = given["--position"]?.split(",")?.map { it.toDouble() }
    val photos = given["--photos"]?.let(::File) ?: given["--samples"]?.let { samples(File(it)) }
    val now = given["--now"]?.toLong()
    val server = given["--server"]
    val code = given["--code"]
    val frames = given["--frames"]?.toInt()

    /** What is said where the phone in the file is enrolled already, for [rep]: then the server and the code are not asked; `null` = they are, or there are none. */
    fun unused(rep: String?): String? =
        if (rep == null || (server == null && code == null)) null
        else "--server and --code are not used: $file is enrolled already, for $rep. To begin anew, close the window and delete $file, $file-wal and $file-shm."
}

/** The phone in a window of the desk: the same core, the same screens, a test position and pictures from files. */
fun main(args: Array<String>) {
    val options = Options(args)
    options.file.absoluteFile.parentFile.mkdirs()
    val signals = Signals { level, line -> if (level != LogLevel.INFO) System.err.println("$level $line") }
    val clocks = DeskClocks(options.now)
    val core = RealCore.open(options.file.path, clocks, options.place?.let(::DeskPosition), signals)
    // A place from the command line is made up, and the core hears so too.
    val whereabouts = MutableStateFlow(if (options.place == null) Whereabouts.NO_FIX else Whereabouts.MOCK)
    val shell = DeskShell(options.file.resolveSibling("settings.properties"), options.photos, whereabouts)
    val scope = CoroutineScope(SupervisorJob() + Dispatchers.Main)
    val models = AppModels(Room(core, scope, shell = shell, signals = signals, wallMs = clocks::wallMs, damaged = DamagedFiles(options.file)))
    models.start()
    val rep = core.rep()
    options.unused(rep)?.let(::println)
    if (rep == null && options.server != null && options.code != null) enrol(models, options)
    show(models, options.frames)
}

private fun enrol(models: AppModels, options: Options) {
    models.enrol.server(options.server.orEmpty())
    models.enrol.code(options.code.orEmpty())
    models.enrol.enrol()
}

private fun show(models: AppModels, frames: Int?) = application {
    val state = rememberWindowState(size = DpSize(393.dp, 851.dp), position = WindowPosition(Alignment.Center))
    Window(
        onCloseRequest = ::exitApplication, state = state, title = "巡店 Xundian",
        onKeyEvent = { it.key == Key.Escape && it.type == KeyEventType.KeyUp && models.go.back() },
    ) {
        XundianApp(models)
        LaunchedEffect(Unit) {
            repeat(FIRST_FRAMES) { withFrameNanos { } }
            println("first frames after ${System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().startTime} ms")
            if (frames != null) {
                repeat(frames - FIRST_FRAMES) { withFrameNanos { } }
                exitApplication()
            }
        }
    }
}

private const val FIRST_FRAMES = 2
