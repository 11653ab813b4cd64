import Observation
import XundianCore

/// 待上传: every record's state. "Sent" is said only when the server gave its receipt.
@MainActor
@Observable
public final class OutboxModel: ScreenModel {
    public private(set) var outbox: Outbox?
    /// To be shared as a file until the next one or an enrolment, whatever screen is looked at meanwhile. Its code goes another way.
    public private(set) var export: JournalExport?
    /// Of the journal that is on offer, else of the rep's last one that was shared: nothing else opens it.
    public var recoveryCode: String? { export?.recoveryCode ?? (made?.rep == rep ? made?.code : nil) }
    public private(set) var imported: ImportReport?
    /// A journal that was picked and waits for its code.
    public var picked: Data?
    /// A file is being read, or a journal taken in.
    public private(set) var isImporting = false
    public let sync: SyncModel
    private let kept: (any KeptText)?
    private let folder: URL
    /// The journal of the share sheet, which may still be open when the next one is made.
    @ObservationIgnored private var offered: JournalExport?
    /// As it is kept, whoever made it.
    private var made: OwnCode?
    /// Whose the phone is; `nil` = it was not read.
    private var rep: RepNo?
    /// How often the screen was left, and the phone enrolled.
    @ObservationIgnored private var exits = 0
    @ObservationIgnored private var enrolments = 0
    /// A file is being read: a slow provider may take long, and who has left does not wait for it.
    @ObservationIgnored private var isReading = false

    /// The core takes no larger file for a journal.
    nonisolated static let journalBytes = 8 << 20

    /// `kept` = where the recovery code outlives the app; `nil` = nowhere. `folder` = where a journal lies for other apps.
    public init(
        desk: Desk, sync: SyncModel, kept: (any KeptText)? = nil,
        folder: URL = FileManager.default.temporaryDirectory.appendingPathComponent("journal")
    ) {
        self.sync = sync
        self.kept = kept
        self.folder = folder
        super.init(desk: desk)
    }

    public func load() async {
        if made == nil { made = kept?.read().flatMap { OwnCode(text: $0) } }
        // The rows are worth showing on a phone that cannot say whose it is.
        guard let found = await load({ (outbox: try $0.outbox(), rep: try? $0.rep()) }) else { return }
        (outbox, rep) = (found.outbox, found.rep)
        phase = found.outbox.rows.isEmpty ? .empty : .ready
    }

    public func retryTapped() async {
        await sync.occasion(.tapped)
        await load()
    }

    public func exportTapped() async {
        let enrolments = enrolments
        guard let found = await answerOnce({ (journal: try $0.exportJournal(), rep: try? $0.rep()) }) else { return }
        // It may be another rep's phone by now.
        guard enrolments == self.enrolments else { return }
        (export, rep) = (found.journal, found.rep)
    }

    /// The file for the share sheet, written when somebody wants it; the next one takes its place.
    public func shareTapped() async -> URL? {
        guard let export else { return nil }
        let (folder, bytes) = (folder, export.bytes)
        do {
            let file = try await Task.detached(priority: .userInitiated) { try Self.write(bytes, in: folder) }.value
            offered = export
            return file
        } catch {
            refuse(Failure(CoreError.StorageFull))
            return nil
        }
    }

    nonisolated private static func write(_ journal: Data, in folder: URL) throws -> URL {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("xundian.journal")
        try journal.write(to: file, options: .atomic)
        return file
    }

    /// The share sheet reads the file for its preview, too: only where it says that it was taken, another app has it. From then on
    /// its code is the one to be told, also when the app is ended. Of a file that nobody has there is none, and nothing counts as
    /// kept by it.
    public func sheetClosed(isTaken: Bool) async {
        guard isTaken, let rep, let export = offered, export.recoveryCode == self.export?.recoveryCode else { return }
        offered = nil
        let own = OwnCode(rep: rep, code: export.recoveryCode)
        made = own
        kept?.write(own.text)
        _ = await answer { try $0.journalLeft(upto: export.upto) }
    }

    /// The model outlives its screen, what it said does not.
    public func left() {
        exits += 1
        (imported, picked) = (nil, nil)
        if isReading { reads(false) }
        failureDismissed()
    }

    private func reads(_ isReading: Bool) {
        (self.isReading, isBusy, isImporting) = (isReading, isReading, isReading)
    }

    /// Perhaps for another rep.
    public func enrolled() {
        left()
        enrolments += 1
        (export, offered, rep) = (nil, nil, nil)
    }

    /// Somebody else's file may be of any size and lie on a slow disk: it is read away from the screen, and no further
    /// than a journal can be. One at a time: the code that is typed is that of the file that was picked. What comes after the
    /// screen was left asks nobody for a code.
    public func filePicked(_ file: Result<URL, any Error>) async {
        guard !isBusy else { return }
        let exits = exits
        reads(true)
        picked = nil
        failureDismissed()
        let read = await Self.journal(file)
        guard exits == self.exits else { return }
        reads(false)
        switch read {
        case .success(let bytes): picked = bytes
        case .failure(let why): refuse(why.failure)
        }
    }

    nonisolated private static func journal(_ file: Result<URL, any Error>) async -> Result<Data, Unread> {
        do {
            let url = try file.get()
            let bytes = try await Task.detached(priority: .userInitiated) { try read(url) }.value
            if bytes.count <= journalBytes { return .success(bytes) }
            return .failure(Unread(.errorJournalTooLarge, "journal: too large"))
        } catch {
            return .failure(Unread(.errorFileUnread, String(describing: error)))
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

/// Why a picked file is no journal.
private struct Unread: Error {
    let failure: Failure

    init(_ key: TextKey, _ detail: String) { failure = Failure(key: key, remedy: .nothing, detail: detail) }
}

/// The code of a journal with the rep who made it: no other rep ever had that file.
private struct OwnCode {
    let rep: RepNo
    let code: String

    /// As it is kept.
    var text: String { rep + "\n" + code }
}

extension OwnCode {
    /// `nil` = it does not say whose it is.
    init?(text: String) {
        let lines = text.split(separator: "\n").map { String($0) }
        guard lines.count == 2 else { return nil }
        self.init(rep: lines[0], code: lines[1])
    }
}
