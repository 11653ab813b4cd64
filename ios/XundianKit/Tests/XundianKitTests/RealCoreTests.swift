import Foundation
import Testing

@testable import XundianKit

/// On the real library, without a server.
struct RealCoreTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    @Test func a_new_phone_knows_nobody_and_says_so() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let phone = try RealCore.open(folder: folder)
        #expect(try phone.rep() == nil)
        #expect(try !phone.isReady())
        #expect(throws: CoreError.Unauthorized(reason: "not_enrolled")) { _ = try phone.today() }
        #expect(try phone.outbox().unsent == 0)
    }

    @Test func a_paused_phone_answers_again_after_resume() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let phone = try RealCore.open(folder: folder)
        try phone.pause()
        #expect(throws: CoreError.Conflict(reason: "paused")) { _ = try phone.outbox() }
        try phone.resume()
        #expect(try phone.outbox().rows.isEmpty)
    }

    @Test func a_photo_that_was_kept_is_read_again_by_the_next_app() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let kept = try RealCore.open(folder: folder).keepPhoto(bytes: Sample.picture)
        #expect(try RealCore.open(folder: folder).keptPhoto(photo: kept) == Sample.picture)
    }

    @Test @MainActor func an_app_that_sleeps_has_no_open_file_and_wakes_where_it_was() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let phone = try RealCore.open(folder: folder)
        let app = AppModel(desk: Desk(core: phone))
        await app.start()
        await app.suspended()
        #expect(throws: CoreError.Conflict(reason: "paused")) { _ = try phone.outbox() }
        await app.resumed()
        #expect(try phone.outbox().rows.isEmpty && app.root == .enrol)
        await app.suspended()
        let resume = Task { await app.resumed() }
        await Task.yield()
        app.timeIsOver()
        await resume.value
        #expect(throws: CoreError.Conflict(reason: "paused")) { _ = try phone.outbox() }
        await app.resumed()
        #expect(try phone.outbox().rows.isEmpty && app.root == .enrol)
    }

    @Test func clocks_that_fail_do_not_lose_a_photo() throws {
        final class Broken: Clocks {
            func wallMs() throws -> Int64 { throw ShellError.Failed(reason: "no clock") }
            func sinceBootMs() throws -> Int64 { throw ShellError.Failed(reason: "no clock") }
            func bootId() throws -> String { throw ShellError.Failed(reason: "no boot") }
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        let phone = try RealCore.open(folder: folder, clocks: Broken())
        #expect(try phone.keepPhoto(bytes: Data([1, 2, 3])).len == 3)
        #expect(try phone.outbox().photos.count == 1)
    }

    @Test func a_photo_that_is_too_large_is_refused_with_its_code() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let phone = try RealCore.open(folder: folder)
        do {
            _ = try phone.keepPhoto(bytes: Data(count: (8 << 20) + 1))
            Issue.record("more than 8 MiB were kept")
        } catch {
            #expect(Failure(error).key == .errorPhotoTooLarge, "\(error)")
        }
    }

    @Test func a_wrong_address_is_named() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let phone = try RealCore.open(folder: folder)
        do {
            try phone.enrol(server: "not an address", code: "ABCD")
            Issue.record("it enrolled")
        } catch {
            #expect([.errorServerAddress, .errorNoAnswer, .errorNetwork].contains(Failure(error).key), "\(error)")
        }
    }

    @Test @MainActor func an_address_without_https_is_one() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let model = EnrolModel(desk: Desk(core: try RealCore.open(folder: folder)))
        for (typed, key) in [("127.0.0.1:9", TextKey.errorNoAnswer), ("two words", .errorServerAddress)] {
            (model.server, model.code) = (typed, "ABCD")
            await model.enrolTapped()
            #expect(model.failure?.key == key, "\(String(describing: model.failure))")
        }
    }

    /// The texts of tests/tests/codes.rs: nobody answers at the server of those that are ours.
    @Test(.enabled(if: given("XUNDIAN_VECTORS") != nil))
    func a_strange_qr_is_told_from_a_server_that_is_away() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let phone = try RealCore.open(folder: folder)
        let rows = try vector("invitations.csv").split(separator: "\n").dropFirst()
        #expect(rows.count > 5)
        for row in rows {
            let comma = try #require(row.lastIndex(of: ","))
            let key: TextKey = row.hasSuffix(",true") ? .errorNoAnswer : .errorUnreadable
            do {
                try phone.enrolInvited(invitation: String(row[..<comma]))
                Issue.record("it enrolled")
            } catch {
                #expect(Failure(error).key == key, "\(row): \(error)")
            }
        }
        #expect(try phone.server() == nil)
    }

    @Test func nobody_answers_and_the_phone_still_opens() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let phone = try RealCore.open(folder: folder)
        do {
            // The discard port of this machine: nothing listens there.
            try phone.enrol(server: "http://127.0.0.1:9", code: "ABCD")
            Issue.record("it enrolled")
        } catch {
            #expect(Failure(error).key == .errorNoAnswer && Failure(error).remedy == .retry, "\(error)")
        }
        #expect(try RealCore.open(folder: folder).rep() == nil)
    }

    @Test func a_damaged_file_is_put_aside_and_a_new_one_begins() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = URL(fileURLWithPath: RealCore.file(in: folder))
        try Data(repeating: 7, count: 8192).write(to: file)
        do {
            _ = try RealCore.open(folder: folder)
            Issue.record("it opened")
        } catch CoreError.Corrupt(let kept) {
            #expect(!kept.isEmpty)
        }
        #expect(try !RealCore.open(folder: folder).isReady())
    }

    @Test func a_newer_apps_file_asks_for_an_update() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let phone = try RealCore.open(folder: folder)
        try phone.pause()
        let file = URL(fileURLWithPath: RealCore.file(in: folder))
        var bytes = try Data(contentsOf: file)
        // The schema's version stands at byte 60 of every SQLite file.
        bytes.replaceSubrange(60..<64, with: [0, 0, 0x7F, 0xFF])
        try bytes.write(to: file)
        do {
            try phone.resume()
            Issue.record("it opened")
        } catch {
            #expect(Failure(error).remedy == .update, "\(error)")
        }
    }

    @Test func the_clocks_of_the_machine_run() throws {
        let clocks = PhoneClocks()
        #expect(try clocks.wallMs() > 1_700_000_000_000)
        #expect(try clocks.sinceBootMs() > 0)
        #expect(try clocks.bootId() == PhoneClocks().bootId())
    }
}
