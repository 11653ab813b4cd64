@_exported import Foundation

public struct CLLocationCoordinate2D: Sendable { public let latitude, longitude: Double }
public final class CLLocationSourceInformation: Sendable { public var isSimulatedBySoftware: Bool { false } }
public final class CLLocation: @unchecked Sendable {
    public var timestamp: Date { fatalError() }
    public var coordinate: CLLocationCoordinate2D { fatalError() }
    public var horizontalAccuracy: Double { 0 }
    public var sourceInformation: CLLocationSourceInformation? { nil }
}
public enum CLAuthorizationStatus: Sendable { case notDetermined, restricted, denied, authorizedAlways, authorizedWhenInUse }
public let kCLLocationAccuracyNearestTenMeters = 10.0
public class CLLocationManager: NSObject {
    public weak var delegate: (any CLLocationManagerDelegate)?
    public var desiredAccuracy = 0.0
    public var pausesLocationUpdatesAutomatically = true
    public var authorizationStatus: CLAuthorizationStatus { .denied }
    public func requestWhenInUseAuthorization() {}
    public func requestLocation() {}
    public func startUpdatingLocation() {}
    public func stopUpdatingLocation() {}
}
public protocol CLLocationManagerDelegate: AnyObject {
    func locationManager(_ manager: CLLocationManager, didUpdateLocations locations: [CLLocation])
    func locationManager(_ manager: CLLocationManager, didFailWithError error: any Error)
    func locationManagerDidChangeAuthorization(_ manager: CLLocationManager)
}
