import SwiftUI
import UIKit
import XundianKit

/// In pixels, 16 MiB decoded at most: few bytes can be many pixels.
let mostScreenSide: CGFloat = 2_048

/// A picture, read before it is drawn so that no frame waits for it, and no larger than a screen is worth, or its place there;
/// `nil` = there is none, or it is no picture.
func readyToDraw(_ bytes: Data?, within mostSide: CGFloat = mostScreenSide) async -> UIImage? {
    guard let bytes, let image = UIImage(data: bytes) else { return nil }
    let side = max(image.size.width, image.size.height)
    guard side > mostSide else { return await image.byPreparingForDisplay() }
    let scale = mostSide / side
    return await image.byPreparingThumbnail(
        ofSize: CGSize(width: image.size.width * scale, height: image.size.height * scale))
}

/// The picture of the standard across the width; a tap opens the whole of it.
struct StandardPicture: View {
    @Environment(\.texts) private var texts
    @State private var isWhole = false
    let image: UIImage

    init(_ image: UIImage) {
        self.image = image
    }

    var body: some View {
        Button { isWhole = true } label: {
            Image(uiImage: image).resizable().scaledToFit().frame(maxWidth: .infinity, minHeight: 48, maxHeight: 180)
        }
        .buttonStyle(.plain)
        .accessibilityLabel(texts(.displayPicture))
        .fullScreenCover(isPresented: $isWhole) { WholePicture(image: image) { isWhole = false } }
    }
}

/// As large as the screen. Two fingers come nearer while they hold it, a tap closes it.
private struct WholePicture: View {
    @Environment(\.texts) private var texts
    @State private var scale: CGFloat = 1
    @State private var anchor = UnitPoint.center
    let image: UIImage
    let close: @MainActor () -> Void

    init(image: UIImage, close: @escaping @MainActor () -> Void) {
        (self.image, self.close) = (image, close)
    }

    var body: some View {
        Image(uiImage: image)
            .resizable()
            .scaledToFit()
            .scaleEffect(scale, anchor: anchor)
            .frame(maxWidth: .infinity, maxHeight: .infinity)
            .background(Color.black)
            .ignoresSafeArea()
            .contentShape(Rectangle())
            .onTapGesture { close() }
            .gesture(pinch)
            .accessibilityElement(children: .ignore)
            .accessibilityLabel(texts(.displayPicture))
            .accessibilityAddTraits(.isButton)
    }

    private var pinch: some Gesture {
        MagnifyGesture()
            .onChanged { (scale, anchor) = (max(1, $0.magnification), $0.startAnchor) }
            .onEnded { _ in scale = 1 }
    }
}
