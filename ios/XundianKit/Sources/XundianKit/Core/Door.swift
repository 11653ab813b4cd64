import XundianCore

/// The file's door: what was asked for last holds, however long what was asked for before it takes. The system may want it closed
/// this moment, so any thread may.
final class Door: @unchecked Sendable {
    /// A wish to have it open.
    struct Opening: Sendable {
        fileprivate let number: Int
        fileprivate let closings: Int
    }

    /// A wish to have it closed.
    struct Closing: Sendable {
        fileprivate let openings: Int
    }

    /// What the last opening met, and the newest wish that hears of it; `nil` = whoever wishes.
    private struct Failed {
        let error: any Error
        var upTo: Int?
    }

    private let openings = Count()
    private let closings = Count()
    /// Held while it is being opened or closed: the core's own pause and resume must not meet.
    private let turn = NSLock()
    private var core: (any Core)?
    private var isOpen: Bool
    private var failure: Failed?

    /// `nil` = it was never open.
    init(_ core: (any Core)? = nil) {
        self.core = core
        isOpen = core != nil
    }

    func wantOpen() -> Opening { Opening(number: openings.add(), closings: closings.now) }

    func wantClosed() -> Closing {
        closings.add()
        return Closing(openings: openings.now)
    }

    /// The first time; `nil` = it was to be closed meanwhile.
    func open(_ wish: Opening, first: @Sendable () throws -> any Core) throws -> (any Core)? {
        try turn.withLock {
            guard wish.closings == closings.now else { return nil }
            let opened = try first()
            core = opened
            isOpen = true
            return opened
        }
    }

    /// Gives whether it is open: not, if it was to be closed meanwhile. What one opening met all hear who wished before anybody
    /// took it in: after a damaged file another opening begins a new one.
    func open(_ wish: Opening) throws -> Bool {
        try turn.withLock {
            if isOpen { return true }
            if let failure, wish.number <= (failure.upTo ?? Int.max) { throw failure.error }
            guard let core, wish.closings == closings.now else { return false }
            do {
                try core.resume()
            } catch {
                failure = Failed(error: error, upTo: nil)
                throw error
            }
            isOpen = true
            return true
        }
    }

    /// Somebody took in what the opening met: who wishes from now on tries anew.
    func failureHeard() {
        turn.withLock {
            guard var heard = failure else { return }
            heard.upTo = openings.now
            failure = heard
        }
    }

    /// Unless it was to be open meanwhile.
    func close(_ wish: Closing) {
        turn.withLock {
            if wish.openings == openings.now { shut() }
        }
    }

    /// Whatever was asked for. Blocks until what is being opened is open, and what is being written is written.
    func closeNow() {
        closings.add()
        turn.withLock { shut() }
    }

    private func shut() {
        guard isOpen else { return }
        try? core?.pause()
        isOpen = false
    }
}

/// Counts up from any thread.
private final class Count: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    var now: Int { lock.withLock { count } }

    @discardableResult
    func add() -> Int {
        lock.withLock {
            count += 1
            return count
        }
    }
}
