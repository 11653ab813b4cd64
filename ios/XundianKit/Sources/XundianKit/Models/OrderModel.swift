import Observation
import XundianCore

/// An order after it was sealed: its card for the owner, and changing or cancelling it.
@MainActor
@Observable
public final class OrderModel: ScreenModel {
    public let order: OrderId
    public private(set) var card: OrderCard?
    public private(set) var standing: OrderOfDay?
    public private(set) var cancelReasons: [Reason] = []
    /// Cancelled with a tap here, which the server may not know yet.
    private var wasCancelledHere = false
    /// Quantities that are being changed; `nil` = nothing is.
    public private(set) var draft: [Sku: Units]?

    public var isCancelled: Bool {
        if case .cancelled? = standing?.state { return true }
        return wasCancelledHere
    }

    /// An order without goods is no change: that is what cancelling is for.
    public var canSaveAmendment: Bool { (draft ?? [:]).values.contains { $0 > 0 } }

    public init(desk: Desk, order: OrderId) {
        self.order = order
        super.init(desk: desk)
    }

    public func load() async {
        let order = order
        let found = await load { core in
            (card: try core.orderCard(order: order), all: try core.ordersOfToday())
        }
        guard let found else { return }
        card = found.card
        standing = found.all.first { $0.order == order }
        phase = .ready
        if cancelReasons.isEmpty { cancelReasons = await reasons(.cancel) }
    }

    public func amendTapped() {
        draft = Dictionary(
            (card?.lines ?? []).map { ($0.sku, $0.confirmed) }, uniquingKeysWith: { first, _ in first })
    }

    public func changed(_ sku: Sku, units: Units) { draft?[sku] = max(0, units) }
    public func amendDropped() { draft = nil }

    public func amendSaved() async {
        guard let draft, let card, canSaveAmendment else { return }
        let order = order
        let lines = card.lines.map { SkuUnits(sku: $0.sku, units: draft[$0.sku] ?? $0.confirmed) }
        let fresh = await answerOnce { try $0.amendOrder(order: order, lines: lines) }
        guard let fresh else { return }
        (self.card, self.draft) = (fresh, nil)
    }

    public func cancelTapped(_ reason: ReasonCode) async {
        let order = order
        let done = await answerOnce { core in
            try core.cancelOrder(order: order, reason: reason)
            return true
        }
        if done == true {
            wasCancelledHere = true
            await load()
        }
    }
}
