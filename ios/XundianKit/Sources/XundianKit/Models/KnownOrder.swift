import XundianCore

/// 改期: a delivery day that the server changed.
public struct MovedDay: Sendable, Equatable {
    public let from: BusinessDate
    public let to: BusinessDate

    /// `nil` = it is the promised day, or nobody has said another one.
    static func of(_ promised: BusinessDate, _ state: OrderState?) -> MovedDay? { of(promised, day: state?.day) }

    fileprivate static func of(_ promised: BusinessDate, day: BusinessDate?) -> MovedDay? {
        guard let day, day != promised else { return nil }
        return MovedDay(from: promised, to: day)
    }
}

/// Everything that this phone knows of one order. No one place has it: the card is what was agreed in the shop and where it
/// stands, today's orders have their lamps, and what the server did stands with its records.
struct KnownOrder: Sendable {
    let card: OrderCard
    /// Among today's orders.
    let standing: OrderOfDay?
    /// What the server did with its records, newest first.
    let receipts: [OrderEffect]
    /// A record of the owner's no that the server has carried out.
    let isTakenBack: Bool

    static func ask(_ core: any Core, _ order: OrderId) throws -> KnownOrder {
        let standing = try core.ordersOfToday().first { $0.order == order }
        // The card is worth showing without the server's words beside it.
        let answered = ((try? core.outbox())?.rows ?? []).filter { $0.receipt?.order == order }
        return KnownOrder(
            card: try core.orderCard(order: order), standing: standing, receipts: answered.compactMap(\.receipt),
            isTakenBack: answered.contains(where: \.hasTakenBack))
    }

    var isCancelled: Bool {
        if case .cancelled? = card.state { true } else { isTakenBack }
    }

    /// The driver has said what became of it.
    var isDelivered: Bool {
        if case .ended? = card.state { return true }
        if card.light == .delivered { return true }
        return receipts.contains { if case .alreadyDelivered = $0.went { true } else { false } }
    }

    /// Another day than the card says; what does not come at all was not moved.
    var moved: MovedDay? {
        guard !isCancelled else { return nil }
        guard let state = card.state else {
            return MovedDay.of(card.promise.day, day: receipts.compactMap(\.went.day).first)
        }
        return MovedDay.of(card.promise.day, state)
    }
}

extension OutboxRow {
    /// What the server did to an order for this record; `nil` = nothing, or it has not said.
    public var receipt: OrderEffect? {
        guard case .applied(let effect?, _)? = verdict else { return nil }
        return effect
    }

    /// It took an order back, and not too late.
    fileprivate var hasTakenBack: Bool {
        guard kind == "order_cancelled", let went = receipt?.went else { return false }
        if case .alreadyDelivered = went { return false }
        return true
    }
}

extension OrderCard {
    /// When it comes, or should have come, whatever was promised.
    var day: BusinessDate { state?.day ?? promise.day }
}

extension OrderState {
    /// The day for which it stands, where it stands for one.
    var day: BusinessDate? {
        switch self {
        case .waiting(let day, _): day
        case .onSheet(let sheet), .ended(_, let sheet): Days.on(sheet: sheet)
        case .held, .cancelled: nil
        }
    }
}

extension Went {
    fileprivate var day: BusinessDate? {
        switch self {
        case .waiting(let day, _): day
        case .difference(let sheet): Days.on(sheet: sheet)
        case .alreadyDelivered, .cancelled: nil
        }
    }
}
