import XundianCore

/// The core's last lines, for a person who helps: they hold no names and no goods.
public struct LogBook: Sendable, Equatable {
    /// Oldest first.
    public private(set) var lines: [String] = []
    private let most: Int

    public init(most: Int = 200) {
        self.most = most
    }

    /// 2026-07-27T00:00:00Z info sync ended with Puzzled.
    mutating func add(_ level: LogLevel, _ line: String, at moment: Date) {
        lines.append("\(moment.ISO8601Format()) \(level) \(line)")
        if lines.count > most { lines.removeFirst() }
    }
}
