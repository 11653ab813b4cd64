package app.xundian.logic

import app.xundian.device.OrderCard
import app.xundian.device.StoreCard
import app.xundian.domain.OrderId
import app.xundian.domain.Step
import app.xundian.domain.StoreId
import app.xundian.protocol.Contact
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** What is being written on a store card, beside what stands there. */
sealed interface CardEdit {
    val isChanged: Boolean

    data class Note(val text: String, val before: String) : CardEdit {
        override val isChanged get() = text.trim() != before
        /** An empty note is none. */
        val takesAway get() = text.isBlank() && before.isNotEmpty()
    }

    data class Person(val contact: Contact, val before: Contact) : CardEdit {
        override val isChanged get() = contact.trimmed() != before
    }
}

private fun Contact.trimmed() = Contact(owner.trim(), phone.trim(), receiver.trim())

/** A visit that is not over is in the way of a check-in. */
sealed interface InTheWay {
    /** Of another [shop], which the check-in would seal; [orderLines] = what would go out as an order though nobody has confirmed it. */
    data class Unsealed(val shop: String, val orderLines: Int) : InTheWay

    /** It cannot be read: no check-in seals it, it has to be ended as failed. */
    data object Unread : InTheWay
}

/** Store card 门店卡. */
class StoreCardModel(room: Room, private val go: Navigator, private val begun: () -> Unit, private val sent: () -> Unit) : Model<StoreCard>(room) {
    private var store: StoreId? = null
    val whereabouts: StateFlow<Whereabouts> = room.shell.whereabouts

    private val writing = MutableStateFlow<CardEdit?>(null)
    /** The open editor. It stays when the card is read again: a sync must not take a sentence away. */
    val edit: StateFlow<CardEdit?> = writing.asStateFlow()

    private val obstacle = MutableStateFlow<InTheWay?>(null)
    /** Asked about before anything is sealed. */
    val inTheWay: StateFlow<InTheWay?> = obstacle.asStateFlow()

    private val found = MutableStateFlow<OrderCard?>(null)
    /** The last order in full, if it was taken on this phone and is still here. */
    val lastOrder: StateFlow<OrderCard?> = found.asStateFlow()
    private var sought: OrderId? = null

    private val around = MutableStateFlow(Nearby())
    /** What competitors do around here; the visit confirms it. */
    val nearby: StateFlow<Nearby> = around.asStateFlow()

    fun show(of: StoreId) {
        if (store != of) forget()
        store = of
        val loading = load()
        room.scope.launch {
            loading.join()
            lookAround(of)
            seek(of)
        }
    }

    /** The card is worth reading without them. */
    private suspend fun lookAround(of: StoreId) {
        val nearby = withContext(room.quick) { Nearby.of(room.core, of) }
        if (store == of) around.value = nearby
    }

    /** Days are searched for it, so once, and neither the card nor a tap waits. */
    private suspend fun seek(of: StoreId) {
        val last = state.value.value?.lastOrder?.order
        if (last == null || last == sought) return
        sought = last
        val order = withContext(room.slow) { runCatching { room.core.orderCard(last) }.getOrNull() }
        if (store == of) found.value = order
    }

    override fun read(core: Core) = core.storeCard(checkNotNull(store))

    override fun forget() {
        super.forget()
        writing.value = null
        obstacle.value = null
        found.value = null
        sought = null
        around.value = Nearby()
    }

    fun checkIn(): Job = actWith({ core -> beginOrAsk(core) }) { other -> if (other == null) begun() else ask(other) }

    /** What is in the way, or nothing: then the visit is begun. */
    private fun beginOrAsk(core: Core): InTheWay? {
        val here = checkNotNull(store)
        when (val open = core.openVisit()) {
            OpenVisit.Unread -> return InTheWay.Unread
            is OpenVisit.There -> if (open.view.store != here) return InTheWay.Unsealed(core.nameOrNone(open.view.store), core.linesUnconfirmed(open.view))
            OpenVisit.None -> Unit
        }
        core.beginVisit(here)
        return null
    }

    fun sealAndCheckIn(): Job {
        stopAsking()
        return act(then = { begun(); sent() }) { it.beginVisit(checkNotNull(store)) }
    }

    fun continueThere() {
        stopAsking()
        go.goHome(Route.Visit)
    }

    /** To the order that would go out unconfirmed. */
    fun confirmThere() {
        stopAsking()
        go.goHome(Route.Visit, Route.At(Step.ORDER_CONFIRMATION))
    }

    private fun ask(other: InTheWay) {
        obstacle.value = other
    }

    fun stopAsking() {
        obstacle.value = null
    }

    fun open(order: OrderCard) = go.go(Route.Order(order.order))

    fun map(card: StoreCard) {
        if (!room.shell.openMap(card.shop.address)) fail(PickFailed(Text.ERR_NO_MAP))
    }

    fun call(card: StoreCard) {
        if (!room.shell.dial(card.contact.phone)) fail(PickFailed(Text.ERR_NO_DIALLER))
    }

    fun openSettings() = room.shell.openSettings()

    fun writeNote(card: StoreCard) = type(card.note?.text.orEmpty().let { CardEdit.Note(it, it) })
    fun changeContact(card: StoreCard) = type(CardEdit.Person(card.contact, card.contact))

    fun type(now: CardEdit) {
        dismiss()
        writing.value = now
    }

    fun stopEdit() {
        dismiss()
        writing.value = null
    }

    /** What was refused stays open with its text. */
    fun saveEdit(): Job {
        val (asked, of) = checkNotNull(writing.value) to checkNotNull(store)
        return act(then = { writing.compareAndSet(asked, null) }) { core ->
            when (asked) {
                is CardEdit.Note -> core.noteStore(of, asked.text.trim())
                is CardEdit.Person -> core.changeContact(of, asked.contact.trimmed())
            }
        }
    }
}
