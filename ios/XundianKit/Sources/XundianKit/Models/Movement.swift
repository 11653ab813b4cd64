import XundianCore

/// How goods come and go beside our deliveries.
public enum Movement: Sendable, CaseIterable, Hashable {
    case selfBought, byPhone, out, pickUp

    /// What goes back has a reason.
    public var isReturn: Bool { self == .out || self == .pickUp }

    public var text: TextKey {
        switch self {
        case .selfBought: .countSelfBought
        case .byPhone: .countByPhone
        case .out: .countOutflow
        case .pickUp: .countPickUp
        }
    }
}

/// What came or went of one product, as it is being noted. It starts from what was noted before.
public struct MoveDraft: Sendable, Equatable {
    public let sku: Sku
    public let movement: Movement
    public private(set) var units: Units
    public var reason: ReasonCode?
    private let before: Units
    private let reasonBefore: ReasonCode?

    init(_ sku: Sku, _ movement: Movement, among lines: [Line]) {
        let noted = lines.compactMap { Self.noted($0, sku, movement) }.first
        (self.sku, self.movement) = (sku, movement)
        (before, reasonBefore) = (noted?.units ?? 0, noted?.reason)
        (units, reason) = (before, reasonBefore)
    }

    private static func noted(_ line: Line, _ sku: Sku, _ movement: Movement) -> (units: Units, reason: ReasonCode?)? {
        switch (movement, line) {
        case (.selfBought, .inflow(let flow)) where flow.sku == sku && flow.source == .selfBought: (flow.units, nil)
        case (.byPhone, .inflow(let flow)) where flow.sku == sku && flow.source == .byPhone: (flow.units, nil)
        case (.out, .outflow(let flow)) where flow.sku == sku: (flow.units, flow.reason)
        case (.pickUp, .pickUp(let goods)) where goods.sku == sku: (goods.units, goods.reason)
        default: nil
        }
    }

    public mutating func step(by step: Units) { units = TypedUnits.bounded(units + step) }

    public var isChanged: Bool { units != before || reason != reasonBefore }
    /// It can be saved; nothing of what goes back needs no reason.
    public var isTold: Bool { isChanged && (units > 0 ? !movement.isReturn || reason != nil : before > 0) }
}

extension CountModel {
    /// What was noted of a product, to be changed.
    public func move(_ sku: Sku, _ movement: Movement) -> MoveDraft { MoveDraft(sku, movement, among: lines) }

    /// Gives whether it was saved.
    public func moveSaved(_ draft: MoveDraft) async -> Bool {
        let (sku, units, reason) = (draft.sku, draft.units, draft.reason ?? "")
        return switch draft.movement {
        case .selfBought: await inflowTapped(sku, units: units, source: .selfBought)
        case .byPhone: await inflowTapped(sku, units: units, source: .byPhone)
        case .out: await outflowTapped(sku, units: units, reason: reason)
        case .pickUp: await pickUpTapped(sku, units: units, reason: reason)
        }
    }
}
