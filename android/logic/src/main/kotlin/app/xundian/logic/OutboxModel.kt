package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Outbox
import app.xundian.device.OutboxRow
import app.xundian.domain.OrderId
import app.xundian.protocol.Verdict
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import java.io.IOException

/** Outbox 待上传, with the words that open the exported journal that lies on this phone, and how many older records are not in it. */
data class OutboxScreen(val outbox: Outbox, val recoveryCode: String? = null, val leftOut: Int = 0)

/** The order that a record made or changed; `null` = none, or the server has not said. */
val OutboxRow.order: OrderId? get() = (verdict as? Verdict.Applied)?.order?.order

/** A journal that was exported, what opens it, and how many older records are not in it. */
private data class Exported(val code: String, val leftOut: Int, val file: String)

/**
 * The core takes for kept what somebody took: the file stays here until the next one, and its code with it. The system may end the app behind the
 * sheet in which it is sent, and nobody else has either; what is chosen then is not heard, and counts for nothing.
 */
class OutboxModel(room: Room, private val schedule: SyncSchedule, private val go: Navigator) : Model<OutboxScreen>(room) {
    private var exporting: Job? = null

    /** The file that was offered last, by this app and of this phone's file, and up to which record it counts. */
    private var offered: Pair<String, Long>? = null

    init {
        room.scope.launch { room.shell.taken.collect(::left) }
    }

    override fun read(core: Core): OutboxScreen {
        val journal = kept(core.repOrNone())
        return OutboxScreen(core.outbox(), journal?.code, journal?.leftOut ?: 0)
    }

    override fun forget() {
        super.forget()
        offered = null
    }

    fun open(order: OrderId) = go.go(Route.Order(order))

    fun retry() = schedule.askedNow()
    fun cancel() = schedule.cancel()

    /** One at a time: a second file would take the place of the first under its code. */
    fun export(): Job = exporting?.takeIf { it.isActive } ?: exported().also { exporting = it }

    /** The file goes out through the platform; the code stays on the screen, for it must not travel in the same message. */
    private fun exported(): Job = actWith({ Triple(it.exportJournal(), it.repOrNone(), otherFile(it.repOrNone())) }) { (journal, rep, file) ->
        keep(rep, Exported(journal.recoveryCode, journal.leftOut.toInt(), file), journal.bytes)
        // Read and not shown at once: by now the outbox may be another rep's.
        load()
        offered = file to journal.upto
        room.shell.shareKept(file)
    }

    private fun left(file: String) {
        val (_, upto) = offered?.takeIf { it.first == file } ?: return
        act { it.journalLeft(upto) }
    }

    /** Once more: the sheet was put away, or the app was ended behind it. */
    fun shareAgain(): Job = actWith({ kept(it.repOrNone()) }) { journal -> journal?.let { room.shell.shareKept(it.file) } }

    /** Records are told of, and go out, also where nobody can read whose they are. */
    private fun Core.repOrNone(): String? = runCatching { rep() }.getOrNull()

    /** First the file, then its code: whenever the app is ended the code that is kept is that of a whole file. */
    private suspend fun keep(rep: String?, now: Exported, journal: ByteArray) = try {
        room.shell.keepFile(now.file) { it.write(journal) }
        room.shell.keepSetting(keyOf(rep), now.run { "$code$BETWEEN$leftOut$BETWEEN$file" })
    } catch (full: IOException) {
        throw CoreException.StorageFull()
    }

    /** Each rep of a shared phone has her own. Of a file that is gone no code is of use. */
    private fun kept(rep: String?): Exported? {
        val (code, leftOut, file) = room.shell.setting(keyOf(rep))?.split(BETWEEN)?.takeIf { it.size == 3 } ?: return null
        return leftOut.toIntOrNull()?.takeIf { room.shell.hasFile(file) }?.let { Exported(code, it, file) }
    }

    /** The file whose code holds is not written over before the next one lies beside it. */
    private fun otherFile(rep: String?): String = FILES.map { "xundian-journal-${rep.orEmpty()}-$it.bin" }.first { it != kept(rep)?.file }

    private fun keyOf(rep: String?) = "journal-${rep.orEmpty()}"

    fun copyDetails(text: String) = room.shell.shareText(text)

    private companion object {
        /** In no code, and in no file's name. */
        const val BETWEEN = "/"
        val FILES = 1..2
    }
}
