import Observation
import XundianCore

/// The one sync that all screens see: it runs when the schedule says so, shows how far it is, and can be stopped.
@MainActor
@Observable
public final class SyncModel {
    public enum State: Sendable, Equatable {
        case idle
        case running
        /// Tried and not done; tried again by itself at that time.
        case waiting(until: Date?)
        /// Only a person can bring it in step; what is sealed meanwhile is still offered.
        case stopped(Failure)
    }

    /// What somebody asks of a run.
    private struct Wish {
        /// The desk's stops then: a stop after that takes it back.
        let stops: Int
        var photos: Bool
        /// The system's own ends with the time that the system grants.
        var isReps: Bool
        /// The system took the app's time away in the middle of it.
        var isCutOff = false
    }

    public private(set) var state = State.idle
    /// Why it waits, when it does.
    public private(set) var waitsFor = TextKey.syncWaiting
    public private(set) var progress: XundianCore.Progress?
    /// Counts up when a sync brought something: screens load again.
    public private(set) var rounds = 0
    public private(set) var schedule = SyncSchedule()

    @ObservationIgnored private let desk: Desk
    /// Of the run that is under way, with what was added to it meanwhile.
    @ObservationIgnored private var current: Wish?
    /// What was asked for in the middle of a run, and is not in it.
    @ObservationIgnored private var next: Wish?
    @ObservationIgnored private var retry: Task<Void, Never>?
    /// Who waits for the end of the run.
    @ObservationIgnored private var waiting: [CheckedContinuation<Void, Never>] = []
    @ObservationIgnored private let now: @MainActor () -> Date

    public init(desk: Desk, now: @escaping @MainActor () -> Date = { Date() }) {
        self.desk = desk
        self.now = now
    }

    /// Syncs if this is a moment for it. Who comes in the middle of a run has part in it. Each run is followed by one more only
    /// if it was asked for meanwhile.
    public func occasion(_ occasion: SyncSchedule.Occasion, sendsPhotos: Bool = true) async {
        let wish = Wish(stops: desk.stops(of: .sync), photos: sendsPhotos, isReps: occasion != .background)
        guard state != .running else {
            if wish.isReps { join(wish, isNews: occasion == .visitEnded || occasion == .tapped) }
            return
        }
        guard schedule.isDue(occasion, at: now()) else { return }
        retry?.cancel()
        current = wish
        while let wish = current {
            await run(since: wish.stops)
            current = asked(after: wish)
        }
        for continuation in waiting { continuation.resume() }
        waiting = []
        waitAndRetry()
    }

    /// A phone in a street changes its way to the network every few minutes: what is fresh and has nothing to send asks nothing.
    public func networkCame() async {
        if schedule.isFresh(now()), !(await isAnythingUnsent()) { return }
        await occasion(.networkCame)
    }

    private func isAnythingUnsent() async -> Bool {
        guard let outbox = try? await desk.ask({ try $0.outbox() }) else { return false }
        return outbox.unsent > 0 || outbox.photos.count > 0
    }

    /// The run is the rep's from now on, and takes the photos along. A visit that ends in the middle of it is not in it, and one that
    /// was stopped brings nothing more: once more after it.
    private func join(_ wish: Wish, isNews: Bool) {
        let isStopped = current?.stops != wish.stops
        current?.isReps = true
        if wish.photos { current?.photos = true }
        if isNews || isStopped { next = wish }
    }

    /// What the run met holds for this one as well, unless the run was stopped before this was asked for.
    private func asked(after run: Wish) -> Wish? {
        defer { next = nil }
        guard let wish = next, wish.stops == desk.stops(of: .sync) else { return nil }
        return state == .idle || wish.stops != run.stops ? wish : nil
    }

    /// Comes back when no sync runs.
    func ended() async {
        guard state == .running else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func run(since began: Int) async {
        state = .running
        progress = nil
        do {
            settle(try await sendAll(since: began))
            // Its photos are still to go: the next resume asks, however soon.
            if current?.photos == false || current?.isCutOff == true { schedule.leftOff() }
        } catch {
            broke(Failure(error))
        }
    }

    /// Photos follow the facts, which are complete without them: who stops the photos, also before they have begun, has sent
    /// the facts. `began` = the stops when it was asked for.
    private func sendAll(since began: Int) async throws -> SyncReport {
        let facts = try await desk.send(.sync, since: began) { try $0.sync() }
        // Also if they were asked for while the facts went.
        guard current?.photos == true, facts.outcome == .inStep else { return facts }
        do {
            let photos = try await desk.send(.sync, since: began) { try $0.sendPhotos() }
            return photos.outcome == .cancelled ? facts : photos
        } catch CoreError.Cancelled {
            return facts
        }
    }

    /// While the app lives it tries again by itself.
    private func waitAndRetry() {
        guard case .waiting(let until?) = state else { return }
        let pause = max(0, until.timeIntervalSince(now()))
        retry = Task { [weak self] in
            try? await Task.sleep(nanoseconds: UInt64(pause * 1_000_000_000))
            guard !Task.isCancelled else { return }
            await self?.occasion(.retry)
        }
    }

    /// Stops what runs and what waits to begin; what is asked for later is done.
    public func cancelTapped() {
        retry?.cancel()
        desk.cancel(.sync)
    }

    /// The system's time is over: a run that is the system's own ends, the rep's goes on.
    func timeIsOver() {
        if let current, !current.isReps { desk.cancel(.sync) }
    }

    /// The system closes the file now, whoever asked: what is left, the photos alone perhaps, is not what the rep stopped.
    func cutOff() { current?.isCutOff = true }

    /// Why it is not in step; `nil` = it runs, or there is nothing to say.
    public var problem: Failure? {
        switch state {
        case .idle, .running: nil
        case .waiting: Failure(key: waitsFor, remedy: .retry)
        case .stopped(let failure): failure
        }
    }

    /// After a new enrolment everything may be tried again. A run that is still alive ends, and what is asked for next comes
    /// after it.
    public func enrolled() {
        schedule = SyncSchedule()
        if state == .running { desk.cancel(.sync) } else { state = .idle }
    }

    /// Fed by the core's listener.
    public func heard(_ progress: XundianCore.Progress) {
        if state == .running { self.progress = progress }
    }

    private func settle(_ report: SyncReport) {
        progress = report.progress
        rounds += 1
        let again = schedule.ended(report.outcome, at: now())
        switch report.outcome {
        case .inStep, .cancelled: state = .idle
        case .later: (state, waitsFor) = (.waiting(until: again), .syncWaiting)
        case .enrolAgain: state = .stopped(Failure(key: .syncEnrolAgain, remedy: .enrol))
        case .update: state = .stopped(Failure(key: .syncUpdate, remedy: .update))
        case .puzzled: (state, waitsFor) = (.waiting(until: again), .syncPuzzled)
        }
    }

    private func broke(_ failure: Failure) {
        rounds += 1
        switch failure.remedy {
        case .retry where failure.key == .errorPaused:
            // The app sleeps: it asks when it wakes.
            schedule.leftOff()
            state = .idle
        case .retry:
            // A wrong date is no missing network: nobody would look for it.
            let why: TextKey = failure.key == .errorNoAnswer ? .syncWaiting : failure.key
            (state, waitsFor) = (.waiting(until: schedule.broke(at: now())), why)
        case .nothing:
            schedule.leftOff()
            state = .idle
        default: state = .stopped(failure)
        }
    }
}
