package app.xundian.ui

import app.xundian.core.CoreException
import app.xundian.core.NewStore
import app.xundian.device.Line
import app.xundian.device.Outcome
import app.xundian.device.Progress
import app.xundian.device.StopState
import app.xundian.domain.Channel
import app.xundian.domain.FailedReason
import app.xundian.domain.OrderState
import app.xundian.domain.Step
import app.xundian.domain.VisitResult
import app.xundian.domain.WhyMissing
import app.xundian.fake.FakeCore
import app.xundian.fake.FakeData
import app.xundian.logic.AppModels
import app.xundian.logic.BareShell
import app.xundian.logic.CardEdit
import app.xundian.logic.DamagedFiles
import app.xundian.logic.Look
import app.xundian.logic.Movement
import app.xundian.logic.PhotoPurpose
import app.xundian.logic.PickFailed
import app.xundian.logic.Picture
import app.xundian.logic.ReasonKind
import app.xundian.logic.Room
import app.xundian.logic.Route
import app.xundian.logic.Whereabouts
import app.xundian.protocol.Flag
import app.xundian.protocol.HeldCode
import app.xundian.protocol.OrderEffect
import app.xundian.protocol.Verdict
import app.xundian.protocol.Went
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.flow.MutableStateFlow
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.OutputStream
import java.util.UUID
import java.util.concurrent.CountDownLatch
import kotlin.concurrent.thread

/** A camera that works while it has a [picture], and sees what it is told to. */
class StageShell : BareShell() {
    val shared = mutableListOf<String>()
    val pictures = mutableMapOf<String, Picture>()
    var seen: String? = null
    var picture: ByteArray? = byteArrayOf(1, 2, 3)
    /** What it fails with. */
    var broken: PickFailed? = null
    override suspend fun photo(purpose: PhotoPurpose): ByteArray? {
        broken?.let { throw it }
        return picture
    }
    var picking: suspend () -> ByteArray? = { null }
    override suspend fun pickFile() = picking()
    override suspend fun scan() = seen
    val mapped = mutableListOf<String>()
    override val whereabouts = MutableStateFlow(Whereabouts.KNOWN)
    var settingsOpened = 0
    override fun openSettings() { settingsOpened++ }
    override fun shareText(text: String) { shared += text }
    val files = mutableMapOf<String, ByteArray>()
    override suspend fun shareFile(name: String, write: (OutputStream) -> Unit) { files[name] = ByteArrayOutputStream().also(write).toByteArray() }
    override suspend fun keepFile(name: String, write: (OutputStream) -> Unit) { files[name] = ByteArrayOutputStream().also(write).toByteArray() }
    override fun hasFile(name: String) = name in files
    val sent = mutableListOf<String>()
    override suspend fun shareKept(name: String) { sent += name }
    override suspend fun sharePicture(name: String, picture: Picture) { pictures[name] = picture }
    /** Of an app that takes them. */
    var hasMap = true
    override fun openMap(address: String): Boolean {
        if (hasMap) mapped += address
        return hasMap
    }
}

/** Models on a fake core, everything at once: a click has had its effect when it returns. */
class Stage(val core: FakeCore = FakeCore(), look: Look = Look()) {
    val shell = StageShell()
    private val file = File("target/stages/${UUID.randomUUID()}/phone.sqlite")
    private val room = Room(
        core, CoroutineScope(Dispatchers.Unconfined + Job()), Dispatchers.Unconfined, Dispatchers.Unconfined, shell,
        wallMs = { FakeData.NOW_MS }, damaged = DamagedFiles(file),
    )
    val models = AppModels(room).apply { this.look.change(look) }

    /** A file was put aside as damaged, and its log with it. */
    fun damaged(number: Int = 1) {
        file.parentFile.mkdirs()
        for (part in listOf("", "-wal")) File("${file.path}.damaged-$number$part").writeBytes(ByteArray(4_096) { 7 })
        models.damage.look()
    }

    /** As the core is after [why]: of damage every call says so. */
    fun unreadable(why: CoreException = CoreException.Internal("disk I/O error")) {
        core.onRep = { throw why }
        if (why is CoreException.Corrupt) core.onResume = { throw why }
        models.start()
    }

    fun checkIn(store: Int = 1) {
        models.card.show(FakeData.id(store))
        models.card.checkIn()
    }

    /** Checked in, and what was entered there cannot be read any more. */
    fun unreadVisit() {
        checkIn()
        core.onCurrentVisit = { throw CoreException.Internal("disk I/O error") }
        models.visit.forget()
    }

    /** The editor of the second shop's note, with a text that is not saved. */
    fun write(text: String) {
        models.card.show(FakeData.id(2))
        models.card.writeNote(checkNotNull(models.card.state.value.value))
        models.card.type((models.card.edit.value as CardEdit.Note).copy(text = text))
    }

    /** The editor of the second shop's contact, of whom the telephone is too long. */
    fun refusedContact() {
        models.card.show(FakeData.id(2))
        models.card.changeContact(checkNotNull(models.card.state.value.value))
        val edit = models.card.edit.value as CardEdit.Person
        models.card.type(edit.copy(contact = edit.contact.copy(phone = "1".repeat(61))))
        models.card.saveEdit()
    }

    /** A counted shop with a question, a wish of another number, and an order that stands. */
    fun halfDone() {
        checkIn()
        countSome()
        models.suggest.load()
        val wishes = checkNotNull(models.suggest.state.value.value).wishes
        models.suggest.step(wishes[0], 1)
        models.suggest.step(wishes[3], 1)
        models.suggest.because(wishes[3], FakeData.reasons(ReasonKind.SUGGESTION)[1])
        models.suggest.finish()
    }

    fun countSome() {
        models.count.load()
        val items = checkNotNull(models.count.state.value.value).items
        models.count.itCame(checkNotNull(models.count.state.value.value).awaited.single())
        models.count.step(items[0], 24)
        models.count.step(items[0], 2)
        models.count.same(items[1])
        models.count.zero(items[2])
        models.count.type(items[3], 95)
    }

    /** An expiry, a return and facings. */
    fun noteSome() {
        val screen = checkNotNull(models.count.state.value.value)
        models.count.expiry(screen.items[0], FakeData.DATE.plusDays(40))
        models.count.move(screen.items[0], Movement.PICK_UP, 3, "damaged")
        models.count.stepOwn(screen.facings[0].category, 6)
        models.count.stepAll(screen.facings[0].category, 14)
    }

    fun sold() {
        halfDone()
        models.confirm.load()
        models.confirm.finishAnyway()
    }

    /** The first pull, which goes on until the rep stops it. */
    fun pulling() {
        val (begun, stopped) = CountDownLatch(1) to CountDownLatch(1)
        core.failure = CoreException.NotFound("not_pulled")
        core.whileSyncing = {
            begun.countDown()
            stopped.await()
            throw CoreException.Cancelled()
        }
        core.onCancel = { stopped.countDown() }
        thread(isDaemon = true) { models.schedule.askedNow() }
        begun.await()
        models.room.signals.progress.value = Progress(recordsUp = 0u, rowsDown = 1_200u, bytesUp = 0u, bytesDown = 96_000u, requests = 3u)
    }

    /** Names and values as long as what a server may send. */
    fun seenLong() {
        core.onSeenAround = { FakeData.seen.map { it.copy(item = FakeData.LONG_NAME, value = FakeData.LONG_NAME) } }
    }

    /** Checked in at a shop with the longest name. */
    fun atLongName() {
        core.rename(FakeData.id(1), FakeData.LONG_NAME)
        checkIn()
    }

    /** Each of the server's words on some record, and two that it has not seen. */
    fun judged() {
        sold()
        core.noteStore(FakeData.id(2), FakeData.NOTE)
        core.changeContact(FakeData.id(2), FakeData.contact)
        repeat(5) { core.closeDay() }
        core.judge(
            null, null, Verdict.Held(HeldCode.CAPTURE_TIME), Verdict.Rejected("too_late", null),
            Verdict.Parked(FakeData.id(1)), Verdict.ConflictPayload, Verdict.Applied(null, emptyList()),
            Verdict.Applied(OrderEffect(FakeData.id(500), Went.AlreadyDelivered, null), Flag.entries),
        )
    }

    /** Sold in the second shop, so that the first one's order of last week is its last; the server took another day than was promised. */
    fun soldAndMoved() {
        core.beginVisit(FakeData.id(2))
        core.saveLine(Line.Intention("21010019", 48, null))
        core.checkOut()
        core.sync()
        core.orders[0] = core.orders[0].copy(state = OrderState.Waiting(FakeData.DATE.plusDays(2), true))
    }

    /** Shops without a count, for each reason; in one the rep still is. */
    fun missed() {
        val why = listOf<WhyMissing>(WhyMissing.NotCounted(FakeData.reasons("skip_step")[1].code)) + FailedReason.entries.take(3).map { WhyMissing.Failed(it) }
        why.forEachIndexed { place, one ->
            val store = FakeData.id(place + 2)
            core.states[store] = if (one is WhyMissing.Failed) StopState.Failed else StopState.Done(VisitResult.PARTIAL)
            core.uncounted[store] = one
        }
        checkIn()
    }

    /** A shop more than the route has, so that there is one for each light, and in the first one an order that is not sent. */
    fun allLights() {
        core.beginVisit(FakeData.id(1))
        core.saveLine(Line.Intention("21010019", 48, null))
        core.checkOut()
        core.openStore(NewStore("新街便利店", Channel.CONVENIENCE, "370202001", "香港中路 99 号", "", null, null))
        models.go.goHome()
    }

    /** The core has told that the server knows, and the screen is read again. */
    fun heard() {
        core.sync()
        models.reload(models.go.here)
    }

    /** The server cannot be reached: whatever is sealed stays here. */
    fun offline() {
        core.outcome = Outcome.Later(600_000u)
    }

    /** It can again, and has all. */
    fun online() {
        core.outcome = Outcome.InStep
        heard()
    }

    fun at(step: Step) = models.go.go(Route.At(step))
}
