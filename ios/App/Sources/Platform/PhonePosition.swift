import CoreLocation
import XundianKit

/// The newest fix, for the core to ask at check-out from any thread. It never waits: work indoors goes on without one.
final class PhonePosition: Position, @unchecked Sendable {
    /// An older fix says nothing about this shop.
    static let freshSeconds: TimeInterval = 60

    private let lock = NSLock()
    private var newest: CLLocation?

    func now() throws -> Fix? {
        let location = lock.withLock { newest }
        guard let location, -location.timestamp.timeIntervalSinceNow < Self.freshSeconds,
            location.horizontalAccuracy >= 0
        else { return nil }
        return Fix(
            latitude: location.coordinate.latitude, longitude: location.coordinate.longitude,
            accuracyM: Float(location.horizontalAccuracy),
            mock: location.sourceInformation?.isSimulatedBySoftware ?? false)
    }

    fileprivate func keep(_ location: CLLocation) {
        lock.withLock { newest = location }
    }
}

/// Asks the system for one fix on the route, on the store card and when a visit comes to its end; nobody is followed in
/// between.
@MainActor
final class Locator: NSObject, CLLocationManagerDelegate, Locating {
    nonisolated let position = PhonePosition()
    private let signs = PositionSigns()
    private let manager: CLLocationManager

    init(manager: CLLocationManager = CLLocationManager()) {
        self.manager = manager
        super.init()
        manager.delegate = self
        manager.desiredAccuracy = kCLLocationAccuracyNearestTenMeters
    }

    var isDenied: Bool { [.denied, .restricted].contains(manager.authorizationStatus) }
    var state: PositionState { signs.state }
    var fixes: Int { signs.fixes }

    func look() {
        guard [.authorizedWhenInUse, .authorizedAlways].contains(manager.authorizationStatus) else { return }
        if (try? position.now()) == nil { manager.requestLocation() }
    }

    func warmUp() {
        lookAtPermission()
        switch manager.authorizationStatus {
        case .notDetermined: manager.requestWhenInUseAuthorization()
        case .authorizedWhenInUse, .authorizedAlways: manager.requestLocation()
        default: break
        }
    }

    private func lookAtPermission() {
        signs.permitted(manager.authorizationStatus == .notDetermined ? nil : !isDenied)
    }

    /// Screens say what the core would hear: also after a failure a fix may still be fresh.
    private func tell() { signs.heard(try? position.now()) }

    nonisolated func locationManager(_ manager: CLLocationManager, didUpdateLocations locations: [CLLocation]) {
        if let location = locations.last { position.keep(location) }
        // The manager was made on the main thread, so the system calls here.
        MainActor.assumeIsolated { tell() }
    }

    /// No position is an answer.
    nonisolated func locationManager(_ manager: CLLocationManager, didFailWithError error: any Error) {
        MainActor.assumeIsolated { tell() }
    }

    nonisolated func locationManagerDidChangeAuthorization(_ manager: CLLocationManager) {
        MainActor.assumeIsolated {
            lookAtPermission()
            if self.manager.authorizationStatus == .authorizedWhenInUse { warmUp() }
        }
    }
}
