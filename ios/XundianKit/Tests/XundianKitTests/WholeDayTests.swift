import Foundation
import Testing

@testable import XundianKit

/// A rep's whole day through the models on the real library and a real server: XUNDIAN_SERVER is its address,
/// XUNDIAN_CODE an enrolment code, or what the office's QR says, of a rep with stores on that day. The app dies after every
/// step and goes on.
@MainActor
@Suite(.enabled(if: given("XUNDIAN_SERVER") != nil && given("XUNDIAN_CODE") != nil), .serialized)
struct WholeDayTests {
    private let phone = TownPhone()

    private func reopened(later: Int64 = 0) throws -> Desk { try phone.reopened(later: later) }

    @Test func a_rep_works_through_her_day() async throws {
        defer { phone.thrownAway() }
        try await enrol()
        let store = try await checkIn()
        try await note(store)
        let shop = try await reopened().ask { try $0.storeCard(store: store).shop }
        try await count(shop)
        try await suggest()
        try await display()
        try await competitor()
        let checkedOut = try await confirm()
        #expect(checkedOut.result == .complete)
        try await openStore(near: shop)
        try await sync(unsent: 0)
        let order = try #require(checkedOut.order).order
        try await seeOrder(order, of: store)
        try await closeDay(store)
        try await sync(unsent: 0)
        try await seeOrderTheDayAfter(order)
    }

    private func enrol() async throws {
        let desk = try reopened()
        let app = AppModel(desk: desk)
        await app.start()
        #expect(app.root == .enrol)
        let model = EnrolModel(desk: desk)
        let (server, code) = (try #require(given("XUNDIAN_SERVER")), try #require(given("XUNDIAN_CODE")))
        if code.hasPrefix("XUNDIAN1 ") {
            await model.scanned(code)
        } else {
            (model.server, model.code) = (server, code)
            await model.enrolTapped()
        }
        #expect(model.isEnrolled && model.server == server, "\(String(describing: model.failure))")
        await app.enrolled()
        #expect(app.root == .today && app.sync.state == .idle, "\(app.sync.state)")
    }

    private func checkIn() async throws -> StoreId {
        let desk = try reopened()
        let today = TodayModel(desk: desk, sync: SyncModel(desk: desk))
        await today.load()
        let stop = try #require(today.next, "\(today.phase)")
        let card = StoreCardModel(desk: desk, store: stop.store)
        await card.load()
        #expect(card.card?.shop.name == stop.name)
        await card.checkInTapped()
        #expect(card.isCheckedIn)
        return stop.store
    }

    /// What the next one here should know, and whom to call; a kill loses none of it.
    private func note(_ store: StoreId) async throws {
        let model = StoreCardModel(desk: try reopened(), store: store)
        await model.load()
        model.noteTapped()
        model.noteDraft = "后门送货，先打电话🍜"
        await model.noteSaved()
        model.contactTapped()
        model.contactDraft?.phone = "0532-80000000"
        await model.contactSaved()
        #expect(model.failure == nil && model.noteDraft == nil && model.contactDraft == nil)
        let desk = try reopened()
        let rep = try await desk.ask { try $0.rep() }
        let again = StoreCardModel(desk: desk, store: store)
        await again.load()
        let note = try #require(again.card?.note)
        #expect(note.text == "后门送货，先打电话🍜" && note.rep == rep)
        #expect(again.card?.contact.phone == "0532-80000000")
    }

    private func count(_ shop: Store) async throws {
        let model = CountModel(desk: try reopened(), shop: shop)
        await model.load()
        #expect(!model.items.isEmpty)
        for delivery in model.deliveries { await model.cameTapped(delivery, came: true) }
        for item in model.items.prefix(30) {
            for place in model.places { await model.zeroTapped(item.sku, at: place) }
            if item.last != nil { await model.sameTapped(item.sku) }
        }
        let first = try #require(model.items.first)
        await model.caseTapped(first.sku, at: .shelf)
        await model.stepTapped(first.sku, at: .shelf, by: -1)
        await model.expiryTapped(first.sku, "2027-01-20")
        for item in model.items where item.question != nil { await model.standsTapped(item.sku) }
        let category = try #require(model.categories.first)
        await model.facingsStepped(category, own: 2)
        await model.facingsStepped(category, total: 3)
        await takeBack(first, model)
        await model.finishTapped()
        #expect(model.failure == nil && model.isFinished)
        let again = CountModel(desk: try reopened(), shop: shop)
        await again.load()
        #expect(again.countedCount == min(30, again.items.count), "a kill loses no row")
        #expect(again.row(first.sku)?.expiry == "2027-01-20")
        #expect(again.facings(category) == Facings(category: category, own: 2, total: 5))
    }

    /// Three go back with the next delivery.
    private func takeBack(_ item: CountItem, _ model: CountModel) async {
        var draft = model.move(item.sku, .pickUp)
        draft.step(by: 3)
        draft.reason = model.returnReasons.first?.code
        #expect(draft.isTold)
        #expect(await model.moveSaved(draft))
        #expect(model.move(item.sku, .pickUp).units == 3)
    }

    private func suggest() async throws {
        let model = SuggestModel(desk: try reopened())
        await model.load()
        let row = try #require(model.rows.first)
        if model.total == (0, 0) {
            await model.changed(row, to: row.pack)
            await model.reasonTapped(row, model.overrideReasons.first?.code ?? "owner_wants_more")
        }
        await model.finishTapped()
        #expect(model.failure == nil && model.isFinished)
        for row in model.rows { #expect(!Texts(.chinese).line(row).isEmpty) }
    }

    private func display() async throws {
        let model = DisplayModel(desk: try reopened())
        await model.load()
        for check in model.checks { await model.checked(check, value: check.minValue) }
        await model.photoTaken(Data([0xFF, 0xD8, 0xFF, 0xE0]), .after)
        await model.finishTapped()
        #expect(model.failure == nil && model.isFinished)
    }

    private func competitor() async throws {
        let model = CompetitorModel(desk: try reopened())
        await model.load()
        if let known = model.known.first { await model.knownTapped(known) }
        await model.finishTapped()
        #expect(model.failure == nil && model.isFinished)
    }

    private func confirm() async throws -> CheckedOut {
        let desk = try reopened()
        let visit = VisitModel(desk: desk)
        await visit.load()
        #expect(visit.openSteps.allSatisfy { $0 == .orderConfirmation })
        let model = ConfirmModel(desk: desk)
        await model.load()
        if !model.hasLines { await model.noOrderTapped(model.noOrderReasons.first?.code ?? "stock_enough") }
        await name(model)
        await add(model)
        #expect(model.quote?.pickUps.map(\.units) == [3] && !model.leavesPickUps)
        await model.sealTapped()
        #expect(!model.isAskingToSeal, "every step is done")
        let checkedOut = try #require(model.checkedOut, "\(String(describing: model.failure))")
        #expect(checkedOut.order?.pickUps.map(\.units) == [3])
        try await amend(try #require(checkedOut.order))
        return checkedOut
    }

    /// One pack of what the suggestions did not have.
    private func add(_ model: ConfirmModel) async {
        model.searchText = "康师傅"
        await model.searched()
        let ordered = Set((model.quote?.lines ?? []).map(\.sku))
        for hit in model.hits ?? [] where !ordered.contains(hit.sku) {
            await model.hitTapped(hit)
            if let line = model.quote?.lines.first(where: { $0.sku == hit.sku }) {
                #expect(line.confirmed == hit.pack && line.intended == 0 && line.name == hit.name)
                return
            }
            #expect(model.quote?.unpriced.contains(hit.sku) == true && model.name(hit.sku) == hit.name)
        }
        Issue.record("nothing could be added: \(String(describing: model.failure))")
    }

    /// Somebody else receives: a name that is too long is refused and stays in the form.
    private func name(_ model: ConfirmModel) async {
        model.receiverTapped()
        model.receiverDraft = Receiver(name: String(repeating: "长", count: 61), phone: "")
        await model.receiverSaved()
        #expect(model.refusal(of: .receiver) == .errorNameTooLong && model.receiverDraft != nil)
        let named = Receiver(name: "王老板娘", phone: "0532-80000001")
        model.receiverDraft = named
        await model.receiverSaved()
        #expect(model.failure == nil && model.receiverDraft == nil && model.quote?.receiver == named)
    }

    /// The owner takes one case more of the first line.
    private func amend(_ card: OrderCard) async throws {
        #expect(card.code?.count == 4 && card.total > 0 && !card.qr.isEmpty)
        let desk = try reopened()
        let model = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: card.order)
        await model.load()
        #expect(model.card?.total == card.total && model.standing?.light == .onPhone)
        let line = try #require(card.lines.first)
        model.amendTapped()
        model.changed(line.sku, units: line.confirmed + line.case)
        await model.amendSaved()
        #expect(model.failure == nil && (model.card?.total ?? 0) > card.total)
        #expect(model.sync.state == .idle && model.standing?.light != .onPhone, "it went at once")
    }

    /// Among the day's orders, on the card of its store and behind its record.
    private func seeOrder(_ order: OrderId, of store: StoreId) async throws {
        let desk = try reopened()
        let summary = SummaryModel(desk: desk)
        await summary.load()
        let listed = try #require(summary.orders.first { $0.order == order })
        #expect(listed.store == store && listed.state != nil && listed.total > 0)
        let shop = StoreCardModel(desk: desk, store: store)
        await shop.load()
        #expect(shop.card?.lastOrder?.order == order && shop.lastOrder?.total == listed.total)
        #expect(shop.lastOrder?.store == store && shop.lastOrder?.state == listed.state)
        await summary.slipsTapped()
        summary.codesTapped(try #require(summary.slips.first, "\(String(describing: summary.failure))"))
        let pages = try #require(summary.pages)
        #expect(pages.text?.hasPrefix("XD1/1/\(pages.count)/") == true)
        let outbox = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        await outbox.load()
        #expect(outbox.outbox?.rows.filter { $0.receipt?.order == order }.count == 2, "the visit's and the change's")
    }

    private func seeOrderTheDayAfter(_ order: OrderId) async throws {
        let desk = try reopened(later: 86_400_000)
        let model = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: order)
        await model.load()
        #expect(model.standing == nil && model.card?.order == order && model.card?.lines.isEmpty == false)
        #expect(model.state != nil && model.receipt != nil && !model.isOver)
        let summary = SummaryModel(desk: desk)
        await summary.load()
        #expect(summary.orders.isEmpty, "they are of another day")
        await summary.showEarlier()
        #expect(summary.earlier != nil && summary.failure == nil)
    }

    /// A store that nobody knew, with the longest name, beyond the basic plane; it can be visited at once.
    private func openStore(near shop: Store) async throws {
        let desk = try reopened()
        let model = NewStoreModel(desk: desk)
        let name = "𠮷野家🍜" + String(repeating: "𠮷", count: 56)
        let street = try #require(shop.street)
        try await refuse(name + "长", street, desk)
        (model.name, model.street, model.address) = (name, street, shop.address)
        model.hours = " 08：30～11：30；14：00—18：00"
        await model.load()
        #expect(model.picked == street && model.streets.contains(where: { $0.code == street && $0.name != street }))
        await model.saveTapped()
        let opened = try #require(model.opened, "\(String(describing: model.failure))")
        let card = StoreCardModel(desk: desk, store: opened)
        await card.load()
        #expect(card.card?.shop.name == name && card.card?.shop.status == .proposed)
        #expect(card.card?.shop.receivingHours == "08:30-11:30;14:00-18:00")
    }

    /// The model asks the core for no such name; the core itself counts as the model does.
    private func refuse(_ name: String, _ street: String, _ desk: Desk) async throws {
        let store = NewStore(
            name: name, channel: .grocery, street: street, address: "江西路2号", receivingHours: "", owner: nil, phone: nil)
        do {
            _ = try await desk.ask { try $0.openStore(opened: store) }
            Issue.record("61 letters were kept")
        } catch {
            #expect(Failure(error).key == .errorNameTooLong && Failure(error).field == .name, "\(error)")
        }
    }

    private func sync(unsent: UInt64) async throws {
        let desk = try reopened()
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        await model.retryTapped()
        #expect(model.sync.state == .idle)
        #expect(model.outbox?.unsent == unsent)
        #expect(model.outbox?.rows.allSatisfy { if case .applied = $0.verdict { true } else { false } } == true)
    }

    private func closeDay(_ store: StoreId) async throws {
        let model = SummaryModel(desk: try reopened())
        await model.load()
        #expect(model.report?.summary.visited == 1)
        #expect(!model.missing.contains { $0.store == store })
        await model.sealTapped()
        if model.isAskingToSeal { await model.sealAnywayTapped() }
        #expect(model.isSealed)
    }
}
