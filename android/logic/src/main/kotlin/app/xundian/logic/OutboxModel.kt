package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.device.Outbox
import app.xundian.device.OutboxRow
import app.xundian.domain.OrderId
import app.xundian.protocol.Verdict
import kotlinx.coroutines.Job
import java.io.IOException

/** Outbox 待上传, with the words that open an exported journal after a reinstall, and how many older records are not in it. */
data class OutboxScreen(val outbox: Outbox, val recoveryCode: String? = null, val leftOut: Int = 0)

/** The order that a record made or changed; `null` = none, or the server has not said. */
val OutboxRow.order: OrderId? get() = (verdict as? Verdict.Applied)?.order?.order

/** What opens a file that was exported, how many older records are not in it, and who exported it. */
private data class Exported(val code: String, val leftOut: Int, val rep: String)

class OutboxModel(room: Room, private val schedule: SyncSchedule, private val go: Navigator) : Model<OutboxScreen>(room) {
    /** Of the last file, until the next one: the system may end the app behind the sheet in which it is sent, and nobody else knows its code. */
    @Volatile
    private var last: Exported? = kept()
    private var exporting: Job? = null

    override fun read(core: Core): OutboxScreen {
        // Another rep may have enrolled on this phone since.
        val hers = last?.takeIf { it.rep == core.rep().orEmpty() }
        return OutboxScreen(core.outbox(), hers?.code, hers?.leftOut ?: 0)
    }

    fun open(order: OrderId) = go.go(Route.Order(order))

    fun retry() = schedule.askedNow()
    fun cancel() = schedule.cancel()

    /** One at a time: a second file would take the place of the first under its code. */
    fun export(): Job = exporting?.takeIf { it.isActive } ?: exported().also { exporting = it }

    /** The file goes out through the platform; the code stays on the screen, for it must not travel in the same message. */
    private fun exported(): Job = actWith({ it.exportJournal() to it.rep().orEmpty() }) { (journal, rep) ->
        val now = Exported(journal.recoveryCode, journal.leftOut.toInt(), rep)
        share(journal.bytes, now)
        last = now
        showNow { it.copy(recoveryCode = now.code, leftOut = now.leftOut) }
    }

    /** Its code is kept before the file can leave; where none left, that of the last one holds. */
    private suspend fun share(journal: ByteArray, now: Exported) {
        keep(now)
        try {
            room.shell.shareFile("xundian-journal.bin") { it.write(journal) }
        } catch (failure: Exception) {
            keep(last)
            throw if (failure is IOException) CoreException.StorageFull() else failure
        }
    }

    private fun keep(file: Exported?) = room.shell.keepSetting(CODE, file?.run { "$code$BETWEEN$leftOut$BETWEEN$rep" }.orEmpty())

    private fun kept(): Exported? {
        val (code, leftOut, rep) = room.shell.setting(CODE)?.split(BETWEEN, limit = 3)?.takeIf { it.size == 3 } ?: return null
        return leftOut.toIntOrNull()?.let { Exported(code, it, rep) }
    }

    fun copyDetails(text: String) = room.shell.shareText(text)

    private companion object {
        const val CODE = "journal-code"
        /** In no code. */
        const val BETWEEN = "/"
    }
}
