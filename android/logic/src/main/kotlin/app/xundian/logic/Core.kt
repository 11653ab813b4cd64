package app.xundian.logic

import app.xundian.core.CheckedOut
import app.xundian.device.CountItem
import app.xundian.device.DayReport
import app.xundian.device.ImportReport
import app.xundian.device.JournalExport
import app.xundian.device.Line
import app.xundian.device.NamedSku
import app.xundian.core.NewStore
import app.xundian.device.OrderCard
import app.xundian.device.OrderOfDay
import app.xundian.device.OrderSlip
import app.xundian.device.Outbox
import app.xundian.device.Quote
import app.xundian.device.StoreCard
import app.xundian.device.StoreHit
import app.xundian.device.SuggestionRow
import app.xundian.device.SyncReport
import app.xundian.device.Today
import app.xundian.device.VisitView
import app.xundian.domain.BusinessDate
import app.xundian.domain.Check
import app.xundian.domain.FailedReason
import app.xundian.domain.OrderId
import app.xundian.domain.PhotoRef
import app.xundian.domain.ReasonCode
import app.xundian.domain.SkuUnits
import app.xundian.domain.StoreId
import app.xundian.domain.VisitId
import app.xundian.protocol.CompetitorItem
import app.xundian.protocol.Contact
import app.xundian.protocol.Reason

/** What the screens need of the phone core. Every call blocks and may throw a CoreException; [Room] chooses the thread. */
interface Core {
    fun enrol(server: String, code: String)
    /** As [enrol], with the text of the office's QR. */
    fun enrolInvited(invitation: String)
    fun server(): String?
    fun rep(): String?
    fun isReady(): Boolean

    fun today(): Today
    fun storeCard(store: StoreId): StoreCard
    fun searchStores(text: String): List<StoreHit>
    fun searchProducts(text: String): List<NamedSku>
    fun openStore(opened: NewStore): StoreId
    /** A note for whoever comes next; an empty one takes it away. */
    fun noteStore(store: StoreId, text: String)
    fun changeContact(store: StoreId, contact: Contact)

    fun beginVisit(store: StoreId): VisitId
    fun currentVisit(): VisitView?
    fun saveLine(line: Line)
    fun takeBack(line: Line)
    fun countItems(): List<CountItem>
    fun suggestions(): List<SuggestionRow>
    fun displayStandard(): List<Check>
    fun competitorItems(): List<CompetitorItem>
    fun reasons(kind: String): List<Reason>
    fun quote(): Quote
    fun checkOut(): CheckedOut
    fun failVisit(reason: FailedReason, photo: PhotoRef?): CheckedOut
    fun keepPhoto(bytes: ByteArray): PhotoRef

    fun orderCard(order: OrderId): OrderCard
    fun ordersOfToday(): List<OrderOfDay>
    fun amendOrder(order: OrderId, lines: List<SkuUnits>): OrderCard
    fun cancelOrder(order: OrderId, reason: ReasonCode)
    fun dayReport(): DayReport
    fun closeDay(): DayReport
    fun outbox(): Outbox
    fun orderSlips(date: BusinessDate): List<OrderSlip>
    fun exportJournal(): JournalExport
    fun importJournal(bytes: ByteArray, code: String): ImportReport

    fun sync(): SyncReport
    fun sendPhotos(): SyncReport
    fun cancel()
    fun pause()
    fun resume()
}

/** The company's lists of reasons, by the name of the list. */
object ReasonKind {
    const val SKIP_STEP = "skip_step"
    const val NO_ORDER = "no_order"
    const val SUGGESTION = "suggestion_override"
    const val CANCEL = "cancel"
    const val RETURN = "return"
}
