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
    /// What was refused is said until it is dismissed or something else is done: the reading of a sync must not take it from
    /// under the eyes. What only a reading could not do goes with the next one that goes well.
    public private(set) var failure: Failure?
    /// Counts up with each refusal: one that says the same again is felt, too.
    public private(set) var refusals = 0
    /// A tap is being worked on that must not be made twice.
    public internal(set) var isBusy = false

    /// The failure was not yet felt and spoken.
    @ObservationIgnored private var isNews = false
    @ObservationIgnored let desk: Desk
    /// Taps by number.
    @ObservationIgnored private var taps = 0
    /// The last tap before the refusal that is said; `nil` = nothing was refused, or only a reading failed.
    @ObservationIgnored private var refused: Int?

    public init(desk: Desk) {
        self.desk = desk
    }

    public func failureDismissed() { (failure, refused) = (nil, nil) }

    /// What was done is said to have failed, for whatever reason.
    func refuse(_ failure: Failure) {
        (self.failure, refused) = (failure, taps)
        isNews = true
        refusals += 1
    }

    /// The failure, if nobody was told yet: its line comes back whenever its screen does, and is old then.
    public func takeNews() -> Failure? {
        defer { isNews = false }
        return isNews ? failure : nil
    }

    /// A line that is being put right is not called wrong any more.
    func typed(_ fields: FormField...) {
        if let field = failure?.field, fields.contains(field) { failureDismissed() }
    }

    /// What is said below a line of a form, too; `nil` = another one is meant, or none.
    public func refusal(of field: FormField) -> TextKey? { failure?.field == field ? failure?.key : nil }

    /// No camera opens on this phone, or none may.
    public func cameraMissed() { refuse(Failure(key: .errorNoCamera, remedy: .nothing)) }

    /// No other app took it.
    public func mapMissed() { refuse(Failure(key: .errorNoMap, remedy: .nothing)) }
    public func callMissed() { refuse(Failure(key: .errorNoCall, remedy: .nothing)) }

    /// The photo; who turned back from the camera knows why there is none, else it is said.
    func bytes(of shot: Shot) -> Data? {
        if shot == .unreadable { refuse(Failure(key: .errorPhoto, remedy: .nothing)) }
        return shot.photo
    }

    /// A tap that was on its way when another was refused does not take the refusal away.
    private func wentWell(_ tap: Int) {
        if tap > refused ?? 0 { failureDismissed() }
    }

    /// Asks for what the screen shows; the whole screen fails if there is nothing yet.
    func load<Answer: Sendable>(_ question: @escaping @Sendable (any Core) throws -> Answer) async -> Answer? {
        do {
            let answer = try await desk.ask(question)
            if refused == nil { failure = nil }
            return answer
        } catch {
            unread(Failure(error))
            return nil
        }
    }

    /// It takes no refusal's place: with the next reading nobody would know of that any more.
    private func unread(_ failure: Failure) {
        if phase != .ready {
            phase = .failed(failure)
        } else if refused == nil {
            isNews = isNews || failure != self.failure
            self.failure = failure
        }
    }

    /// Carries out a tap; gives whether it was.
    @discardableResult
    func tap(_ deed: @escaping @Sendable (any Core) throws -> Void) async -> Bool {
        await answer(deed) != nil
    }

    /// Carries out a tap that brings something back.
    func answer<Answer: Sendable>(_ deed: @escaping @Sendable (any Core) throws -> Answer) async -> Answer? {
        taps += 1
        let tap = taps
        do {
            let answer = try await desk.ask(deed)
            wentWell(tap)
            return answer
        } catch {
            refuse(Failure(error))
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

    /// The bytes of a photo as long as it is on this phone, also of one that was taken before the app began. No tap waits for it.
    public func keptPhoto(_ photo: PhotoRef) async -> Data? {
        try? await desk.search { try $0.keptPhoto(photo: photo) }
    }

    /// Products by name or number; an empty text finds none. `nil` = nothing was sought.
    func products(named text: String) async -> [ProductHit]? {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : await answer { try $0.searchProducts(text: text) }
    }

    /// The office's list, without the screen failing for want of it.
    func reasons(_ kind: ReasonKind) async -> [Reason] {
        (try? await desk.ask { try $0.reasons(kind: kind.rawValue) }) ?? []
    }
}
