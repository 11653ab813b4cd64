import Foundation

@testable import XundianKit

/// What the fake's doors do to its order.
extension FakeCore {
    static func card(_ order: OrderId, _ state: State) throws -> OrderCard {
        if state.elsewhere.contains(order) { throw CoreError.NotFound(reason: "unknown_order") }
        let listed = state.orders.first { $0.order == order }
        var card = state.card
        card.state = listed?.state ?? card.state
        card.light = listed?.light ?? card.light
        return card
    }

    static func amend(_ order: OrderId, _ lines: [SkuUnits], _ state: inout State) throws -> OrderCard {
        let standing = try change("order_amended", order, &state)
        let wanted = Dictionary(lines.map { ($0.sku, $0.units) }, uniquingKeysWith: { first, _ in first })
        if lines.contains(where: { $0.units > 0 && state.withoutPrice.contains($0.sku) }) {
            throw CoreError.InvalidInput(field: "lines", reason: "no_price")
        }
        let known = Set(state.card.lines.map(\.sku))
        state.card.lines += lines.filter { !known.contains($0.sku) }.map { Sample.orderLine($0.sku) }
        state.card.lines = state.card.lines.map { asked(wanted[$0.sku] ?? 0, $0) }.filter { $0.confirmed > 0 }
        let day = standing?.day ?? state.card.promise.day
        stand(order, .waiting(day: day, late: false), .onPhone, &state)
        return state.card
    }

    /// Known at once, before the server hears of it.
    static func cancel(_ order: OrderId, _ state: inout State) throws {
        _ = try change("order_cancelled", order, &state)
        stand(order, .cancelled(cause: .owner), .onPhone, &state)
    }

    /// Where the order stands. Only one that was taken back is refused; of a delivered one the server says that it is.
    private static func change(_ kind: String, _ order: OrderId, _ state: inout State) throws -> OrderState? {
        var before = state.card
        before.state = state.orders.first { $0.order == order }?.state ?? before.state
        switch before.state {
        case .cancelled?: throw CoreError.Conflict(reason: "order_over")
        case .ended?: state.late.append((kind, before))
        default: break
        }
        return before.state
    }

    private static func stand(
        _ order: OrderId, _ standing: OrderState?, _ light: OrderLight, _ state: inout State
    ) {
        (state.card.state, state.card.light) = (standing, light)
        for place in state.orders.indices where state.orders[place].order == order {
            (state.orders[place].state, state.orders[place].light) = (standing, light)
        }
    }

    /// The server has what lay on the phone; what came after the delivery counts no more.
    static func answer(_ state: inout State) {
        if state.card.light == .onPhone { state.card.light = .onServer }
        for place in state.orders.indices where state.orders[place].light == .onPhone {
            state.orders[place].light = .onServer
        }
        answerLate(&state)
    }

    private static func answerLate(_ state: inout State) {
        guard let before = state.late.first?.before else { return }
        let rows = state.late.reversed().map { Sample.record($0.kind, Sample.effect(.alreadyDelivered)) }
        state.outbox.rows = rows + state.outbox.rows
        state.card = before
        stand(before.order, before.state, before.light, &state)
        state.late = []
    }

    private static func asked(_ units: Units, _ line: OrderCardLine) -> OrderCardLine {
        var line = line
        line.confirmed = units
        return line
    }
}
