import Foundation
import Testing

@testable import XundianKit

private func hasChinese(_ text: String) -> Bool {
    text.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
}

/// A day on which the network fails in every way, and the app dies in the middle of every step. Of another rep than the whole
/// day's: one phone each. XUNDIAN_ROAD_CODE is a code of hers.
@MainActor
@Suite(.enabled(if: given("XUNDIAN_SERVER") != nil && given("XUNDIAN_ROAD_CODE") != nil), .serialized)
struct RoadDayTests {
    private let phone = TownPhone()

    @Test func whatever_the_network_is_nothing_is_said_to_be_sent_and_all_of_it_goes_later() async throws {
        defer { phone.thrownAway() }
        let road = try Road(to: try #require(given("XUNDIAN_SERVER")))
        defer { road.shut() }
        try await enrol(road)
        let bad: [(Weather, TextKey)] = [
            (.noNetwork, .syncWaiting), (.captivePortal, .syncPuzzled), (.serverError, .syncWaiting),
        ]
        for (place, (weather, line)) in bad.enumerated() {
            road.weather = weather
            let card = try await visit(opensWith: weather == .captivePortal ? line : nil)
            try await seal(card, line)
            try await seeUnsent(UInt64(place + 1), card.order)
            try await readInEnglish(card)
        }
        road.weather = .clear
        try await sendAll(orders: bad.count)
    }

    /// In bad weather the form says what is wrong, and the code is still good.
    private func enrol(_ road: Road) async throws {
        let desk = try phone.reopened()
        let model = EnrolModel(desk: desk)
        (model.server, model.code) = (road.address, try #require(given("XUNDIAN_ROAD_CODE")))
        let bad: [(Weather, TextKey)] = [
            (.noNetwork, .errorNoAnswer), (.captivePortal, .errorPuzzled), (.serverError, .errorPuzzled),
        ]
        for (weather, key) in bad {
            road.weather = weather
            await model.enrolTapped()
            #expect(model.failure?.key == key && !model.isEnrolled, "\(weather)")
        }
        road.weather = .clear
        await model.enrolTapped()
        #expect(model.isEnrolled && model.server == road.address, "\(String(describing: model.failure))")
        let app = AppModel(desk: desk)
        await app.enrolled()
        #expect(app.root == .today && app.sync.state == .idle, "\(app.sync.state)")
    }

    // MARK: A visit, killed in the middle of each step

    /// `line` = the app is opened as by a thumb in between, and says so of the network.
    private func visit(opensWith line: TextKey?) async throws -> OrderCard {
        let shop = try await checkIn()
        try await count(shop)
        if let line { try await open(line) }
        try await suggest()
        try await display(shop)
        try await competitor(shop)
        return try #require(try await confirm().order)
    }

    private func checkIn() async throws -> Store {
        let desk = try phone.reopened()
        let today = TodayModel(desk: desk, sync: SyncModel(desk: desk))
        await today.load()
        let stop = try #require(today.next, "\(today.phase)")
        let card = StoreCardModel(desk: desk, store: stop.store)
        await card.load()
        await card.checkInTapped()
        #expect(card.isCheckedIn && stop.state == .toDo)
        return try #require(card.card?.shop)
    }

    /// The step that was being done is the one that opens.
    private func isStill(_ step: Step) async throws {
        let model = VisitModel(desk: try phone.reopened())
        await model.load()
        #expect(model.current == step && model.mark(of: step) == .begun, "\(step)")
    }

    private func open(_ line: TextKey) async throws {
        let app = AppModel(desk: try phone.reopened())
        await app.start()
        #expect(app.root == .today && app.path == [.visit] && app.sync.waitsFor == line)
        app.sync.cancelTapped()
    }

    private func count(_ shop: Store) async throws {
        let model = CountModel(desk: try phone.reopened(), shop: shop)
        await model.load()
        let skus = model.items.prefix(8).map(\.sku)
        try #require(skus.count == 8)
        for delivery in model.deliveries { await model.cameTapped(delivery, came: true) }
        for sku in skus.prefix(4) { await zero(sku, model) }
        await model.stepTapped(skus[0], at: .shelf, by: 2)
        try await isStill(.stockCount)
        let again = CountModel(desk: try phone.reopened(), shop: shop)
        await again.load()
        #expect(again.countedCount == 4 && again.units(skus[0], at: .shelf) == 2, "a kill loses no row")
        for sku in skus.dropFirst(4) { await zero(sku, again) }
        await again.finishTapped()
        #expect(again.failure == nil && again.isFinished && again.countedCount == 8)
    }

    private func zero(_ sku: Sku, _ model: CountModel) async {
        for place in model.places { await model.zeroTapped(sku, at: place) }
    }

    private func suggest() async throws {
        let model = SuggestModel(desk: try phone.reopened())
        await model.load()
        let row = try #require(model.rows.first)
        await model.changed(row, to: 2 * row.pack)
        try await isStill(.suggestedOrder)
        let again = SuggestModel(desk: try phone.reopened())
        await again.load()
        #expect(again.intention(row.sku) == 2 * row.pack)
        for row in again.rows { #expect(!hasChinese(Texts(.english).line(row))) }
        if again.wantsReason(row) { await again.reasonTapped(row, again.overrideReasons.first?.code ?? "owner_wants_more") }
        await again.finishTapped()
        #expect(again.failure == nil && again.isFinished)
    }

    private func display(_ shop: Store) async throws {
        let model = DisplayModel(desk: try phone.reopened())
        await model.load()
        await model.popChanged(2)
        let picture = picture(of: "before", shop)
        await model.photoTaken(picture, .before)
        try await isStill(.display)
        let again = DisplayModel(desk: try phone.reopened())
        await again.load()
        #expect(again.popPlaced == 2 && again.photos(.before).count == 1)
        let photo = try #require(again.photos(.before).first)
        let kept = await again.keptPhoto(photo)
        #expect(kept == picture, "its thumbnail comes back")
        await again.finishTapped()
        #expect(again.failure == nil && again.isFinished)
    }

    /// Another one in every shop.
    private func picture(of what: String, _ shop: Store) -> Data {
        Data([0xFF, 0xD8, 0xFF, 0xE0]) + Data((what + shop.id.uuidString).utf8)
    }

    private func competitor(_ shop: Store) async throws {
        let model = CompetitorModel(desk: try phone.reopened())
        await model.load()
        model.brandTyped("𠮷野家🍜")
        model.itemTyped("牛肉饭")
        model.kindTapped(.price)
        model.value = "12.5"
        let picture = picture(of: "competitor", shop)
        await model.photoTaken(picture)
        await model.saveTapped()
        try await isStill(.competitor)
        let again = CompetitorModel(desk: try phone.reopened())
        await again.load()
        #expect(again.facts.map(\.brand) == ["𠮷野家🍜"])
        let photo = try #require(again.facts.first?.photo)
        let kept = await again.keptPhoto(photo)
        #expect(kept == picture, "its thumbnail comes back")
        await again.finishTapped()
        #expect(again.failure == nil && again.isFinished)
    }

    private func confirm() async throws -> CheckedOut {
        let model = ConfirmModel(desk: try phone.reopened())
        await model.load()
        let line = try #require(model.quote?.lines.first)
        await model.stepTapped(line, packs: 1)
        let named = Receiver(name: "王老板娘", phone: "0532-80000001")
        model.receiverTapped()
        model.receiverDraft = named
        await model.receiverSaved()
        try await isStill(.orderConfirmation)
        let again = ConfirmModel(desk: try phone.reopened())
        await again.load()
        let kept = again.quote?.lines.first { $0.sku == line.sku }
        #expect(kept?.confirmed == line.confirmed + line.pack && again.quote?.receiver == named)
        await again.sealTapped()
        return try #require(again.checkedOut, "\(String(describing: again.failure))")
    }

    // MARK: What is said of it

    /// The owner sees the card at once; the line says why it is not with the distributor.
    private func seal(_ card: OrderCard, _ line: TextKey) async throws {
        #expect(card.picture.code?.count == 4 && !card.picture.qr.isEmpty && card.total > 0)
        let app = AppModel(desk: try phone.reopened())
        await app.sealed(CheckedOut(result: .complete, order: card))
        guard case .waiting(_?) = app.sync.state else { return #expect(Bool(false), "\(app.sync.state)") }
        #expect(app.sync.waitsFor == line && app.path == [.order(card.order)])
        app.sync.cancelTapped()
    }

    private func seeUnsent(_ count: UInt64, _ order: OrderId) async throws {
        let desk = try phone.reopened()
        let sync = SyncModel(desk: desk)
        let (today, outbox) = (TodayModel(desk: desk, sync: sync), OutboxModel(desk: desk, sync: sync))
        await today.load()
        await outbox.load()
        #expect(today.unsent == count && outbox.outbox?.unsent == count && today.doneCount == Int(count))
        #expect(today.orders.first { $0.order == order }?.light == .onPhone)
        #expect(outbox.outbox?.rows.allSatisfy { $0.verdict == nil } == true)
    }

    /// The second language says all of it, and no word of the first is left in what is ours.
    private func readInEnglish(_ card: OrderCard) async throws {
        let (desk, texts) = (try phone.reopened(), Texts(.english))
        let summary = SummaryModel(desk: desk)
        await summary.load()
        let day = summary.report.map { texts.share($0, reasons: summary.noOrderReasons) } ?? ""
        #expect(day.hasPrefix("Day summary ") && day.contains("With an order") && !hasChinese(day), "\(day)")
        let left = texts.unfinished(openVisit: nil, notVisited: summary.notBegun, unsent: summary.unsent)
        #expect(!left.isEmpty && !hasChinese(left))
        let order = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: card.order)
        await order.load()
        let states = [order.standing.map { texts($0.light.text) }, order.state.map { texts.state($0) }].compactMap { $0 }
        #expect(!states.isEmpty && !states.contains(where: hasChinese), "\(states)")
        #expect(texts.share(card).contains("Total ¥") && order.cancelReasons.allSatisfy { !hasChinese(texts($0)) })
    }

    /// A better network, and another start of the app.
    private func sendAll(orders: Int) async throws {
        let desk = try phone.reopened()
        let outbox = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        await outbox.retryTapped()
        #expect(outbox.sync.state == .idle && outbox.outbox?.unsent == 0, "\(outbox.sync.state)")
        #expect(outbox.outbox?.rows.allSatisfy { if case .applied = $0.verdict { true } else { false } } == true)
        let today = TodayModel(desk: desk, sync: SyncModel(desk: desk))
        await today.load()
        #expect(today.orders.count == orders && today.orders.allSatisfy { $0.light != .onPhone })
    }
}

/// The phone's file on another phone: XUNDIAN_RESTORED_CODE and XUNDIAN_RESTORED_AGAIN are two codes of one rep.
@MainActor
@Suite(.enabled(if: given("XUNDIAN_SERVER") != nil && given("XUNDIAN_RESTORED_AGAIN") != nil), .serialized)
struct RestoredPhoneTests {
    private let phone = TownPhone()

    private func enrol(_ desk: Desk, _ code: String) async throws {
        let model = EnrolModel(desk: desk)
        (model.server, model.code) = (try #require(given("XUNDIAN_SERVER")), try #require(given(code)))
        await model.enrolTapped()
        #expect(model.isEnrolled, "\(String(describing: model.failure))")
    }

    @Test func a_key_that_is_lost_leads_to_the_enrolment_and_loses_nothing() async throws {
        defer { phone.thrownAway() }
        let before = try phone.reopened()
        try await enrol(before, "XUNDIAN_RESTORED_CODE")
        let sync = SyncModel(desk: before)
        await sync.occasion(.tapped)
        #expect(sync.state == .idle)
        let stop = try await before.ask { try $0.today().stops.first }
        let store = try #require(stop).store
        try await before.ask { try $0.noteStore(store: store, text: "后门送货🍜") }

        let desk = try phone.reopened(keys: Marked())
        let app = AppModel(desk: desk)
        await app.start()
        guard case .stopped(let failure) = app.sync.state else { return #expect(Bool(false), "\(app.sync.state)") }
        #expect(failure.key == .errorKeyLost && failure.wantsEnrolment && app.root == .today)
        // What the route's line says; a tap on it leads to the enrolment.
        #expect(Texts(.chinese)(failure).hasPrefix("这部手机的密钥不在了") && Texts(.chinese)(failure).hasSuffix("新的登记码"))
        #expect(Texts(.english)(failure).hasPrefix("This phone has lost its key"))
        let card = StoreCardModel(desk: desk, store: store)
        await card.load()
        #expect(card.card?.note?.text == "后门送货🍜" && card.phase == .ready, "work goes on")
        let waiting = try await desk.ask { try $0.outbox().unsent }
        #expect(waiting == 1)

        app.enrolAgainTapped()
        let form = EnrolModel(desk: desk)
        await form.load()
        #expect(app.root == .enrol && app.canLeaveEnrolment && form.server == given("XUNDIAN_SERVER"))
        try await enrol(desk, "XUNDIAN_RESTORED_AGAIN")
        await app.enrolled()
        #expect(app.root == .today && app.sync.state == .idle, "\(app.sync.state)")
        let left = try await desk.ask { try $0.outbox().unsent }
        #expect(left == 0)
    }
}
