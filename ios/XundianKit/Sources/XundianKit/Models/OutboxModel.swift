import Observation
import XundianCore

/// 待上传: every record's state. "Sent" is said only when the server gave its receipt.
@MainActor
@Observable
public final class OutboxModel: ScreenModel {
    public private(set) var outbox: Outbox?
    /// To be shared as a file; its code goes another way.
    public private(set) var export: JournalExport?
    /// Of the last journal, until the next one: nothing else opens it.
    public private(set) var recoveryCode: String?
    public private(set) var imported: ImportReport?
    /// A journal that was picked and waits for its code.
    public var picked: Data?
    /// A file is being read, or a journal taken in.
    public private(set) var isImporting = false
    public let sync: SyncModel
    private let kept: (any KeptText)?
    /// How often the screen was left.
    @ObservationIgnored private var exits = 0

    /// The core takes no larger file for a journal.
    nonisolated static let journalBytes = 8 << 20

    /// `kept` = where the recovery code outlives the app; `nil` = nowhere.
    public init(desk: Desk, sync: SyncModel, kept: (any KeptText)? = nil) {
        self.sync = sync
        self.kept = kept
        super.init(desk: desk)
    }

    public func load() async {
        if recoveryCode == nil { recoveryCode = kept?.read() }
        guard let found = await load({ try $0.outbox() }) else { return }
        outbox = found
        phase = found.rows.isEmpty ? .empty : .ready
    }

    public func retryTapped() async {
        await sync.occasion(.tapped)
        await load()
    }

    public func exportTapped() async {
        let exits = exits
        guard let journal = await answerOnce({ try $0.exportJournal() }) else { return }
        // Nobody was offered a file that comes after the screen was left: the last one's code is still the one to be told.
        guard exits == self.exits else { return }
        (export, recoveryCode) = (journal, journal.recoveryCode)
        kept?.write(journal.recoveryCode)
    }

    /// The model outlives its screen, what it said does not: a journal goes stale. Its code is still to be told.
    public func left() {
        exits += 1
        (export, imported, picked) = (nil, nil, nil)
        failureDismissed()
    }

    /// Somebody else's file may be of any size and lie on a slow disk: it is read away from the screen, and no further
    /// than a journal can be. One at a time: the code that is typed is that of the file that was picked.
    public func filePicked(_ file: Result<URL, any Error>) async {
        guard !isBusy else { return }
        (isBusy, isImporting) = (true, true)
        defer { (isBusy, isImporting) = (false, false) }
        picked = nil
        failureDismissed()
        do {
            let url = try file.get()
            let bytes = try await Task.detached(priority: .userInitiated) { try Self.read(url) }.value
            if bytes.count > Self.journalBytes {
                refuse(Failure(key: .errorJournalTooLarge, remedy: .nothing, detail: "journal: too large"))
            } else {
                picked = bytes
            }
        } catch {
            refuse(Failure(key: .errorFileUnread, remedy: .nothing, detail: String(describing: error)))
        }
    }

    nonisolated private static func read(_ url: URL) throws -> Data {
        let file = try FileHandle(forReadingFrom: url)
        defer { try? file.close() }
        return try file.read(upToCount: journalBytes + 1) ?? Data()
    }

    /// The file comes with its code: the question is gone from the screen before its answer is worked on.
    public func importTapped(_ bytes: Data, code: String) async {
        guard !isBusy else { return }
        picked = nil
        isImporting = true
        defer { isImporting = false }
        imported = await answerOnce { try $0.importJournal(bytes: bytes, code: code) } ?? imported
        await load()
    }

    /// For a person who helps: states, no names of stores, no goods, no codes of owners.
    public func details(of row: OutboxRow) -> String {
        let verdict = row.verdict.map { String(describing: $0) } ?? "waiting"
        // One that an earlier install pushed has no number.
        let number = row.dseq > 0 ? "\(row.dseq)" : "-"
        return "\(number) \(row.kind) \(row.id.uuidString.lowercased()) photos=\(row.photos) \(verdict)"
    }

    public var details: String {
        guard let outbox else { return "" }
        let head = "unsent=\(outbox.unsent) photos=\(outbox.photos.count) bytes=\(outbox.photos.bytes) "
            + "lost=\(outbox.photos.lost) last_contact=\(outbox.lastContact.map(String.init) ?? "never")"
        return ([head] + outbox.rows.map(details(of:))).joined(separator: "\n")
    }
}
