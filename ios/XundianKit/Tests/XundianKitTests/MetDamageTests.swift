import Foundation
import Testing

@testable import XundianKit

/// A file that was opened well, and in which a later call meets damage: whichever it is, the rep reads of it in the place of all
/// screens, and begins a new file.
@MainActor
struct MetDamageTests {
    private let core = FakeCore { $0.rep = "ZY01"; $0.visit = Sample.visit(Sample.store1) }
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    private let kept = "phone.sqlite.damaged-1"

    /// Of every way to the core, one call.
    enum Call: CaseIterable, Sendable {
        case reading, tap, photo, lookUp, unshown, sync, enrolment
    }

    private func opened() async -> AppModel {
        let app = AppModel(desk: Desk(core: core), damage: DamageModel(folder: folder))
        await app.start()
        return app
    }

    private func make(_ call: Call, _ app: AppModel) async {
        switch call {
        case .reading: await TodayModel(desk: app.desk, sync: app.sync).load()
        case .tap: await ConfirmModel(desk: app.desk).paymentTapped(.weChat)
        case .photo: await DisplayModel(desk: app.desk).photoTaken(Sample.picture, .before)
        case .lookUp: await SummaryModel(desk: app.desk).showEarlier()
        case .unshown: _ = await ScreenModel(desk: app.desk).reasons(.cancel)
        case .sync: await app.sync.occasion(.tapped)
        case .enrolment: await EnrolModel(desk: app.desk).scanned("the office's")
        }
    }

    /// As the core does it: the file is put aside, and every call says so.
    private func damage() throws {
        try putAside()
        core.state.damage = .Corrupt(keptAs: kept)
    }

    private func putAside() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data([7]).write(to: folder.appendingPathComponent(kept))
    }

    private func isDamaged(_ app: AppModel?) -> Bool {
        if case .failed(let failure)? = app?.root { failure.isDamage } else { false }
    }

    private func names(_ damage: DamageModel) -> [String] { damage.waiting.map(\.lastPathComponent) }

    private func count(_ door: String) -> Int { core.calls.count { $0 == door } }

    @Test(arguments: Call.allCases)
    func any_call_leads_to_what_is_said_of_damage_and_on_to_an_enrolment(call: Call) async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let app = await opened()
        app.go(.outbox)
        #expect(app.root == .today && app.path == [.visit, .outbox] && names(app.damage).isEmpty)
        try damage()
        await make(call, app)
        #expect(isDamaged(app) && app.path.isEmpty && names(app.damage) == [kept], "\(call)")
        await app.openTapped()
        #expect(app.root == .enrol && app.path.isEmpty && count("resume") == 1)
        #expect(names(app.damage) == [kept], "it is offered above the enrolment")
        core.state.rep = "ZY01"
        await app.enrolled()
        #expect(app.root == .today && app.sync.state == .idle, "the new one works")
    }

    @Test func it_is_said_until_it_was_read_whatever_the_system_does() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let app = await opened()
        try damage()
        await make(.tap, app)
        await app.suspended()
        let before = core.calls
        await app.networkCame()
        await app.background(sendsPhotos: false)
        await app.resumed()
        #expect(isDamaged(app) && core.calls == before)
    }

    @Test func what_the_background_met_is_told_when_the_app_is_opened_next() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let app = await opened()
        await app.suspended()
        try putAside()
        core.state.failing["sync"] = .Corrupt(keptAs: kept)
        await app.background(sendsPhotos: false)
        #expect(core.calls.suffix(2) == ["sync", "pause"])
        await app.resumed()
        #expect(isDamaged(app) && app.path.isEmpty && names(app.damage) == [kept] && count("resume") == 1)
    }

    @Test func what_a_start_in_the_background_met_is_told_and_offered_when_the_app_is_opened_next() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let (core, kept, file) = (core, kept, folder.appendingPathComponent(kept))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        core.onRep = {
            try Data([7]).write(to: file)
            throw CoreError.Corrupt(keptAs: kept)
        }
        let launch = LaunchModel(watch: Watch(), folder: folder) { core }
        await launch.background()
        await launch.shown().value
        #expect(isDamaged(launch.app) && names(launch.damage) == [kept] && !core.calls.contains("sync"))
    }

    @Test func a_file_that_cannot_be_put_aside_is_tried_again_once_for_each_tap() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let app = await opened()
        core.state.damage = .Corrupt(keptAs: "")
        await make(.reading, app)
        core.state.failing["resume"] = .Corrupt(keptAs: "")
        for tries in 1...2 {
            await app.openTapped()
            #expect(isDamaged(app) && names(app.damage).isEmpty && count("resume") == tries)
        }
        core.state.failing = [:]
        try putAside()
        await app.openTapped()
        #expect(app.root == .enrol && names(app.damage) == [kept])
    }

    /// The sync that held it comes back when the rep has already tapped.
    @Test func a_call_that_speaks_of_the_old_file_late_does_not_hold_up_the_new_one() async {
        let (app, isOver) = (await opened(), DispatchSemaphore(value: 0))
        core.state.damage = .Corrupt(keptAs: kept)
        await make(.tap, app)
        core.onPause = {
            // In time, that the test may fail.
            _ = isOver.wait(timeout: .now() + 20)
        }
        let retry = Task { await app.openTapped() }
        await until { count("pause") >= 1 }
        await make(.sync, app)
        #expect(app.root == .starting)
        isOver.signal()
        await retry.value
        #expect(app.root == .enrol)
    }

    @Test func a_refusal_that_is_no_damage_stays_on_its_screen() async {
        let app = await opened()
        core.state.failing["saveLine"] = .StorageFull
        let model = ConfirmModel(desk: app.desk)
        await model.paymentTapped(.weChat)
        #expect(model.failure?.key == .errorStorageFull && app.root == .today && app.path == [.visit])
    }

    /// On the real core. The file slept once, so that what is overwritten is what is read.
    @Test func a_file_that_goes_bad_under_the_eyes_of_the_rep_is_offered_and_a_new_one_is_begun() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let place = folder
        let launch = LaunchModel(watch: Watch(), folder: place) { try RealCore.open(folder: place) }
        await launch.shown().value
        await launch.hidden().value
        await launch.shown().value
        let app = try #require(launch.app)
        #expect(app.root == .enrol)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: RealCore.file(in: place)))
        try file.write(contentsOf: Data(repeating: 7, count: 100))
        try file.close()
        await EnrolModel(desk: app.desk).load()
        #expect(isDamaged(app) && names(launch.damage).contains(kept))
        await launch.openTapped()
        #expect(app.root == .enrol && names(launch.damage).contains(kept))
        let (rep, server) = try await app.desk.ask { (try $0.rep(), try $0.server()) }
        #expect(rep == nil && server == nil, "the new one answers")
    }
}
