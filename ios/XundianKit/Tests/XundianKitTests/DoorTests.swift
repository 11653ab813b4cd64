import Foundation
import Testing

@testable import XundianKit

/// Whether the file is open, by what a core was told.
final class OpenFile: @unchecked Sendable {
    private let core: FakeCore
    private let lock = NSLock()
    private var state: Bool

    init(_ core: FakeCore, isOpen: Bool = true) {
        self.core = core
        state = isOpen
        core.onPause = { [weak self] in self?.isOpen = false }
        core.onResume = { [weak self] in self?.isOpen = true }
    }

    var isOpen: Bool {
        get { lock.withLock { state } }
        set { lock.withLock { state = newValue } }
    }

    /// The first opening.
    func opened() -> FakeCore {
        isOpen = true
        return core
    }
}

/// The door alone.
struct DoorTests {
    @Test func what_an_opening_met_is_met_by_all_who_wished_before_anybody_took_it_in() throws {
        let core = FakeCore { $0.failing["resume"] = .Corrupt(keptAs: "phone.sqlite.damaged-1") }
        let door = Door(core)
        door.close(door.wantClosed())
        let (first, second) = (door.wantOpen(), door.wantOpen())
        #expect(throws: CoreError.self) { _ = try door.open(first) }
        core.state.failing = [:]
        let third = door.wantOpen()
        for wish in [second, third] {
            #expect(throws: CoreError.self) { _ = try door.open(wish) }
        }
        door.failureHeard()
        #expect(throws: CoreError.self, "it was wished before") { _ = try door.open(third) }
        #expect(core.calls == ["pause", "resume"])
        #expect(try door.open(door.wantOpen()))
        #expect(core.calls == ["pause", "resume", "resume"])
    }

    @Test func a_wish_that_was_overtaken_by_its_contrary_does_nothing() throws {
        let core = FakeCore()
        let door = Door(core)
        let closing = door.wantClosed()
        let opening = door.wantOpen()
        door.close(closing)
        #expect(try door.open(opening) && core.calls == [])
        door.closeNow()
        #expect(try !door.open(opening) && core.calls == ["pause"])
    }
}

/// As `SleepTests`, where the file is opened for the first time, and by the moments that the system tells.
@MainActor
struct LaunchSleepTests {
    private let core = FakeCore { $0.rep = "ZY01" }
    private let file: OpenFile

    init() {
        file = OpenFile(core, isOpen: false)
    }

    private func launch() -> LaunchModel {
        let file = file
        return LaunchModel(watch: Watch()) { file.opened() }
    }

    /// A file that takes its time to open, and a rep who leaves meanwhile.
    private func left() async -> (launch: LaunchModel, works: [Task<Void, Never>], isOver: DispatchSemaphore) {
        let (core, file, isOver) = (core, file, DispatchSemaphore(value: 0))
        let launch = LaunchModel(watch: Watch()) {
            _ = try core.isReady()
            _ = isOver.wait(timeout: .now() + 20)
            return file.opened()
        }
        let start = launch.shown()
        await until { core.calls.contains("isReady") }
        return (launch, [start, launch.hidden()], isOver)
    }

    @Test func what_was_being_opened_when_the_rep_left_is_closed() async {
        let (launch, works, isOver) = await left()
        isOver.signal()
        for work in works { await work.value }
        #expect(!file.isOpen && !core.calls.contains("sync"))
        await launch.shown().value
        #expect(file.isOpen && launch.app?.root == .today)
    }

    @Test func what_was_being_opened_when_no_time_was_left_is_closed_at_once() async {
        let (launch, works, isOver) = await left()
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { isOver.signal() }
        launch.timeIsOver()
        #expect(!file.isOpen && core.calls == ["isReady", "pause"])
        for work in works { await work.value }
        #expect(!file.isOpen && !core.calls.contains("sync"))
        await launch.shown().value
        #expect(file.isOpen && launch.app?.root == .today)
    }

    @Test func nothing_is_opened_when_no_time_was_left_before_it_began_and_the_rep_who_is_back_finds_it_open() async {
        let launch = launch()
        let start = launch.shown()
        let sleep = launch.hidden()
        launch.timeIsOver()
        await start.value
        await sleep.value
        #expect(!file.isOpen && core.calls == [])
        await launch.shown().value
        #expect(file.isOpen && launch.app?.root == .today)
    }

    /// As a thumb does it: the work of each moment begins when the next has been told already.
    @Test func the_last_moment_counts_whatever_work_is_still_to_begin() async {
        let launch = launch()
        await launch.shown().value
        let away = [launch.hidden(), launch.shown(), launch.hidden()]
        for work in away { await work.value }
        #expect(!file.isOpen)
        let back = [launch.shown(), launch.hidden(), launch.shown()]
        for work in back { await work.value }
        #expect(file.isOpen)
    }

    @Test func a_word_of_the_system_that_comes_late_closes_nothing_under_the_reps_eyes() async {
        let launch = launch()
        await launch.shown().value
        let sleep = launch.hidden()
        let back = launch.shown()
        launch.timeIsOver()
        await sleep.value
        await back.value
        #expect(file.isOpen && !core.calls.contains("pause"))
    }
}
