package app.xundian.logic

import app.xundian.core.Changed
import app.xundian.core.CoreException
import app.xundian.core.CheckedOut
import app.xundian.domain.Step
import kotlinx.coroutines.Job
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext

/** All view models of the app, and what ties them together. */
class AppModels(val room: Room) {
    val look = LookModel(room.shell)
    val go = Navigator(Route.Today)
    val schedule = SyncSchedule(room)
    val today = TodayModel(room, go)
    val search = SearchModel(room, go)
    val newStore = NewStoreModel(room, go)
    val card = StoreCardModel(room, go, ::begun) { schedule.occasion() }
    val visit = VisitModel(room, go, ::closed)
    val count = CountModel(room, go)
    val suggest = SuggestModel(room, go)
    val display = DisplayModel(room, go)
    val competitor = CompetitorModel(room, go)
    val confirm = ConfirmModel(room, go, ::closed)
    val order = OrderModel(room, ::orderChanged)
    val summary = SummaryModel(room, go) { schedule.occasion() }
    val slips = SlipsModel(room)
    val outbox = OutboxModel(room, schedule, go)
    val settings = SettingsModel(room, go)
    val enrol = EnrolModel(room, go, schedule, ::handedOver)
    val damage = DamageModel(room)
    val first = StartModel(room, go, ::found)
    private var answers: Job? = null
    /** Photos of the open visit that wait to be placed in it. */
    private val late = ArrayDeque<LatePhoto>()

    /** Opens where the rep left off: in the visit, if the app died in one. */
    fun start() {
        room.scope.launch { room.signals.changes.collect(::heard) }
        room.scope.launch { room.damage.collect(::broke) }
        damage.look()
        first.find()
    }

    /** Of a file that is gone by now nobody hears any more; of this one, nothing that was read holds. */
    private suspend fun broke(why: CoreException.Corrupt) {
        if (!withContext(room.quick) { isBroken() }) return
        forgetAll()
        first.fail(why)
        damage.look()
    }

    private fun isBroken() = runCatching { room.core.rep() }.exceptionOrNull() is CoreException.Corrupt

    private fun found(isEnrolled: Boolean) {
        damage.look()
        if (isEnrolled) schedule.occasion()
        answers = answers ?: room.scope.launch {
            launch { room.shell.latePhotos.collect { photoCame(it) } }
            launch { room.shell.lateScans.collect { enrol.cameLate(it) } }
            launch { room.shell.lateFiles.collect { fileCame() } }
        }
    }

    /** The system ended the app behind the file picker, where the journal was meant to come back. */
    private fun fileCame() {
        go.go(Route.Settings)
        settings.fail(PickFailed(Text.ERR_PICK_AGAIN))
    }

    /** The system ended the app behind the camera. */
    private suspend fun photoCame(photo: LatePhoto) {
        late += photo
        placeLate()
    }

    /** What cannot be placed because the phone, or the visit, cannot be read waits for the next occasion; such a visit can still fail. */
    private suspend fun placeLate() {
        while (late.isNotEmpty()) {
            val open = openVisit() ?: return
            if (open == OpenVisit.Unread && late.firstOrNull()?.purpose !is PhotoPurpose.Failed) return
            val photo = late.removeFirstOrNull() ?: return
            if (open != OpenVisit.None) place(photo)
        }
    }

    private suspend fun openVisit(): OpenVisit? = withContext(room.quick) { runCatching { room.core.openVisit() }.getOrNull() }

    /** The photo goes where it was meant to: no other visit can be open by now. */
    private suspend fun place(came: LatePhoto) {
        val photo = came.bytes
        val kept = when (val purpose = came.purpose) {
            PhotoPurpose.Before -> photo?.let { display.keep(it, isAfter = false) }
            PhotoPurpose.After -> photo?.let { display.keep(it, isAfter = true) }
            is PhotoPurpose.Fact -> competitor.keep(purpose, photo)
            is PhotoPurpose.Failed -> visit.photoCame(purpose.reason, photo)
        }
        kept?.join()
        came.failed?.let { visit.fail(it) }
        reload(go.here)
    }

    /** The app came back to the front. */
    fun resumed() {
        look.followSystem()
        if (go.here == Route.Start) {
            first.find()
            return
        }
        if (go.here.wantsSync) schedule.occasion()
        room.scope.launch { placeLate() }
        reload(go.here)
    }

    /** The phone has a network again, with the app open. */
    fun networkCame() {
        if (go.here.wantsSync) schedule.networkCame()
    }

    /** The fix that the screen waited for is there. */
    fun positionCame() {
        if (go.here.wantsDistances) reload(go.here)
    }

    /** Reads what a screen needs when it appears. */
    fun reload(route: Route) {
        when (route) {
            Route.Today, Route.Plan -> today.load()
            Route.Search -> search.load()
            is Route.Card -> card.show(route.store)
            Route.Visit -> visit.load()
            is Route.At -> stepModel(route.step).load()
            is Route.Order -> order.show(route.order)
            Route.Summary -> summary.load()
            Route.Slips -> slips.load()
            Route.Outbox -> outbox.load()
            Route.Settings -> {
                settings.load()
                damage.look()
            }
            Route.NewStore -> newStore.load()
            Route.Start, Route.Enrol -> Unit
        }
    }

    private fun stepModel(step: Step): Model<*> = when (step) {
        Step.STOCK_COUNT -> count
        Step.SUGGESTED_ORDER -> suggest
        Step.DISPLAY -> display
        Step.COMPETITOR -> competitor
        Step.ORDER_CONFIRMATION -> confirm
    }

    /** Screens of the visit read after their own taps; what comes from outside concerns the others, and the step that waits for its picture. */
    private fun heard(what: Changed) {
        // The server's word on orders comes with what was pulled, and with the answer to what was sent.
        if (what != Changed.VISIT) summary.forgetEarlier()
        room.scope.launch { placeLate() }
        val here = go.here
        if (what == Changed.MASTER && here == Route.At(Step.DISPLAY)) display.masterCame()
        if (what == Changed.VISIT || here is Route.At || here is Route.Visit) return
        reload(here)
    }

    /** Changed or taken back: the server hears of it, and what was found of orders no longer holds. */
    private fun orderChanged() {
        summary.forgetEarlier()
        schedule.occasion()
    }

    /** Another rep's phone by now: nothing of the last one's is shown, not even until the first reading. */
    private fun handedOver() {
        forgetAll()
        reload(go.here)
    }

    private fun forgetAll() {
        forgetVisit()
        listOf(today, search, card, order, summary, slips, outbox, settings).forEach { it.forget() }
        newStore.forget()
    }

    private fun forgetVisit() {
        late.clear()
        (Step.entries.map(::stepModel) + visit).forEach { it.forget() }
    }

    /** Checked in: from here back leads to the route. */
    private fun begun() {
        forgetVisit()
        go.goHome(Route.Visit)
    }

    /** A visit was sealed: the owner sees the card, and the order is on its way. */
    private fun closed(out: CheckedOut) {
        forgetVisit()
        val order = out.order
        if (order == null) go.goHome() else go.goHome(Route.Order(order.order))
        schedule.occasion()
    }
}
