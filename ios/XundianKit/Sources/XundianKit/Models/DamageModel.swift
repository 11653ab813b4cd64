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
    /// Another app took one of them.
    public private(set) var isShared = false
    @ObservationIgnored private let folder: URL?

    /// `nil` = nothing lies on a disk.
    public init(folder: URL?) {
        self.folder = folder
    }

    /// What lies there: the folder knows it, also when the app ended before anybody read of it.
    public func look() async {
        guard let folder else { return }
        let found = await Task.detached(priority: .userInitiated) { DamagedFiles(in: folder) }.value
        if found.waiting != waiting { isShared = false }
        (files, waiting) = (found.all, found.waiting)
    }

    /// The system gave a file to the app that was chosen.
    public func shared() { isShared = true }

    /// The office has it. Not before it left the phone: a thumb may slip.
    public func givenTapped() async {
        guard isShared else { return }
        let given = waiting
        (waiting, isShared) = ([], false)
        await Task.detached(priority: .userInitiated) { DamagedFiles.handOver(given) }.value
    }
}
