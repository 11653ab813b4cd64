@_exported import Foundation

@MainActor open class UIResponder: NSObject {}
@MainActor open class UIViewController: UIResponder {}
open class UINavigationController: UIViewController {}
@MainActor public protocol UINavigationControllerDelegate: AnyObject {}

public final class UIImage: NSObject, @unchecked Sendable {
    public var size: CGSize { fatalError() }
    public init(cgImage: CGImage) {}
    public init?(data: Data) { return nil }
    public func byPreparingForDisplay() async -> UIImage? { nil }
    public func byPreparingThumbnail(ofSize size: CGSize) async -> UIImage? { nil }
    public func draw(in rect: CGRect) {}
}
public final class CGImage: @unchecked Sendable {}
public enum UIUserInterfaceStyle: Sendable { case unspecified, light, dark }
public enum UIAccessibilityContrast: Sendable { case unspecified, normal, high }
public final class UITraitCollection: NSObject, @unchecked Sendable {
    public var userInterfaceStyle: UIUserInterfaceStyle { .light }
    public var accessibilityContrast: UIAccessibilityContrast { .normal }
}
public final class UIColor: NSObject, @unchecked Sendable {
    public init(red: CGFloat, green: CGFloat, blue: CGFloat, alpha: CGFloat) {}
    public init(dynamicProvider: @escaping @Sendable (UITraitCollection) -> UIColor) {}
}
public struct CGAffineTransform: Sendable { public init(scaleX: CGFloat, y: CGFloat) {} }

public class UIGraphicsImageRendererFormat: NSObject { public var scale: CGFloat = 1 }
public class UIGraphicsImageRendererContext: NSObject {}
public class UIGraphicsImageRenderer: NSObject {
    public init(size: CGSize, format: UIGraphicsImageRendererFormat) {}
    public func jpegData(withCompressionQuality: CGFloat, actions: (UIGraphicsImageRendererContext) -> Void) -> Data { fatalError() }
}

public class UIImagePickerController: UINavigationController {
    public enum SourceType: Sendable { case camera, photoLibrary }
    public struct InfoKey: Hashable, Sendable {
        let name: String
        public static let originalImage = InfoKey(name: "original")
    }
    public static func isSourceTypeAvailable(_ type: SourceType) -> Bool { false }
    public var sourceType = SourceType.camera
    public weak var delegate: (any UIImagePickerControllerDelegate & UINavigationControllerDelegate)?
}
@MainActor public protocol UIImagePickerControllerDelegate: AnyObject {
    func imagePickerController(_ picker: UIImagePickerController, didFinishPickingMediaWithInfo info: [UIImagePickerController.InfoKey: Any])
    func imagePickerControllerDidCancel(_ picker: UIImagePickerController)
}


public class UIActivity: NSObject {
    public struct ActivityType: Hashable, Sendable {
        let name: String
        public static let copyToPasteboard = ActivityType(name: "copy")
    }
}
public class UIActivityViewController: UIViewController {
    public typealias CompletionWithItemsHandler = (UIActivity.ActivityType?, Bool, [Any]?, (any Error)?) -> Void
    public init(activityItems: [Any], applicationActivities: [UIActivity]?) {}
    public var excludedActivityTypes: [UIActivity.ActivityType]?
    public var completionWithItemsHandler: CompletionWithItemsHandler?
}

public struct UIBackgroundTaskIdentifier: Hashable, Sendable {
    private let number: Int
    public static let invalid = Self(number: 0)
}
@MainActor public final class UIApplication {
    public static let shared = UIApplication()
    public enum State: Sendable { case active, inactive, background }
    public var applicationState: State { .active }
    public static let openSettingsURLString = "settings:"
    public func open(_ url: URL) async -> Bool { false }
    public func beginBackgroundTask(
        expirationHandler: (@MainActor @Sendable () -> Void)? = nil
    ) -> UIBackgroundTaskIdentifier { .invalid }
    public func endBackgroundTask(_ task: UIBackgroundTaskIdentifier) {}
}
@MainActor public final class UIPasteboard {
    public static let general = UIPasteboard()
    public var string: String?
}
@MainActor public enum UIAccessibility {
    public struct Notification: Sendable { public static let announcement = Self() }
    public static func post(notification: Notification, argument: Any?) {}
}
@MainActor public final class UIImpactFeedbackGenerator {
    public enum Style { case light, heavy }
    public init(style: Style) {}
    public func impactOccurred() {}
}
@MainActor public final class UINotificationFeedbackGenerator {
    public enum Kind { case success, error }
    public init() {}
    public func notificationOccurred(_ kind: Kind) {}
}
