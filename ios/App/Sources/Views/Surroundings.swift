import SwiftUI
import XundianKit

private struct TextsKey: EnvironmentKey {
    static let defaultValue = Texts(.chinese)
}

private struct LocatorKey: EnvironmentKey {
    static let defaultValue: Locator? = nil
}

extension EnvironmentValues {
    /// The texts of the chosen language.
    var texts: Texts {
        get { self[TextsKey.self] }
        set { self[TextsKey.self] = newValue }
    }

    var locator: Locator? {
        get { self[LocatorKey.self] }
        set { self[LocatorKey.self] = newValue }
    }
}

/// Few colours, each with one meaning; the system's own follow dark mode and higher contrast.
enum Palette {
    static let brand = Color(red: 0.05, green: 0.42, blue: 0.36)
    static let good = Color.green
    static let doubt = Color.orange
    static let bad = Color.red
    static let quiet = Color.secondary

    static func of(_ state: StopState) -> Color {
        switch state {
        case .toDo: quiet
        case .visiting: brand
        case .done(.complete): good
        case .done(.partial): doubt
        case .done(.failed), .failed: bad
        }
    }

    static func of(_ promise: PromiseLight) -> Color {
        switch promise {
        case .none, .onItsWay: quiet
        case .delivered: good
        case .short, .notReported: doubt
        case .refused: bad
        }
    }
}
