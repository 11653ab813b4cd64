import Foundation
import Testing

@testable import XundianKit

/// A journal goes out through the share sheet.
@MainActor
extension OutboxAndSettingsTests {
    func share(_ outbox: OutboxModel, isTaken: Bool = true) async {
        let file = await outbox.shareTapped()
        #expect(file?.lastPathComponent == "xundian.journal")
        await outbox.sheetClosed(isTaken: isTaken)
    }

    /// Whoever puts the sheet away, after it showed a preview too, gave the file to nobody: another rep's facts must not count as kept.
    @Test func a_journal_whose_sheet_was_put_away_has_not_left_the_phone() async {
        let (core, kept) = (FakeCore { $0.rep = "ZY01" }, KeptCode())
        let app = AppModel(desk: Desk(core: core), recoveryCode: kept)
        await app.outbox.exportTapped()
        await share(app.outbox, isTaken: false)
        #expect(!core.calls.contains("journalLeft") && kept.code == nil && app.outbox.export != nil)
        await share(app.outbox)
        #expect(core.calls.count(where: { $0 == "journalLeft" }) == 1 && kept.code == "1234-5678-9012")
        await app.outbox.sheetClosed(isTaken: true)
        #expect(core.calls.count(where: { $0 == "journalLeft" }) == 1, "a sheet that was closed already")
    }

    @Test func an_older_journal_that_was_taken_does_not_count_for_the_one_on_offer() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let app = AppModel(desk: Desk(core: core), recoveryCode: KeptCode())
        await app.outbox.exportTapped()
        _ = await app.outbox.shareTapped()
        core.onExportJournal = { JournalExport(bytes: Data([2]), recoveryCode: "2109-8765-4321", facts: 3, leftOut: 0, upto: 9) }
        await app.outbox.exportTapped()
        await app.outbox.sheetClosed(isTaken: true)
        #expect(!core.calls.contains("journalLeft") && app.outbox.recoveryCode == "2109-8765-4321")
    }

    @Test func a_journal_is_a_file_with_its_name_only_when_somebody_wants_to_share_it() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let desk = Desk(core: FakeCore { $0.rep = "ZY01" })
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk), folder: folder)
        let early = await model.shareTapped()
        await model.exportTapped()
        #expect(early == nil && !FileManager.default.fileExists(atPath: folder.path))
        let file = try #require(await model.shareTapped())
        #expect(file.lastPathComponent == "xundian.journal")
        #expect(try Data(contentsOf: file) == model.export?.bytes)
    }

    @Test func a_journal_that_finds_no_room_beside_the_file_says_so() async throws {
        let place = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data().write(to: place)
        defer { try? FileManager.default.removeItem(at: place) }
        let desk = Desk(core: FakeCore { $0.rep = "ZY01" })
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk), folder: place)
        await model.exportTapped()
        let file = await model.shareTapped()
        #expect(file == nil && model.failure?.key == .errorStorageFull)
    }
}
