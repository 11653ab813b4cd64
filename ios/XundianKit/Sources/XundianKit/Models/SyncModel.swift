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

    public private(set) var state = State.idle
    /// Why it waits, when it does.
    public private(set) var waitsFor = TextKey.syncWaiting
    public private(set) var progress: XundianCore.Progress?
    /// Counts up when a sync brought something: screens load again.
    public private(set) var rounds = 0
    public private(set) var schedule = SyncSchedule()

    @ObservationIgnored private let desk: Desk
    /// The desk's stops when somebody asked in the middle of a run: a stop after that takes it back, too.
    @ObservationIgnored private var askedAgain: Int?
    @ObservationIgnored private var retry: Task<Void, Never>?
    /// Who waits for the end of the run.
    @ObservationIgnored private var waiting: [CheckedContinuation<Void, Never>] = []
    @ObservationIgnored private let now: @MainActor () -> Date

    public init(desk: Desk, now: @escaping @MainActor () -> Date = { Date() }) {
        self.desk = desk
        self.now = now
    }

    /// Syncs if this is a moment for it. A visit that ends in the middle of a run is not in that run: once more after it.
    public func occasion(_ occasion: SyncSchedule.Occasion, sendsPhotos: Bool = true) async {
        guard state != .running else {
            if occasion == .visitEnded || occasion == .tapped { askedAgain = desk.stops(of: .sync) }
            return
        }
        guard schedule.isDue(occasion, at: now()) else { return }
        retry?.cancel()
        repeat {
            askedAgain = nil
            await run(sendsPhotos: sendsPhotos)
        } while askedAgain == desk.stops(of: .sync) && state == .idle
        for continuation in waiting { continuation.resume() }
        waiting = []
        waitAndRetry()
    }

    /// Comes back when no sync runs.
    func ended() async {
        guard state == .running else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func run(sendsPhotos: Bool) async {
        state = .running
        progress = nil
        do {
            settle(try await sendAll(photos: sendsPhotos))
        } catch {
            broke(Failure(error))
        }
    }

    /// Photos follow the facts, which are complete without them: who stops the photos, also before they have begun, has sent
    /// the facts.
    private func sendAll(photos isWanted: Bool) async throws -> SyncReport {
        let began = desk.stops(of: .sync)
        let facts = try await desk.send(.sync, since: began) { try $0.sync() }
        guard isWanted, facts.outcome == .inStep else { return facts }
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

    /// Why it is not in step; `nil` = it runs, or there is nothing to say.
    public var problem: Failure? {
        switch state {
        case .idle, .running: nil
        case .waiting: Failure(key: waitsFor, remedy: .retry)
        case .stopped(let failure): failure
        }
    }

    /// After a new enrolment everything may be tried again.
    public func enrolled() {
        schedule = SyncSchedule()
        state = .idle
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
