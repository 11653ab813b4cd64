import Foundation
import Testing

@testable import XundianKit

/// The app dies outside the steps of a visit: while the server is waited for, right after something was sealed, in a form, before
/// an answer. What the next app finds is looked at before anything else is done. Of another rep than the other days':
/// XUNDIAN_KILLED_CODE is a code of hers.
@MainActor
@Suite(.enabled(if: given("XUNDIAN_SERVER") != nil && given("XUNDIAN_KILLED_CODE") != nil), .serialized)
struct KilledTests {
    /// A call that waits for the server when its app is killed. With a process it is gone; here it waits on and hears nothing,
    /// and is ended when the next app has said what it found.
    private struct Unanswered {
        let desk: Desk
        let errand: Desk.Errand
        let call: Task<Void, Never>

        func forget() async {
            desk.cancel(errand)
            await call.value
        }
    }

    /// The server was not reached, or has done what it was asked.
    private static let lost: [Weather] = [.silent, .answerHeld]
    private let phone = TownPhone()

    @Test func whenever_the_app_dies_the_next_one_says_what_is_and_goes_on() async throws {
        defer { phone.thrownAway() }
        let road = try Road(to: try #require(given("XUNDIAN_SERVER")))
        defer { road.shut() }
        try await enrol(road)
        try await pullFirst(road)
        let shop = try await checkIn()
        let order = try await seal(shop)
        try await send(order, road)
        try await openStore()
        try await closeDay()
        try await sendRest()
    }

    /// Killed when the road holds what `ask` asks of the server.
    private func killed(
        in weather: Weather, _ road: Road, _ errand: Desk.Errand, _ ask: @escaping @MainActor (Desk) async -> Void
    ) async throws -> Unanswered {
        road.weather = weather
        let (desk, before) = (try phone.reopened(), road.held)
        let call = Task { await ask(desk) }
        await until { road.held > before }
        return Unanswered(desk: desk, errand: errand, call: call)
    }

    private func unsent(_ desk: Desk) async throws -> UInt64 { try await desk.ask { try $0.outbox().unsent } }

    private func today(_ desk: Desk) async -> TodayModel {
        let model = TodayModel(desk: desk, sync: SyncModel(desk: desk))
        await model.load()
        return model
    }

    /// Opened by a thumb, with a network.
    private func started() async throws -> AppModel {
        let app = AppModel(desk: try phone.reopened())
        await app.start()
        #expect(app.root == .today && app.sync.state == .idle, "\(app.root) \(app.sync.state)")
        return app
    }

    // MARK: Enrolment

    /// It is nobody's phone before the answer is here, and the code is good also where the server had taken it.
    private func enrol(_ road: Road) async throws {
        let code = try #require(given("XUNDIAN_KILLED_CODE"))
        for weather in Self.lost {
            let call = try await killed(in: weather, road, .enrolment) { desk in
                let model = EnrolModel(desk: desk)
                (model.server, model.code) = (road.address, code)
                await model.enrolTapped()
            }
            let app = AppModel(desk: try phone.reopened())
            await app.start()
            let form = EnrolModel(desk: app.desk)
            await form.load()
            #expect(app.root == .enrol && !app.canLeaveEnrolment, "\(weather)")
            #expect(form.phase == .ready && form.server.isEmpty && form.failure == nil, "\(weather)")
            await call.forget()
        }
        road.weather = .clear
        let model = EnrolModel(desk: try phone.reopened())
        (model.server, model.code) = (road.address, code)
        await model.enrolTapped()
        #expect(model.isEnrolled, "\(String(describing: model.failure))")
    }

    /// Enrolled, and nothing is here yet: that is what the route says, and the next start brings it.
    private func pullFirst(_ road: Road) async throws {
        let call = try await killed(in: .answerHeld, road, .sync) { await AppModel(desk: $0).enrolled() }
        let found = await today(try phone.reopened())
        guard case .failed(let failure) = found.phase else { return #expect(Bool(false), "\(found.phase)") }
        #expect(failure.key == .errorNotPulled && failure.remedy == .syncFirst)
        await call.forget()
        road.weather = .clear
        let app = try await started()
        let route = await today(app.desk)
        #expect(app.path.isEmpty && route.phase == .ready && route.next?.state == .toDo, "\(route.phase)")
    }

    // MARK: A visit

    /// The visit is open, and nothing of it is done.
    private func checkIn() async throws -> Store {
        let desk = try phone.reopened()
        let found = await today(desk)
        let stop = try #require(found.next, "\(found.phase)")
        let card = StoreCardModel(desk: desk, store: stop.store)
        await card.load()
        await card.checkInTapped()
        #expect(card.isCheckedIn)

        let app = try await started()
        let visit = VisitModel(desk: app.desk)
        await visit.load()
        #expect(app.path == [.visit] && visit.shop?.id == stop.store)
        #expect(visit.current == .stockCount && visit.openSteps == VisitModel.steps)
        let route = await today(app.desk)
        #expect(route.next?.store == stop.store && route.next?.state == .visiting && route.unsent == 0)
        return try #require(visit.shop)
    }

    /// Sealed, and its card was not shown: no visit is open, the card is among the day's orders with the code that the owner is told.
    private func seal(_ shop: Store) async throws -> OrderId {
        let desk = try phone.reopened()
        let count = CountModel(desk: desk, shop: shop)
        await count.load()
        for item in count.items.prefix(6) {
            for place in count.places { await count.zeroTapped(item.sku, at: place) }
        }
        let wish = SuggestModel(desk: desk)
        await wish.load()
        let row = try #require(wish.rows.first)
        await wish.changed(row, to: 2 * row.pack)
        let confirm = ConfirmModel(desk: desk)
        await confirm.load()
        await confirm.sealTapped()
        #expect(confirm.isAskingToSeal && confirm.checkedOut == nil, "no step was said to be done")
        await confirm.sealAnywayTapped()
        let card = try #require(confirm.card, "\(String(describing: confirm.failure))")

        let next = try phone.reopened()
        let (visit, route) = (VisitModel(desk: next), await today(next))
        await visit.load()
        #expect(visit.phase == .empty && route.doneCount == 1 && route.unsent == 1)
        let order = OrderModel(desk: next, sync: SyncModel(desk: next), order: card.order)
        await order.load()
        #expect(order.card?.code == card.code && order.card?.qr == card.qr && order.card?.total == card.total)
        #expect(route.orders.map(\.order) == [card.order] && order.standing?.light == .onPhone)
        return card.order
    }

    /// What the phone has no receipt for is not said to be sent, also where the server has it; the next start sends it.
    private func send(_ order: OrderId, _ road: Road) async throws {
        for weather in Self.lost {
            let call = try await killed(in: weather, road, .sync) { await AppModel(desk: $0).sent() }
            let desk = try phone.reopened()
            let (route, outbox) = (await today(desk), OutboxModel(desk: desk, sync: SyncModel(desk: desk)))
            await outbox.load()
            #expect(route.unsent == 1 && route.orders.first?.light == .onPhone, "\(weather)")
            #expect(outbox.outbox?.rows.count == 1 && outbox.outbox?.rows.first?.verdict == nil, "\(weather)")
            await call.forget()
        }
        road.weather = .clear
        let app = try await started()
        let (route, left) = (await today(app.desk), try await unsent(app.desk))
        #expect(left == 0 && app.path.isEmpty)
        #expect(route.orders.map(\.order) == [order] && route.orders.first?.light != .onPhone, "once")
    }

    // MARK: Forms and questions

    /// In the middle of the form no store is opened, and the form is empty again; once it is saved, it is there.
    private func openStore() async throws {
        let name = "𠮷祥小卖部🍜"
        _ = try await form(name)
        let desk = try phone.reopened()
        let (left, none, waiting) = (NewStoreModel(desk: desk), try await stores(name, desk), try await unsent(desk))
        await left.load()
        #expect(left.name.isEmpty && left.address.isEmpty && !left.canSave)
        #expect(none.isEmpty && waiting == 0)

        let model = try await form(name)
        await model.saveTapped()
        let opened = try #require(model.opened, "\(String(describing: model.failure))")
        let next = try phone.reopened()
        let (found, sealed) = (try await stores(name, next), try await unsent(next))
        #expect(found.map(\.store) == [opened] && sealed == 1)
    }

    /// Filled in, and not saved.
    private func form(_ name: String) async throws -> NewStoreModel {
        let model = NewStoreModel(desk: try phone.reopened())
        await model.load()
        (model.name, model.address) = (name, "江西路2号")
        model.picked = try #require(model.streets.first).code
        #expect(model.canSave)
        return model
    }

    private func stores(_ name: String, _ desk: Desk) async throws -> [StoreHit] {
        try await desk.ask { try $0.searchStores(text: name) }
    }

    /// A question that was not answered seals nothing and is asked again; what was sealed then is sealed.
    private func closeDay() async throws {
        let asking = try await summary()
        await asking.sealTapped()
        #expect(asking.isAskingToSeal && asking.notBegun > 0)

        let again = try await summary()
        #expect(!again.isAskingToSeal && !again.isSealed && again.unsent == asking.unsent)
        await again.sealTapped()
        #expect(again.isAskingToSeal && !again.isSealed)
        await again.sealAnywayTapped()

        let sealed = try await summary()
        #expect(sealed.isSealed && sealed.report?.closed == 1 && !sealed.isAskingToSeal)
        #expect(sealed.unsent == asking.unsent + 1)
    }

    private func summary() async throws -> SummaryModel {
        let model = SummaryModel(desk: try phone.reopened())
        await model.load()
        return model
    }

    /// The visit, the store and the day, each once.
    private func sendRest() async throws {
        let app = try await started()
        let outbox = OutboxModel(desk: app.desk, sync: app.sync)
        await outbox.load()
        #expect(outbox.outbox?.unsent == 0 && outbox.outbox?.rows.count == 3)
        #expect(outbox.outbox?.rows.allSatisfy { $0.verdict != nil } == true)
    }
}
