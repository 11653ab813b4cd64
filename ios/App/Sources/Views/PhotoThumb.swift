import SwiftUI
import XundianKit

/// A photo that was taken, small: which one is removed is seen before it is.
struct PhotoThumb: View {
    @State private var image: UIImage?
    let photo: PhotoRef
    let model: ScreenModel

    init(_ photo: PhotoRef, model: ScreenModel) {
        (self.photo, self.model) = (photo, model)
    }

    var body: some View {
        Group {
            if let image {
                Image(uiImage: image).resizable().scaledToFit()
            } else {
                Image(systemName: "photo").foregroundStyle(Palette.quiet)
            }
        }
        .frame(width: 64, height: 64)
        .accessibilityHidden(true)
        .task(id: photo.sha256) {
            // The one before it in this row, which was removed or taken anew, is not this one.
            image = nil
            image = await Thumbs.of(photo, model)
        }
    }
}

/// The file of a photo goes when the server has it, maybe in the middle of the visit: what was seen once stays.
@MainActor
private enum Thumbs {
    /// In pixels: sharp on every screen.
    private static let side: CGFloat = 192
    private static let seen = NSCache<NSString, UIImage>()

    static func of(_ photo: PhotoRef, _ model: ScreenModel) async -> UIImage? {
        if let known = seen.object(forKey: NSString(string: photo.sha256)) { return known }
        guard let image = await readyToDraw(await model.keptPhoto(photo), within: side) else { return nil }
        seen.setObject(image, forKey: NSString(string: photo.sha256))
        return image
    }
}
