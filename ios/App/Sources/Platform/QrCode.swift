import CoreImage
import SwiftUI
import UIKit
import VisionKit

/// The code on the order card.
enum QrCode {
    static func image(_ text: String) -> UIImage? {
        let values: [String: Any] = ["inputMessage": Data(text.utf8), "inputCorrectionLevel": "M"]
        let filter = CIFilter(name: "CIQRCodeGenerator", parameters: values)
        // Ten pixels a module: sharp on the screen and in a picture that is sent on.
        let scaled = filter?.outputImage?.transformed(by: CGAffineTransform(scaleX: 10, y: 10))
        guard let scaled, let drawn = CIContext().createCGImage(scaled, from: scaled.extent) else { return nil }
        return UIImage(cgImage: drawn)
    }
}

/// Reads the office's enrolment code.
struct QrScanner: UIViewControllerRepresentable {
    @MainActor static var isThere: Bool { DataScannerViewController.isSupported && DataScannerViewController.isAvailable }

    let found: @MainActor (String) -> Void

    func makeUIViewController(context: Context) -> DataScannerViewController {
        let scanner = DataScannerViewController(
            recognizedDataTypes: [.barcode(symbologies: [.qr])], qualityLevel: .balanced, isHighlightingEnabled: true)
        scanner.delegate = context.coordinator
        return scanner
    }

    func updateUIViewController(_ scanner: DataScannerViewController, context: Context) {
        if !scanner.isScanning { try? scanner.startScanning() }
    }

    func makeCoordinator() -> Coordinator { Coordinator(found: found) }

    @MainActor
    final class Coordinator: NSObject, DataScannerViewControllerDelegate {
        private let found: @MainActor (String) -> Void
        private var isDone = false

        init(found: @escaping @MainActor (String) -> Void) {
            self.found = found
        }

        func dataScanner(
            _ scanner: DataScannerViewController, didAdd added: [RecognizedItem], allItems: [RecognizedItem]
        ) {
            for case .barcode(let code) in added where !isDone {
                guard let text = code.payloadStringValue else { continue }
                isDone = true
                scanner.stopScanning()
                found(text)
            }
        }
    }
}
