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
import app.xundian.device.Line
import app.xundian.core.NewStore
import app.xundian.device.Progress
import app.xundian.domain.BusinessDate
import app.xundian.domain.FailedReason
import app.xundian.domain.OrderId
import app.xundian.domain.PhotoRef
import app.xundian.domain.ReasonCode
import app.xundian.domain.SkuUnits
import app.xundian.domain.StoreId
import app.xundian.protocol.Contact
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.MutableStateFlow

/** The Rust core behind [Core]; nothing is added. */
class RealCore(private val phone: RepPhone) : Core, AutoCloseable {
    override fun enrol(server: String, code: String) = phone.enrol(server, code)
    override fun enrolInvited(invitation: String) = phone.enrolInvited(invitation)
    override fun server() = phone.server()
    override fun rep() = phone.rep()
    override fun isReady() = phone.isReady()
    override fun today() = phone.today()
    override fun storeCard(store: StoreId) = phone.storeCard(store)
    override fun searchStores(text: String) = phone.searchStores(text)
    override fun searchProducts(text: String) = phone.searchProducts(text)
    override fun openStore(opened: NewStore) = phone.openStore(opened)
    override fun noteStore(store: StoreId, text: String) = phone.noteStore(store, text)
    override fun changeContact(store: StoreId, contact: Contact) = phone.changeContact(store, contact)
    override fun beginVisit(store: StoreId) = phone.beginVisit(store)
    override fun currentVisit() = phone.currentVisit()
    override fun saveLine(line: Line) = phone.saveLine(line)
    override fun takeBack(line: Line) = phone.takeBack(line)
    override fun countItems() = phone.countItems()
    override fun suggestions() = phone.suggestions()
    override fun displayStandard() = phone.displayStandard()
    override fun competitorItems() = phone.competitorItems()
    override fun reasons(kind: String) = phone.reasons(kind)
    override fun quote() = phone.quote()
    override fun checkOut() = phone.checkOut()
    override fun failVisit(reason: FailedReason, photo: PhotoRef?) = phone.failVisit(reason, photo)
    override fun keepPhoto(bytes: ByteArray) = phone.keepPhoto(bytes)
    override fun orderCard(order: OrderId) = phone.orderCard(order)
    override fun ordersOfToday() = phone.ordersOfToday()
    override fun amendOrder(order: OrderId, lines: List<SkuUnits>) = phone.amendOrder(order, lines)
    override fun cancelOrder(order: OrderId, reason: ReasonCode) = phone.cancelOrder(order, reason)
    override fun dayReport() = phone.dayReport()
    override fun closeDay() = phone.closeDay()
    override fun outbox() = phone.outbox()
    override fun orderSlips(date: BusinessDate) = phone.orderSlips(date)
    override fun exportJournal() = phone.exportJournal()
    override fun importJournal(bytes: ByteArray, code: String) = phone.importJournal(bytes, code)
    override fun sync() = phone.sync()
    override fun sendPhotos() = phone.sendPhotos()
    override fun cancel() = phone.cancel()
    override fun pause() = phone.pause()
    override fun resume() = phone.resume()
    override fun close() = phone.close()

    companion object {
        /** Opens or creates the file at [path]. A damaged one is put aside by the core and a new one begun: the rep is told. */
        fun open(path: String, clocks: Clocks, position: Position?, signals: Signals, keys: KeyStore? = null, network: NetworkState? = null): RealCore {
            fun opened() = RealCore(RepPhone.open(path, clocks, keys, position, network, signals))
            return try {
                opened()
            } catch (damage: CoreException.Corrupt) {
                signals.damage.value = Messages.of(damage)
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

    /** The file was found damaged when it was opened. */
    val damage = MutableStateFlow<Problem?>(null)

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
