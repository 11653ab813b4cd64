package app.xundian.logic

import app.xundian.core.CoreException
import app.xundian.core.CheckedOut
import app.xundian.device.Line
import app.xundian.device.NamedSku
import app.xundian.device.ProductHit
import app.xundian.device.Quote
import app.xundian.device.QuoteLine
import app.xundian.device.Receiver
import app.xundian.domain.PaymentForm
import app.xundian.domain.Promise
import app.xundian.domain.Step
import app.xundian.protocol.Reason
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import java.time.LocalDate

data class ConfirmScreen(
    val quote: Quote,
    val names: Map<String, String>,
    /** Lines that were stepped to nothing: a thumb may have slipped. */
    val removed: List<NamedSku>,
    /** Added here, and not on the price list: it can only go again. */
    val unlisted: List<NamedSku>,
    /** Somebody else than the store's contact. */
    val isReceiverNamed: Boolean,
    val noOrder: String?,
    val reasons: List<Reason>,
    /** How many other steps are open; this one is done with the tap that seals. */
    val openSteps: Int,
) {
    /** Something is ordered, and nobody has said that nothing is. */
    val isOrder get() = noOrder == null && quote.lines.isNotEmpty()
    /** With what the form of another receiver begins: who was named before, else nobody. */
    val receiverToName get() = if (isReceiverNamed) quote.receiver else Receiver("", "")
    /** The days that can be tapped: on which the distributor comes. */
    val days: List<LocalDate> get() = quote.days

    fun name(sku: String) = names[sku] ?: sku
    fun promo(no: String) = quote.promoNames.find { it.promo == no }?.name ?: no
}

/** 5 订单确认. */
class ConfirmModel(room: Room, private val go: Navigator, private val closed: (CheckedOut) -> Unit) : Model<ConfirmScreen>(room) {
    /** What was confirmed before the owner wanted nothing. */
    private var confirmed = emptyList<Line.Confirmed>()

    private val naming = MutableStateFlow<Receiver?>(null)
    /** Who is being written down as receiver; it stays open when it is refused. */
    val receiver: StateFlow<Receiver?> = naming.asStateFlow()

    private val seeking = MutableStateFlow<String?>(null)
    /** The product that was added last: the page shows where it stands and says [found]. */
    val sought: StateFlow<String?> = seeking.asStateFlow()

    private val asking = MutableStateFlow(false)
    /** Other steps are open, and the rep is asked whether to leave all the same. */
    val isAskingToLeave: StateFlow<Boolean> = asking.asStateFlow()

    override fun forget() {
        confirmed = emptyList()
        naming.value = null
        seeking.value = null
        asking.value = false
        super.forget()
    }

    override fun read(core: Core): ConfirmScreen {
        val visit = core.currentVisit() ?: throw CoreException.NotFound("no_visit")
        val quote = core.quote()
        val confirmed = visit.lines.filterIsInstance<Line.Confirmed>()
        val names = core.namesFor(quote, confirmed)
        fun named(lines: List<Line.Confirmed>) = lines.map { NamedSku(it.sku, names.getValue(it.sku)) }
        return ConfirmScreen(
            quote = quote,
            names = names,
            removed = named(confirmed.filter { it.units == 0 }),
            unlisted = named(confirmed.filter { it.sku in quote.unpriced }),
            isReceiverNamed = visit.lines.any { it is Line.Receiver },
            // A wish that came after it makes it an order: so it is sealed, and so it is shown.
            noOrder = visit.lines.filterIsInstance<Line.NoOrder>().firstOrNull()?.v1?.takeIf { quote.lines.isEmpty() },
            reasons = core.reasons(ReasonKind.NO_ORDER),
            openSteps = (Step.entries - Step.ORDER_CONFIRMATION).count { visit.lines.stateOf(it).isOpen },
        )
    }

    /** Of the whole order, also of what nobody counts here; the number of what this phone does not know any more. */
    private fun Core.namesFor(quote: Quote, confirmed: List<Line.Confirmed>): Map<String, String> {
        val known = countItems().associate { it.sku to it.name } + quote.lines.associate { it.sku to it.name }
        val others = confirmed.map { it.sku } + quote.unpriced + quote.unavailable + quote.gifts.map { it.sku }
        return known + (others.toSet() - known.keys).associateWith { sku -> searchProducts(sku).find { it.sku == sku }?.name ?: sku }
    }

    /** Of what nobody counted or spoke about, one pack. What is on the order already stays as it is, and is shown. */
    fun add(product: ProductHit): Job {
        seeking.value = product.sku
        val isThere = state.value.value?.quote?.lines.orEmpty().any { it.sku == product.sku }
        return if (isThere) load() else act { it.saveLine(Line.Confirmed(product.sku, product.pack)) }
    }

    /** Its line has been shown, unless another one was added meanwhile. */
    fun found(sku: String) {
        seeking.compareAndSet(sku, null)
    }

    /** What was added goes without a trace. */
    fun takeOff(sku: String): Job = act { it.takeBack(Line.Confirmed(sku, 0)) }

    fun toSuggestion() = go.goOver(Route.At(Step.SUGGESTED_ORDER))

    /** One order pack more or less; from what stands in the model: two quick taps are two. */
    fun step(line: QuoteLine, packs: Int): Job {
        val now = state.value.value?.quote?.lines?.find { it.sku == line.sku } ?: line
        val units = (now.confirmed + packs * now.pack).coerceAtLeast(0)
        showNow { screen -> screen.copy(quote = screen.quote.copy(lines = screen.quote.lines.map { if (it.sku == line.sku) it.copy(confirmed = units) else it })) }
        return act { it.saveLine(Line.Confirmed(line.sku, units)) }
    }

    /** A line that was stepped to nothing is as it was intended, again; one pack, where nobody wanted it before this step. */
    fun putBack(sku: String): Job = act { core ->
        core.takeBack(Line.Confirmed(sku, 0))
        val quote = core.quote()
        if (quote.lines.none { it.sku == sku } && sku !in quote.unpriced) {
            core.saveLine(Line.Confirmed(sku, core.searchProducts(sku).find { it.sku == sku }?.pack ?: 1))
        }
    }

    fun day(day: LocalDate) = promise { it.copy(day = day) }
    /** `null` = any time of the day. */
    fun window(window: String?) = promise { it.copy(window = window) }
    fun pay(form: PaymentForm) = act { it.saveLine(Line.Payment(form)) }

    /** From what stands in the model: a day and then a window are both promised, however slowly they are saved. */
    private fun promise(change: (Promise) -> Promise): Job? {
        val promise = state.value.value?.quote?.promise?.let(change) ?: return null
        showNow { screen -> screen.copy(quote = screen.quote.copy(promise = promise)) }
        return act { it.saveLine(Line.Promise(promise)) }
    }

    fun nameReceiver(receiver: Receiver) {
        dismiss()
        naming.value = receiver
    }

    fun stopNaming() {
        dismiss()
        naming.value = null
    }

    fun saveReceiver(): Job {
        val asked = checkNotNull(naming.value)
        val line = Line.Receiver(Receiver(asked.name.trim(), asked.phone.trim()))
        return act(then = { naming.compareAndSet(asked, null) }) { it.saveLine(line) }
    }

    /** Whom the office knows, after all. */
    fun usualReceiver(): Job = act(then = { naming.value = null }) { it.takeBack(Line.Receiver(Receiver("", ""))) }

    /** In the core an order wins over its refusal: what was intended must become nothing. */
    fun noOrder(reason: Reason): Job = act { core ->
        val lines = core.currentVisit()?.lines.orEmpty()
        val standing = lines.filterIsInstance<Line.Confirmed>()
        // The noughts of a refusal before are not the owner's.
        confirmed = if (lines.none { it is Line.NoOrder }) standing else confirmed + standing.filter { it.units > 0 }
        core.quote().lines.forEach { core.saveLine(Line.Confirmed(it.sku, 0)) }
        core.saveLine(Line.NoOrder(reason.code))
    }

    /** With every line as it was confirmed, else as it was wished. */
    fun orderAfterAll(reason: String): Job = act { core ->
        val zeros = core.currentVisit()?.lines.orEmpty().filterIsInstance<Line.Confirmed>().filter { it.units == 0 }
        zeros.forEach { core.takeBack(it) }
        confirmed.forEach { core.saveLine(it) }
        confirmed = emptyList()
        core.takeBack(Line.NoOrder(reason))
    }

    /** The last tap of the visit. Where steps are open it is asked first, as on the rail. */
    fun finish(): Job? {
        val screen = state.value.value ?: return null
        if (screen.openSteps == 0) return finishAnyway()
        asking.value = true
        return null
    }

    /** The step is done and the visit is sealed, order and all. */
    fun finishAnyway(): Job {
        stopAsking()
        return room.scope.launch {
            try {
                val done = withContext(room.quick) { seal(room.core) }
                forget()
                closed(done)
            } catch (gone: CancellationException) {
                throw gone
            } catch (failure: Exception) {
                fail(failure)
            }
        }
    }

    private fun seal(core: Core): CheckedOut {
        core.saveLine(Line.Finished(Step.ORDER_CONFIRMATION))
        return core.checkOut()
    }

    fun stopAsking() {
        asking.value = false
    }

    /** Back to the rail with the step done, the visit still open. */
    fun keepOpen() = act(then = { go.back() }) { it.saveLine(Line.Finished(Step.ORDER_CONFIRMATION)) }
}
