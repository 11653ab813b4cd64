import Observation
import XundianCore

/// A data file was found damaged, at a start, in a sleep or by a call: the rep hears of it at each start until the office has it.
@MainActor
@Observable
public final class DamageModel {
    /// All that lie in the folder: they stay there, and can be shared again.
    public private(set) var files: [URL] = []
    /// Of these, what the rep is told of.
    public private(set) var waiting: [URL] = []
    /// The names of those that another app took, now or before this start.
    private var taken: Set<String> = []
    @ObservationIgnored private let folder: URL?

    /// `nil` = nothing lies on a disk.
    public init(folder: URL?) {
        self.folder = folder
    }

    /// Each of them left the phone: the newest records may lie in the last one.
    public var isShared: Bool { !waiting.isEmpty && waiting.allSatisfy { taken.contains($0.lastPathComponent) } }

    /// What is said of them beside the way to share them.
    public var told: TextKey { waiting.isEmpty ? .damageKept : .damageTold }

    /// What lies there: the folder knows it, also when the app ended before anybody read of it.
    public func look() async {
        guard let folder else { return }
        let found = await Task.detached(priority: .userInitiated) { DamagedFiles(in: folder) }.value
        (files, waiting) = (found.all, found.waiting)
        taken.formUnion(found.taken)
    }

    /// The share sheet reads the files for its preview, too: only where it says that they were taken, another app has them.
    public func sheetClosed(_ files: [URL], isTaken: Bool) async {
        guard isTaken else { return }
        taken.formUnion(files.map(\.lastPathComponent))
        await mark(.taken, files)
    }

    /// The office has it. Not before it left the phone: a thumb may slip.
    public func givenTapped() async {
        guard isShared else { return }
        let given = waiting
        waiting = []
        await mark(.handedOver, given)
    }

    private func mark(_ mark: DamagedFiles.Mark, _ files: [URL]) async {
        await Task.detached(priority: .userInitiated) { DamagedFiles.put(mark, on: files) }.value
    }
}
