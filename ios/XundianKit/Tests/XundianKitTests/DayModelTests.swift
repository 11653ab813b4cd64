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
        (.InvalidInput(field: "invitation", reason: "other_company"), .errorOtherCompanysCode, .findOffice),
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

    @Test func an_enrolment_that_is_stopped_says_so_and_the_form_stays() async {
        let (core, stopped) = (FakeCore(), DispatchSemaphore(value: 0))
        core.onEnrol = { _, _ in
            // A server that is silent; in time, that the test may fail.
            guard stopped.wait(timeout: .now() + 5) == .success else { return }
            throw CoreError.Cancelled
        }
        core.onCancel = { stopped.signal() }
        let model = EnrolModel(desk: Desk(core: core))
        (model.server, model.code) = ("https://xundian.example", "ABCD2345")
        let enrolment = Task { await model.enrolTapped() }
        await until { core.calls.contains("enrol") }
        #expect(model.isBusy && !model.canEnrol)
        model.cancelTapped()
        await enrolment.value
        #expect(core.calls == ["enrol", "cancel"])
        #expect(model.failure?.key == .errorCancelled && model.canEnrol && !model.isEnrolled)
    }

    @Test func enrolling_trims_what_was_typed() async {
        let core = FakeCore()
        let model = EnrolModel(desk: Desk(core: core))
        await model.enrolTapped()
        #expect(core.calls.isEmpty, "empty fields ask nothing")
        model.code = "  "
        #expect(!model.isCodeTyped)
        (model.server, model.code) = (" https://xundian.example ", "ABCD")
        await model.enrolTapped()
        #expect(core.state.server == "https://xundian.example")
        #expect(model.isEnrolled && !model.isBusy)
    }

    @Test(arguments: [
        ("xundian.example", "https://xundian.example"), (" xundian.example:8443/a\n", "https://xundian.example:8443/a"),
        ("https://xundian.example", "https://xundian.example"), ("http://127.0.0.1:9", "http://127.0.0.1:9"),
    ])
    func an_address_is_asked_by_https_where_nobody_said_how(typed: String, asked: String) async {
        let core = FakeCore()
        let model = EnrolModel(desk: Desk(core: core))
        (model.server, model.code) = (typed, "ABCD")
        await model.enrolTapped()
        #expect(core.state.server == asked && model.server == asked && model.isEnrolled)
    }

    @Test(arguments: Language.allCases)
    func what_an_address_looks_like_is_said_before_and_after(language: Language) {
        let texts = Texts(language)
        for key in [TextKey.enrolHint, .errorServerAddress] { #expect(texts(key).contains("xundian.example.com")) }
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

    @Test func why_the_first_pull_did_not_come_says_more_than_that_nothing_is_here() async {
        let core = FakeCore {
            $0.failing["today"] = .NotFound(reason: "not_pulled")
            $0.failing["sync"] = .Network(retryable: true, reason: "clock")
        }
        let model = model(core)
        await model.load()
        #expect(model.notPulled == nil, "nobody has tried")
        await model.syncTapped()
        #expect(model.notPulled?.key == .errorClock && model.notPulled?.wantsEnrolment == false)
        core.state.failing["sync"] = nil
        core.state.outcome = .enrolAgain
        await model.syncTapped()
        #expect(model.notPulled?.key == .syncEnrolAgain && model.notPulled?.wantsEnrolment == true)
        core.state.failing["sync"] = .Unauthorized(reason: "revoked")
        await model.syncTapped()
        #expect(model.notPulled?.key == .errorRevoked && model.notPulled?.wantsEnrolment == true)
        core.state.failing["sync"] = nil
        core.state.failing = [:]
        core.state.outcome = .inStep
        await model.syncTapped()
        #expect(model.notPulled == nil && model.phase == .ready)
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

    @Test func an_open_visit_beside_the_route_is_shown() async {
        let core = FakeCore { $0.visit = Sample.visit(Sample.store3) }
        let model = model(core)
        await model.load()
        #expect(model.openElsewhere == "利民超市" && model.phase == .ready && model.stops.count == 2)
        core.state.failing["storeCard"] = .NotFound(reason: "unknown_store")
        await model.load()
        #expect(model.openElsewhere == "", "without its name, but it is shown")
        core.state.visit = nil
        await model.load()
        #expect(model.openElsewhere == nil)
    }

    @Test func an_open_visit_on_the_route_is_shown_there_alone() async {
        let model = model(FakeCore { $0.visit = Sample.visit(Sample.store2) })
        await model.load()
        #expect(model.open != nil && model.openElsewhere == nil)
    }

    @Test func a_day_without_stores_shows_the_visit_that_is_open() async {
        let core = FakeCore {
            $0.today = Today(date: "2026-07-26", stops: [], unsent: 0, here: nil)
            $0.visit = Sample.visit(Sample.store3)
        }
        let model = model(core)
        await model.load()
        #expect(model.phase == .ready && model.openElsewhere == "利民超市")
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
        await launch.background()
        await launch.shown().value
        #expect(launch.app == nil, "it stays on the screen until it was read")
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
        #expect(model.missing.map(\.storeName) == ["小李便利店"])
        await model.sealTapped()
        #expect(model.isAskingToSeal)
        #expect(!model.isSealed)
        await model.sealAnywayTapped()
        #expect(model.isSealed)
        #expect(core.calls.filter { $0 == "closeDay" }.count == 1)
    }

    @Test func each_missing_store_says_why_and_where_the_reason_is_known_nobody_is_asked() async {
        let missing = [
            MissingStore(store: Sample.store1, why: .failed(.refused)),
            MissingStore(store: Sample.store2, why: .notCounted("no_time")),
        ]
        let model = SummaryModel(desk: Desk(core: FakeCore { $0.report = Sample.report(missing: missing, unsent: 0) }))
        await model.load()
        let texts = Texts(.chinese)
        let said = model.missing.map { $0.storeName + " " + texts.why($0.why, reasons: model.skipReasons) }
        #expect(said == ["利民超市 拒绝拜访", "小李便利店 没点库存 · 店内太忙"])
        let rest: [WhyMissing] = [.notBegun, .open, .notCounted("none_given")]
        #expect(rest.map { texts.why($0, reasons: model.skipReasons) } == ["还没去", "拜访还没结束", "没点库存"])
        await model.sealTapped()
        #expect(model.isSealed && !model.isAskingToSeal)
    }

    @Test func a_complete_day_is_sealed_at_once() async {
        let core = FakeCore { $0.report = Sample.report(missing: [], unsent: 0) }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.sealTapped()
        #expect(model.isSealed)
    }

    @Test func an_open_visit_is_asked_about_before_sealing() async {
        let core = FakeCore { $0.report = Sample.report(missing: []); $0.visit = Sample.visit(Sample.store1) }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.sealTapped()
        #expect(model.isAskingToSeal && !model.isSealed && model.openVisit == "利民超市")
        let texts = Texts(.chinese)
        #expect(texts.unfinished(openVisit: "利民超市", notVisited: 0) == "利民超市的拜访还没有结束,不算在今天的汇总里")
        #expect(texts.unfinished(openVisit: nil, notVisited: 2) == "还有2家没去,仍要封存?")
        await model.sealAnywayTapped()
        #expect(model.isSealed)
    }

    @Test func unsent_records_are_asked_about_before_sealing() async {
        let model = SummaryModel(desk: Desk(core: FakeCore { $0.report = Sample.report(missing: []) }))
        await model.load()
        await model.sealTapped()
        #expect(model.isAskingToSeal && !model.isSealed && model.unsent == 2)
        let texts = Texts(.chinese)
        #expect(texts.unfinished(openVisit: nil, notVisited: 0, unsent: 2) == "还有2条未上传;封存不受影响,会继续上传")
        #expect(texts.unfinished(openVisit: nil, notVisited: 1, unsent: 2).hasPrefix("还有1家没去,仍要封存?\n还有2条"))
        await model.sealAnywayTapped()
        #expect(model.isSealed)
    }

    @Test func the_days_orders_tell_a_moved_day() async throws {
        let core = FakeCore { $0.orders = [Sample.order(.waiting(day: "2026-07-29", late: true))] }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.load()
        let moved = try #require(model.orders.first)
        #expect(model.moved(moved) == MovedDay(from: "2026-07-28", to: "2026-07-29"))
        #expect(core.calls.count(where: { $0 == "orderCard" }) == 1, "an order keeps its promise")
        core.state.orders = [Sample.order(.cancelled(cause: .owner))]
        await model.load()
        let cancelled = try #require(model.orders.first)
        #expect(model.moved(cancelled) == nil, "it does not come")
    }

    @Test func the_days_orders_stand_beside_its_figures() async {
        let core = FakeCore { $0.orders = [Sample.order(.held), Sample.order(nil, light: .onPhone)] }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        #expect(model.orders.map(\.light) == [.onServer, .onPhone] && model.orders.first?.storeName == "利民超市")
        core.state.orders = []
        await model.load()
        #expect(model.orders.isEmpty)
    }

    @Test func pages_on_the_screen_follow_the_orders() async {
        let slip = { (text: String) in OrderSlip(distributor: "D01", orders: 1, text: text, pages: []) }
        let core = FakeCore()
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        core.state.slips = [slip("36")]
        await model.load()
        #expect(model.slips.isEmpty, "nobody asked for them")
        await model.slipsTapped()
        core.state.slips = [slip("24")]
        await model.load()
        #expect(model.slips.map(\.text) == ["24"], "the order was changed since")
        core.state.failing["orderSlips"] = .NotFound(reason: "no_orders")
        await model.load()
        #expect(model.slips.isEmpty && model.failure == nil, "it was cancelled")
    }

    @Test func the_codes_of_a_slip_are_shown_one_at_a_time() async {
        let core = FakeCore { $0.slips = [Sample.slip(["A", "B"]), Sample.slip(["C"], of: "D02")] }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.slipsTapped()
        #expect(model.pages == nil, "nobody asked for codes")
        model.codesTapped(model.slips[0])
        #expect(model.pages?.text == "A" && model.pages?.hasBack == false && model.pages?.hasNext == true)
        model.pageBackTapped()
        #expect(model.pages?.number == 1)
        model.nextPageTapped()
        #expect(model.pages?.text == "B" && model.pages?.hasNext == false)
        model.nextPageTapped()
        #expect(model.pages?.number == 2, "the last is the last")
        model.pageBackTapped()
        #expect(model.pages?.text == "A")
        model.codesDropped()
        #expect(model.pages == nil)
        #expect(SlipPages(Sample.slip()).text == nil, "no pages, no code")
    }

    @Test func codes_on_the_screen_begin_anew_when_the_orders_change() async {
        let core = FakeCore { $0.slips = [Sample.slip(["A", "B"])] }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.slipsTapped()
        model.codesTapped(model.slips[0])
        model.nextPageTapped()
        await model.load()
        #expect(model.pages?.text == "B", "nothing changed")
        core.state.slips = [Sample.slip(["E", "F"])]
        await model.load()
        #expect(model.pages?.text == "E", "pages of two slips do not fit together")
        core.state.failing["orderSlips"] = .NotFound(reason: "no_orders")
        await model.load()
        #expect(model.pages == nil, "nothing is left of it")
    }

    @Test func a_record_in_the_outbox_leads_to_its_order() {
        let rows = [
            Sample.record("visit_closed", Sample.effect(.waiting(day: "2026-07-28", late: false))),
            Sample.record("visit_closed", nil),
        ]
        #expect(rows.map { $0.receipt?.order } == [Sample.orderId, nil])
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

    @Test func the_settings_tell_what_is_unsent_and_when_the_server_was_heard() async throws {
        let model = SettingsModel(desk: Desk(core: FakeCore { $0.outbox.lastContact = 1_785_110_400_000 }))
        #expect(model.outbox == nil, "nothing is claimed before it is known")
        await model.load()
        let (outbox, texts) = (try #require(model.outbox), Texts(.chinese))
        #expect(texts.unsent(outbox.unsent) == "1条尚未上传")
        #expect(texts.ago(outbox.lastContact, now: Date(timeIntervalSince1970: 1_785_111_000)) == "10分钟前")
    }

    @Test func diagnostics_have_counts_and_the_log_and_no_names() async {
        let model = SettingsModel(desk: Desk(core: FakeCore()))
        await model.load()
        var log = LogBook(most: 2)
        for line in ["opened", "sync ended with Later", "sync ended with Puzzled"] {
            log.add(.info, line, at: Date(timeIntervalSince1970: 1_785_110_400))
        }
        let lines = model.diagnostics(version: "0.1.0", storage: 5, log: log).split(separator: "\n")
        #expect(lines == [
            "version=0.1.0 unsent=1 photos=1 storage=5 last_contact=never",
            "2026-07-27T00:00:00Z info sync ended with Later", "2026-07-27T00:00:00Z info sync ended with Puzzled",
        ], "the newest lines, the oldest of them first")
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

    @Test func a_picked_file_is_read_no_further_than_a_journal_can_be_and_a_failure_is_said() async throws {
        let desk = Desk(core: FakeCore())
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(count: OutboxModel.journalBytes).write(to: file)
        await model.filePicked(.success(file))
        #expect(model.picked?.count == OutboxModel.journalBytes && model.failure == nil)
        try Data(count: OutboxModel.journalBytes + 1).write(to: file)
        await model.filePicked(.success(file))
        #expect(model.picked == nil && model.failure?.key == .errorJournalTooLarge)
        await model.filePicked(.success(file.appendingPathExtension("gone")))
        #expect(model.picked == nil && model.failure?.key == .errorFileUnread)
    }

    @Test func a_second_file_that_is_picked_while_the_first_is_read_is_dropped() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let content = Data(count: 4_000_000)
        try content.write(to: file)
        // The disk may be faster than the look at it: then once more.
        for _ in 0..<100 {
            let desk = Desk(core: FakeCore())
            let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
            let first = Task { await model.filePicked(.success(file)) }
            await until { model.isImporting || model.picked != nil }
            guard model.isImporting else { continue }
            #expect(model.isBusy)
            await model.filePicked(.success(file.appendingPathExtension("gone")))
            await first.value
            #expect(model.picked == content && model.failure == nil && !model.isImporting && !model.isBusy)
            return
        }
        Issue.record("it was never seen to be read")
    }

    @Test func a_journal_is_taken_in_once_and_says_that_it_is() async {
        let (core, isOver) = (FakeCore(), DispatchSemaphore(value: 0))
        core.onImportJournal = { _, _ in
            _ = isOver.wait(timeout: .now() + 5)
            return ImportReport(taken: 3, known: 1, differing: 0)
        }
        let desk = Desk(core: core)
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        model.picked = Data([1])
        let first = Task { await model.importTapped(Data([1]), code: "1234-5678-9012") }
        await until { core.calls.contains("importJournal") }
        #expect(model.isImporting && model.picked == nil)
        await model.importTapped(Data([1]), code: "1234-5678-9012")
        await model.exportTapped()
        isOver.signal()
        await first.value
        #expect(core.calls == ["importJournal", "outbox"] && model.imported?.taken == 3 && !model.isImporting)
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
        #expect(core.state.opened?.receivingHours == "", "nobody was asked")
    }

    @Test func a_street_is_picked_from_those_of_the_core_or_its_code_is_typed() async {
        let core = FakeCore()
        let model = NewStoreModel(desk: Desk(core: core))
        await model.load()
        #expect(model.streets == Sample.streets && model.picked.isEmpty && model.street.isEmpty)
        model.picked = "370202004"
        #expect(model.street == "370202004" && model.picked == "370202004")
        (model.name, model.address) = ("新店", "江西路2号")
        await model.saveTapped()
        #expect(core.state.opened?.street == "370202004")
        model.street = "370202009"
        #expect(model.picked.isEmpty, "it is none of the list")
    }

    @Test func streets_of_one_name_say_their_districts() async {
        let twin = Street(code: "370203001", name: "云南路街道", district: "市北区", stores: 2, distanceM: nil)
        let nowhere = Street(code: "370203002", name: "云南路街道", district: "", stores: 1, distanceM: nil)
        let model = NewStoreModel(desk: Desk(core: FakeCore { $0.streets += [twin, nowhere] }))
        await model.load()
        let names = model.streets.map { model.label($0) }
        #expect(names == ["香港中路街道", "云南路街道 · 市南区", "云南路街道 · 市北区", "云南路街道 · 370203002"])
    }

    @Test func streets_that_cannot_be_read_leave_those_that_were_and_nothing_is_said() async {
        let core = FakeCore()
        let model = NewStoreModel(desk: Desk(core: core))
        await model.load()
        core.state.failing["streets"] = .Internal(reason: "fault")
        await model.load()
        #expect(model.streets == Sample.streets && model.failure == nil)
    }

    @Test func hours_go_to_the_core_as_they_are_typed() async {
        let core = FakeCore()
        let model = NewStoreModel(desk: Desk(core: core))
        (model.name, model.street, model.address) = ("新店", "370202001", "江西路2号")
        model.hours = " 08：30～11：30；14:00-18:00 "
        await model.saveTapped()
        #expect(core.state.opened?.receivingHours == "08：30～11：30；14:00-18:00", "it understands a Chinese keyboard")
    }
}
