import Observation
import XundianCore

/// What the phone can say of where it is. None of it keeps a rep from a visit.
public enum PositionState: Sendable, Equatable, CaseIterable {
    /// Nobody was asked yet, or the fix is on its way: nothing to say.
    case seeking
    case fixed
    case denied
    case noFix
    /// An app made it up.
    case mock

    /// The quiet line about it; `nil` = there is nothing to say.
    public var line: TextKey? {
        switch self {
        case .seeking, .fixed: nil
        case .denied: .positionDenied
        case .noFix: .positionNoFix
        case .mock: .positionMock
        }
    }

    /// Only there can the rep change it.
    public var leadsToSettings: Bool { self == .denied }
}

/// What asks the system for a position, and never waits for it.
@MainActor
public protocol Locating: AnyObject {
    var state: PositionState { get }
    /// Counts the fixes that came, so that the route reads its distances anew.
    var fixes: Int { get }
    /// One fix for the distances of the route, unless there is a fresh one. Nobody is asked for permission for it.
    func look()
    /// Check-in or check-out may come any moment: the position is kept fresh until `rest`.
    func warmUp()
    /// No visit is before the rep's eyes: nobody is followed.
    func rest()
}

/// What the system said of the position, for screens to read.
@MainActor
@Observable
public final class PositionSigns {
    public private(set) var state = PositionState.seeking
    public private(set) var fixes = 0
    /// Longer than a phone needs that finds anything.
    static let patience: Duration = .seconds(20)

    private let position: NewestFix
    private let now: @MainActor () -> ContinuousClock.Instant
    /// Since when fixes are asked for; `nil` = they are not.
    @ObservationIgnored private var sought: ContinuousClock.Instant?

    public init(
        of position: NewestFix = NewestFix(),
        now: @escaping @MainActor () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        (self.position, self.now) = (position, now)
    }

    /// Fixes are asked for from now on: what was known at another shop is known no more.
    public func seeking() {
        guard sought == nil else { return }
        sought = now()
        if state == .fixed || state == .mock, !isFresh { state = .seeking }
    }

    public func rested() { sought = nil }

    /// The system tells nobody that fixes stopped coming: the newest grows old, and the core hears of none.
    public func aged() {
        switch state {
        case .fixed, .mock: if !isFresh { state = .noFix }
        case .seeking: if let sought, now() - sought >= Self.patience { state = .noFix }
        case .denied, .noFix: break
        }
    }

    /// Until its task is cancelled.
    public func keepAgeing(every pause: Duration = .seconds(5)) async {
        while !Task.isCancelled {
            aged()
            try? await Task.sleep(for: pause)
        }
    }

    private var isFresh: Bool { (try? position.now()) != nil }

    /// `nil` = nobody was asked yet.
    public func permitted(_ isAllowed: Bool?) {
        if isAllowed == false {
            state = .denied
        } else if state == .denied {
            state = .seeking
        }
    }

    /// What the core would hear now; `nil` = the system has none, or an old one. Of those that keep coming only the first is
    /// new: the route need not read its distances every second.
    public func heard(_ fix: Fix?, isNew: Bool = true) {
        // A fix from before the no counts no more.
        guard state != .denied else { return }
        guard let fix else { return state = .noFix }
        if isNew { fixes += 1 }
        let heard = fix.mock ? PositionState.mock : .fixed
        if state != heard { state = heard }
    }
}
