/// A step of the visit. Its main button stands where that of the step before stood: the second half of a double tap there is no
/// tap here.
@MainActor
open class StepModel: ScreenModel {
    /// No thumb reads a screen and taps it in less.
    private static let glance = Duration.milliseconds(500)

    private let now: @MainActor () -> ContinuousClock.Instant
    private var came: ContinuousClock.Instant?

    public init(desk: Desk, now: @escaping @MainActor () -> ContinuousClock.Instant = { ContinuousClock.now }) {
        self.now = now
        super.init(desk: desk)
    }

    /// The step came to the screen.
    public func appeared() { came = now() }

    /// A tap may be meant.
    var isSeen: Bool {
        guard let came else { return true }
        return came.duration(to: now()) >= Self.glance
    }
}
