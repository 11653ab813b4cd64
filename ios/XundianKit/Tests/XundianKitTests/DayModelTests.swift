import Foundation
import Testing

@testable import XundianKit

@MainActor
struct EnrolModelTests {
    private static let invitation = "XUNDIAN1 https://invited.example ABCD2345 00ff"

    @Test func the_offices_qr_enrols_at_once() async {
        let core = FakeCore()
        let model = EnrolModel(desk: Desk(core: core))
        await model.scanned(Self.invitation)
        #expect(core.calls == ["enrolInvited", "server"])
        #expect(model.isEnrolled && !model.isBusy && model.failure == nil)
        #expect(model.server == "https://invited.example", "the next enrolment knows it")
    }

    @Test func a_picture_without_a_qr_says_what_to_do() async {
        let core = FakeCore()
        let model = EnrolModel(desk: Desk(core: core))
        await model.scanned(nil)
        #expect(model.failure?.key == .enrolNoQr)
        #expect(core.calls.isEmpty && !model.isEnrolled)
    }

    @Test(arguments: [
        (.InvalidInput(field: "invitation", reason: "unreadable"), .errorUnreadable, .nothing),
        (.Unauthorized(reason: "other_company"), .errorOtherCompany, .findOffice),
        (.Unauthorized(reason: "wrong_code"), .errorWrongCode, .enrol),
    ] as [(CoreError, TextKey, Remedy)])
    func a_qr_that_does_not_enrol_is_explained(error: CoreError, key: TextKey, remedy: Remedy) async {
        let model = EnrolModel(desk: Desk(core: FakeCore { $0.failing["enrolInvited"] = error }))
        model.server = "https://typed.example"
        await model.scanned("https://u.wechat.example/abc")
        #expect(model.failure?.key == key && model.failure?.remedy == remedy)
        #expect(!model.isEnrolled && !model.isBusy && model.server == "https://typed.example")
    }

    @Test func enrolling_trims_what_was_typed() async {
        let core = FakeCore()
        let model = EnrolModel(desk: Desk(core: core))
        await model.enrolTapped()
        #expect(core.calls.isEmpty, "empty fields ask nothing")
        (model.server, model.code) = (" https://xundian.example ", "ABCD")
        await model.enrolTapped()
        #expect(core.state.server == "https://xundian.example")
        #expect(model.isEnrolled && !model.isBusy)
    }

    @Test(arguments: [
        (.Unauthorized(reason: "wrong_code"), .errorWrongCode), (.Network(retryable: false, reason: "puzzled"), .errorPuzzled),
        (.Network(retryable: true, reason: "no_answer"), .errorNoAnswer),
        (.InvalidInput(field: "server", reason: "bad_address"), .errorServerAddress),
        (.Conflict(reason: "others_wait"), .errorOthersWait),
    ] as [(CoreError, TextKey)])
    func what_stands_in_the_way_of_enrolment_is_said(error: CoreError, key: TextKey) async {
        let model = EnrolModel(desk: Desk(core: FakeCore { $0.failing["enrol"] = error }))
        (model.server, model.code) = ("https://xundian.example", "XXXX")
        await model.enrolTapped()
        #expect(model.failure?.key == key)
        #expect(!model.isEnrolled)
    }
}

@MainActor
struct TodayModelTests {
    private func model(_ core: FakeCore) -> TodayModel {
        let desk = Desk(core: core)
        return TodayModel(desk: desk, sync: SyncModel(desk: desk))
    }

    @Test func the_route_is_shown_with_what_is_unsent() async {
        let model = model(FakeCore())
        await model.load()
        #expect(model.phase == .ready)
        #expect(model.doneCount == 1)
        #expect(model.next?.store == Sample.store2)
        #expect(model.unsent == 2)
    }

    @Test func a_day_without_stores_is_empty_not_an_error() async {
        let model = model(FakeCore { $0.today = Today(date: "2026-07-26", stops: [], unsent: 0, here: nil) })
        await model.load()
        #expect(model.phase == .empty)
    }

    @Test func before_the_first_pull_the_screen_says_what_to_do() async {
        let model = model(FakeCore { $0.failing["today"] = .NotFound(reason: "not_pulled") })
        await model.load()
        guard case .failed(let failure) = model.phase else { return #expect(Bool(false), "\(model.phase)") }
        #expect(failure.remedy == .syncFirst)
    }

    @Test func a_failure_later_keeps_the_route_on_the_screen() async {
        let core = FakeCore()
        let model = model(core)
        await model.load()
        core.state.failing["today"] = .Internal(reason: "fault")
        await model.load()
        #expect(model.phase == .ready)
        #expect(model.failure?.key == .errorInternal)
        #expect(model.stops.count == 2)
    }

    @Test func the_open_visit_is_gone_on_with() async {
        let model = model(FakeCore { $0.visit = Sample.visit(Sample.store2) })
        await model.load()
        #expect(model.route(to: Sample.store2) == .visit)
        #expect(model.route(to: Sample.store1) == .card(Sample.store1))
    }

    @Test func an_empty_search_finds_nothing() async {
        let model = SearchModel(desk: Desk(core: FakeCore()))
        model.text = "小李"
        await model.searched()
        #expect(model.stores.map(\.store) == [Sample.store2])
        #expect(model.hasSearched)
        model.text = "  "
        await model.searched()
        #expect(model.stores.isEmpty && !model.hasSearched)
    }

    @Test func a_damaged_file_has_a_screen_and_opens_anew() async {
        let tries = Counter()
        let core = FakeCore()
        let launch = LaunchModel(watch: Watch()) {
            if tries.next() == 1 { throw CoreError.Corrupt(keptAs: "phone.bad") }
            return core
        }
        await launch.openTapped()
        guard case .failed(let failure) = launch.state else { return #expect(Bool(false), "it opened") }
        #expect(failure.key == .errorCorrupt)
        await launch.openTapped()
        #expect(launch.app?.root == .enrol)
    }
}

private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    func next() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }
}

@MainActor
struct SummaryAndOutboxTests {
    @Test func missing_stores_are_asked_about_before_sealing() async {
        let core = FakeCore()
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        #expect(model.notVisited.map(\.name) == ["小李便利店"])
        await model.sealTapped()
        #expect(model.isAskingToSeal)
        #expect(!model.isSealed)
        await model.sealAnywayTapped()
        #expect(model.isSealed)
        #expect(core.calls.filter { $0 == "closeDay" }.count == 1)
    }

    @Test func a_complete_day_is_sealed_at_once() async {
        let model = SummaryModel(desk: Desk(core: FakeCore { $0.report = Sample.report(notVisited: []) }))
        await model.load()
        await model.sealTapped()
        #expect(model.isSealed)
    }

    @Test func the_outbox_tells_states_and_no_names() async {
        let desk = Desk(core: FakeCore())
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        await model.load()
        #expect(model.outbox?.unsent == 1)
        #expect(model.details.contains("7 visit_closed"))
        #expect(model.details.contains("last_contact=never"))
        #expect(!model.details.contains("利民"))
    }

    @Test func a_journal_goes_out_and_comes_in() async {
        let desk = Desk(core: FakeCore())
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        await model.exportTapped()
        #expect(model.export?.recoveryCode == "1234-5678-9012")
        model.exportShared()
        #expect(model.export == nil)
        await model.importTapped(Data([1]), code: "1234-5678-9012")
        #expect(model.imported?.taken == 3)
    }

    @Test func an_order_is_changed_or_cancelled() async {
        let core = FakeCore()
        let model = OrderModel(desk: Desk(core: core), order: Sample.orderId)
        await model.load()
        model.amendTapped()
        model.changed("21010019", units: -5)
        #expect(model.draft == ["21010019": 0] && !model.canSaveAmendment)
        await model.amendSaved()
        #expect(model.draft != nil && !core.calls.contains("amendOrder"), "nothing of all is no change")
        model.changed("21010019", units: 24)
        #expect(model.canSaveAmendment)
        await model.amendSaved()
        #expect(model.draft == nil)
        await model.cancelTapped("entered_wrongly")
        #expect(model.isCancelled)
        #expect(core.calls.contains("amendOrder") && core.calls.contains("cancelOrder"))
    }

    private func ordered(_ state: OrderState?) -> OrderOfDay {
        OrderOfDay(
            order: Sample.orderId, store: Sample.store1, storeName: "利民超市", units: 36, total: 6800, light: .onServer,
            state: state)
    }

    @Test func an_order_that_the_server_cancelled_is_cancelled() async {
        let core = FakeCore { $0.orders = [self.ordered(.held)] }
        let model = OrderModel(desk: Desk(core: core), order: Sample.orderId)
        await model.load()
        #expect(!model.isCancelled)
        core.state.orders = [ordered(.cancelled(cause: .storeRejected))]
        await model.load()
        #expect(model.isCancelled)
    }

    @Test func a_held_or_cancelled_order_has_a_word_instead_of_lamps() {
        let texts = Texts(.chinese)
        #expect(texts.stopped(ordered(.held)) == "待人工处理")
        #expect(texts.stopped(ordered(.cancelled(cause: .owner))) == "店主已取消")
        #expect(texts.stopped(ordered(.onSheet(sheet: "D1"))) == nil && texts.stopped(ordered(nil)) == nil)
    }

    @Test func a_new_store_needs_its_name_street_and_address() async {
        let core = FakeCore()
        let model = NewStoreModel(desk: Desk(core: core))
        model.name = "新店"
        await model.saveTapped()
        #expect(model.opened == nil)
        (model.street, model.address) = ("370202001", "江西路2号")
        await model.saveTapped()
        #expect(model.opened == Sample.store2)
    }
}
