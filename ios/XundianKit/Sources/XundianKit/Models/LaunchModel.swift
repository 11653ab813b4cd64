import Observation
import XundianCore

/// Opening the file, before there is anything else: a damaged, newer or full one has a screen instead of a crash.
@MainActor
@Observable
public final class LaunchModel {
    public enum State {
        case opening
        case failed(Failure)
        case open(AppModel)
    }

    public private(set) var state = State.opening
    public let damage: DamageModel
    @ObservationIgnored private let openCore: @Sendable () throws -> any Core
    @ObservationIgnored private let door = Door()
    @ObservationIgnored private var opening: Task<Void, Never>?
    @ObservationIgnored private var isShown = false
    @ObservationIgnored private var listening: Task<Void, Never>?
    @ObservationIgnored private let watch: Watch
    @ObservationIgnored private let locator: (any Locating)?
    @ObservationIgnored private let recoveryCode: (any KeptText)?

    public init(
        watch: Watch, locator: (any Locating)? = nil, folder: URL? = nil, recoveryCode: (any KeptText)? = nil,
        openCore: @escaping @Sendable () throws -> any Core
    ) {
        self.watch = watch
        self.locator = locator
        self.recoveryCode = recoveryCode
        damage = DamageModel(folder: folder)
        self.openCore = openCore
    }

    public var app: AppModel? {
        if case .open(let app) = state { app } else { nil }
    }

    /// Also after a failure: a damaged file was put aside, so opening again begins a new one.
    public func openTapped() async {
        if let app { await app.openTapped() } else { await open() }
    }

    // MARK: The system's moments

    /// The app came to the screen. That counts at once: who is quick must not turn the order round. What follows is the task.
    @discardableResult
    public func shown() -> Task<Void, Never> {
        isShown = true
        return Task {
            guard isShown else { return }
            if let app { await app.resumed() } else { await openAtFirst() }
        }
    }

    /// The app left the screen; the task is over when its file is closed, or the rep is back.
    public func hidden() -> Task<Void, Never> {
        isShown = false
        return Task {
            await opening?.value
            if !isShown { await app?.suspended() }
        }
    }

    /// The system grants no more time to an app that left the screen: the file is closed when this returns. Blocks for some tenths
    /// of a second.
    public func timeIsOver() {
        guard !isShown else { return }
        if let app { app.timeIsOver() } else { door.closeNow() }
    }

    /// The system started or woke the app for this alone: facts only, and it ends when the time is taken away. What was
    /// sent stays sent.
    public func background() async {
        await withTaskCancellationHandler {
            if !Task.isCancelled { await openAtFirst() }
            await app?.background(sendsPhotos: false)
        } onCancel: {
            Task { @MainActor in self.workIsOver() }
        }
    }

    /// Who has the app before them keeps the file, and what they asked for.
    private func workIsOver() {
        if isShown { app?.sync.timeIsOver() } else { timeIsOver() }
    }

    // MARK: Opening

    private var isOpening: Bool { if case .opening = state { true } else { false } }

    /// What did not open, e.g. on a full phone, is tried again the next time; a damaged file waits for a person.
    private func openAtFirst() async {
        if !isDamaged { await open() }
    }

    /// The next opening begins a new file: the rep reads first what became of the old one.
    private var isDamaged: Bool { if case .failed(let failure) = state { failure.isDamage } else { false } }

    private func open() async {
        guard app == nil, opening == nil else { return }
        repeat {
            let work = Task { await openFile() }
            opening = work
            await work.value
            opening = nil
            // The system took the time away before it was open, and the rep is back.
        } while isOpening && isShown
        if isShown { await app?.start() } else { await app?.rested() }
    }

    private func openFile() async {
        state = .opening
        let (door, openCore) = (door, openCore)
        let wish = door.wantOpen()
        let opened = await Task.detached(priority: .userInitiated) {
            Result { try door.open(wish, first: openCore) }
        }.value
        await damage.look()
        switch opened {
        case .success(let core):
            guard let core else { return }
            let desk = Desk(core: core, door: door)
            let app = AppModel(desk: desk, locator: locator, damage: damage, recoveryCode: recoveryCode)
            listen(app)
            state = .open(app)
        case .failure(let error):
            state = .failed(Failure(error))
        }
    }

    private func listen(_ app: AppModel) {
        let notices = watch.notices
        listening = Task { [weak app] in
            for await notice in notices { app?.heard(notice) }
        }
    }
}
