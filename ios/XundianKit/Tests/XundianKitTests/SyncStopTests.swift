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

    /// A long question before everything that is asked after it, until it is let go.
    private func hold(_ desk: Desk) async -> (question: Task<Void, Never>, isOver: DispatchSemaphore) {
        let isOver = DispatchSemaphore(value: 0)
        let question = Task {
            _ = try? await desk.search { core in
                _ = try core.isReady()
                // In time, that the test may fail.
                _ = isOver.wait(timeout: .now() + 5)
            }
        }
        while !core.calls.contains("isReady") { await Task.yield() }
        return (question, isOver)
    }

    private var sent: [String] { core.calls.filter { ["sync", "sendPhotos", "enrol"].contains($0) } }

    @Test func a_sync_that_is_stopped_before_it_began_does_not_begin_and_a_later_one_works() async {
        let desk = Desk(core: core)
        let sync = model(desk)
        let (question, isOver) = await hold(desk)
        let run = Task { await sync.occasion(.start) }
        while sync.state != .running { await Task.yield() }
        sync.cancelTapped()
        isOver.signal()
        await question.value
        await run.value
        #expect(sent == [] && sync.state == .idle)
        await sync.occasion(.tapped)
        #expect(sent == ["sync", "sendPhotos"] && sync.state == .idle)
    }

    @Test func a_stop_that_comes_when_the_facts_are_sent_is_meant_for_the_photos() async {
        let desk = Desk(core: core)
        let sync = model(desk)
        core.onSync = {
            desk.cancel()
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
        let (sync, isOver) = (model(Desk(core: core)), DispatchSemaphore(value: 0))
        core.onSync = {
            _ = isOver.wait(timeout: .now() + 5)
            return SyncReport(outcome: .cancelled, progress: Sample.progress)
        }
        let run = Task { await sync.occasion(.start) }
        while sent.count < 1 { await Task.yield() }
        await sync.occasion(.visitEnded)
        sync.cancelTapped()
        isOver.signal()
        await run.value
        #expect(sent == ["sync"] && sync.state == .idle)
        let again = Task { await sync.occasion(.tapped) }
        while sent.count < 2 { await Task.yield() }
        sync.cancelTapped()
        await sync.occasion(.visitEnded)
        isOver.signal()
        isOver.signal()
        await again.value
        #expect(sent == ["sync", "sync", "sync"] && sync.state == .idle)
    }

    @Test func a_stop_is_not_meant_for_what_is_looked_for_on_the_phone() async {
        let desk = Desk(core: core)
        let summary = SummaryModel(desk: desk)
        await summary.load()
        let (question, isOver) = await hold(desk)
        let asking = Task { await summary.showEarlier() }
        while !summary.isShowingEarlier { await Task.yield() }
        desk.cancel()
        isOver.signal()
        await question.value
        await asking.value
        #expect(summary.earlier == [] && summary.failure == nil)
    }

    @Test func an_enrolment_that_is_stopped_before_it_began_says_so_and_can_be_asked_for_again() async {
        let desk = Desk(core: core)
        let model = EnrolModel(desk: desk)
        (model.server, model.code) = ("https://xundian.example", "ABCD2345")
        let (question, isOver) = await hold(desk)
        let enrolment = Task { await model.enrolTapped() }
        while !model.isBusy { await Task.yield() }
        model.cancelTapped()
        isOver.signal()
        await question.value
        await enrolment.value
        #expect(sent == [] && model.failure?.key == .errorCancelled && model.canEnrol)
        await model.enrolTapped()
        #expect(sent == ["enrol"] && model.isEnrolled && model.failure == nil)
    }

    @Test func an_app_that_goes_to_sleep_waits_for_no_sync_that_had_not_begun() async {
        let desk = Desk(core: core)
        let app = AppModel(desk: desk)
        await app.start()
        let before = sent
        let (question, isOver) = await hold(desk)
        let run = Task { await app.sync.occasion(.tapped) }
        while app.sync.state != .running { await Task.yield() }
        let sleep = Task { await app.suspended() }
        while !core.calls.contains("cancel") { await Task.yield() }
        isOver.signal()
        await question.value
        await run.value
        await sleep.value
        #expect(sent == before && core.calls.last == "pause" && app.sync.state == .idle)
    }
}
