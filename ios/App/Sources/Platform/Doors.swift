import SwiftUI
import UIKit
import XundianKit

/// Hands over to other apps.
@MainActor
enum Doors {
    /// The map app finds the shop by its address: coordinates would stand some 500 m off on a Chinese map.
    static func map(_ address: String) {
        var parts = URLComponents(string: "https://maps.apple.com/")
        parts?.queryItems = [URLQueryItem(name: "q", value: address)]
        open(parts?.url)
    }

    static func call(_ phone: String) {
        open(URL(string: "tel:" + phone.filter { $0.isNumber || $0 == "+" }))
    }

    static func settings() { open(URL(string: UIApplication.openSettingsURLString)) }

    static func copy(_ text: String) { UIPasteboard.general.string = text }

    private static func open(_ url: URL?) {
        if let url { UIApplication.shared.open(url) }
    }
}

/// What VoiceOver says of its own: what comes by itself and not under a finger.
@MainActor
enum Voice {
    static func say(_ text: String) { UIAccessibility.post(notification: .announcement, argument: text) }
}

/// What the thumb feels.
@MainActor
enum Haptics {
    static func step() { UIImpactFeedbackGenerator(style: .light).impactOccurred() }
    static func wholeCase() { UIImpactFeedbackGenerator(style: .heavy).impactOccurred() }
    static func done() { UINotificationFeedbackGenerator().notificationOccurred(.success) }
    static func refused() { UINotificationFeedbackGenerator().notificationOccurred(.error) }
}
