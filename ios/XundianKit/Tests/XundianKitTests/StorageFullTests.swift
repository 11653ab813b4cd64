import Foundation
import Testing

@testable import XundianKit

/// The phone is full in the middle of a visit: the models on the real core, on a disk that takes nothing more (tests/disk-full), which
/// ios/test.sh puts under the tests. XUNDIAN_FULL_CODE is a code of a rep of the town.
@MainActor
@Suite(.enabled(if: given("LD_PRELOAD") != nil), .serialized)
struct StorageFullTests {
    private let phone = TownPhone()
    private var mark: URL { phone.folder.appendingPathComponent("FULL") }

    private func fill() throws {
        try Data().write(to: mark)
        #expect(throws: (any Error).self, "the disk takes more") {
            try Data([1]).write(to: phone.folder.appendingPathComponent("phone.more"))
        }
    }

    private func free() throws { try FileManager.default.removeItem(at: mark) }

    private func isRefused(_ model: ScreenModel) -> Bool {
        model.failure?.key == .errorStorageFull && model.failure?.remedy == .freeStorage
    }

    private func lines(_ desk: Desk) async throws -> [Line] {
        let visit = try await desk.ask { try $0.currentVisit() }
        return try #require(visit).lines
    }

    @Test(.enabled(if: given("XUNDIAN_FULL_CODE") != nil))
    func a_visit_on_a_full_phone_loses_nothing_and_is_checked_out_when_there_is_room() async throws {
        defer { phone.thrownAway() }
        try await enrol()
        let shop = try await checkIn()
        try await count(shop)
        try await suggest()
        try await display()
        let checkedOut = try await confirm()
        let app = AppModel(desk: try phone.reopened())
        await app.sealed(checkedOut)
        let outbox = try await app.desk.ask { try $0.outbox() }
        #expect(app.sync.state == .idle && outbox.unsent == 0 && outbox.rows.count == 1, "\(app.sync.state)")
    }

    private func enrol() async throws {
        let desk = try phone.reopened()
        let model = EnrolModel(desk: desk)
        (model.server, model.code) = (try #require(given("XUNDIAN_SERVER")), try #require(given("XUNDIAN_FULL_CODE")))
        await model.enrolTapped()
        #expect(model.isEnrolled, "\(String(describing: model.failure))")
        let app = AppModel(desk: desk)
        await app.enrolled()
        #expect(app.sync.state == .idle, "\(app.sync.state)")
    }

    private func checkIn() async throws -> Store {
        let desk = try phone.reopened()
        let today = TodayModel(desk: desk, sync: SyncModel(desk: desk))
        await today.load()
        let stop = try #require(today.next, "\(today.phase)")
        let card = StoreCardModel(desk: desk, store: stop.store)
        await card.load()
        await card.checkInTapped()
        #expect(card.isCheckedIn)
        return try #require(card.card?.shop)
    }

    private func count(_ shop: Store) async throws {
        let desk = try phone.reopened()
        let model = CountModel(desk: desk, shop: shop)
        await model.load()
        let skus = model.items.prefix(6).map(\.sku)
        try #require(skus.count == 6)
        for sku in skus.prefix(2) { await zero(sku, model) }
        let saved = try await lines(desk)
        try fill()
        await model.stepTapped(skus[0], at: .shelf, by: 2)
        #expect(isRefused(model) && model.units(skus[0], at: .shelf) == 0, "what was not saved is not shown")
        try await sleepAndWake(desk)
        let awake = try await lines(desk)
        #expect(awake == saved)
        for sku in skus.dropFirst(2) { await zero(sku, model) }
        await model.finishTapped()
        #expect(model.failure == nil && model.isFinished && model.countedCount == 6)
    }

    private func zero(_ sku: Sku, _ model: CountModel) async {
        for place in model.places { await model.zeroTapped(sku, at: place) }
    }

    /// On the full phone nothing is fetched, and an app that slept does not get its file back before there is room.
    private func sleepAndWake(_ desk: Desk) async throws {
        let app = AppModel(desk: desk)
        await app.sync.occasion(.tapped)
        guard case .stopped(let failure) = app.sync.state else { return #expect(Bool(false), "\(app.sync.state)") }
        #expect(failure.key == .errorStorageFull && failure.remedy == .freeStorage)
        await app.suspended()
        await app.resumed()
        let unsent = try? await desk.ask { try $0.outbox().unsent }
        #expect(unsent == nil, "the file is open")
        try free()
        await app.resumed()
    }

    private func suggest() async throws {
        let model = SuggestModel(desk: try phone.reopened())
        await model.load()
        let row = try #require(model.rows.first)
        await model.changed(row, to: 2 * row.pack)
        await model.finishTapped()
        #expect(model.failure == nil && model.isFinished)
    }

    private func display() async throws {
        let model = DisplayModel(desk: try phone.reopened())
        await model.load()
        try fill()
        await model.photoTaken(Data([0xFF, 0xD8, 0xFF, 0xE0]), .before)
        #expect(isRefused(model) && model.photos(.before).isEmpty)
        try free()
        await model.photoTaken(Data([0xFF, 0xD8, 0xFF, 0xE0]), .before)
        await model.finishTapped()
        #expect(model.failure == nil && model.isFinished && model.photos(.before).count == 1)
    }

    private func confirm() async throws -> CheckedOut {
        let desk = try phone.reopened()
        let model = ConfirmModel(desk: desk)
        await model.load()
        #expect(model.hasLines)
        let saved = try await lines(desk)
        await model.sealTapped()
        #expect(model.isAskingToSeal && model.openSteps == [.competitor])
        try fill()
        await model.sealAnywayTapped()
        #expect(isRefused(model) && model.checkedOut == nil)
        do {
            _ = try await desk.ask { try $0.checkOut() }
            Issue.record("it was sealed")
        } catch {
            #expect(Failure(error).key == .errorStorageFull, "\(error)")
        }
        let kept = try await lines(desk)
        #expect(kept == saved)
        try free()
        await model.sealTapped()
        await model.sealAnywayTapped()
        return try #require(model.checkedOut, "\(String(describing: model.failure))")
    }

    @Test func an_app_that_is_opened_on_a_full_phone_says_so_and_opens_when_there_is_room() async throws {
        defer { phone.thrownAway() }
        let folder = phone.folder
        try RealCore.open(folder: folder).pause()
        try fill()
        let launch = LaunchModel(watch: Watch()) { try RealCore.open(folder: folder) }
        await launch.openTapped()
        guard case .failed(let failure) = launch.state else { return #expect(Bool(false), "it opened") }
        #expect(failure.key == .errorStorageFull && failure.remedy == .freeStorage)
        try free()
        await launch.openTapped()
        #expect(launch.app?.root == .enrol)
    }
}
