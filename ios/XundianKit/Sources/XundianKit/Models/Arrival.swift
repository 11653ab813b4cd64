/// When a step came to the screen. Its main button stands where that of the step before stood: the second half of a double tap
/// there is no tap here.
@MainActor
struct Arrival {
    /// No thumb reads a screen and taps it in less.
    private static let glance = Duration.milliseconds(500)

    private let now: @MainActor () -> ContinuousClock.Instant
    private var came: ContinuousClock.Instant?

    init(_ now: @escaping @MainActor () -> ContinuousClock.Instant) {
        self.now = now
    }

    mutating func comes() { came = now() }

    /// A tap may be meant.
    var isSeen: Bool {
        guard let came else { return true }
        return came.duration(to: now()) >= Self.glance
    }
}
