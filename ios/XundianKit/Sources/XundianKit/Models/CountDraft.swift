import XundianCore

/// A place in which a SKU can stand.
public enum Place: Sendable, CaseIterable, Hashable {
    /// With the cooler, which is not counted apart.
    case shelf
    case backroom
}

/// What a keyboard said.
public enum TypedUnits {
    /// More of one product than any shop holds: a finger stayed on the key.
    private static let most: Units = 99_999

    /// `nil` = no number, which is not zero.
    public static func read(_ text: String) -> Units? {
        Units(text).map(bounded)
    }

    static func bounded(_ units: Units) -> Units { min(max(0, units), most) }
}

extension PlaceCount {
    /// `nil` = not counted, which is not zero.
    public var units: Units? {
        if case .counted(let units) = self { units } else { nil }
    }
}

extension CountRow {
    public subscript(place: Place) -> PlaceCount {
        switch place {
        case .shelf: shelf
        case .backroom: backroom
        }
    }

    /// What was counted in all places; `nil` = in none.
    public var total: Units? {
        let counted = [shelf, backroom, cooler].compactMap(\.units)
        return counted.isEmpty ? nil : counted.reduce(0, +)
    }
}

/// A row that is being changed: the core's records do not change.
struct CountDraft {
    private let sku: Sku
    private var places: [Place: PlaceCount] = [:]
    var expiry: BusinessDate?

    init(_ row: CountRow?, sku: Sku) {
        self.sku = sku
        expiry = row?.expiry
        for place in Place.allCases { places[place] = row?[place] }
    }

    subscript(place: Place) -> PlaceCount {
        get { places[place] ?? .notCounted }
        set { places[place] = newValue }
    }

    func row(_ entry: Entry) -> CountRow {
        CountRow(
            sku: sku, entry: entry, shelf: self[.shelf], backroom: self[.backroom], cooler: .notCounted, expiry: expiry)
    }
}

/// A delivery that should have come and has no result, over all its SKUs: 7月27日 周一应到5箱，到了?
public struct AwaitedDelivery: Sendable, Equatable, Identifiable {
    public struct Line: Sendable, Equatable {
        public let sku: Sku
        public let name: String
        public let `case`: CaseSize
        public let units: Units
    }

    public let order: OrderId
    public let lines: [Line]
    /// What the owner said; `nil` = not asked yet.
    public let answer: [SkuUnits]?

    public var id: OrderId { order }

    /// The answer in a word, as it was asked for; `nil` = not asked yet.
    public var said: TextKey? {
        guard let answer else { return nil }
        let came = lines.map { line in (line.units, answer.first { $0.sku == line.sku }?.units ?? 0) }
        if came.allSatisfy({ $0.0 == $0.1 }) { return .countCame }
        return came.allSatisfy { $0.1 == 0 } ? .countCameNot : .countCamePartly
    }

    /// In the order in which the count screen meets them.
    static func of(_ items: [CountItem], answers: [XundianCore.Line]) -> [AwaitedDelivery] {
        var orders: [OrderId] = []
        var lines: [OrderId: [Line]] = [:]
        for item in items {
            for awaited in item.didItCome {
                if lines[awaited.order] == nil { orders.append(awaited.order) }
                let line = Line(sku: item.sku, name: item.name, case: item.case, units: awaited.units)
                lines[awaited.order, default: []].append(line)
            }
        }
        return orders.map { AwaitedDelivery(order: $0, lines: lines[$0] ?? [], answer: said($0, answers)) }
    }

    private static func said(_ order: OrderId, _ lines: [XundianCore.Line]) -> [SkuUnits]? {
        for case .deliverySeen(let seen) in lines where seen.order == order { return seen.lines }
        return nil
    }
}
