import Dispatch

/// Where the blocking core is asked: never on the main thread, which draws, nor in Swift's own small pool, which must
/// not be blocked.
public final class Desk: Sendable {
    private let core: any Core
    /// Taps, in the order in which they were made.
    private let taps = DispatchQueue(label: "app.xundian.taps", qos: .userInitiated)
    /// Long calls: a sync must not stand before a tap.
    private let errands = DispatchQueue(label: "app.xundian.errands", qos: .utility)
    private let stopped = Count()

    public init(core: any Core) {
        self.core = core
    }

    /// One screen's question or one tap. It stays on its caller's actor until it stands in the queue: two quick taps are two
    /// calls in their order, and their answers come back in it.
    public func ask<Answer: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ question: @escaping @Sendable (any Core) throws -> Answer
    ) async throws -> Answer {
        try await Self.run(isolation: isolation, on: taps, core, question)
    }

    /// A question that takes long: no tap waits for it, and no stop is meant for it.
    public func search<Answer: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ question: @escaping @Sendable (any Core) throws -> Answer
    ) async throws -> Answer {
        try await Self.run(isolation: isolation, on: errands, core, question)
    }

    /// How often somebody has stopped the calls to the server.
    var stops: Int { stopped.now }

    /// A call to the server; `cancel` ends it early. One that had not begun when somebody stopped is `Cancelled`: the core
    /// knows only of stops of what runs. `stops` = as it was when the work began of which this call is a part.
    public func send<Answer: Sendable>(
        since stops: Int? = nil,
        isolation: isolated (any Actor)? = #isolation,
        _ errand: @escaping @Sendable (any Core) throws -> Answer
    ) async throws -> Answer {
        let stopped = stopped
        let began = stops ?? stopped.now
        return try await Self.run(isolation: isolation, on: errands, core) { core in
            guard stopped.now == began else { throw CoreError.Cancelled }
            return try errand(core)
        }
    }

    /// Ends the calls to the server, the one that runs and those that wait. It cannot fail for the person who tapped: there
    /// may be nothing to end.
    public func cancel() {
        // In this order: what is about to begin sees the one, what runs hears the other.
        stopped.add()
        try? core.cancel()
    }

    /// Ends the long call, lets the taps that were made come through, and closes the file.
    public func pause() async {
        cancel()
        let (core, taps, errands) = (core, taps, errands)
        await withCheckedContinuation { continuation in
            errands.async {
                taps.async {
                    try? core.pause()
                    continuation.resume()
                }
            }
        }
    }

    private static func run<Answer: Sendable>(
        isolation: isolated (any Actor)?,
        on queue: DispatchQueue,
        _ core: any Core,
        _ work: @escaping @Sendable (any Core) throws -> Answer
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation(isolation: isolation) { continuation in
            queue.async { continuation.resume(with: Result { try work(core) }) }
        }
    }
}

/// Counts up from any thread.
private final class Count: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    var now: Int { lock.withLock { count } }
    func add() { lock.withLock { count += 1 } }
}
