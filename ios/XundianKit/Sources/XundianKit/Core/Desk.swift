import Dispatch
import XundianCore

/// Where the blocking core is asked: never on the main thread, which draws, nor in Swift's own small pool, which must
/// not be blocked.
public final class Desk: Sendable {
    /// What is asked of the server. Each is stopped by itself.
    public enum Errand: Sendable, CaseIterable {
        case sync, enrolment
    }

    /// What is done when a call met damage, before whoever asked has the answer.
    typealias Alarm = @MainActor @Sendable (Failure) async -> Void

    private let core: any Core
    private let door: Door
    private let errands: Errands
    private let bell = Bell()
    /// Taps, in the order in which they were made.
    private let taps = DispatchQueue(label: "app.xundian.taps", qos: .userInitiated)
    /// What takes long on the phone: it must stand before no tap, and behind nothing that waits for a network.
    private let lookUps = DispatchQueue(label: "app.xundian.lookups", qos: .utility)
    private let server = DispatchQueue(label: "app.xundian.server", qos: .utility)

    public convenience init(core: any Core) {
        self.init(core: core, door: Door(core))
    }

    /// `door` = the one through which the core was opened.
    init(core: any Core, door: Door) {
        self.core = core
        self.door = door
        errands = Errands(core)
    }

    /// One screen's question or one tap. It stays on its caller's actor until it stands in the queue: two quick taps are two
    /// calls in their order, and their answers come back in it.
    public func ask<Answer: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ question: @escaping @Sendable (any Core) throws -> Answer
    ) async throws -> Answer {
        try await run(isolation: isolation, on: taps, question)
    }

    /// A question that takes long: no tap waits for it, it waits for no server, and no stop is meant for it.
    public func search<Answer: Sendable>(
        isolation: isolated (any Actor)? = #isolation,
        _ question: @escaping @Sendable (any Core) throws -> Answer
    ) async throws -> Answer {
        try await run(isolation: isolation, on: lookUps, question)
    }

    // MARK: The server

    /// How often somebody has stopped the calls of an errand.
    func stops(of errand: Errand) -> Int { errands.stops(of: errand) }

    /// A call to the server. One that had not begun when somebody stopped its errand is `Cancelled` at once: the core knows only
    /// of stops of what runs. `stops` = as it was when the work began of which this call is a part.
    public func send<Answer: Sendable>(
        _ errand: Errand, since stops: Int? = nil,
        isolation: isolated (any Actor)? = #isolation,
        _ call: @escaping @Sendable (any Core) throws -> Answer
    ) async throws -> Answer {
        let (core, errands, server) = (core, errands, server)
        return try await withCheckedThrowingContinuation(isolation: isolation) { continuation in
            let number = errands.join(errand, since: stops) { continuation.resume(throwing: CoreError.Cancelled) }
            server.async {
                guard errands.begin(number) else { return }
                let answer = Result { try call(core) }
                errands.end()
                self.give(answer, to: continuation)
            }
        }
    }

    /// Ends the calls of one errand, the one that runs and those that wait.
    public func cancel(_ errand: Errand) { errands.stop(errand) }

    // MARK: The file

    /// Opens the file again, and gives whether it is open: not, if it was to be closed meanwhile. What was still to be closed stays
    /// open.
    func resume(isolation: isolated (any Actor)? = #isolation) async throws -> Bool {
        let door = door
        let wish = door.wantOpen()
        return try await run(isolation: isolation, on: taps) { _ in try door.open(wish) }
    }

    /// What `resume` met was taken in: the next one tries anew.
    func failureHeard() { door.failureHeard() }

    /// Comes back when all that was asked for by now is answered.
    func cleared(isolation: isolated (any Actor)? = #isolation) async {
        await last(isolation: isolation) {}
    }

    /// Lets what was asked for come through, and closes the file, unless it is wanted open meanwhile.
    func pause(isolation: isolated (any Actor)? = #isolation) async {
        let door = door
        let wish = door.wantClosed()
        await last(isolation: isolation) { door.close(wish) }
    }

    /// Ends the calls to the server and closes the file, whatever was asked for. Blocks for some tenths of a second.
    func closeNow() {
        for errand in Errand.allCases { errands.stop(errand) }
        door.closeNow()
    }

    /// After everything that stands in a queue.
    private func last(isolation: isolated (any Actor)?, _ deed: @escaping @Sendable () -> Void) async {
        let (taps, lookUps) = (taps, lookUps)
        await withCheckedContinuation(isolation: isolation) { continuation in
            server.async {
                lookUps.async {
                    taps.async {
                        deed()
                        continuation.resume()
                    }
                }
            }
        }
    }

    private func run<Answer: Sendable>(
        isolation: isolated (any Actor)?,
        on queue: DispatchQueue,
        _ work: @escaping @Sendable (any Core) throws -> Answer
    ) async throws -> Answer {
        let core = core
        return try await withCheckedThrowingContinuation(isolation: isolation) { continuation in
            queue.async { self.give(Result { try work(core) }, to: continuation) }
        }
    }

    // MARK: Damage

    /// Whichever call meets it, also one whose own failure nobody shows.
    func whenDamaged(_ alarm: @escaping Alarm) { bell.alarm = alarm }

    /// Every answer passes here.
    private func give<Answer: Sendable>(
        _ answer: Result<Answer, any Error>, to asker: CheckedContinuation<Answer, any Error>
    ) {
        guard case .failure(let error) = answer, let alarm = bell.alarm else { return asker.resume(with: answer) }
        let failure = Failure(error)
        guard failure.isDamage else { return asker.resume(with: answer) }
        Task { @MainActor in
            await alarm(failure)
            asker.resume(with: answer)
        }
    }
}

/// Who is to hear of damage; it is rung from any thread.
private final class Bell: @unchecked Sendable {
    private let lock = NSLock()
    private var kept: Desk.Alarm?

    var alarm: Desk.Alarm? {
        get { lock.withLock { kept } }
        set { lock.withLock { kept = newValue } }
    }
}
