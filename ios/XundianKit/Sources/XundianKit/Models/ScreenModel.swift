import Observation
import XundianCore

/// What every screen can be in.
public enum Phase: Sendable, Equatable {
    case loading, ready, empty
    /// Nothing to show at all; a failed tap on a screen that shows something is `failure` instead.
    case failed(Failure)
}

/// What the screens share: asking the core, and saying what went wrong.
@MainActor
@Observable
open class ScreenModel {
    public internal(set) var phase = Phase.loading
    /// The last tap failed; gone with the next one or when it is dismissed.
    public internal(set) var failure: Failure?
    /// A tap is being worked on that must not be made twice.
    public internal(set) var isBusy = false

    @ObservationIgnored let desk: Desk

    public init(desk: Desk) {
        self.desk = desk
    }

    public func failureDismissed() { failure = nil }

    /// Asks for what the screen shows; the whole screen fails if there is nothing yet.
    func load<Answer: Sendable>(_ question: @escaping @Sendable (any Core) throws -> Answer) async -> Answer? {
        do {
            let answer = try await desk.ask(question)
            failure = nil
            return answer
        } catch {
            if phase == .ready { failure = Failure(error) } else { phase = .failed(Failure(error)) }
            return nil
        }
    }

    /// Carries out a tap; gives whether it was.
    @discardableResult
    func tap(_ deed: @escaping @Sendable (any Core) throws -> Void) async -> Bool {
        await answer(deed) != nil
    }

    /// Carries out a tap that brings something back.
    func answer<Answer: Sendable>(_ deed: @escaping @Sendable (any Core) throws -> Answer) async -> Answer? {
        do {
            failure = nil
            return try await desk.ask(deed)
        } catch {
            failure = Failure(error)
            return nil
        }
    }

    /// As `answer`, for what must not be done twice: a second tap meanwhile is dropped.
    func answerOnce<Answer: Sendable>(_ deed: @escaping @Sendable (any Core) throws -> Answer) async -> Answer? {
        guard !isBusy else { return nil }
        isBusy = true
        defer { isBusy = false }
        return await answer(deed)
    }

    /// The office's list, without the screen failing for want of it.
    func reasons(_ kind: ReasonKind) async -> [Reason] {
        (try? await desk.ask { try $0.reasons(kind: kind.rawValue) }) ?? []
    }
}
