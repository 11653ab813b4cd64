/// When to talk to the server: on start, on resume, after every visit, when an order was changed or the day sealed, when a network
/// comes, and again later if it did not work. Phones may stop background work for good, so these moments are the rule and background
/// tasks a bonus.
public struct SyncSchedule: Sendable {
    public enum Occasion: Sendable, CaseIterable {
        /// `visitEnded` = something was sealed: a visit, a change of an order, the day.
        case start, resume, visitEnded, networkCame, tapped, background, retry
    }

    /// Seconds after the first failure; twice as many after each further one, up to the longest.
    static let firstPause: TimeInterval = 5
    static let longestPause: TimeInterval = 900
    /// A resume within this many seconds of a good sync asks nothing, unless one failed since; nor does a new network of which
    /// nothing waits.
    static let fresh: TimeInterval = 120

    public private(set) var failures = 0
    public private(set) var notBefore: Date?
    private var lastGood: Date?
    private let chance: @Sendable () -> Double
    /// The server's own word, which no occasion and no new network shortens.
    private var asked: Date?

    /// `chance` gives 0 ..< 1.
    public init(chance: @escaping @Sendable () -> Double = { .random(in: 0..<1) }) {
        self.chance = chance
    }

    /// Whether this is a moment to sync. Our own pause holds back what the clock and the system ask for: what a rep does is news.
    public func isDue(_ occasion: Occasion, at now: Date) -> Bool {
        switch occasion {
        case .tapped: true
        case .start, .visitEnded, .networkCame: !isBefore(asked, now)
        case .resume: !isBefore(asked, now) && !isFresh(now)
        case .background, .retry: !isBefore(notBefore, now)
        }
    }

    /// Takes note of how it went; gives when to try again by itself.
    public mutating func ended(_ outcome: SyncOutcome, at now: Date) -> Date? {
        switch outcome {
        case .inStep:
            self = SyncSchedule(chance: chance)
            lastGood = now
        case .later(let ms):
            failed(at: now, asked: TimeInterval(ms) / 1000)
        case .puzzled:
            // The login page of some Wi-Fi answers for the server: it is gone by itself.
            failed(at: now, asked: 0)
        case .cancelled:
            (notBefore, asked) = (nil, nil)
            leftOff()
        case .enrolAgain, .update:
            // The clock brings nothing here, an occasion does: an old app and a revoked phone may still send what they have.
            (notBefore, asked) = (nil, nil)
        }
        return notBefore
    }

    /// It did not come to its end, and nothing failed: the next resume asks, however fresh the one before.
    public mutating func leftOff() { lastGood = nil }

    /// The call itself failed: as if nobody answered.
    public mutating func broke(at now: Date) -> Date? {
        failed(at: now, asked: 0)
        return notBefore
    }

    private mutating func failed(at now: Date, asked seconds: TimeInterval) {
        let full = min(Self.firstPause * Double(1 << min(failures, 10)), Self.longestPause)
        // Half fixed, half by chance: a whole team that leaves the same cellar does not ring at once.
        let pause = full / 2 + full / 2 * chance()
        failures += 1
        lastGood = nil
        asked = now.addingTimeInterval(seconds)
        notBefore = now.addingTimeInterval(max(seconds, pause))
    }

    private func isBefore(_ end: Date?, _ now: Date) -> Bool {
        end.map { now < $0 } ?? false
    }

    /// All went well a moment ago.
    func isFresh(_ now: Date) -> Bool {
        lastGood.map { now.timeIntervalSince($0) < Self.fresh } ?? false
    }
}
