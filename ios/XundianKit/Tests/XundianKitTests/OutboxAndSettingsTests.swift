import Foundation
import Testing

@testable import XundianKit

@MainActor
struct OutboxAndSettingsTests {
    @Test func a_record_in_the_outbox_leads_to_its_order() {
        let rows = [
            Sample.record("visit_closed", Sample.effect(.waiting(day: "2026-07-28", late: false))),
            Sample.record("visit_closed", nil),
        ]
        #expect(rows.map { $0.receipt?.order } == [Sample.orderId, nil])
    }

    @Test func the_outbox_tells_states_and_no_names() async {
        let desk = Desk(core: FakeCore())
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        await model.load()
        #expect(model.outbox?.unsent == 1)
        #expect(model.details.contains("7 visit_closed"))
        #expect(model.details.contains("last_contact=never"))
        #expect(!model.details.contains("利民"))
    }

    @Test func the_settings_tell_what_is_unsent_and_when_the_server_was_heard() async throws {
        let model = SettingsModel(desk: Desk(core: FakeCore { $0.outbox.lastContact = 1_785_110_400_000 }))
        #expect(model.outbox == nil, "nothing is claimed before it is known")
        await model.load()
        let (outbox, texts) = (try #require(model.outbox), Texts(.chinese))
        #expect(texts.unsent(outbox.unsent) == "1条尚未上传")
        #expect(texts.ago(outbox.lastContact, now: Date(timeIntervalSince1970: 1_785_111_000)) == "10分钟前")
    }

    @Test func diagnostics_have_counts_and_the_log_and_no_names() async {
        let model = SettingsModel(desk: Desk(core: FakeCore()))
        await model.load()
        var log = LogBook(most: 2)
        for line in ["opened", "sync ended with Later", "sync ended with Puzzled"] {
            log.add(.info, line, at: Date(timeIntervalSince1970: 1_785_110_400))
        }
        let lines = model.diagnostics(version: "0.1.0", storage: 5, log: log).split(separator: "\n")
        #expect(lines == [
            "version=0.1.0 unsent=1 photos=1 storage=5 last_contact=never",
            "2026-07-27T00:00:00Z info sync ended with Later", "2026-07-27T00:00:00Z info sync ended with Puzzled",
        ], "the newest lines, the oldest of them first")
    }

    @Test func a_journal_goes_out_and_comes_in() async {
        let app = AppModel(desk: Desk(core: FakeCore()))
        app.go(.outbox)
        await app.outbox.exportTapped()
        #expect(app.outbox.export?.recoveryCode == "1234-5678-9012")
        await app.outbox.importTapped(Data([1]), code: "1234-5678-9012")
        #expect(app.outbox.imported?.taken == 3 && app.outbox.export != nil, "it is on offer as long as the outbox is seen")
    }

    @Test(arguments: [[], [.outbox, .order(Sample.orderId)]] as [[Route]])
    func what_was_taken_in_or_refused_is_not_said_again_after_the_outbox_was_left_and_a_journal_stays(path: [Route]) async {
        let app = AppModel(desk: Desk(core: FakeCore()))
        let model = app.outbox
        app.go(.outbox)
        await model.exportTapped()
        await model.importTapped(Data([1]), code: "1234-5678-9012")
        await model.filePicked(.success(URL(fileURLWithPath: "/nowhere/xundian.journal")))
        model.picked = Data([1])
        #expect(model.export != nil && model.imported != nil && model.failure?.key == .errorFileUnread)
        app.path = path
        #expect(model.imported == nil && model.picked == nil && model.failure == nil)
        app.path = [.outbox]
        await model.load()
        #expect(model.imported == nil && model.failure == nil)
        #expect(model.export != nil && model.recoveryCode == "1234-5678-9012", "the core counts its facts as kept")
    }

    @Test func what_was_exported_before_an_enrolment_is_not_on_offer_after_it() async {
        let app = AppModel(desk: Desk(core: FakeCore { $0.rep = "ZY01" }))
        await app.start()
        app.enrolAgainTapped()
        // The form was left before its answer.
        app.enrolmentLeft()
        app.go(.outbox)
        await app.outbox.exportTapped()
        await app.enrolled()
        #expect(app.path == [.outbox] && app.outbox.export == nil)
    }

    @Test func a_journal_that_comes_after_the_outbox_was_left_is_on_offer_with_its_code() async {
        let (core, isOver) = (FakeCore { $0.rep = "ZY01" }, DispatchSemaphore(value: 0))
        let app = AppModel(desk: Desk(core: core), recoveryCode: KeptCode())
        app.go(.outbox)
        await app.outbox.exportTapped()
        core.onExportJournal = {
            _ = isOver.wait(timeout: .now() + 20)
            return JournalExport(bytes: Data([2]), recoveryCode: "2109-8765-4321", facts: 3, leftOut: 0, upto: 7)
        }
        let second = Task { await app.outbox.exportTapped() }
        await until { core.calls.count(where: { $0 == "exportJournal" }) == 2 }
        app.path = []
        isOver.signal()
        await second.value
        #expect(app.outbox.export?.bytes == Data([2]) && app.outbox.recoveryCode == "2109-8765-4321")
    }

    @Test func the_code_of_a_journal_that_nobody_was_given_ends_with_the_file() async {
        let (core, kept) = (FakeCore { $0.rep = "ZY01" }, KeptCode())
        let first = AppModel(desk: Desk(core: core), recoveryCode: kept)
        await first.outbox.exportTapped()
        #expect(!core.calls.contains("journalLeft"), "nobody has it yet")
        await share(first.outbox)
        #expect(core.calls.count(where: { $0 == "journalLeft" }) == 1)
        core.onExportJournal = { JournalExport(bytes: Data([2]), recoveryCode: "2109-8765-4321", facts: 3, leftOut: 0, upto: 7) }
        await first.outbox.exportTapped()
        #expect(first.outbox.recoveryCode == "2109-8765-4321" && kept.code == "1234-5678-9012")
        let next = AppModel(desk: Desk(core: core), recoveryCode: kept)
        await next.outbox.load()
        #expect(next.outbox.export == nil && next.outbox.recoveryCode == "1234-5678-9012", "that file is somewhere")
    }

    @Test func the_code_of_a_journal_outlives_its_screen_and_the_app_until_the_next_is_shared() async {
        let (core, kept) = (FakeCore { $0.rep = "ZY01" }, KeptCode())
        let first = AppModel(desk: Desk(core: core), recoveryCode: kept)
        first.go(.outbox)
        await first.outbox.exportTapped()
        await share(first.outbox)
        first.path = []
        first.go(.outbox)
        await first.outbox.load()
        #expect(first.outbox.recoveryCode == "1234-5678-9012", "it is still to be told")
        let next = AppModel(desk: Desk(core: core), recoveryCode: kept)
        await next.outbox.load()
        #expect(next.outbox.recoveryCode == "1234-5678-9012" && next.outbox.export == nil)
        core.onExportJournal = { JournalExport(bytes: Data([2]), recoveryCode: "2109-8765-4321", facts: 3, leftOut: 0, upto: 7) }
        core.state.failing["exportJournal"] = .StorageFull
        await next.outbox.exportTapped()
        #expect(next.outbox.recoveryCode == "1234-5678-9012" && kept.code == "1234-5678-9012")
        core.state.failing = [:]
        await next.outbox.exportTapped()
        await share(next.outbox)
        #expect(next.outbox.recoveryCode == "2109-8765-4321" && kept.code == "2109-8765-4321")
    }

    @Test func a_code_is_shown_to_nobody_but_the_rep_who_made_its_journal() async {
        let (core, kept) = (FakeCore { $0.rep = "ZY01" }, KeptCode())
        let app = AppModel(desk: Desk(core: core), recoveryCode: kept)
        app.go(.outbox)
        await app.outbox.load()
        await app.outbox.exportTapped()
        await share(app.outbox)
        app.enrolAgainTapped()
        #expect(app.outbox.recoveryCode == "1234-5678-9012", "nobody else has the phone yet")
        core.state.rep = "ZY02"
        await app.enrolled()
        #expect(app.outbox.recoveryCode == nil, "nor before the outbox is read")
        app.go(.outbox)
        await app.outbox.load()
        #expect(app.outbox.recoveryCode == nil && app.outbox.phase == .ready)
        // What is kept outlives the app.
        for (rep, code) in [("ZY02", nil), ("ZY01", "1234-5678-9012"), (nil, nil)] as [(RepNo?, String?)] {
            let installed = AppModel(desk: Desk(core: FakeCore { $0.rep = rep }), recoveryCode: kept)
            await installed.outbox.load()
            #expect(installed.outbox.recoveryCode == code, "\(String(describing: rep))")
        }
    }

    @Test func a_phone_that_cannot_say_whose_it_is_shows_its_records_and_the_code_of_what_it_offers() async {
        let desk = Desk(core: FakeCore { $0.failing["rep"] = .Internal(reason: "fault") })
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        await model.load()
        await model.exportTapped()
        #expect(model.phase == .ready && model.failure == nil && model.recoveryCode == "1234-5678-9012")
    }

    @Test func a_wrong_code_of_a_journal_is_not_taken_for_one_of_an_enrolment() async {
        let desk = Desk(core: FakeCore { $0.failing["importJournal"] = .InvalidInput(field: "code", reason: "wrong_code") })
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        await model.importTapped(Data([1]), code: "1234-5678-9012")
        #expect(model.failure?.key == .errorWrongCode)
    }

    @Test func a_picked_file_is_read_no_further_than_a_journal_can_be_and_a_failure_is_said() async throws {
        let desk = Desk(core: FakeCore())
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(count: OutboxModel.journalBytes).write(to: file)
        await model.filePicked(.success(file))
        #expect(model.picked?.count == OutboxModel.journalBytes && model.failure == nil)
        try Data(count: OutboxModel.journalBytes + 1).write(to: file)
        await model.filePicked(.success(file))
        #expect(model.picked == nil && model.failure?.key == .errorJournalTooLarge)
        await model.filePicked(.success(file.appendingPathExtension("gone")))
        #expect(model.picked == nil && model.failure?.key == .errorFileUnread)
    }

    @Test func a_second_file_that_is_picked_while_the_first_is_read_is_dropped() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        let content = Data(count: 4_000_000)
        try content.write(to: file)
        // The disk may be faster than the look at it: then once more.
        for _ in 0..<100 {
            let desk = Desk(core: FakeCore())
            let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
            let first = Task { await model.filePicked(.success(file)) }
            await until { model.isImporting || model.picked != nil }
            guard model.isImporting else { continue }
            #expect(model.isBusy)
            await model.filePicked(.success(file.appendingPathExtension("gone")))
            await first.value
            #expect(model.picked == content && model.failure == nil && !model.isImporting && !model.isBusy)
            return
        }
        Issue.record("it was never seen to be read")
    }

    @Test func a_file_that_comes_after_the_outbox_was_left_holds_nothing_and_asks_nobody() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        // A provider that gives nothing until somebody writes.
        #expect(mkfifo(file.path, 0o600) == 0)
        let app = AppModel(desk: Desk(core: FakeCore()))
        app.go(.outbox)
        let slow = Task { await app.outbox.filePicked(.success(file)) }
        await until { app.outbox.isImporting }
        app.path = []
        #expect(!app.outbox.isBusy && !app.outbox.isImporting)
        app.go(.outbox)
        await app.outbox.exportTapped()
        #expect(app.outbox.export != nil, "the next visit waits for nothing")
        // On a thread of its own: opening waits for the reader.
        let writing = Task.detached { try FileHandle(forWritingTo: file).write(contentsOf: Data([1])) }
        try await writing.value
        await slow.value
        #expect(app.outbox.picked == nil && app.outbox.failure == nil && !app.outbox.isBusy)
    }

    @Test func a_journal_is_taken_in_once_and_says_that_it_is() async {
        let (core, isOver) = (FakeCore(), DispatchSemaphore(value: 0))
        core.onImportJournal = { _, _ in
            _ = isOver.wait(timeout: .now() + 20)
            return ImportReport(taken: 3, known: 1, differing: 0)
        }
        let desk = Desk(core: core)
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        model.picked = Data([1])
        let first = Task { await model.importTapped(Data([1]), code: "1234-5678-9012") }
        await until { core.calls.contains("importJournal") }
        #expect(model.isImporting && model.picked == nil)
        await model.importTapped(Data([1]), code: "1234-5678-9012")
        await model.exportTapped()
        isOver.signal()
        await first.value
        #expect(core.calls == ["importJournal", "outbox", "rep"] && model.imported?.taken == 3 && !model.isImporting)
    }
}

/// What the Keychain is on a phone.
final class KeptCode: KeptText, @unchecked Sendable {
    private let lock = NSLock()
    private var text: String?

    func read() -> String? { lock.withLock { text } }

    /// Without whose it is.
    var code: String? { read()?.split(separator: "\n").last.map { String($0) } }

    func write(_ text: String) -> Bool {
        lock.withLock { self.text = text }
        return true
    }
}
