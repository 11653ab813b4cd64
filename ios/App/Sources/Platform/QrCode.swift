import CoreImage
import UIKit
import Vision

/// Drawn for the order card, read at enrolment.
enum QrCode {
    static func image(_ text: String) -> UIImage? {
        let values: [String: Any] = ["inputMessage": Data(text.utf8), "inputCorrectionLevel": "M"]
        let filter = CIFilter(name: "CIQRCodeGenerator", parameters: values)
        // Ten pixels a module: sharp on the screen and in a picture that is sent on.
        let scaled = filter?.outputImage?.transformed(by: CGAffineTransform(scaleX: 10, y: 10))
        guard let scaled, let drawn = CIContext().createCGImage(scaled, from: scaled.extent) else { return nil }
        return UIImage(cgImage: drawn)
    }

    /// What the only QR in a picture says; `nil` = there is none, or one does not know which. A screen of the office may
    /// show several, and another rep's must not be taken by chance.
    static func text(in picture: Data) async -> String? {
        await Task.detached(priority: .userInitiated) {
            let request = VNDetectBarcodesRequest()
            request.symbologies = [.qr]
            try? VNImageRequestHandler(data: picture).perform([request])
            let found = Set((request.results ?? []).compactMap(\.payloadStringValue))
            return found.count == 1 ? found.first : nil
        }.value
    }
}
