public enum AVMediaType: Sendable { case video }
public enum AVAuthorizationStatus: Sendable { case notDetermined, restricted, denied, authorized }
public final class AVCaptureDevice {
    public static func authorizationStatus(for type: AVMediaType) -> AVAuthorizationStatus { .denied }
}
