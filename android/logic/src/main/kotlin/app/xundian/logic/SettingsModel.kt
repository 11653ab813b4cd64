package app.xundian.logic

import app.xundian.device.ImportReport
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch

enum class Shade {
    SYSTEM,
    LIGHT,
    DARK;

    fun isDark(isSystemDark: Boolean): Boolean = if (this == SYSTEM) isSystemDark else this == DARK
}

/** How the app looks; kept on this phone only. [textPercent] comes on top of the system's text size. */
data class Look(
    val language: Language = Language.ZH,
    val shade: Shade = Shade.SYSTEM,
    val isHighContrast: Boolean = false,
    val textPercent: Int = 100,
) {
    /** The size of the text, from the system's; both together are no larger than what every screen is drawn with in the tests. */
    fun scaleOn(system: Float): Float = (system * textPercent / 100f).coerceAtMost(LookModel.TEXT_PERCENT.last / 100f)
}

/** The looks of the app; it exists before the core does, for its errors need words too. */
class LookModel(private val shell: Shell) {
    private val look = MutableStateFlow(kept())
    val state: StateFlow<Look> = look.asStateFlow()

    fun change(to: Look) {
        // Who changes something else has not chosen the system's contrast for good.
        if (to.isHighContrast != look.value.isHighContrast) shell.keepSetting("contrast", to.isHighContrast.toString())
        look.value = to
        shell.keepSetting("language", to.language.name)
        shell.keepSetting("shade", to.shade.name)
        shell.keepSetting("text", to.textPercent.toString())
    }

    /** The system may have another contrast by now. */
    fun followSystem() = look.update { it.copy(isHighContrast = isHighContrast()) }

    /** What the rep has chosen, else the system's. */
    private fun isHighContrast() = shell.setting("contrast")?.toBoolean() ?: shell.isHighContrast

    private fun kept() = Look(
        language = Language.entries.find { it.name == shell.setting("language") } ?: shell.language,
        shade = Shade.entries.find { it.name == shell.setting("shade") } ?: Shade.SYSTEM,
        isHighContrast = isHighContrast(),
        textPercent = shell.setting("text")?.toIntOrNull()?.coerceIn(TEXT_PERCENT) ?: 100,
    )

    companion object {
        val TEXT_PERCENT = 100..200
        val TEXT_STEPS = listOf(100, 125, 150, 200)
    }
}

data class SettingsScreen(
    val server: String?,
    val rep: String?,
    val unsent: Long,
    val photoBytes: Long,
    val lastContactMs: Long?,
    val version: String,
    val storageBytes: Long,
    /** Oldest first. */
    val log: List<String>,
)

/** Settings and diagnostics. */
class SettingsModel(room: Room, private val go: Navigator) : Model<SettingsScreen>(room) {
    private val took = MutableStateFlow<ImportReport?>(null)
    /** What the last import brought back, and what was here already. */
    val imported: StateFlow<ImportReport?> = took.asStateFlow()

    private val bringing = MutableStateFlow(false)
    /** A journal is being picked or taken in; a large one takes its time. */
    val isImporting: StateFlow<Boolean> = bringing.asStateFlow()
    private var importing: Job? = null

    private val typed = MutableStateFlow("")
    /** The recovery code, which outlives the window in which it is being typed. */
    val code: StateFlow<String> = typed.asStateFlow()

    override fun forget() {
        super.forget()
        took.value = null
        typed.value = ""
    }

    override fun read(core: Core): SettingsScreen {
        val outbox = core.outbox()
        return SettingsScreen(
            server = core.server(),
            rep = core.rep(),
            unsent = outbox.unsent.toLong(),
            photoBytes = outbox.photos.bytes.toLong(),
            lastContactMs = outbox.lastContact,
            version = room.shell.version,
            storageBytes = room.shell.storageBytes(),
            log = room.signals.book.lines(),
        )
    }

    /** For the one who is called: counts and the log, nothing of stores or people. */
    fun shareDiagnostics() {
        val screen = state.value.value ?: return
        val counts = "version=${screen.version} unsent=${screen.unsent} photos=${screen.photoBytes} storage=${screen.storageBytes} contact=${screen.lastContactMs}"
        room.shell.shareText((listOf(counts) + screen.log).joinToString("\n"))
    }

    fun type(code: String) {
        typed.value = code
    }

    /** After a reinstall: the journal comes back with its code. A second tap meanwhile is none. */
    fun importJournal(code: String): Job = importing?.takeIf { it.isActive } ?: room.scope.launch { bringBack(code.trim()) }.also { importing = it }

    private suspend fun bringBack(code: String) {
        bringing.value = true
        try {
            val bytes = picked() ?: return
            actWith({ it.importJournal(bytes, code) }) { took.value = it }.join()
        } finally {
            bringing.value = false
        }
    }

    private suspend fun picked(): ByteArray? = try {
        room.shell.pickFile()
    } catch (failure: PickFailed) {
        fail(failure)
        null
    }

    fun enrolAgain() = go.go(Route.Enrol)
}

/** Step by step: the server's address and the code that the office gave out. */
data class EnrolScreen(val server: String = "", val code: String = "", val isBusy: Boolean = false, val problem: Problem? = null) {
    val canTry get() = server.isNotBlank() && code.isNotBlank() && !isBusy
    /** Nobody types a scheme: without one it is that of every server. */
    val address: String get() = server.trim().let { if (it.isEmpty() || "://" in it) it else "https://$it" }
}

/** First start, or after the server said to enrol again. */
class EnrolModel(private val room: Room, private val go: Navigator, private val schedule: SyncSchedule, private val otherRep: () -> Unit = {}) {
    private val shown = MutableStateFlow(EnrolScreen())
    private var camera: Job? = null
    val state: StateFlow<EnrolScreen> = shown.asStateFlow()

    fun server(text: String) = shown.update { it.copy(server = text, problem = null) }
    fun code(text: String) = shown.update { it.copy(code = text, problem = null) }

    fun enrol(): Job {
        val (asked, since) = shown.value to room.errands.stops
        return room.scope.launch { trying { join(since) { it.enrol(asked.address, asked.code.trim()) } } }
    }

    /** The office's QR says all that the form asks. While the camera is open a second tap is none. */
    fun scan(): Job = camera?.takeIf { it.isActive } ?: room.scope.launch { trying { scanned() } }.also { camera = it }

    private suspend fun scanned() {
        shown.update { it.copy(problem = null) }
        take(room.shell.scan() ?: return)
    }

    /** The system ended the app behind the camera: what it [saw] enrols as it would have, from whatever screen the app begins with. */
    fun cameLate(saw: String): Job {
        go.go(Route.Enrol)
        return room.scope.launch { trying { take(saw) } }
    }

    private suspend fun take(saw: String) {
        if (saw.isEmpty()) shown.update { it.copy(problem = Problem(Text.ERR_NO_QR)) } else join(room.errands.stops) { it.enrolInvited(saw) }
    }

    /** The rep does not wait for a server that is silent; the code stays good. */
    fun cancel() = room.errands.cancel()

    /** Enrol and go to the route; the first pull follows there, with its progress. */
    private suspend fun join(since: Int, ask: (Core) -> Unit) {
        shown.update { it.copy(isBusy = true, problem = null) }
        // The address is for the next form: without it the phone is enrolled, too.
        val (isOther, server) = room.errands.send(since) { isOtherRep(it, ask) to runCatching { it.server() }.getOrNull() }
        shown.value = EnrolScreen(server = server.orEmpty())
        if (isOther) otherRep()
        // Who has left the form meanwhile, for a visit perhaps, stays there.
        if (go.here == Route.Enrol) go.replaceAll(Route.Today)
        schedule.askedNow()
    }

    /** Whether it is another one's phone after [ask]; who enrols again finds what was half entered. */
    private fun isOtherRep(core: Core, ask: (Core) -> Unit): Boolean {
        val before = runCatching { core.rep() }.getOrNull()
        ask(core)
        return before != runCatching { core.rep() }.getOrNull()
    }

    private suspend fun trying(work: suspend () -> Unit) = try {
        work()
    } catch (gone: CancellationException) {
        throw gone
    } catch (failure: Exception) {
        room.met(failure)
        room.refuses()
        shown.update { it.copy(isBusy = false, problem = Messages.ofEnrolment(failure)) }
    }
}
