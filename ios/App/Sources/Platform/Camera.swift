import AVFoundation
import SwiftUI
import UIKit
import XundianKit

/// The system's camera. The picture is drawn anew, smaller, so that nothing of the file's EXIF leaves the phone.
struct Camera: UIViewControllerRepresentable {
    /// Sharp enough to read a price tag, small enough for a slow network.
    static let longestSide: CGFloat = 1600
    static let quality: CGFloat = 0.7

    static var isThere: Bool { UIImagePickerController.isSourceTypeAvailable(.camera) }

    /// On a phone without a camera the pictures that it has stand in for it.
    static var opens: Bool { isThere || UIImagePickerController.isSourceTypeAvailable(.photoLibrary) }

    static var isDenied: Bool {
        [.denied, .restricted].contains(AVCaptureDevice.authorizationStatus(for: .video))
    }

    let taken: @MainActor (Shot) -> Void

    func makeUIViewController(context: Context) -> UIImagePickerController {
        let picker = UIImagePickerController()
        picker.sourceType = Self.isThere ? .camera : .photoLibrary
        picker.delegate = context.coordinator
        return picker
    }

    func updateUIViewController(_ picker: UIImagePickerController, context: Context) {}

    func makeCoordinator() -> Coordinator { Coordinator(taken: taken) }

    @MainActor
    final class Coordinator: NSObject, UIImagePickerControllerDelegate, UINavigationControllerDelegate {
        private let taken: @MainActor (Shot) -> Void

        init(taken: @escaping @MainActor (Shot) -> Void) {
            self.taken = taken
        }

        func imagePickerController(
            _ picker: UIImagePickerController,
            didFinishPickingMediaWithInfo info: [UIImagePickerController.InfoKey: Any]
        ) {
            let bytes = (info[.originalImage] as? UIImage).flatMap(Camera.jpeg)
            taken(bytes.map { Shot.taken($0) } ?? .unreadable)
        }

        func imagePickerControllerDidCancel(_ picker: UIImagePickerController) { taken(.turnedBack) }
    }

    /// `nil` = there is nothing to draw.
    static func jpeg(_ image: UIImage) -> Data? {
        guard image.size.width >= 1, image.size.height >= 1 else { return nil }
        let scale = min(1, longestSide / max(image.size.width, image.size.height, 1))
        let size = CGSize(width: image.size.width * scale, height: image.size.height * scale)
        let format = UIGraphicsImageRendererFormat()
        format.scale = 1
        return UIGraphicsImageRenderer(size: size, format: format).jpegData(withCompressionQuality: quality) { _ in
            image.draw(in: CGRect(origin: .zero, size: size))
        }
    }
}
