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
    @ObservationIgnored private var isOpening = false
    @ObservationIgnored private var isShown = false
    @ObservationIgnored private var listening: Task<Void, Never>?
    @ObservationIgnored private let watch: Watch
    @ObservationIgnored private let locator: (any Locating)?

    public init(
        watch: Watch, locator: (any Locating)? = nil, folder: URL? = nil,
        openCore: @escaping @Sendable () throws -> any Core
    ) {
        self.watch = watch
        self.locator = locator
        damage = DamageModel(folder: folder)
        self.openCore = openCore
    }

    public var app: AppModel? {
        if case .open(let app) = state { app } else { nil }
    }

    /// Also after a failure: a damaged file was put aside, so opening again begins a new one.
    public func openTapped() async {
        isShown = true
        if let app { await app.openTapped() } else { await open() }
    }

    /// The app came to the screen.
    public func shown() async {
        isShown = true
        if let app { await app.resumed() } else { await openAtFirst() }
    }

    public func hidden() async {
        isShown = false
        await app?.suspended()
    }

    /// The system started or woke the app for this alone: facts only, and it ends when the time is taken away. What was
    /// sent stays sent.
    public func background() async {
        await withTaskCancellationHandler {
            await openAtFirst()
            await app?.background(sendsPhotos: false)
        } onCancel: {
            Task { @MainActor in self.app?.desk.cancel() }
        }
    }

    /// What failed stays on the screen until the rep has read it.
    private func openAtFirst() async {
        if case .opening = state { await open() }
    }

    private func open() async {
        guard app == nil, !isOpening else { return }
        isOpening = true
        defer { isOpening = false }
        state = .opening
        let openCore = openCore
        let opened = await Task.detached(priority: .userInitiated) { Result { try openCore() } }.value
        await damage.look()
        switch opened {
        case .success(let core):
            let app = AppModel(desk: Desk(core: core), locator: locator, damage: damage)
            listen(app)
            state = .open(app)
            if isShown { await app.start() } else { await app.rested() }
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
