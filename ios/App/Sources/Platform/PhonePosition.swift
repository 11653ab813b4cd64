import CoreLocation
import XundianKit

/// Asks the system for one fix on the route. On the store card and in a visit fixes keep coming, so that there is a fresh one
/// whenever it ends; nobody is followed anywhere else, and never while the app is not seen.
@MainActor
final class Locator: NSObject, CLLocationManagerDelegate, Locating {
    nonisolated let position: NewestFix
    private let signs: PositionSigns
    private let manager: CLLocationManager
    /// Runs as long as fixes keep coming, for when they stop.
    private var ageing: Task<Void, Never>?
    /// Fixes keep coming, or will as soon as they are allowed.
    private var isWarm = false
    /// The next fix is the first since somebody asked.
    private var isAwaited = false

    init(manager: CLLocationManager = CLLocationManager()) {
        self.manager = manager
        let newest = NewestFix()
        (position, signs) = (newest, PositionSigns(of: newest))
        super.init()
        manager.delegate = self
        manager.desiredAccuracy = kCLLocationAccuracyNearestTenMeters
        // A rep who stands at a shelf does not move, and still needs a fresh fix.
        manager.pausesLocationUpdatesAutomatically = false
    }

    var isDenied: Bool { [.denied, .restricted].contains(manager.authorizationStatus) }
    var state: PositionState { signs.state }
    var fixes: Int { signs.fixes }

    func look() {
        guard [.authorizedWhenInUse, .authorizedAlways].contains(manager.authorizationStatus) else { return }
        guard !isWarm, (try? position.now()) == nil else { return }
        isAwaited = true
        manager.requestLocation()
    }

    func warmUp() {
        if !isWarm { isAwaited = true }
        isWarm = true
        lookAtPermission()
        switch manager.authorizationStatus {
        case .notDetermined: manager.requestWhenInUseAuthorization()
        case .authorizedWhenInUse, .authorizedAlways: seek()
        default: break
        }
    }

    private func seek() {
        manager.startUpdatingLocation()
        signs.seeking()
        if ageing == nil { ageing = Task { [signs] in await signs.keepAgeing() } }
    }

    func rest() {
        guard isWarm else { return }
        isWarm = false
        manager.stopUpdatingLocation()
        ageing?.cancel()
        ageing = nil
        signs.rested()
    }

    private func lookAtPermission() {
        signs.permitted(manager.authorizationStatus == .notDetermined ? nil : !isDenied)
    }

    /// Screens say what the core would hear: also after a failure a fix may still be fresh.
    private func tell() {
        let fix = try? position.now()
        signs.heard(fix, isNew: isAwaited)
        if fix != nil { isAwaited = false }
    }

    nonisolated func locationManager(_ manager: CLLocationManager, didUpdateLocations locations: [CLLocation]) {
        if let location = locations.last, let fix = location.fix {
            position.keep(fix, age: -location.timestamp.timeIntervalSinceNow)
        }
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
            if isWarm { warmUp() } else { look() }
        }
    }
}

extension CLLocation {
    /// `nil` = the system says itself that it is none.
    fileprivate var fix: Fix? {
        guard horizontalAccuracy >= 0 else { return nil }
        return Fix(
            latitude: coordinate.latitude, longitude: coordinate.longitude, accuracyM: Float(horizontalAccuracy),
            mock: sourceInformation?.isSimulatedBySoftware ?? false)
    }
}
