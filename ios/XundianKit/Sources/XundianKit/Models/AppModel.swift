import Observation
import XundianCore

/// Where the rep is, above the route of the day.
public enum Route: Hashable, Sendable {
    case search, newStore, visit, summary, outbox, settings
    case card(StoreId)
    case order(OrderId)
}

/// The whole app: what is open, the stack of screens, and the moments at which it syncs, pauses and goes on.
@MainActor
@Observable
public final class AppModel {
    public enum Root: Sendable, Equatable {
        case starting, enrol, today
        /// The file does not open or cannot be read: nobody knows whose phone this is.
        case failed(Failure)
    }

    public private(set) var root = Root.starting
    public var path: [Route] = [] {
        didSet { if path.last != oldValue.last { moved(from: oldValue.last) } }
    }
    /// A phone that is enrolled already may go back without enrolling again.
    public private(set) var canLeaveEnrolment = false
    /// Counts up when what is shown may be old.
    public private(set) var changes = 0
    /// What the core said of its work since the app started.
    public private(set) var log = LogBook()
    public let desk: Desk
    public let sync: SyncModel
    public let damage: DamageModel
    /// What is written in it outlives its screen.
    public let newStore: NewStoreModel
    /// An exported journal and its code outlive their screen.
    public let outbox: OutboxModel
    /// `nil` = this device has none.
    public let locator: (any Locating)?

    /// Whose phone it is, as it was read last.
    @ObservationIgnored private var rep: RepNo?
    /// The rep has the app before them: a tap may come, and nothing but the system's word closes the file.
    @ObservationIgnored private var isActive = false
    /// Works of the system that are under way, and need the file too.
    @ObservationIgnored private var works = 0
    /// Of the visit that was shown last.
    @ObservationIgnored private var steps: LongSteps?
    @ObservationIgnored private let now: @MainActor () -> Date

    public init(
        desk: Desk, locator: (any Locating)? = nil, damage: DamageModel? = nil, recoveryCode: (any KeptText)? = nil,
        now: @escaping @MainActor () -> Date = { Date() }
    ) {
        self.desk = desk
        self.locator = locator
        self.damage = damage ?? DamageModel(folder: nil)
        self.now = now
        let sync = SyncModel(desk: desk, now: now)
        self.sync = sync
        newStore = NewStoreModel(desk: desk, locator: locator)
        outbox = OutboxModel(desk: desk, sync: sync, kept: recoveryCode)
        desk.whenDamaged { [weak self] failure in await self?.damageMet(failure) }
    }

    /// The rep sees it: what is open, then what the server has.
    public func start() async {
        isActive = true
        guard await wake(), isActive, root == .today else { return }
        await sync.occasion(.start)
    }

    /// Nobody sees it: ready to be woken, by the rep or for the system's work.
    func rested() async {
        await find()
        await rest()
    }

    /// Where the rep left off: in the visit, if the app died in one. Only a phone that says it is nobody's asks to be enrolled.
    private func find() async {
        do {
            let rep = try await desk.ask { try $0.rep() }
            canLeaveEnrolment = false
            self.rep = rep
            guard rep != nil else { return (root, path) = (.enrol, []) }
            // One that cannot be read keeps nobody from the outbox, nor what waits there from the server.
            let visit = try await desk.ask { try $0.openVisit() }
            root = .today
            if visit.view != nil { path = [.visit] }
        } catch {
            fail(Failure(error))
        }
    }

    /// In the place of every screen. What was on them comes back with the file; from a damaged one nothing does.
    private func fail(_ failure: Failure) {
        root = .failed(failure)
        if failure.isDamage { path = [] }
    }

    /// A call met damage, on whatever screen or while nobody looked: no call goes on with the file, so no screen does. While it is
    /// being opened anew that says itself how it went, and a call that comes late speaks of the old one.
    private func damageMet(_ failure: Failure) async {
        if root != .starting, !isDamaged { fail(failure) }
        await damage.look()
    }

    /// Somebody read what failed. The file is opened anew: that puts a damaged one aside, or begins a new one after it was.
    public func openTapped() async {
        guard isFailed else { return }
        root = .starting
        await desk.pause()
        // Who left meanwhile finds it closed, and opens it by coming back.
        if isActive { await start() }
    }

    private var isFailed: Bool { if case .failed = root { true } else { false } }

    /// The next opening begins a new file: the rep reads first what became of the old one.
    private var isDamaged: Bool { if case .failed(let failure) = root { failure.isDamage } else { false } }

    /// Enrolled: the route comes with the first pull, and its progress is seen there.
    public func enrolled() async {
        // Who has left the form meanwhile, for a visit perhaps, stays there.
        (root, canLeaveEnrolment) = (.today, false)
        sync.enrolled()
        outbox.enrolled()
        await handOver()
        await sync.occasion(.tapped)
        // It may come after one that was alive.
        await sync.ended()
        changes += 1
    }

    /// What another rep has begun to write is none of this one's.
    private func handOver() async {
        // Whose phone it is nobody can say: then it may be another one's.
        let now = try? await desk.ask { try $0.rep() }
        if now == nil || now != rep { newStore.forget() }
        rep = now
    }

    public func enrolAgainTapped() {
        path = []
        (root, canLeaveEnrolment) = (.enrol, true)
    }

    public func enrolmentLeft() {
        if canLeaveEnrolment { (root, canLeaveEnrolment) = (.today, false) }
    }

    // MARK: Moving

    public func go(_ route: Route) {
        if path.last != route { path.append(route) }
    }

    private func moved(from screen: Route?) {
        if screen == .outbox { outbox.left() }
        if isActive { watchPosition() }
    }

    /// Checked in: back leads to the route of the day, not to the card.
    public func checkedIn() { path = [.visit] }

    /// The steps whose models outlive their views and the screen of the visit, not the visit.
    private struct LongSteps {
        let visit: VisitId
        let competitor: CompetitorModel
        let confirm: ConfirmModel
    }

    /// A fact that is half written, with its photo, is there again.
    public func competitor(in visit: VisitId) -> CompetitorModel { longSteps(of: visit).competitor }

    /// What was confirmed before there was no order comes back with "order after all".
    public func confirm(in visit: VisitId) -> ConfirmModel { longSteps(of: visit).confirm }

    private func longSteps(of visit: VisitId) -> LongSteps {
        if let steps, steps.visit == visit { return steps }
        let made = LongSteps(
            visit: visit, competitor: CompetitorModel(desk: desk), confirm: ConfirmModel(desk: desk))
        steps = made
        return made
    }

    /// A visit was sealed: the owner sees the card, and the order is on its way.
    public func sealed(_ out: CheckedOut) async {
        path = out.order.map { [.order($0.order)] } ?? []
        await sent()
    }

    /// Something was sealed that the server should have at once.
    public func sent() async {
        changes += 1
        await sync.occasion(.visitEnded)
        changes += 1
    }

    /// A confirmation may take minutes, and a check-out is one tap: a fix of their beginning would be too old. No other screen
    /// needs to know all the time.
    private func watchPosition() {
        switch path.last {
        case .card?, .visit?: locator?.warmUp()
        default: locator?.rest()
        }
    }

    // MARK: The system's moments

    /// Before the app sleeps the file must be closed, or the system ends the app for holding it. What runs goes on first, for as
    /// long as the system grants. Comes back when the file is closed, or somebody needs it again.
    public func suspended() async {
        isActive = false
        locator?.rest()
        await rest()
    }

    /// The system grants no more time: whatever runs, the file is closed when this returns.
    func timeIsOver() {
        isActive = false
        sync.cutOff()
        desk.closeNow()
    }

    public func resumed() async {
        isActive = true
        guard await wake(), isActive, root == .today else { return }
        watchPosition()
        if path.isEmpty { locator?.look() }
        changes += 1
        await sync.occasion(.resume)
        changes += 1
    }

    public func networkCame() async {
        guard root == .today, isActive else { return }
        await sync.networkCame()
        changes += 1
    }

    /// A background task of the system: facts first; photos only where that costs nothing.
    public func background(sendsPhotos: Bool) async {
        works += 1
        // The time may be over before the sync began.
        if !Task.isCancelled, await wake(), !Task.isCancelled { await syncForSystem(sendsPhotos: sendsPhotos) }
        works -= 1
        // Whoever has the app before them closes it by leaving.
        if !isActive { await rest() }
    }

    /// Comes back when the sync is over, or the time of the system, which waits for no run that the rep has part in.
    private func syncForSystem(sendsPhotos: Bool) async {
        let (end, sink) = AsyncStream<Void>.makeStream()
        Task {
            await sync.occasion(.background, sendsPhotos: sendsPhotos)
            sink.finish()
        }
        for await _ in end {}
    }

    private var isNeeded: Bool { isActive || works > 0 }

    /// Closes the file that nobody needs, after what runs: a tap leads to a sync, the facts lead to the photos.
    private func rest() async {
        await desk.cleared()
        while !isNeeded, sync.state == .running { await sync.ended() }
        if !isNeeded { await desk.pause() }
    }

    /// Gives whether the file can be asked. What does not open, e.g. on a full phone, is tried again the next time; a damaged file
    /// waits for a person.
    private func wake() async -> Bool {
        if isDamaged { return false }
        do {
            guard try await desk.resume() else { return false }
            if isFailed || root == .starting { await find() }
        } catch {
            fail(Failure(error))
            desk.failureHeard()
        }
        await damage.look()
        return !isFailed
    }

    /// The core's listener. The visit's own screens read after their own taps.
    public func heard(_ notice: Notice) {
        switch notice {
        case .changed(.visit): break
        case .log(let level, let line): log.add(level, line, at: now())
        case .changed(.facts), .changed(.master): changes += 1
        case .progress(let progress): sync.heard(progress)
        }
    }
}
