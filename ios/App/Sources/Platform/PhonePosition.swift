import CoreLocation
import XundianKit

/// The newest fix, for the core to ask at check-out from any thread. It never waits: work indoors goes on without one.
final class PhonePosition: Position, @unchecked Sendable {
    /// An older fix says nothing about this shop.
    static let freshSeconds: TimeInterval = 120

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

/// Asks the system for one fix when a visit comes to its end; nobody is followed in between.
@MainActor
final class Locator: NSObject, CLLocationManagerDelegate {
    nonisolated let position = PhonePosition()
    private let manager: CLLocationManager

    init(manager: CLLocationManager = CLLocationManager()) {
        self.manager = manager
        super.init()
        manager.delegate = self
        manager.desiredAccuracy = kCLLocationAccuracyNearestTenMeters
    }

    var isDenied: Bool { [.denied, .restricted].contains(manager.authorizationStatus) }

    /// Called when a visit is opened and when its last step is.
    func warmUp() {
        switch manager.authorizationStatus {
        case .notDetermined: manager.requestWhenInUseAuthorization()
        case .authorizedWhenInUse, .authorizedAlways: manager.requestLocation()
        default: break
        }
    }

    nonisolated func locationManager(_ manager: CLLocationManager, didUpdateLocations locations: [CLLocation]) {
        if let location = locations.last { position.keep(location) }
    }

    /// No position is an answer.
    nonisolated func locationManager(_ manager: CLLocationManager, didFailWithError error: any Error) {}

    nonisolated func locationManagerDidChangeAuthorization(_ manager: CLLocationManager) {
        // The manager was made on the main thread, so the system calls here.
        MainActor.assumeIsolated {
            if self.manager.authorizationStatus == .authorizedWhenInUse { warmUp() }
        }
    }
}
