import Foundation
import Testing

@testable import XundianKit

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

    @Test func what_the_server_did_not_accept_is_counted_beside_what_it_does_not_have() async {
        let core = FakeCore()
        let model = model(core)
        await model.load()
        #expect(model.refused == 0)
        core.state.today.refused = 3
        await model.load()
        #expect(model.refused == 3 && model.unsent == 2)
        #expect(Texts(.chinese)(.todayRefused, String(model.refused)) == "3条未被接受")
    }

    @Test func a_day_without_stores_is_empty_not_an_error() async {
        let model = model(FakeCore { $0.today = Today(date: "2026-07-26", stops: [], unsent: 0, refused: 0, here: nil) })
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
            $0.today = Today(date: "2026-07-26", stops: [], unsent: 0, refused: 0, here: nil)
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
