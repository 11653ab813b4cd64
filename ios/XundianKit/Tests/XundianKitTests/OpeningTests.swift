import Foundation
import Testing

@testable import XundianKit

/// What a rep sees of a file that does not open, or cannot be read.
@MainActor
struct OpeningTests {
    private func model(_ core: FakeCore) -> AppModel { AppModel(desk: Desk(core: core)) }

    private func key(_ model: AppModel) -> TextKey? {
        if case .failed(let failure) = model.root { failure.key } else { nil }
    }

    private func count(_ door: String, _ core: FakeCore) -> Int { core.calls.filter { $0 == door }.count }

    @Test func a_first_read_that_fails_asks_nobody_to_be_enrolled() async {
        let core = FakeCore { $0.rep = "ZY01"; $0.failing["rep"] = .Internal(reason: "fault") }
        let model = model(core)
        await model.start()
        #expect(key(model) == .errorInternal && !core.calls.contains("sync"))
        await model.openTapped()
        #expect(key(model) == .errorInternal, "it fails again")
        core.state.failing = [:]
        await model.openTapped()
        #expect(model.root == .today && core.calls.suffix(5) == ["resume", "rep", "currentVisit", "sync", "sendPhotos"])
        await model.openTapped()
        #expect(count("resume", core) == 2, "there is nothing to try again")
    }

    @Test func an_open_visit_that_cannot_be_read_keeps_nobody_from_the_outbox() async {
        let core = FakeCore {
            $0.rep = "ZY01"
            $0.visit = Sample.visit(Sample.store1)
            $0.failing["currentVisit"] = .Internal(reason: "fault")
        }
        let model = model(core)
        await model.start()
        #expect(model.root == .today && model.path.isEmpty && core.calls.suffix(2) == ["sync", "sendPhotos"])
        let outbox = OutboxModel(desk: model.desk, sync: model.sync)
        await outbox.load()
        await outbox.exportTapped()
        #expect(outbox.phase == .ready && outbox.export != nil, "a journal of it goes to the office")
    }

    @Test func an_open_visit_in_which_damage_is_met_has_the_screen_of_damage() async {
        let core = FakeCore { $0.rep = "ZY01"; $0.failing["currentVisit"] = .Corrupt(keptAs: "phone.sqlite.damaged-1") }
        let model = model(core)
        await model.start()
        #expect(key(model) == .errorCorrupt && model.path.isEmpty && !core.calls.contains("sync"))
    }

    @Test func damage_that_is_found_by_a_read_waits_for_the_rep() async {
        let core = FakeCore { $0.rep = "ZY01"; $0.failing["rep"] = .Corrupt(keptAs: "phone.sqlite.damaged-1") }
        let model = model(core)
        await model.start()
        await model.suspended()
        await model.resumed()
        #expect(key(model) == .errorCorrupt && !core.calls.contains("resume"))
        core.state.failing = [:]
        core.state.rep = nil
        await model.openTapped()
        #expect(model.root == .enrol)
    }

    @Test func damage_that_is_found_after_a_sleep_stays_until_it_was_read_and_leaves_nothing_of_the_old_file() async {
        let core = FakeCore { $0.rep = "ZY01"; $0.visit = Sample.visit(Sample.store1) }
        let model = model(core)
        await model.start()
        model.enrolAgainTapped()
        model.go(.settings)
        await model.suspended()
        core.state.failing["resume"] = .Corrupt(keptAs: "phone.sqlite.damaged-1")
        await model.background(sendsPhotos: false)
        core.state.failing = [:]
        core.state.rep = nil
        core.state.visit = nil
        let before = core.calls
        await model.resumed()
        await model.networkCame()
        await model.background(sendsPhotos: false)
        #expect(key(model) == .errorCorrupt && core.calls == before, "nobody read of it")
        await model.openTapped()
        #expect(model.root == .enrol && model.path.isEmpty && !model.canLeaveEnrolment)
    }

    @Test func a_phone_that_was_full_when_it_woke_says_so_and_goes_on_where_the_rep_was() async {
        let core = FakeCore { $0.rep = "ZY01"; $0.visit = Sample.visit(Sample.store1) }
        let model = model(core)
        await model.start()
        await model.suspended()
        core.state.failing["resume"] = .StorageFull
        await model.resumed()
        #expect(key(model) == .errorStorageFull)
        core.state.failing = [:]
        await model.openTapped()
        #expect(model.root == .today && model.path == [.visit])
        await model.suspended()
        core.state.failing["resume"] = .StorageFull
        await model.resumed()
        core.state.failing = [:]
        await model.resumed()
        #expect(model.root == .today, "there was room when the rep came back")
    }

    @Test func a_start_that_failed_while_nobody_looked_is_tried_again_when_the_rep_comes() async {
        let core = FakeCore { $0.rep = "ZY01"; $0.failing["open"] = .StorageFull }
        let launch = LaunchModel(watch: Watch()) {
            try core.called("open")
            return core
        }
        await launch.background()
        guard case .failed(let old) = launch.state else { return #expect(Bool(false), "it opened") }
        #expect(old.key == .errorStorageFull && core.calls == ["open"])
        core.state.failing["open"] = .IncompatibleVersion(reason: "newer_database")
        await launch.shown().value
        guard case .failed(let new) = launch.state else { return #expect(Bool(false), "it opened") }
        #expect(new.key == .errorVersion, "what is in the way now")
        await launch.hidden().value
        core.state.failing = [:]
        await launch.shown().value
        #expect(launch.app?.root == .today)
    }

    /// The second opening would begin a new file, and nobody would hear of the damage.
    @Test func two_who_wake_the_app_at_once_open_the_file_once() async {
        let (core, isWoken) = (FakeCore { $0.rep = "ZY01" }, DispatchSemaphore(value: 0))
        let model = model(core)
        await model.start()
        await model.suspended()
        core.onResume = {
            _ = isWoken.wait(timeout: .now() + 20)
            throw CoreError.Corrupt(keptAs: "phone.sqlite.damaged-1")
        }
        let system = Task { await model.background(sendsPhotos: false) }
        let rep = Task { await model.resumed() }
        await until { core.calls.contains("resume") }
        await letRun()
        // Enough for a second one.
        isWoken.signal()
        isWoken.signal()
        await system.value
        await rep.value
        #expect(key(model) == .errorCorrupt && count("resume", core) == 1)
    }
}

/// Files that were put aside, by their names in the folder and by the real core.
@MainActor
struct DamageTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    private func names(_ files: [URL]) -> [String] { files.map(\.lastPathComponent) }

    private func put(_ names: String...) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in names { try Data([7]).write(to: folder.appendingPathComponent(name)) }
    }

    private func launch() -> LaunchModel {
        let place = folder
        return LaunchModel(watch: Watch(), folder: place) { try RealCore.open(folder: place) }
    }

    private func looked() async -> DamageModel {
        let model = DamageModel(folder: folder)
        await model.look()
        return model
    }

    @Test func a_folder_without_damage_says_nothing() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let missing = await looked()
        #expect(missing.files.isEmpty && missing.waiting.isEmpty)
        try put("phone.sqlite", "phone.sqlite-wal", "phone.sqlite.damaged-", "phone.sqlite.damaged-x", "other.damaged-1")
        let sound = await looked()
        #expect(sound.files.isEmpty && sound.waiting.isEmpty)
    }

    @Test func a_file_is_told_of_at_each_start_until_it_was_shared_and_is_with_the_office() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try put("phone.sqlite.damaged-1", "phone.sqlite.damaged-1-wal", "phone.sqlite.damaged-1-shm")
        let kept = ["phone.sqlite.damaged-1", "phone.sqlite.damaged-1-wal"]
        let first = await looked()
        #expect(names(first.waiting) == kept && !first.isShared)
        await first.givenTapped()
        #expect(names(first.waiting) == kept, "it did not leave the phone")
        let second = await looked()
        await second.sheetClosed(second.waiting, isTaken: false)
        #expect(!second.isShared, "the sheet was put away")
        await second.sheetClosed(second.waiting, isTaken: true)
        await second.look()
        #expect(second.isShared && names(second.waiting) == kept && second.told == .damageTold)
        await second.givenTapped()
        #expect(second.waiting.isEmpty && !second.isShared && names(second.files) == kept, "it stays for another time")
        let third = await looked()
        #expect(third.waiting.isEmpty && names(third.files) == kept && third.told == .damageKept)
        try put("phone.sqlite.damaged-2")
        let fourth = await looked()
        #expect(names(fourth.waiting) == ["phone.sqlite.damaged-2"] && fourth.files.count == 3)
        #expect(!fourth.isShared && fourth.told == .damageTold, "it is another one")
    }

    @Test func one_of_several_files_is_not_all_of_them_and_what_was_taken_is_known_at_the_next_start() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try put("phone.sqlite.damaged-1", "phone.sqlite.damaged-1-wal")
        let first = await looked()
        await first.sheetClosed([try #require(first.waiting.first)], isTaken: true)
        #expect(!first.isShared, "the newest records lie in the other")
        await first.givenTapped()
        #expect(first.waiting.count == 2)
        let second = await looked()
        await second.sheetClosed([try #require(second.waiting.last)], isTaken: true)
        #expect(second.isShared)
        try put("phone.sqlite.damaged-2")
        await second.look()
        #expect(!second.isShared && second.waiting.count == 3, "nobody took the new one")
        await second.sheetClosed([try #require(second.waiting.last)], isTaken: true)
        let third = await looked()
        #expect(third.isShared)
        await third.givenTapped()
        #expect(third.waiting.isEmpty && third.files.count == 3)
    }

    @Test func a_file_that_was_damaged_while_the_app_slept_is_told_of_then_and_at_the_next_start() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let launch = launch()
        await launch.shown().value
        #expect(launch.app?.root == .enrol && launch.damage.files.isEmpty)
        await launch.hidden().value
        try Data(repeating: 7, count: 8192).write(to: URL(fileURLWithPath: RealCore.file(in: folder)))
        await launch.shown().value
        guard case .failed(let failure)? = launch.app?.root else { return #expect(Bool(false), "it opened") }
        #expect(failure.key == .errorCorrupt && names(launch.damage.waiting).contains("phone.sqlite.damaged-1"))
        await launch.openTapped()
        #expect(launch.app?.root == .enrol && launch.app?.damage.waiting.isEmpty == false)
        let next = self.launch()
        await next.shown().value
        #expect(next.app?.root == .enrol && names(next.damage.waiting).contains("phone.sqlite.damaged-1"))
    }

    @Test func a_file_that_is_damaged_at_a_start_is_offered_beside_the_failure() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try put("phone.sqlite")
        try Data(repeating: 7, count: 8192).write(to: folder.appendingPathComponent("phone.sqlite"))
        let launch = launch()
        await launch.shown().value
        guard case .failed = launch.state else { return #expect(Bool(false), "it opened") }
        #expect(names(launch.damage.waiting).contains("phone.sqlite.damaged-1"))
    }
}
