import Foundation
import Testing

@testable import XundianKit

struct SyncScheduleTests {
    private let start = Date(timeIntervalSince1970: 1_000_000)

    @Test func everything_is_due_on_a_fresh_phone() {
        let schedule = SyncSchedule()
        #expect(SyncSchedule.Occasion.allCases.allSatisfy { schedule.isDue($0, at: start) })
    }

    @Test func failures_wait_longer_each_time() {
        let waits = { (chance: Double) in
            var schedule = SyncSchedule(chance: { chance })
            return (0..<10).map { _ in schedule.broke(at: start)!.timeIntervalSince(start) }
        }
        #expect(waits(1) == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900])
        #expect(waits(0) == [2.5, 5, 10, 20, 40, 80, 160, 320, 450, 450], "never all phones at once")
    }

    @Test(arguments: [SyncSchedule.Occasion.start, .resume, .visitEnded, .networkCame])
    func the_servers_word_holds_for_every_occasion_but_a_tap(occasion: SyncSchedule.Occasion) {
        var schedule = SyncSchedule()
        #expect(schedule.ended(.later(ms: 120_000), at: start) == start + 120)
        #expect(!schedule.isDue(occasion, at: start + 119))
        #expect(schedule.isDue(occasion, at: start + 120))
        #expect(schedule.isDue(.tapped, at: start), "a person may always try")
    }

    @Test(arguments: [SyncSchedule.Occasion.start, .resume, .visitEnded, .networkCame])
    func what_a_rep_does_and_a_new_network_end_our_own_pause(occasion: SyncSchedule.Occasion) {
        var schedule = SyncSchedule()
        for _ in 0..<6 { _ = schedule.broke(at: start) }
        #expect(schedule.isDue(occasion, at: start + 1))
    }

    @Test(arguments: [SyncSchedule.Occasion.background, .retry])
    func the_clock_and_the_system_wait_for_our_own_pause(occasion: SyncSchedule.Occasion) {
        var schedule = SyncSchedule(chance: { 0 })
        #expect(schedule.broke(at: start) == start + 2.5)
        #expect(!schedule.isDue(occasion, at: start + 2))
        #expect(schedule.isDue(occasion, at: start + 3))
    }

    @Test(arguments: [SyncOutcome.cancelled, .enrolAgain, .update])
    func an_answer_that_asks_for_no_time_ends_the_wait_of_an_earlier_one(outcome: SyncOutcome) {
        var schedule = SyncSchedule()
        _ = schedule.ended(.later(ms: 120_000), at: start)
        _ = schedule.ended(outcome, at: start + 1)
        #expect(schedule.isDue(.visitEnded, at: start + 2) && schedule.isDue(.networkCame, at: start + 2))
    }

    @Test func a_quick_resume_asks_nothing() {
        var schedule = SyncSchedule()
        #expect(schedule.ended(.inStep, at: start) == nil)
        #expect(!schedule.isDue(.resume, at: start + 60))
        #expect(schedule.isDue(.resume, at: start + 121))
        #expect(schedule.isDue(.visitEnded, at: start + 1))
    }

    @Test func a_resume_after_a_failure_asks_however_fresh_the_good_one_before() {
        var schedule = SyncSchedule()
        _ = schedule.ended(.inStep, at: start)
        _ = schedule.broke(at: start + 30)
        #expect(schedule.isDue(.resume, at: start + 31))
    }

    @Test(arguments: [SyncOutcome.enrolAgain, .update])
    func an_old_app_and_a_revoked_phone_still_send_after_a_visit(outcome: SyncOutcome) {
        var schedule = SyncSchedule()
        #expect(schedule.ended(outcome, at: start) == nil, "the clock alone tries nothing")
        #expect(schedule.isDue(.visitEnded, at: start + 1) && schedule.isDue(.networkCame, at: start + 1))
    }

    @Test func a_sync_that_was_left_off_is_asked_for_at_the_next_resume_however_fresh() {
        var schedule = SyncSchedule()
        _ = schedule.ended(.inStep, at: start)
        _ = schedule.ended(.cancelled, at: start + 1)
        #expect(schedule.isDue(.resume, at: start + 2))
        _ = schedule.ended(.inStep, at: start + 3)
        schedule.leftOff()
        #expect(schedule.isDue(.resume, at: start + 4) && schedule.failures == 0)
    }

    @Test func a_login_page_that_answered_is_gone_with_the_next_network() {
        var schedule = SyncSchedule(chance: { 0 })
        #expect(schedule.ended(.puzzled, at: start) == start + 2.5)
        #expect(!schedule.isDue(.retry, at: start + 1) && schedule.isDue(.retry, at: start + 3))
        #expect(schedule.isDue(.networkCame, at: start + 1) && schedule.isDue(.visitEnded, at: start + 1))
    }
}

@MainActor
struct SyncModelTests {
    private func model(_ core: FakeCore) -> SyncModel {
        SyncModel(desk: Desk(core: core), now: { Date(timeIntervalSince1970: 1_000_000) })
    }

    @Test func photos_follow_the_facts() async {
        let core = FakeCore()
        let sync = model(core)
        await sync.occasion(.tapped)
        #expect(core.calls == ["sync", "sendPhotos"])
        #expect(sync.state == .idle)
        #expect(sync.rounds == 1)
        #expect(sync.progress == Sample.progress)
    }

    @Test func no_network_waits_and_tries_again_by_itself() async {
        let core = FakeCore { $0.failing["sync"] = .Network(retryable: true, reason: "no_answer") }
        let sync = model(core)
        await sync.occasion(.start)
        guard case .waiting(let until?) = sync.state else { return #expect(Bool(false), "\(sync.state)") }
        #expect((2.5...5).contains(until.timeIntervalSince1970 - 1_000_000))
        await sync.occasion(.background)
        #expect(core.calls == ["sync"], "it waits")
        sync.cancelTapped()
    }

    @Test func what_is_sealed_after_a_failure_goes_at_once() async {
        let core = FakeCore { $0.failing["sync"] = .Network(retryable: true, reason: "no_answer") }
        let sync = model(core)
        await sync.occasion(.start)
        await sync.occasion(.visitEnded)
        #expect(core.calls == ["sync", "sync"], "it does not wait for the clock")
        core.state.failing = [:]
        await sync.occasion(.resume)
        #expect(core.calls.suffix(2) == ["sync", "sendPhotos"] && sync.state == .idle)
    }

    @Test func what_is_sealed_while_the_server_wants_to_be_left_alone_waits() async {
        let core = FakeCore { $0.outcome = .later(ms: 60_000) }
        let sync = model(core)
        await sync.occasion(.start)
        await sync.occasion(.visitEnded)
        await sync.occasion(.resume)
        #expect(core.calls == ["sync"])
        #expect(Texts(.chinese)(sync.waitsFor) == "暂时连不上，稍后自动重试", "there is a network: it answered")
        #expect(!Texts(.english)(sync.waitsFor).contains("network"))
        sync.cancelTapped()
    }

    @Test func an_answer_that_is_not_the_servers_is_said_and_tried_again() async {
        let core = FakeCore { $0.outcome = .puzzled }
        let sync = model(core)
        await sync.occasion(.start)
        guard case .waiting(_?) = sync.state else { return #expect(Bool(false), "\(sync.state)") }
        #expect(sync.waitsFor == .syncPuzzled)
        #expect(Texts(.chinese)(sync.waitsFor).contains("可能是上网登录页"))
        #expect(Texts(.english)(sync.waitsFor).contains("Wi-Fi login page"))
        core.state.outcome = .inStep
        await sync.occasion(.networkCame)
        #expect(sync.state == .idle)
    }

    @Test func a_wrong_date_is_said_and_not_taken_for_a_missing_network() async {
        let core = FakeCore { $0.failing["sync"] = .Network(retryable: true, reason: "clock") }
        let sync = model(core)
        await sync.occasion(.start)
        #expect(sync.waitsFor == .errorClock)
        core.state.failing["sync"] = .Network(retryable: true, reason: "no_answer")
        await sync.occasion(.tapped)
        #expect(sync.waitsFor == .syncWaiting)
        sync.cancelTapped()
    }

    @Test func a_revoked_phone_asks_to_be_enrolled() async {
        let sync = model(FakeCore { $0.outcome = .enrolAgain })
        await sync.occasion(.tapped)
        #expect(sync.state == .stopped(Failure(key: .syncEnrolAgain, remedy: .enrol)))
        sync.enrolled()
        #expect(sync.state == .idle)
    }

    @Test func a_full_phone_says_so_instead_of_trying_for_ever() async {
        let sync = model(FakeCore { $0.failing["sync"] = .StorageFull })
        await sync.occasion(.start)
        guard case .stopped(let failure) = sync.state else { return #expect(Bool(false), "\(sync.state)") }
        #expect(failure.remedy == .freeStorage)
    }

    @Test func cancelling_is_no_failure() async {
        let sync = model(FakeCore { $0.outcome = .cancelled })
        await sync.occasion(.tapped)
        #expect(sync.state == .idle)
    }
}

@MainActor
struct AppModelTests {
    private func model(_ core: FakeCore) -> AppModel { AppModel(desk: Desk(core: core)) }

    @Test func a_new_phone_asks_to_be_enrolled() async {
        let model = model(FakeCore())
        await model.start()
        #expect(model.root == .enrol)
        await model.enrolled()
        #expect(model.root == .today)
    }

    @Test func a_killed_app_opens_in_its_visit() async {
        let model = model(FakeCore { $0.rep = "ZY01"; $0.visit = Sample.visit(Sample.store1) })
        await model.start()
        #expect(model.root == .today && model.path == [.visit])
    }

    @Test func after_the_visit_the_owner_sees_the_card_and_the_order_goes() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let model = model(core)
        model.go(.card(Sample.store1))
        model.checkedIn()
        #expect(model.path == [.visit])
        await model.sealed(CheckedOut(result: .complete, order: Sample.orderCard))
        #expect(model.path == [.order(Sample.orderId)])
        #expect(core.calls.contains("sync"))
    }

    @Test func what_a_check_in_elsewhere_sealed_goes_at_once() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let model = model(core)
        await model.sent()
        #expect(core.calls == ["sync", "sendPhotos"] && model.changes == 2)
    }

    @Test func the_file_is_closed_before_sleep_and_opened_after() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let model = model(core)
        await model.suspended()
        await model.suspended()
        #expect(core.calls == ["pause"])
        await model.resumed()
        #expect(core.calls == ["pause", "resume", "rep", "currentVisit", "sync", "sendPhotos"])
    }

    @Test func a_file_that_does_not_open_is_tried_again_at_the_next_resume() async {
        let core = FakeCore { $0.rep = "ZY01"; $0.failing["resume"] = .StorageFull }
        let model = model(core)
        await model.suspended()
        await model.resumed()
        core.state.failing = [:]
        await model.resumed()
        #expect(core.calls.filter { $0 == "resume" }.count == 2)
    }

    @Test func enrolling_again_can_be_left_but_the_first_time_not() async {
        let model = model(FakeCore { $0.rep = "ZY01" })
        await model.start()
        model.enrolAgainTapped()
        #expect(model.root == .enrol)
        model.enrolmentLeft()
        #expect(model.root == .today)
        let fresh = self.model(FakeCore())
        await fresh.start()
        fresh.enrolmentLeft()
        #expect(fresh.root == .enrol)
    }

    @Test func who_left_the_enrolment_before_its_answer_stays_where_they_went() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let model = model(core)
        await model.start()
        model.enrolAgainTapped()
        model.enrolmentLeft()
        model.go(.visit)
        await model.enrolled()
        #expect(model.root == .today && model.path == [.visit])
        #expect(core.calls.suffix(2) == ["sync", "sendPhotos"], "it is enrolled all the same")
    }

    @Test func background_work_leaves_the_file_as_it_found_it() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let model = model(core)
        await model.suspended()
        await model.background(sendsPhotos: false)
        #expect(core.calls == ["pause", "resume", "rep", "currentVisit", "sync", "pause"])
    }

    @Test func an_app_that_is_opened_while_the_background_works_keeps_its_file_open() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let (model, isAnswered) = (model(core), core.holdSync())
        await model.suspended()
        let work = Task { await model.background(sendsPhotos: false) }
        await until { core.calls.contains("sync") }
        await model.resumed()
        isAnswered.signal()
        await work.value
        #expect(core.calls == ["pause", "resume", "rep", "currentVisit", "sync", "sendPhotos"], "a tap is answered")
        await model.suspended()
        #expect(core.calls.suffix(2) == ["sendPhotos", "pause"])
    }

    @Test func a_start_in_the_background_sends_facts_alone_and_closes_the_file() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let launch = LaunchModel(watch: Watch()) { core }
        await launch.background()
        #expect(core.calls == ["rep", "currentVisit", "pause", "resume", "sync", "pause"])
        await launch.shown().value
        #expect(launch.app?.root == .today && core.calls.suffix(3) == ["resume", "sync", "sendPhotos"], "the photos waited")
    }

    @Test func background_work_whose_time_is_over_before_it_began_sends_nothing() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let file = OpenFile(core, isOpen: false)
        let launch = LaunchModel(watch: Watch()) { file.opened() }
        let work = Task { await launch.background() }
        work.cancel()
        await work.value
        #expect(!core.calls.contains("sync") && !file.isOpen)
        await launch.shown().value
        #expect(launch.app?.root == .today && file.isOpen, "the rep comes all the same")
    }

    @Test func background_work_ends_when_its_time_is_taken_away() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let launch = LaunchModel(watch: Watch()) { core }
        await launch.shown().value
        await launch.hidden().value
        let (before, isOver) = (core.calls.count, core.holdSync(.cancelled))
        core.onCancel = { isOver.signal() }
        let work = Task { await launch.background() }
        await until { core.calls.dropFirst(before).contains("sync") }
        work.cancel()
        await work.value
        #expect(core.calls.dropFirst(before) == ["resume", "sync", "cancel", "pause"])
    }

    @Test func background_work_whose_time_is_over_leaves_the_sync_to_the_rep_who_came_meanwhile() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let launch = LaunchModel(watch: Watch()) { core }
        let isOver = core.holdSync()
        let work = Task { await launch.background() }
        await until { core.calls.contains("sync") }
        await launch.shown().value
        work.cancel()
        await work.value
        #expect(launch.app?.sync.state == .running)
        isOver.signal()
        await launch.app?.sync.ended()
        #expect(!core.calls.contains("cancel") && core.calls.suffix(2) == ["sync", "sendPhotos"])
        await launch.hidden().value
        #expect(core.calls.last == "pause", "nobody holds the file open")
    }

    @Test func the_listener_wakes_screens_but_not_those_of_the_visit() async throws {
        let watch = Watch()
        let model = model(FakeCore())
        try watch.changed(what: .visit)
        try watch.changed(what: .facts)
        var heard = watch.notices.makeAsyncIterator()
        model.heard(try #require(await heard.next()))
        #expect(model.changes == 0)
        model.heard(try #require(await heard.next()))
        #expect(model.changes == 1)
    }

    @Test func what_the_core_says_of_its_work_is_kept_and_wakes_no_screen() async throws {
        let watch = Watch()
        let model = AppModel(desk: Desk(core: FakeCore()), now: { Date(timeIntervalSince1970: 1_785_110_400) })
        try watch.log(level: .warning, line: "key store: no answer")
        var heard = watch.notices.makeAsyncIterator()
        model.heard(try #require(await heard.next()))
        #expect(model.log.lines == ["2026-07-27T00:00:00Z warning key store: no answer"] && model.changes == 0)
    }
}
