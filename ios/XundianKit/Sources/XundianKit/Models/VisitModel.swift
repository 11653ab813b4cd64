import Observation
import XundianCore

/// 拜访: the rail of six steps, the time in the store, skipping, and the ways out.
@MainActor
@Observable
public final class VisitModel: ScreenModel {
    public enum Mark: Sendable, Equatable {
        case untouched, begun, finished
        case skipped(ReasonCode)

        /// Nobody said that it is finished or left out.
        var isOpen: Bool { self == .untouched || self == .begun }
    }

    /// In the order of the field; the day's summary is the sixth and belongs to the day.
    public static let steps: [Step] = [.stockCount, .suggestedOrder, .display, .competitor, .orderConfirmation]

    public private(set) var visit: VisitView?
    public private(set) var shop: Store?
    public private(set) var skipReasons: [Reason] = []
    /// The step whose reason is being asked for.
    public var skipping: Step?
    /// Why nothing could be done, where something was recorded all the same: said before a photo is taken.
    public var dropping: FailedReason?
    /// Why nothing could be done, where no photo proves it: asked about before anything is sealed.
    public var unproven: FailedReason?
    /// Steps are open, and the rep wants to leave.
    public var isAskingToLeave = false
    /// Lines of an order that go out though nobody confirmed them.
    public private(set) var goingOut = 0
    public var current = Step.stockCount
    /// Sealed: the order card, or the end.
    public private(set) var checkedOut: CheckedOut?
    private let locator: (any Locating)?

    public init(desk: Desk, locator: (any Locating)? = nil) {
        self.locator = locator
        super.init(desk: desk)
    }

    /// Told in a quiet line: a visit without a position is a visit.
    public var position: PositionState { locator?.state ?? .seeking }

    /// The end of the visit is near, where its position is kept.
    public func positionWanted() { locator?.warmUp() }

    public func load() async { _ = await read() }

    private enum Reading { case there, none, unread }

    /// With what the models of its steps have saved by now.
    private func read() async -> Reading {
        let found = await load { core in
            let visit = try core.currentVisit()
            return (visit: visit, card: try visit.map { try core.storeCard(store: $0.store) })
        }
        guard let found else { return .unread }
        let isAnother = found.visit?.visit != visit?.visit
        (visit, shop) = (found.visit, found.card?.shop)
        // Where the rep left off, also after the app died.
        if isAnother { current = openSteps.first ?? .orderConfirmation }
        if isAnother, visit != nil { positionWanted() }
        phase = found.visit == nil ? .empty : .ready
        if skipReasons.isEmpty { skipReasons = await reasons(.skipStep) }
        return found.visit == nil ? .none : .there
    }

    public func mark(of step: Step) -> Mark { Self.mark(of: step, in: visit?.lines ?? []) }

    nonisolated fileprivate static func mark(of step: Step, in lines: [Line]) -> Mark {
        let lines = lines.filter { $0.step == step }
        for case .skip(_, let reason) in lines { return .skipped(reason) }
        if lines.contains(.finished(step)) { return .finished }
        return lines.contains(where: \.isWork) ? .begun : .untouched
    }

    /// Asked about before the visit is sealed.
    public var openSteps: [Step] { Self.openSteps(in: visit?.lines ?? []) }

    static func openSteps(in lines: [Line]) -> [Step] { steps.filter { mark(of: $0, in: lines).isOpen } }

    /// Work that is finished would be dropped with the step.
    public func canSkip(_ step: Step) -> Bool { mark(of: step).isOpen }

    /// What was noted in the step whose reason is asked for goes with it: said before it is gone.
    public var dropsWork: Bool { skipping.map { mark(of: $0) == .begun } ?? false }

    /// Whole seconds since check-in, by the phone's wall clock; a clock that was set back shows 0.
    public func secondsInStore(at now: Date) -> Int {
        guard let wall = visit?.checkIn.wall else { return 0 }
        return max(0, Int(now.timeIntervalSince1970) - Int(wall / 1000))
    }

    /// The rail tells what was done in the step that was left, too.
    public func stepTapped(_ step: Step) async {
        current = step
        await load()
    }

    /// Asks why, of the step as it stands now: each one saves through a model of its own.
    public func skipTapped(_ step: Step) async {
        if await read() == .there, canSkip(step) { skipping = step }
    }

    /// The step comes with the reason: the question is gone from the screen before its answer is worked on.
    public func skipReasonTapped(_ reason: ReasonCode, for step: Step) async {
        skipping = nil
        guard canSkip(step) else { return }
        guard await tap({ try $0.saveLine(line: .skip(step: step, reason: reason)) }) else { return }
        await load()
        goOn(from: step)
    }

    /// A step said that it is finished.
    public func stepFinished(_ step: Step) async {
        await load()
        goOn(from: step)
    }

    /// Steps that are open by now are asked about first; a complete visit is sealed at once.
    public func leaveTapped() async {
        positionWanted()
        guard await read() == .there, let visit else { return }
        if openSteps.isEmpty { return await checkOutTapped() }
        goingOut = (try? await desk.ask { visit.goingOut($0) }) ?? 0
        isAskingToLeave = true
    }

    public func checkOutTapped() async {
        checkedOut = await answerOnce { try $0.checkOut() } ?? checkedOut
    }

    /// Gives whether the photo may be taken at once: a failed visit drops what was noted, which is said first.
    public func failAsked(_ reason: FailedReason) async -> Bool {
        positionWanted()
        let reading = await read()
        guard reading != .none else { return false }
        // Of one that cannot be read nobody knows: it is asked about, and can be ended, which reads nothing of it.
        let isRecorded = reading == .unread || visit?.lines.contains(where: \.isWork) == true
        if isRecorded { dropping = reason }
        return !isRecorded
    }

    /// The camera came back, or there is none. Without a photo nothing is sealed yet: the reason may have been a slip of
    /// the thumb, and a failed visit drops what was noted.
    public func proofTaken(_ photo: Data?, for reason: FailedReason) async {
        guard let photo else { return unproven = reason }
        await failTapped(reason, photo: photo)
    }

    /// Nothing could be done here. The photo is kept first, so that no visit names one that is not on the disk.
    public func failTapped(_ reason: FailedReason, photo: Data?) async {
        unproven = nil
        let sealed = await answerOnce { core in
            let kept = try photo.map { try core.keepPhoto(bytes: $0) }
            return try core.failVisit(reason: reason, photo: kept)
        }
        checkedOut = sealed ?? checkedOut
    }

    private func goOn(from step: Step) {
        guard let at = Self.steps.firstIndex(of: step), at + 1 < Self.steps.count else { return }
        current = Self.steps[at + 1]
    }
}

extension VisitView {
    /// Lines of the order that a check-out makes of the open visit as it stands: what the owner wanted, also where nobody confirmed
    /// it. The core sells nothing where step 5 was left out, and where it is finished the lines were confirmed.
    func goingOut(_ core: any Core) -> Int {
        guard VisitModel.mark(of: .orderConfirmation, in: lines).isOpen else { return 0 }
        return (try? core.quote())?.lines.count ?? 0
    }
}

extension Line {
    /// The step that a line is shown in.
    public var step: Step {
        switch self {
        case .count, .stands, .deliverySeen, .inflow, .outflow, .pickUp, .facings: .stockCount
        case .advised, .intention: .suggestedOrder
        case .check, .onShelf, .popPlaced, .photoBefore, .photoAfter: .display
        case .competitor: .competitor
        case .confirmed, .promise, .payment, .receiver, .noOrder: .orderConfirmation
        case .finished(let step), .skip(let step, _): step
        }
    }

    /// Looking at the suggestions saves them; that alone is no work.
    var isWork: Bool { if case .advised = self { false } else { true } }
}
