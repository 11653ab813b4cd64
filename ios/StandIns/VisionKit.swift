import UIKit

public enum RecognizedItem: Sendable {
    public struct Barcode: Sendable { public let payloadStringValue: String? }
    case barcode(Barcode)
    case text(String)
}
public final class DataScannerViewController: UIViewController {
    public enum Symbology: Sendable { case qr }
    public enum DataType: Hashable, Sendable { case barcode(symbologies: [Symbology]) }
    public enum Quality: Sendable { case balanced }
    public static var isSupported: Bool { false }
    public static var isAvailable: Bool { false }
    public init(recognizedDataTypes: Set<DataType>, qualityLevel: Quality, isHighlightingEnabled: Bool) {}
    public weak var delegate: (any DataScannerViewControllerDelegate)?
    public var isScanning: Bool { false }
    public func startScanning() throws {}
    public func stopScanning() {}
}
@MainActor public protocol DataScannerViewControllerDelegate: AnyObject {
    func dataScanner(_ scanner: DataScannerViewController, didAdd added: [RecognizedItem], allItems: [RecognizedItem])
}
