import XundianCore

/// The newest fix, for the core to ask at check-out from any thread. It never waits: work indoors goes on without one.
public final class NewestFix: Position, @unchecked Sendable {
    /// An older fix says nothing about this shop.
    static let fresh: Duration = .seconds(60)

    private let lock = NSLock()
    private let clock: @Sendable () -> ContinuousClock.Instant
    private var newest: (fix: Fix, taken: ContinuousClock.Instant)?

    public init(clock: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.clock = clock
    }

    /// `age` = seconds since it was taken, by the phone's clock. Anybody can set that: from here on another one counts.
    public func keep(_ fix: Fix, age: TimeInterval = 0) {
        let taken = clock() - .seconds(max(0, age))
        lock.withLock { newest = (fix, taken) }
    }

    public func now() throws -> Fix? {
        guard let known = lock.withLock({ newest }), clock() - known.taken < Self.fresh else { return nil }
        return known.fix
    }
}
