import Foundation
import Testing

@testable import XundianKit

/// A stop is meant for what was asked for before it, whether or not that has begun, and for nothing else.
@MainActor
struct SyncStopTests {
    private let core = FakeCore { $0.rep = "ZY01" }
    private let now = Date(timeIntervalSince1970: 1_000_000)

    private func model(_ desk: Desk) -> SyncModel {
        let now = now
        return SyncModel(desk: desk, now: { now })
    }

    /// A long call of an errand before every call that is asked for after it, until it is let go.
    private func hold(_ desk: Desk, by errand: Desk.Errand) async -> (call: Task<Void, Never>, isOver: DispatchSemaphore) {
        let isOver = DispatchSemaphore(value: 0)
        let call = Task {
            _ = try? await desk.send(errand) { core in
                _ = try core.isReady()
                // In time, that the test may fail.
                _ = isOver.wait(timeout: .now() + 20)
            }
        }
        await until { core.calls.contains("isReady") }
        return (call, isOver)
    }

    private var sent: [String] { core.calls.filter { ["sync", "sendPhotos", "enrol"].contains($0) } }

    @Test func a_sync_that_is_stopped_before_it_began_does_not_begin_and_a_later_one_works() async {
        let desk = Desk(core: core)
        let sync = model(desk)
        let (call, isOver) = await hold(desk, by: .enrolment)
        let run = Task { await sync.occasion(.start) }
        await until { sync.state == .running }
        sync.cancelTapped()
        await run.value
        #expect(sync.state == .idle, "it does not wait for the other")
        isOver.signal()
        await call.value
        #expect(sent == [] && !core.calls.contains("cancel"))
        await sync.occasion(.tapped)
        #expect(sent == ["sync", "sendPhotos"] && sync.state == .idle)
    }

    @Test func a_stop_that_comes_when_the_facts_are_sent_is_meant_for_the_photos() async {
        let desk = Desk(core: core)
        let sync = model(desk)
        core.onSync = {
            desk.cancel(.sync)
            return SyncReport(outcome: .inStep, progress: Sample.progress)
        }
        await sync.occasion(.tapped)
        #expect(sent == ["sync"] && sync.state == .idle)
        #expect(!sync.schedule.isDue(.resume, at: now + 60), "the facts are in step")
    }

    @Test func photos_that_were_stopped_say_what_the_facts_say() async {
        core.onSendPhotos = { SyncReport(outcome: .cancelled, progress: Sample.progress) }
        let sync = model(Desk(core: core))
        await sync.occasion(.tapped)
        #expect(sent == ["sync", "sendPhotos"] && sync.state == .idle)
        #expect(!sync.schedule.isDue(.resume, at: now + 60))
    }

    @Test func a_stop_takes_back_what_was_asked_for_before_it_and_not_what_comes_after() async {
        let (sync, isOver) = (model(Desk(core: core)), core.holdSync(.cancelled))
        let run = Task { await sync.occasion(.start) }
        await until { sent.count >= 1 }
        await sync.occasion(.visitEnded)
        sync.cancelTapped()
        isOver.signal()
        await run.value
        #expect(sent == ["sync"] && sync.state == .idle)
        let again = Task { await sync.occasion(.tapped) }
        await until { sent.count >= 2 }
        sync.cancelTapped()
        await sync.occasion(.visitEnded)
        isOver.signal()
        isOver.signal()
        await again.value
        #expect(sent == ["sync", "sync", "sync"] && sync.state == .idle)
    }

    /// The facts alone, as the system lets them be sent.
    private func background(
        _ sync: SyncModel, _ outcome: SyncOutcome = .inStep
    ) async -> (run: Task<Void, Never>, isOver: DispatchSemaphore) {
        let isOver = core.holdSync(outcome)
        let run = Task { await sync.occasion(.background, sendsPhotos: false) }
        await until { sent == ["sync"] }
        return (run, isOver)
    }

    @Test func who_comes_to_a_run_of_the_facts_alone_gets_the_photos_sent_with_it() async {
        let sync = model(Desk(core: core))
        let (run, isOver) = await background(sync)
        await sync.occasion(.resume)
        isOver.signal()
        await run.value
        #expect(sent == ["sync", "sendPhotos"] && sync.state == .idle)
    }

    @Test func a_visit_that_ends_in_a_run_of_the_facts_alone_goes_after_it_with_its_photos() async {
        let sync = model(Desk(core: core))
        let (run, isOver) = await background(sync)
        await sync.occasion(.visitEnded)
        isOver.signal()
        isOver.signal()
        await run.value
        #expect(sent == ["sync", "sendPhotos", "sync", "sendPhotos"])
    }

    @Test func facts_that_were_sent_alone_leave_the_photos_to_the_next_resume() async {
        let sync = model(Desk(core: core))
        await sync.occasion(.background, sendsPhotos: false)
        await sync.occasion(.resume)
        #expect(sent == ["sync", "sync", "sendPhotos"])
        await sync.occasion(.resume)
        #expect(sent.count == 3, "all is in step")
    }

    @Test func the_systems_end_of_the_time_ends_its_own_run_and_no_other_follows() async {
        let sync = model(Desk(core: core))
        let (run, isOver) = await background(sync, .cancelled)
        await sync.occasion(.background, sendsPhotos: false)
        sync.timeIsOver()
        isOver.signal()
        await run.value
        #expect(sent == ["sync"] && core.calls.last == "cancel" && sync.state == .idle)
        sync.timeIsOver()
        #expect(core.calls.count { $0 == "cancel" } == 1, "there is nothing to end")
    }

    @Test(arguments: [SyncSchedule.Occasion.resume, .visitEnded])
    func the_systems_end_of_the_time_takes_nothing_back_that_the_rep_asked_for(occasion: SyncSchedule.Occasion) async {
        let sync = model(Desk(core: core))
        let (run, isOver) = await background(sync)
        await sync.occasion(occasion)
        sync.timeIsOver()
        isOver.signal()
        isOver.signal()
        await run.value
        #expect(!core.calls.contains("cancel") && sent.last == "sendPhotos")
    }

    @Test(arguments: [SyncSchedule.Occasion.resume, .tapped])
    func who_comes_to_a_run_that_the_system_has_ended_has_one_of_their_own_after_it(occasion: SyncSchedule.Occasion) async {
        let sync = model(Desk(core: core))
        let (run, isOver) = await background(sync, .cancelled)
        sync.timeIsOver()
        await sync.occasion(occasion)
        sync.timeIsOver()
        isOver.signal()
        isOver.signal()
        await run.value
        #expect(sent == ["sync", "sync"] && core.calls.count { $0 == "cancel" } == 1)
    }

    @Test func a_run_that_is_alive_when_the_phone_is_enrolled_is_one_run_and_another_follows_it_whatever_it_met() async {
        let sync = model(Desk(core: core))
        let isOver = core.holdSync(.enrolAgain)
        let run = Task { await sync.occasion(.start) }
        await until { sent == ["sync"] }
        sync.enrolled()
        #expect(sync.state == .running, "it has not ended")
        await sync.occasion(.tapped)
        #expect(sync.state == .running && sent == ["sync"], "no second one beside it")
        isOver.signal()
        isOver.signal()
        await run.value
        #expect(sent == ["sync", "sync"] && sync.problem?.key == .syncEnrolAgain)
    }

    @Test func what_is_looked_for_on_the_phone_waits_for_no_server_and_no_stop_is_meant_for_it() async {
        let desk = Desk(core: core)
        let summary = SummaryModel(desk: desk)
        await summary.load()
        let (call, isOver) = await hold(desk, by: .sync)
        desk.cancel(.sync)
        await summary.showEarlier()
        #expect(summary.earlier == [] && summary.failure == nil)
        isOver.signal()
        await call.value
    }

    @Test func an_earlier_order_is_found_while_photos_are_sent() async {
        let desk = Desk(core: core)
        core.state.lastOrder = LastOrder(order: Sample.orderId, state: .held, light: .onServer)
        let (call, isOver) = await hold(desk, by: .sync)
        let card = StoreCardModel(desk: desk, store: Sample.store1)
        await card.load()
        #expect(card.lastOrder?.order == Sample.orderId)
        isOver.signal()
        await call.value
    }

    @Test func an_enrolment_that_is_stopped_behind_a_sync_says_so_at_once_and_the_sync_goes_on() async {
        let desk = Desk(core: core)
        let model = EnrolModel(desk: desk)
        (model.server, model.code) = ("https://xundian.example", "ABCD2345")
        let (call, isOver) = await hold(desk, by: .sync)
        let enrolment = Task { await model.enrolTapped() }
        await until { model.isBusy }
        model.cancelTapped()
        await enrolment.value
        #expect(model.failure?.key == .errorCancelled && model.canEnrol)
        isOver.signal()
        await call.value
        #expect(sent == [] && !core.calls.contains("cancel"), "the sync was left alone")
        await model.enrolTapped()
        #expect(sent == ["enrol"] && model.isEnrolled && model.failure == nil)
    }

    @Test func a_stop_of_the_sync_leaves_an_enrolment_that_runs_alone() async {
        let desk = Desk(core: core)
        let (sync, enrol, isOver) = (model(desk), EnrolModel(desk: desk), DispatchSemaphore(value: 0))
        core.onEnrol = { _, _ in _ = isOver.wait(timeout: .now() + 20) }
        (enrol.server, enrol.code) = ("https://xundian.example", "ABCD2345")
        let enrolment = Task { await enrol.enrolTapped() }
        await until { sent == ["enrol"] }
        sync.cancelTapped()
        isOver.signal()
        await enrolment.value
        #expect(enrol.isEnrolled && !core.calls.contains("cancel"))
        enrol.cancelTapped()
        #expect(!core.calls.contains("cancel"), "there is nothing to end")
    }

    @Test func a_sync_that_waits_behind_another_call_is_waited_for_when_the_app_goes_to_sleep() async {
        let app = AppModel(desk: Desk(core: core))
        await app.start()
        let (call, isOver) = await hold(app.desk, by: .enrolment)
        let run = Task { await app.sync.occasion(.tapped) }
        await until { app.sync.state == .running }
        let sleep = Task { await app.suspended() }
        isOver.signal()
        await call.value
        await run.value
        await sleep.value
        #expect(core.calls.suffix(3) == ["sync", "sendPhotos", "pause"] && app.sync.state == .idle)
    }
}
