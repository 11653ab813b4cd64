import XundianCore

/// Data files that were found damaged. The core puts each aside, beside the one that is used, and never deletes it: an office may
/// read visits out of it.
struct DamagedFiles: Sendable, Equatable {
    /// phone.sqlite.damaged-1 and so on, and what was not written into each yet (-wal).
    let all: [URL]
    /// Of these, what nobody said to be with the office.
    let waiting: [URL]
    /// The names of those that another app took.
    let taken: Set<String>

    /// Reads the folder; blocks for some milliseconds.
    init(in folder: URL) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        all = names.filter(Self.isDamaged).sorted().map { folder.appendingPathComponent($0) }
        waiting = all.filter { !Self.has(.handedOver, $0) }
        taken = Set(all.filter { Self.has(.taken, $0) }.map(\.lastPathComponent))
    }

    /// How far a file has come.
    enum Mark: String, Sendable {
        case taken
        case handedOver = "handed-over"
    }

    /// On the phone's disk, beside the files: a list elsewhere could speak of other files of these names.
    static func put(_ mark: Mark, on files: [URL]) {
        for file in files { try? Data().write(to: place(of: mark, file)) }
    }

    private static func has(_ mark: Mark, _ file: URL) -> Bool {
        FileManager.default.fileExists(atPath: place(of: mark, file).path)
    }

    private static func place(of mark: Mark, _ file: URL) -> URL { file.appendingPathExtension(mark.rawValue) }

    /// Whoever opens a file makes its -shm anew.
    private static func isDamaged(_ name: String) -> Bool {
        let start = RealCore.fileName + ".damaged-"
        guard name.hasPrefix(start) else { return false }
        var number = name.dropFirst(start.count)
        if number.hasSuffix("-wal") { number = number.dropLast(4) }
        return !number.isEmpty && number.allSatisfy { ("0"..."9").contains($0) }
    }
}
