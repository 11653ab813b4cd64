import XundianCore

/// What the owner's picture has beside goods, day and money. The code is the owner's word for the driver, so no text that is
/// sent on has it.
public struct OwnerPicture: Sendable, Equatable {
    /// With it the driver's phone finds the stop.
    public let qr: String
    /// `nil` = this phone no longer has it.
    public let code: OwnerCode?

    /// Digit by digit, as the owner will say it.
    public var spokenCode: String { (code ?? "").map { String($0) }.joined(separator: " ") }
}

extension OrderCard {
    public var picture: OwnerPicture { OwnerPicture(qr: qr, code: code) }
}
