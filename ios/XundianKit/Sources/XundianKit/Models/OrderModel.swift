import Observation
import XundianCore

/// An order after it was sealed: its card for the owner, where it stands, and changing or cancelling it.
@MainActor
@Observable
public final class OrderModel: ScreenModel {
    public let order: OrderId
    public let sync: SyncModel
    public private(set) var card: OrderCard?
    public private(set) var cancelReasons: [Reason] = []
    /// Quantities that are being changed; `nil` = nothing is.
    public private(set) var draft: [Sku: Units]?
    /// 加品项: lines that the order did not have.
    public private(set) var added: [OrderCardLine] = []
    public var searchText = ""
    /// `nil` = nothing was sought, which is not "nothing found".
    public private(set) var hits: [ProductHit]?
    private var known: KnownOrder?

    /// Among today's orders; `nil` = it is of an earlier day.
    public var standing: OrderOfDay? { known?.standing }
    /// Where it stands, of whichever day it is; `nil` = this phone does not know.
    public var state: OrderState? { known?.card.state }
    /// The server's newest word about it: all that there may be where its state is not known.
    public var receipt: OrderEffect? { known?.receipts.first }
    /// It comes on another day than was agreed.
    public var moved: MovedDay? { known?.moved }
    /// Also by a tap here that the server does not know yet.
    public var isCancelled: Bool { known?.isCancelled == true }
    /// No van brings it, or none should: a driver must not take the card for an order.
    public var bringsNothing: Bool { isCancelled || card?.light == .refused }
    /// Goods are to be taken back, and no van stops for them.
    public var leavesPickUps: Bool { bringsNothing && !(card?.pickUps.isEmpty ?? true) }
    /// What can be changed: the lines of the order, then those that were added.
    public var changeable: [OrderCardLine] {
        let lines = card?.lines ?? []
        return lines + added.filter { line in !lines.contains { $0.sku == line.sku } }
    }
    /// Nothing can be done to it any more: what the driver handed over stays.
    public var isOver: Bool { bringsNothing || known?.isDelivered == true }
    /// What the driver hands the goods over for; `nil` = nobody may take goods for it, or the driver was there.
    public var proof: OwnerPicture? { isOver ? nil : card?.picture }
    /// An order without goods is no change: that is what cancelling is for.
    public var canSaveAmendment: Bool { (draft ?? [:]).values.contains { $0 > 0 } }

    public init(desk: Desk, sync: SyncModel, order: OrderId) {
        self.order = order
        self.sync = sync
        super.init(desk: desk)
    }

    public func load() async {
        let order = order
        guard let found = await load({ try KnownOrder.ask($0, order) }) else { return }
        (known, card) = (found, found.card)
        if isOver { amendDropped() }
        phase = .ready
        if cancelReasons.isEmpty { cancelReasons = await reasons(.cancel) }
    }

    public func amendTapped() {
        guard !isOver else { return }
        draft = Dictionary(
            (card?.lines ?? []).map { ($0.sku, $0.confirmed) }, uniquingKeysWith: { first, _ in first })
    }

    /// One pack up or down: a product that is sold by the unit moves by units.
    public func stepTapped(_ line: OrderCardLine, packs: Int32) { stepped(line, by: packs * line.pack) }

    /// Long press: a whole case.
    public func caseTapped(_ line: OrderCardLine, up: Bool) {
        let size = Packs.inCase(line.case, pack: line.pack)
        stepped(line, by: up ? size : -size)
    }

    /// From what stands in the model: two quick taps are two.
    private func stepped(_ line: OrderCardLine, by units: Units) {
        changed(line.sku, units: (draft?[line.sku] ?? line.confirmed) + units)
    }

    public func changed(_ sku: Sku, units: Units) { draft?[sku] = max(0, units) }
    public func amendDropped() { (draft, added, searchText, hits) = (nil, [], "", nil) }

    public func searched() async { hits = await products(named: searchText) }

    /// One pack of it; what stands there already keeps its number.
    public func hitTapped(_ hit: ProductHit) {
        (searchText, hits) = ("", nil)
        if !changeable.contains(where: { $0.sku == hit.sku }) {
            added.append(
                OrderCardLine(sku: hit.sku, name: hit.name, confirmed: 0, case: hit.case, pack: hit.pack, amount: 0))
        }
        if (draft?[hit.sku] ?? 0) == 0 { changed(hit.sku, units: max(1, hit.pack)) }
    }

    public func amendSaved() async {
        guard let asked = draft, canSaveAmendment else { return }
        let order = order
        let lines = changeable.map { SkuUnits(sku: $0.sku, units: asked[$0.sku] ?? $0.confirmed) }
        let fresh = await answerOnce { try $0.amendOrder(order: order, lines: lines) }
        guard let fresh else { return await seeIfOver() }
        self.card = fresh
        // A tap that came meanwhile is not in it.
        if draft == asked { amendDropped() }
        await sent()
    }

    public func cancelTapped(_ reason: ReasonCode) async {
        let order = order
        let done = await answerOnce { core in
            try core.cancelOrder(order: order, reason: reason)
            return true
        }
        guard done == true else { return await seeIfOver() }
        await sent()
    }

    /// It was taken back since it was read: nothing is left to change, and the screen keeps saying so.
    private func seeIfOver() async {
        guard failure?.key == .errorOrderOver else { return }
        amendDropped()
        await load()
    }

    /// As after a check-out: the distributor should hear of it before the freeze, not at the next visit.
    private func sent() async {
        await load()
        await sync.occasion(.visitEnded)
        await load()
    }
}
