import Dispatch

/// Where the blocking core is asked: never on the main thread, which draws, nor in Swift's own small pool, which must
/// not be blocked.
public final class Desk: Sendable {
    private let core: any Core
    /// Taps, in the order in which they were made.
    private let taps = DispatchQueue(label: "app.xundian.taps", qos: .userInitiated)
    /// Long calls: a sync must not stand before a tap.
    private let errands = DispatchQueue(label: "app.xundian.errands", qos: .utility)

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

    /// A call that may take long; `cancel` ends it early.
    public func send<Answer: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ errand: @escaping @Sendable (any Core) throws -> Answer
    ) async throws -> Answer {
        try await Self.run(isolation: isolation, on: errands, core, errand)
    }

    /// Ends the long call that runs. It cannot fail for the person who tapped: there may be nothing to end.
    public func cancel() {
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
