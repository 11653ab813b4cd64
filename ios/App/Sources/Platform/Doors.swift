import SwiftUI
import UIKit
import XundianKit

/// Hands over to other apps; where none takes it, the screen says so.
@MainActor
enum Doors {
    /// The map app finds the shop by its address: coordinates would stand some 500 m off on a Chinese map.
    static func map(_ address: String, missed: @escaping @MainActor () -> Void) {
        var parts = URLComponents(string: "https://maps.apple.com/")
        parts?.queryItems = [URLQueryItem(name: "q", value: address)]
        open(parts?.url, missed)
    }

    static func call(_ phone: String, missed: @escaping @MainActor () -> Void) {
        open(URL(string: "tel:" + phone.filter { $0.isNumber || $0 == "+" }), missed)
    }

    /// Every phone has them.
    static func settings() { open(URL(string: UIApplication.openSettingsURLString)) {} }

    /// Felt and spoken; whose button it is shows it, too.
    static func copy(_ text: String, _ texts: Texts) {
        UIPasteboard.general.string = text
        Haptics.done()
        Voice.say(texts(.copied))
    }

    private static func open(_ url: URL?, _ missed: @escaping @MainActor () -> Void) {
        Task {
            if let url, await UIApplication.shared.open(url) { return }
            missed()
        }
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
    static func many() { UIImpactFeedbackGenerator(style: .heavy).impactOccurred() }
    static func done() { UINotificationFeedbackGenerator().notificationOccurred(.success) }
    static func refused() { UINotificationFeedbackGenerator().notificationOccurred(.error) }
}
