package app.xundian.ui

import androidx.compose.runtime.Composable
import androidx.compose.ui.ImageComposeScene
import androidx.compose.ui.unit.Density
import androidx.compose.ui.use
import app.xundian.core.CoreException
import app.xundian.core.LogLevel
import app.xundian.device.JournalExport
import app.xundian.device.OrderLight
import app.xundian.device.Outcome
import app.xundian.device.Receiver
import app.xundian.domain.FailedReason
import app.xundian.domain.Step
import app.xundian.fake.FakeData
import app.xundian.logic.AppModels
import app.xundian.logic.CountDraft
import app.xundian.logic.Language
import app.xundian.logic.Look
import app.xundian.logic.Messages
import app.xundian.logic.NewStoreScreen
import app.xundian.logic.Place
import app.xundian.logic.Route
import app.xundian.logic.Shade
import app.xundian.logic.View
import app.xundian.logic.Whereabouts
import app.xundian.protocol.Verdict
import kotlinx.coroutines.awaitCancellation
import java.io.File
import java.util.concurrent.ArrayBlockingQueue
import java.util.concurrent.Callable
import java.util.concurrent.ConcurrentLinkedQueue
import java.util.concurrent.Future
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit
import javax.imageio.ImageIO
import org.jetbrains.skia.EncodedImageFormat
import org.jetbrains.skia.FontMgr
import org.jetbrains.skia.FontStyle
import org.jetbrains.skia.Image
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.Test

/** A picture of every screen in target/screens, to be looked at; the test itself only sees that something was drawn. */
class ScreensTest {
    internal val screens = mapOf<String, Stage.() -> Unit>(
        "enrol" to { models.go.replaceAll(Route.Enrol) },
        "enrol-no-qr" to { models.go.replaceAll(Route.Enrol); shell.seen = ""; models.enrol.scan() },
        "enrol-not-ours" to { models.go.replaceAll(Route.Enrol); models.enrol.server("xundian.example"); models.enrol.code("ABCD2345"); core.failure = CoreException.Network(false, "puzzled"); models.enrol.enrol() },
        "enrol-damaged" to { damaged(); models.go.replaceAll(Route.Enrol) },
        "start-failed" to { unreadable() },
        "start-failed-damaged" to { damaged(); unreadable(CoreException.Corrupt("phone.sqlite.damaged-1")) },
        "today-damaged" to { damaged() },
        "today-damaged-sent" to { damaged(); models.damage.share() },
        "today" to { sold(); models.go.goHome(); checkIn(4); models.go.goHome() },
        "plan" to { sold(); checkIn(4); models.go.goHome(Route.Plan) },
        "today-pulling" to { pulling() },
        "today-error" to { core.failure = CoreException.NotFound("not_pulled") },
        "card" to { models.go.go(Route.Card(FakeData.id(2))) },
        "card-note" to { core.noteStore(FakeData.id(2), FakeData.NOTE); models.go.go(Route.Card(FakeData.id(2))) },
        "card-note-edit" to { write("${FakeData.NOTE}送货单放收银台左边的盒子里。"); models.go.go(Route.Card(FakeData.id(2))) },
        "card-note-long" to { write(FakeData.NOTE.repeat(6)); core.failure = CoreException.InvalidInput("text", "too_long"); models.go.go(Route.Card(FakeData.id(2))) },
        "card-contact-edit" to { models.card.show(FakeData.id(2)); models.card.changeContact(checkNotNull(models.card.state.value.value)); models.go.go(Route.Card(FakeData.id(2))) },
        "card-contact-refused" to { refusedContact(); models.go.go(Route.Card(FakeData.id(2))) },
        "card-denied" to { shell.whereabouts.value = Whereabouts.DENIED; models.go.go(Route.Card(FakeData.id(2))) },
        "visit-denied" to { halfDone(); shell.whereabouts.value = Whereabouts.DENIED; models.go.goHome(Route.Visit) },
        "visit-mock" to { halfDone(); shell.whereabouts.value = Whereabouts.MOCK; models.go.goHome(Route.Visit) },
        "visit-no-photo" to { checkIn(); shell.picture = null; models.visit.fail(FailedReason.CLOSED, withPhoto = true) },
        "visit" to { halfDone(); models.go.goHome(Route.Visit) },
        "visit-uncounted" to { checkIn(); countSome(); models.count.finish(); models.go.goHome(Route.Visit) },
        "count" to { checkIn(); countSome(); at(Step.STOCK_COUNT) },
        "count-add" to { checkIn(); at(Step.STOCK_COUNT); models.count.open(CountDraft.AddSku); models.search.type("茶") },
        "count-notes" to { checkIn(); countSome(); noteSome(); at(Step.STOCK_COUNT) },
        "count-asked" to { checkIn(2); at(Step.STOCK_COUNT) },
        "count-backroom" to { checkIn(2); models.count.load(); models.count.look(Place.BACKROOM); at(Step.STOCK_COUNT) },
        "suggest" to { halfDone(); at(Step.SUGGESTED_ORDER) },
        "display" to { checkIn(); models.display.load(); models.display.photo(false); models.display.tick(checkNotNull(models.display.state.value.value).checks[0]); at(Step.DISPLAY) },
        "display-photos" to { shell.picture = FakeData.picture; checkIn(); models.display.load(); models.display.photo(false); shell.picture = byteArrayOf(1); models.display.photo(true); at(Step.DISPLAY) },
        "competitor" to { checkIn(); models.competitor.load(); models.competitor.confirm(FakeData.seen[0]); at(Step.COMPETITOR) },
        "competitor-list" to { core.onSeenAround = { emptyList() }; checkIn(); models.competitor.load(); models.competitor.confirm(FakeData.competitorItems[1]); at(Step.COMPETITOR) },
        "competitor-long" to { seenLong(); checkIn(); at(Step.COMPETITOR) },
        "card-seen-long" to { seenLong(); models.go.go(Route.Card(FakeData.id(1))) },
        "display-no-picture" to { core.onStandardPicture = { null }; checkIn(); at(Step.DISPLAY) },
        "confirm" to { halfDone(); at(Step.ORDER_CONFIRMATION) },
        "confirm-empty" to { checkIn(); at(Step.ORDER_CONFIRMATION) },
        "confirm-receiver" to { halfDone(); models.confirm.load(); models.confirm.nameReceiver(Receiver("店员", "0532-0000000")); at(Step.ORDER_CONFIRMATION) },
        "order" to { sold() },
        "order-earlier" to { models.go.go(Route.Order(FakeData.EARLIER)) },
        "summary" to { sold(); models.go.go(Route.Summary) },
        "summary-moved" to { soldAndMoved(); models.summary.showEarlier(); models.go.goHome(Route.Summary) },
        "summary-missing" to { missed(); models.go.goHome(Route.Summary) },
        "summary-slips" to { core.slips = listOf(FakeData.slip("D01", 3), FakeData.slip("D02", 1)); sold(); models.summary.shareSlips(); models.go.goHome(Route.Summary) },
        "slips" to { sold(); models.go.goHome(Route.Summary, Route.Slips) },
        "summary-asked" to { sold(); checkIn(4); models.summary.load(); models.summary.seal(); models.go.goHome(Route.Summary) },
        "outbox" to { sold(); core.closeDay(); models.go.go(Route.Outbox) },
        "outbox-rejected" to { sold(); core.closeDay(); core.verdict = Verdict.Rejected("unauthorised", null); core.sync(); models.go.go(Route.Outbox) },
        "settings" to { repeat(6) { models.room.signals.log(LogLevel.WARNING, "key store: the shell failed") }; models.go.go(Route.Settings) },
        "settings-damaged" to { damaged(); models.damage.share(); models.damage.close(); models.go.go(Route.Settings) },
        "search" to { models.search.type("海"); models.go.go(Route.Search) },
        "new-store" to { models.go.go(Route.NewStore) },
        "new-store-streets" to { core.onStreets = { FakeData.manyStreets }; models.go.go(Route.NewStore) },
        "new-store-refused" to { models.newStore.change(TOO_LONG); models.newStore.save(); models.go.go(Route.NewStore) },
        "today-lights" to { allLights() },
        "today-empty" to { FakeData.stores.forEach { core.offRoute += it.id } },
        "today-sync-later" to { sold(); core.noteStore(FakeData.id(2), FakeData.NOTE); core.outcome = Outcome.Later(600_000u); models.schedule.askedNow(); models.go.goHome() },
        "today-refused" to { core.verdict = Verdict.Rejected("stale_base", null); sold(); models.go.goHome() },
        "today-enrol-again" to { core.outcome = Outcome.EnrolAgain; models.schedule.askedNow() },
        "order-change" to { sold(); models.reload(models.go.here); models.order.startChange() },
        "order-cancelled" to { sold(); core.cancelOrder(core.orders.single().order, "entered_wrongly"); core.sync() },
        "order-cancel-unsent" to { sold(); core.cancelOrder(core.orders.single().order, "entered_wrongly") },
        "order-unsent" to { offline(); sold() },
        "order-refused" to { sold(); core.orders[0] = core.orders[0].copy(light = OrderLight.REFUSED) },
        "summary-closed" to { sold(); core.closeDay(); models.go.goHome(Route.Summary) },
        "outbox-left-out" to { core.onExportJournal = { JournalExport(byteArrayOf(1), "7K4M-PQ2R-9XVA", 40u, 12u, 7) }; sold(); models.outbox.load(); models.outbox.export(); models.go.goHome(Route.Outbox) },
        "settings-importing" to { shell.picking = { awaitCancellation() }; models.settings.importJournal("7K4M-PQ2R-9XVA"); models.go.go(Route.Settings) },
        "outbox-empty" to { models.go.go(Route.Outbox) },
        "outbox-judged" to { judged(); models.go.goHome(Route.Outbox) },
        "outbox-sync-later" to { core.noteStore(FakeData.id(2), FakeData.NOTE); core.outcome = Outcome.Later(600_000u); models.schedule.askedNow(); models.go.go(Route.Outbox) },
        "today-long" to { atLongName(); models.go.goHome() },
        "today-next-long" to { core.rename(FakeData.id(1), FakeData.LONG_NAME) },
        "card-long" to { core.rename(FakeData.id(1), FakeData.LONG_NAME); models.go.go(Route.Card(FakeData.id(1))) },
        "visit-long" to { atLongName() },
        "order-long" to { core.rename(FakeData.id(1), FakeData.LONG_NAME); sold() },
        "summary-long" to { core.rename(FakeData.id(1), FakeData.LONG_NAME); sold(); models.go.goHome(Route.Summary) },
        "outbox-long" to { core.rename(FakeData.id(1), FakeData.LONG_NAME); sold(); core.noteStore(FakeData.id(1), FakeData.LONG_NAME); models.go.goHome(Route.Outbox) },
    ) + moreScreens

    /** What a tap opens over a screen. */
    internal class Opened(val taps: List<String>, val prepare: Stage.() -> Unit)

    internal val opened: Map<String, Opened> = mapOf(
        "today-more" to Opened(listOf("more")) { },
        "visit-failed" to Opened(listOf("failed")) { checkIn() },
        "visit-failed-begun" to Opened(listOf("failed")) { checkIn(); countSome() },
        "visit-skip" to Opened(listOf("skip-DISPLAY")) { checkIn() },
        "visit-skip-begun" to Opened(listOf("skip-STOCK_COUNT")) { checkIn(); countSome() },
        "visit-leave" to Opened(listOf("leave")) { checkIn() },
        "visit-leave-order" to Opened(listOf("leave")) { halfDone(); models.go.goHome(Route.Visit) },
        "card-open-elsewhere-order" to Opened(listOf("check-in")) { halfDone(); models.go.go(Route.Card(FakeData.id(2))) },
        "count-more" to Opened(listOf("row-21010019-more")) { checkIn(); countSome(); at(Step.STOCK_COUNT) },
        "count-typed" to Opened(listOf("row-21010019-units-value")) { checkIn(); countSome(); at(Step.STOCK_COUNT) },
        "count-some-came" to Opened(listOf("some-came")) { checkIn(); at(Step.STOCK_COUNT) },
        "count-more-refused" to Opened(listOf("row-21010019-more", "expiry-save")) { checkIn(); countSome(); core.onSaveLine = { throw CoreException.StorageFull() }; at(Step.STOCK_COUNT) },
        "card-open-elsewhere" to Opened(listOf("check-in")) { checkIn(); models.go.go(Route.Card(FakeData.id(2))) },
        "suggest-why" to Opened(listOf("why-21010019")) { halfDone(); at(Step.SUGGESTED_ORDER) },
        "display-picture" to Opened(listOf("picture")) { checkIn(); at(Step.DISPLAY) },
        "competitor-new" to Opened(listOf("new-fact-竞品甲")) { checkIn(); at(Step.COMPETITOR) },
        "confirm-no-order" to Opened(listOf("no-order")) { halfDone(); at(Step.ORDER_CONFIRMATION) },
        "confirm-leave" to Opened(listOf("seal")) { halfDone(); at(Step.ORDER_CONFIRMATION) },
        "order-cancel" to Opened(listOf("cancel")) { sold() },
        "plan-chosen" to Opened(listOf("mark-3")) { models.go.go(Route.Plan) },
    ) + moreOpened

    /** Before there is a core: it is being opened, or why it cannot be. */
    internal val openings: Map<String, View<AppModels>> = mapOf(
        "opening" to View<AppModels>(),
        "opening-full" to View<AppModels>(problem = Messages.of(CoreException.StorageFull())),
        "opening-newer" to View<AppModels>(problem = Messages.of(CoreException.IncompatibleVersion("newer_database"))),
        "opening-corrupt" to View<AppModels>(problem = Messages.of(CoreException.Corrupt("phone.sqlite.1"))),
    )

    @Test
    fun `a CJK font resolves`() {
        // What everybody writes, a rare letter, a picture: no font has all of them, and without one every test passes over empty boxes.
        for (letter in listOf("巡", "𠮷", "🍜")) {
            val code = letter.codePointAt(0)
            val font = FontMgr.default.matchFamilyStyleCharacter(null, FontStyle.NORMAL, arrayOf("zh-CN"), code)
            assertNotNull(font, "no font has $letter: `cargo xtask setup` installs fonts-wqy-microhei, fonts-babelstone-han and fonts-noto-color-emoji")
            assertTrue(checkNotNull(font).getUTF32Glyph(code) != 0.toShort(), "$letter is an empty box in ${font.familyName}")
        }
    }

    @Test
    fun `every screen, whatever it looks like`() {
        for ((name, prepare) in screens) for (look in LOOKS) draw(named(name, look), look, prepare)
    }

    @Test
    fun `what a tap opens, whatever it looks like`() {
        for ((name, what) in opened) for (look in LOOKS) draw(named(name, look), look, what.prepare, taps = what.taps)
    }

    @Test
    fun `the app before it is open`() {
        for ((name, view) in openings) for (look in LOOKS) drawn(named(name, look), HEIGHT, leastColours = 2) { OpeningApp(view, look) { } }
    }

    private fun named(name: String, look: Look) = "$name-${look.language}-${look.shade}-${look.textPercent}".lowercase()

    @Test
    fun `a page of orders is read from the screen, whatever the screen looks like`() {
        for (shade in listOf(Shade.LIGHT, Shade.DARK)) for (percent in listOf(100, 200)) {
            val picture = draw("slips-read-$shade-$percent".lowercase(), Look(Language.ZH, shade, false, percent), screens.getValue("slips"))
            assertEquals(FakeData.slip("D01", 3).pages[0], readIn(picture.get()), "$shade $percent")
        }
    }

    @Test
    fun `a page of orders is read from a low screen with several distributors`() {
        val many: Stage.() -> Unit = {
            core.slips = listOf(FakeData.slip("D01", 3), FakeData.slip("D02", 1), FakeData.slip("D03", 2), FakeData.slip("D04", 2))
            sold()
            models.go.goHome(Route.Summary, Route.Slips)
        }
        for (language in Language.entries) for (percent in listOf(100, 200)) {
            val picture = draw("slips-many-$language-$percent".lowercase(), Look(language, Shade.LIGHT, false, percent), many, height = LOW)
            assertEquals(FakeData.slip("D01", 3).pages[0], readIn(picture.get()), "$language $percent")
        }
    }

    private fun readIn(file: File): String? {
        val image = ImageIO.read(file)
        return readQr(image.getRGB(0, 0, image.width, image.height, null, 0, image.width), image.width, image.height)
    }

    @Test
    fun `high contrast`() {
        for (name in MAIN) for (shade in listOf(Shade.LIGHT, Shade.DARK)) {
            draw("$name-contrast-$shade".lowercase(), Look(shade = shade, isHighContrast = true), screens.getValue(name))
        }
    }

    @Test
    fun `what is longer than the screen in its whole length`() {
        for ((whole, name) in WHOLE) for (look in LOOKS.filter { it.shade == Shade.LIGHT }) draw(named(whole, look), look, screens.getValue(name), height = 5000)
    }

    private companion object {
        /** 640 dp at two pixels each. */
        const val LOW = 1280
        const val WAITING = 8
        const val WIDTH = 786
        /** A picture is looked at once or never: rather quickly packed than small. */
        const val PNG_LEVEL = 1
        val TOO_LONG = NewStoreScreen("店".repeat(61), street = "370202001", address = "香港中路")
        const val HEIGHT = 1702
        val LOOKS = Language.entries.flatMap { language ->
            listOf(Shade.LIGHT, Shade.DARK).flatMap { shade -> listOf(100, 200).map { Look(language, shade, false, it) } }
        }
        val WHOLE = mapOf(
            "card-whole" to "card-note", "confirm-whole" to "confirm", "summary-whole" to "summary-missing", "new-store-whole" to "new-store-streets",
            "today-whole" to "today-lights",
        )
        val MAIN = listOf(
            "today", "plan", "card-note", "visit", "count", "suggest", "display", "competitor", "confirm", "order", "summary", "outbox-judged", "settings", "search",
        )
    }

    /** A picture is packed and looked at while the next one is drawn; few lie here at a time, because each is five megabytes. */
    private val desk = ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, ArrayBlockingQueue(WAITING), ThreadPoolExecutor.CallerRunsPolicy())
    private val refused = ConcurrentLinkedQueue<Throwable>()

    @AfterEach
    fun `every picture was looked at`() {
        desk.shutdown()
        assertTrue(desk.awaitTermination(1, TimeUnit.MINUTES))
        refused.poll()?.let { throw it }
    }

    private fun draw(name: String, look: Look, prepare: Stage.() -> Unit, height: Int = HEIGHT, taps: List<String> = emptyList()): Future<File> {
        val stage = Stage(look = look).apply(prepare)
        return drawn(name, height, taps = taps) { XundianApp(stage.models) }
    }

    private fun drawn(name: String, height: Int, leastColours: Int = 9, taps: List<String> = emptyList(), content: @Composable () -> Unit): Future<File> {
        val picture = ImageComposeScene(width = WIDTH, height = height, density = Density(2f)) { content() }.use { scene ->
            val film = Film(scene)
            taps.fold(film.take()) { _, tag -> film.tap(tag).take() }
        }
        return lookAt(name, picture, leastColours)
    }

    private fun lookAt(name: String, picture: Image, leastColours: Int): Future<File> =
        desk.submit(Callable { runCatching { look(name, picture, leastColours) }.onFailure(refused::add).getOrThrow() })

    private fun look(name: String, picture: Image, leastColours: Int): File {
        val colours = coloursOf(picture).size
        val png = checkNotNull(picture.encodeToData(EncodedImageFormat.PNG, pngCompressionLevel = PNG_LEVEL)).bytes
        val file = File("target/screens/$name.png").apply { parentFile.mkdirs() }
        file.writeBytes(png)
        assertTrue(colours >= leastColours, "$name: $colours colours")
        return file
    }

    private fun coloursOf(picture: Image): Set<Int> {
        val pixels = checkNotNull(picture.peekPixels())
        return buildSet { for (x in 0 until picture.width step 7) for (y in 0 until picture.height step 7) add(pixels.getColor(x, y)) }
    }
}
