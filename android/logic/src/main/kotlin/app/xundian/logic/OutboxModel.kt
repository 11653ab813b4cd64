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

class OutboxModel(room: Room, private val schedule: SyncSchedule, private val go: Navigator) : Model<OutboxScreen>(room) {
    private var recoveryCode: String? = null
    private var leftOut = 0
    private var exporting: Job? = null

    override fun read(core: Core) = OutboxScreen(core.outbox(), recoveryCode, leftOut)

    override fun forget() {
        super.forget()
        recoveryCode = null
        leftOut = 0
    }

    fun open(order: OrderId) = go.go(Route.Order(order))

    fun retry() = schedule.askedNow()
    fun cancel() = schedule.cancel()

    /** One at a time: a second file would take the place of the first under its code. */
    fun export(): Job = exporting?.takeIf { it.isActive } ?: exported().also { exporting = it }

    /** The file goes out through the platform; the code stays on the screen, for it must not travel in the same message. */
    private fun exported(): Job = actWith({ it.exportJournal() }) { journal ->
        share(journal.bytes)
        recoveryCode = journal.recoveryCode
        leftOut = journal.leftOut.toInt()
        showNow { it.copy(recoveryCode = recoveryCode, leftOut = leftOut) }
    }

    private suspend fun share(journal: ByteArray) = try {
        room.shell.shareFile("xundian-journal.bin") { it.write(journal) }
    } catch (full: IOException) {
        throw CoreException.StorageFull()
    }

    fun copyDetails(text: String) = room.shell.shareText(text)
}
