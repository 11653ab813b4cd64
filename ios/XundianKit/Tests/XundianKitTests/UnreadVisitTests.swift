import Foundation
import Testing

@testable import XundianKit

/// An open visit whose lines cannot be read stands in nobody's way, and can be ended.
@MainActor
struct UnreadVisitTests {
    private func core(_ stops: [RouteStop]? = nil) -> FakeCore {
        FakeCore { state in
            state.rep = "ZY01"
            state.visit = Sample.visit(Sample.store2)
            state.failing["currentVisit"] = .Internal(reason: "fault")
            if let stops { state.today.stops = stops }
        }
    }

    private let visiting = [
        Sample.stop(Sample.store1, "利民超市"), Sample.stop(Sample.store2, "小李便利店", .visiting),
    ]

    @Test func the_route_is_there_and_leads_to_the_visit() async {
        let desk = Desk(core: core(visiting))
        let model = TodayModel(desk: desk, sync: SyncModel(desk: desk))
        await model.load()
        #expect(model.phase == .ready && model.openElsewhere == nil && model.next?.store == Sample.store2)
        #expect(model.route(to: Sample.store2) == .visit && model.route(to: Sample.store1) == .card(Sample.store1))
    }

    @Test func one_that_no_stop_shows_is_led_to_without_its_name() async {
        let desk = Desk(core: core())
        let model = TodayModel(desk: desk, sync: SyncModel(desk: desk))
        await model.load()
        #expect(model.phase == .ready && model.openElsewhere == "")
    }

    @Test func the_card_is_read_and_says_how_the_visit_is_ended() async {
        let model = StoreCardModel(desk: Desk(core: core()), store: Sample.store1)
        await model.load()
        #expect(model.phase == .ready && model.card != nil && model.isVisitUnread)
        await model.checkInTapped()
        #expect(model.isCheckedIn, "the core decides")
    }

    @Test func the_day_can_be_sealed_after_its_question() async {
        let core = core(visiting)
        core.state.report = Sample.report(missing: [], unsent: 0)
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.sealTapped()
        #expect(model.isAskingToSeal && model.openVisit == "小李便利店")
        await model.sealAnywayTapped()
        #expect(model.isSealed)
        #expect(Texts(.chinese).unfinished(openVisit: "", notVisited: 0).hasPrefix("另一家店的拜访"))
    }

    @Test func it_is_ended_as_failed_after_its_question() async {
        let core = core()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        #expect(await model.failAsked(.closed) == false)
        #expect(model.dropping == .closed && !core.calls.contains("failVisit"), "it is asked first")
        await model.proofTaken(Data([1]), for: .closed)
        #expect(model.checkedOut?.result == .failed && core.state.visit == nil)
    }

    @Test func where_no_visit_is_open_none_is_ended() async {
        let model = VisitModel(desk: Desk(core: FakeCore()))
        #expect(await model.failAsked(.closed) == false)
        #expect(model.dropping == nil)
    }

    @Test func damage_is_no_unread_visit() async {
        let core = FakeCore { $0.failing["currentVisit"] = .Corrupt(keptAs: "phone.sqlite.damaged-1") }
        let desk = Desk(core: core)
        let model = TodayModel(desk: desk, sync: SyncModel(desk: desk))
        await model.load()
        guard case .failed(let failure) = model.phase else { return #expect(Bool(false), "\(model.phase)") }
        #expect(failure.key == .errorCorrupt)
    }

    /// The system's time was over between the two questions of an opening.
    @Test func an_opening_that_was_cut_off_keeps_the_way_back_into_the_visit() async {
        let core = core()
        core.state.failing["currentVisit"] = .Conflict(reason: "paused")
        let app = AppModel(desk: Desk(core: core))
        await app.start()
        #expect(app.root != .today && app.path.isEmpty)
        core.state.failing = [:]
        await app.suspended()
        await app.resumed()
        #expect(app.root == .today && app.path == [.visit])
    }
}
