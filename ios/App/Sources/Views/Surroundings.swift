import SwiftUI
import UIKit
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

/// Few colours, each with one meaning. They are read as text in the sun: at least 4.5 : 1 on a list, light or dark, which
/// the system's own green, orange and red are not; 7 : 1 where the owner of the phone asks for more contrast.
enum Palette {
    /// The strong dark stays below 7 : 1: white words stand on it, too.
    static let brand = shades(0x00594C, 0x339E8A, strong: 0x003D34, 0x339E8A)
    static let good = shades(0x11702E, 0x6FDC8C, strong: 0x00531C, 0x6FDC8C)
    static let doubt = shades(0x8A4B00, 0xFFB866, strong: 0x6B3800, 0xFFB866)
    static let bad = shades(0xB3261E, 0xFF9A8F, strong: 0x8C0009, 0xFF9A8F)
    static let quiet = shades(0x5A5F63, 0xAEB3B8, strong: 0x000000, 0xFFFFFF)

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
        case .onPhone, .short, .late, .notReported: doubt
        case .refused: bad
        }
    }

    /// As it is said of an order: what the server does not have or does not take comes before its state.
    static func of(_ state: OrderState?, light: OrderLight) -> Color {
        switch light {
        case .onPhone: doubt
        case .refused: bad
        case .atDistributor: good
        case .onServer, .onSheet, .delivered: state.map { of($0) } ?? quiet
        }
    }

    static func of(_ state: OrderState) -> Color {
        switch state {
        case .waiting, .onSheet: quiet
        case .ended(.delivered, _): good
        case .held, .ended(.short, _), .ended(.notReported, _): doubt
        case .ended(.refused, _), .cancelled: bad
        }
    }

    /// `nil` = the server has not said.
    static func of(_ verdict: Verdict?) -> Color {
        switch verdict {
        case nil, .parked, .held: doubt
        case .applied: good
        case .conflictPayload, .rejected: bad
        }
    }

    private static func shades(
        _ light: UInt32, _ dark: UInt32, strong strongLight: UInt32, _ strongDark: UInt32
    ) -> Color {
        Color(uiColor: UIColor { look in
            switch (look.userInterfaceStyle == .dark, look.accessibilityContrast == .high) {
            case (false, false): Self.ink(light)
            case (true, false): Self.ink(dark)
            case (false, true): Self.ink(strongLight)
            case (true, true): Self.ink(strongDark)
            }
        })
    }

    private static func ink(_ rgb: UInt32) -> UIColor {
        let part = { (shift: UInt32) in CGFloat((rgb >> shift) & 0xFF) / 255 }
        return UIColor(red: part(16), green: part(8), blue: part(0), alpha: 1)
    }
}
