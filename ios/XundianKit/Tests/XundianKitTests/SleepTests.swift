import Foundation
import Testing

@testable import XundianKit

/// Before the system suspends the app its file is closed, whatever was under way; and what was under way is not lost for it.
@MainActor
struct SleepTests {
    private let core = FakeCore { $0.rep = "ZY01" }
    private let file: OpenFile

    init() {
        file = OpenFile(core)
    }

    private func opened() async -> AppModel {
        let app = AppModel(desk: Desk(core: core))
        await app.start()
        return app
    }

    private func count(_ door: String) -> Int { core.calls.count { $0 == door } }

    private func come(_ door: String, _ times: Int = 1) async {
        await until { count(door) >= times }
    }

    private func holdResume() -> DispatchSemaphore {
        let (isOver, file) = (DispatchSemaphore(value: 0), file)
        core.onResume = {
            _ = isOver.wait(timeout: .now() + 20)
            file.isOpen = true
        }
        return isOver
    }

    /// A sync was asked for by a tap, and does not end before it is told to.
    private func syncing(
        _ outcome: SyncOutcome = .inStep
    ) async -> (app: AppModel, run: Task<Void, Never>, isOver: DispatchSemaphore) {
        let (app, isOver) = (await opened(), core.holdSync(outcome))
        let run = Task { await app.sync.occasion(.tapped) }
        await come("sync", 2)
        return (app, run, isOver)
    }

    /// The rep is back, and the file does not open before it is told to.
    private func waking() async -> (app: AppModel, resume: Task<Void, Never>, isOver: DispatchSemaphore) {
        let app = await opened()
        await app.suspended()
        let isOver = holdResume()
        let resume = Task { await app.resumed() }
        await come("resume")
        return (app, resume, isOver)
    }

    /// The rep leaves, and the system tells at once.
    private func leaving(_ app: AppModel) async -> Task<Void, Never> {
        let sleep = Task { await app.suspended() }
        await letRun()
        return sleep
    }

    @Test func a_sync_that_runs_goes_on_with_its_photos_and_then_the_file_is_closed() async {
        let (app, run, isOver) = await syncing()
        let sleep = await leaving(app)
        #expect(file.isOpen && count("cancel") == 0)
        isOver.signal()
        await run.value
        await sleep.value
        #expect(core.calls.suffix(3) == ["sync", "sendPhotos", "pause"] && !file.isOpen && app.sync.state == .idle)
    }

    @Test func a_visit_that_was_sealed_while_the_sync_ran_goes_too_before_the_file_is_closed() async {
        let (app, run, isOver) = await syncing()
        await app.sync.occasion(.visitEnded)
        let sleep = Task { await app.suspended() }
        isOver.signal()
        isOver.signal()
        await run.value
        await sleep.value
        #expect(count("sync") == 3 && core.calls.suffix(2) == ["sendPhotos", "pause"])
    }

    /// As a screen does it: on the main actor from the answer to the sync. A task's own closure asks from nowhere, and the app may be
    /// asleep before it is back.
    private func checkOut(_ app: AppModel) async {
        _ = try? await app.desk.ask { try $0.checkOut() }
        await app.sent()
    }

    @Test func a_tap_that_leads_to_a_sync_does_so_though_the_rep_leaves_at_once() async {
        let app = await opened()
        // The tap was there first, whichever of two tasks begins first.
        let isOver = DispatchSemaphore(value: 0)
        core.onCheckOut = {
            _ = isOver.wait(timeout: .now() + 20)
            return CheckedOut(result: .complete, order: nil)
        }
        let tap = Task { await checkOut(app) }
        await come("checkOut")
        let sleep = await leaving(app)
        isOver.signal()
        await tap.value
        await sleep.value
        #expect(core.calls.suffix(4) == ["checkOut", "sync", "sendPhotos", "pause"])
        #expect(!file.isOpen)
    }

    @Test func a_rep_who_is_back_while_the_sync_runs_finds_the_file_open_and_the_sync_unharmed() async {
        let (app, run, isOver) = await syncing()
        let sleep = await leaving(app)
        await app.resumed()
        isOver.signal()
        await run.value
        await sleep.value
        #expect(file.isOpen && count("pause") == 0 && count("cancel") == 0 && app.sync.state == .idle)
    }

    @Test func when_the_time_is_over_the_file_is_closed_at_once_and_the_rest_is_asked_for_at_the_next_resume() async {
        let (app, run, isOver) = await syncing(.cancelled)
        core.onCancel = { isOver.signal() }
        let sleep = await leaving(app)
        app.timeIsOver()
        #expect(core.calls.suffix(2) == ["cancel", "pause"] && !file.isOpen)
        await run.value
        await sleep.value
        #expect(count("pause") == 1 && app.sync.state == .idle)
        core.onSync = { SyncReport(outcome: .inStep, progress: Sample.progress) }
        await app.resumed()
        #expect(file.isOpen && core.calls.suffix(3) == ["resume", "sync", "sendPhotos"])
    }

    @Test func photos_that_the_end_of_the_time_stopped_are_asked_for_at_the_next_resume() async {
        let (app, isOver) = (await opened(), DispatchSemaphore(value: 0))
        core.onSendPhotos = {
            _ = isOver.wait(timeout: .now() + 20)
            return SyncReport(outcome: .cancelled, progress: Sample.progress)
        }
        core.onCancel = { isOver.signal() }
        let run = Task { await app.sync.occasion(.tapped) }
        await come("sendPhotos", 2)
        let sleep = await leaving(app)
        app.timeIsOver()
        await run.value
        await sleep.value
        #expect(!file.isOpen && app.sync.state == .idle)
        core.onSendPhotos = { SyncReport(outcome: .inStep, progress: Sample.progress) }
        await app.resumed()
        #expect(core.calls.suffix(3) == ["resume", "sync", "sendPhotos"], "the facts are fresh")
        let sent = count("sync")
        await app.resumed()
        #expect(count("sync") == sent, "now all is")
    }

    @Test func what_a_resume_opens_is_closed_when_the_rep_left_in_the_middle_of_it() async {
        let (app, resume, isOver) = await waking()
        let sleep = await leaving(app)
        isOver.signal()
        await resume.value
        await sleep.value
        #expect(!file.isOpen && core.calls.suffix(2) == ["resume", "pause"], "and no sync began")
    }

    @Test func what_a_resume_opens_is_closed_when_the_time_was_over_in_the_middle_of_it() async {
        let (app, resume, isOver) = await waking()
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { isOver.signal() }
        app.timeIsOver()
        #expect(!file.isOpen)
        await resume.value
        #expect(!file.isOpen && core.calls.suffix(2) == ["resume", "pause"])
    }

    /// The first one stands behind a tap that takes its time.
    @Test func a_resume_that_was_called_off_opens_nothing_and_the_next_one_is_not_lost() async {
        let app = await opened()
        await app.suspended()
        let isOver = DispatchSemaphore(value: 0)
        let tap = Task {
            _ = try? await app.desk.ask { core in
                _ = try core.isReady()
                _ = isOver.wait(timeout: .now() + 20)
            }
        }
        await come("isReady")
        let first = Task { await app.resumed() }
        await letRun()
        app.timeIsOver()
        let second = Task { await app.resumed() }
        await letRun()
        app.timeIsOver()
        isOver.signal()
        await tap.value
        await first.value
        await second.value
        #expect(count("resume") == 0 && !file.isOpen && app.root == .today)
        await app.resumed()
        #expect(count("resume") == 1 && file.isOpen)
    }

    @Test func a_rep_who_comes_and_goes_and_comes_has_an_open_file() async {
        let (app, first, isOver) = await waking()
        let sleep = await leaving(app)
        let second = Task { await app.resumed() }
        await letRun()
        isOver.signal()
        isOver.signal()
        await first.value
        await sleep.value
        await second.value
        #expect(file.isOpen && app.root == .today)
    }

    @Test func who_leaves_while_what_failed_is_opened_anew_leaves_a_closed_file() async {
        core.state.failing["rep"] = .Internal(reason: "fault")
        let app = await opened()
        core.state.failing = [:]
        let isOver = holdResume()
        let retry = Task { await app.openTapped() }
        await come("resume")
        let sleep = await leaving(app)
        isOver.signal()
        await retry.value
        await sleep.value
        #expect(!file.isOpen && count("sync") == 0)
        core.onResume = { [file] in file.isOpen = true }
        await app.resumed()
        #expect(file.isOpen && app.root == .today)
    }

    @Test func a_sync_of_an_app_that_sleeps_is_no_failure_and_is_asked_for_when_it_wakes() async {
        let app = await opened()
        await app.suspended()
        core.state.failing["sync"] = .Conflict(reason: "paused")
        await app.sync.occasion(.visitEnded)
        #expect(app.sync.state == .idle && app.sync.schedule.failures == 0)
        core.state.failing = [:]
        await app.resumed()
        #expect(core.calls.suffix(2) == ["sync", "sendPhotos"])
    }

    @Test func a_network_that_comes_while_the_app_sleeps_asks_nothing() async {
        let app = await opened()
        await app.suspended()
        let before = core.calls
        await app.networkCame()
        #expect(core.calls == before && app.sync.state == .idle)
    }
}
