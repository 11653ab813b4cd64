package app.xundian.logic

import app.xundian.core.CoreException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.io.File
import java.io.IOException
import java.io.OutputStream
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream

/** What the core put aside beside the phone's [file] because it was damaged. It is never deleted: visits that were not sent may be in it. */
class DamagedFiles(private val file: File?) {
    private val folder: File? get() = file?.absoluteFile?.parentFile

    /** Oldest first, each without its log. */
    fun names(): List<String> {
        val own = Regex(Regex.escape(file?.name.orEmpty()) + "\\.damaged-(\\d{1,9})")
        return folder?.list().orEmpty().mapNotNull { own.matchEntire(it) }.sortedBy { it.groupValues[1].toInt() }.map { it.value }
    }

    /** In one ZIP, each with its log, in which the last taps may be. */
    fun pack(names: List<String>, to: OutputStream) = ZipOutputStream(to).use { zip ->
        names.flatMap { listOf(it, "$it-wal") }.map { File(folder, it) }.filter { it.exists() }.forEach { part ->
            zip.putNextEntry(ZipEntry(part.name))
            part.inputStream().use { it.copyTo(zip) }
            zip.closeEntry()
        }
    }
}

/** Damaged files; [isSent] = all of them were offered to other apps. Whether one took them, and whether they came, the platform does not say. */
data class Damage(val names: List<String>, val isSent: Boolean, val isBusy: Boolean = false, val problem: Problem? = null)

/**
 * Tells of damaged files until they were sent and put away. It looks into the folder: who opened the file when it was damaged,
 * the background work perhaps, is long gone.
 */
class DamageModel(private val room: Room) {
    private val shown = MutableStateFlow<Damage?>(null)
    /** What nobody has put away, `null` = nothing. */
    val state: StateFlow<Damage?> = shown.asStateFlow()

    private val lying = MutableStateFlow<Damage?>(null)
    /** All that lie here, `null` = none. What was put away may never have left the phone: it can be sent as long as it is there. */
    val files: StateFlow<Damage?> = lying.asStateFlow()
    private var sharing: Job? = null

    /** What is shared meanwhile goes on. */
    fun look(): Job = room.scope.launch {
        val (told, all) = withContext(room.slow) { found() }
        val isBusy = sharing?.isActive == true
        shown.update { now -> told?.copy(isBusy = isBusy, problem = now?.problem) }
        lying.update { now -> all?.copy(isBusy = isBusy, problem = now?.problem) }
    }

    /** What is told of, and all. */
    private fun found(): Pair<Damage?, Damage?> {
        val names = room.damaged.names()
        return damage(names - kept(CLOSED)) to damage(names)
    }

    private fun damage(names: List<String>) = if (names.isEmpty()) null else Damage(names, isSent = kept(SENT).containsAll(names))

    /** To the office, through whatever app the rep chooses. */
    fun share(): Job? = share(shown)

    /** Once more, with what was put away. */
    fun shareAll(): Job? = share(lying)

    private fun share(asked: MutableStateFlow<Damage?>): Job? {
        val names = asked.value?.takeUnless { it.isBusy }?.names ?: return null
        listOf(shown, lying).forEach { one -> one.update { it?.copy(isBusy = true, problem = null) } }
        return room.scope.launch {
            val problem = send(names)
            // Another one may have been put aside meanwhile.
            val (told, all) = withContext(room.slow) { found() }
            shown.value = told
            lying.value = all
            asked.update { it?.copy(problem = problem) }
        }.also { sharing = it }
    }

    /** What was in the way; `null` = it went. */
    private suspend fun send(names: List<String>): Problem? = try {
        withContext(room.slow) { room.shell.shareFile(NAME) { room.damaged.pack(names, it) } }
        keep(SENT, names)
        null
    } catch (gone: CancellationException) {
        throw gone
    } catch (full: IOException) {
        Messages.of(CoreException.StorageFull())
    } catch (failure: Exception) {
        Messages.of(failure)
    }

    /** The office has it: it is not told of again. The file stays. */
    fun close() {
        val sent = shown.value?.takeIf { it.isSent && !it.isBusy } ?: return
        keep(CLOSED, sent.names)
        shown.value = null
    }

    private fun kept(key: String): Set<String> = room.shell.setting(key)?.split(BETWEEN)?.toSet().orEmpty()

    private fun keep(key: String, names: List<String>) = room.shell.keepSetting(key, (kept(key) + names).joinToString(BETWEEN))

    private companion object {
        const val NAME = "xundian-damaged.zip"
        const val SENT = "damage-sent"
        const val CLOSED = "damage-closed"
        /** In no file's name. */
        const val BETWEEN = "/"
    }
}
