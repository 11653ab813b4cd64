import XundianCore

/// 订单条 as QR codes for the distributor's phone: the pages of one slip, one at a time.
public struct SlipPages: Sendable, Equatable {
    public let slip: OrderSlip
    /// Of the page that is shown, from 1.
    public private(set) var number = 1

    init(_ slip: OrderSlip) {
        self.slip = slip
    }

    public var count: Int { slip.pages.count }
    /// What the code says; `nil` = the slip has no page.
    public var text: String? { slip.pages.indices.contains(number - 1) ? slip.pages[number - 1] : nil }
    public var hasNext: Bool { number < count }
    public var hasBack: Bool { number > 1 }

    mutating func next() { if hasNext { number += 1 } }
    mutating func back() { if hasBack { number -= 1 } }

    /// Pages of two slips do not fit together: another one begins anew.
    func following(_ slip: OrderSlip) -> SlipPages { slip == self.slip ? self : SlipPages(slip) }
}
