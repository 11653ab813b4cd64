import XundianCore

/// What is asked beside the numbers: doubts, deliveries, goods that came or went, facings.
extension CountModel {
    // MARK: Doubts

    /// The rep looked again: the count stands.
    public func standsTapped(_ sku: Sku) async {
        guard let units = row(sku)?.total else { return }
        await save(.stands(sku: sku, units: units))
    }

    /// What the core believes was meant can be taken with one tap if there is one place to put it.
    public func canTakeLikely(_ item: CountItem) -> Bool {
        guard let question = item.question, question.likely != nil, let row = row(item.sku) else { return false }
        switch question.doubt {
        case .boughtElsewhere: return true
        case .casesAsUnits, .unitsAsCases: return Place.allCases.count { (row[$0].units ?? 0) > 0 } == 1
        case .previousCasesAsUnits, .soldTooMuch, .soldTooLittle, .muchThere: return false
        }
    }

    /// No tap answers it: goods may have come or gone elsewhere, which is noted in place.
    public func asksElsewhere(_ item: CountItem) -> Bool { item.question != nil && !canTakeLikely(item) }

    /// Not of a row as it was drawn: a second quick tap would add the same again.
    public func likelyTapped(_ drawn: CountItem) async {
        guard let item = item(drawn.sku), canTakeLikely(item), let likely = item.question?.likely,
            let row = row(item.sku)
        else { return }
        if item.question?.doubt == .boughtElsewhere {
            // What was noted before is not in the doubt, and its line is replaced.
            await inflowTapped(item.sku, units: inflow(item.sku, from: .selfBought) + likely, source: .selfBought)
        } else if let place = Place.allCases.first(where: { (row[$0].units ?? 0) > 0 }) {
            await enter(item.sku, .typed) { $0[place] = .counted(likely) }
        }
    }

    // MARK: What came and went

    /// "Did it come?" for a whole delivery, or line by line.
    public func cameTapped(_ delivery: AwaitedDelivery, came: Bool) async {
        let told = delivery.lines.map { ($0.sku, came ? $0.units : 0) }
        await cameTapped(delivery, units: Dictionary(told, uniquingKeysWith: +))
    }

    public func cameTapped(_ delivery: AwaitedDelivery, units: [Sku: Units]) async {
        let seen = delivery.lines.map { SkuUnits(sku: $0.sku, units: units[$0.sku] ?? 0) }
        await save(.deliverySeen(DeliverySeen(order: delivery.order, lines: seen)))
    }

    /// The thumb slipped: it is asked again.
    public func askAgainTapped(_ delivery: AwaitedDelivery) async {
        guard let answer = delivery.answer else { return }
        await save { try $0.takeBack(line: .deliverySeen(DeliverySeen(order: delivery.order, lines: answer))) }
        await readDays()
    }

    @discardableResult
    public func inflowTapped(_ sku: Sku, units: Units, source: InflowSource) async -> Bool {
        await moved(.inflow(Inflow(sku: sku, units: units, source: source)), units)
    }

    private func inflow(_ sku: Sku, from source: InflowSource) -> Units {
        for case .inflow(let inflow) in lines where inflow.sku == sku && inflow.source == source { return inflow.units }
        return 0
    }

    @discardableResult
    public func outflowTapped(_ sku: Sku, units: Units, reason: ReasonCode) async -> Bool {
        await moved(.outflow(Outflow(sku: sku, units: units, reason: reason)), units)
    }

    @discardableResult
    public func pickUpTapped(_ sku: Sku, units: Units, reason: ReasonCode) async -> Bool {
        await moved(.pickUp(PickUp(sku: sku, units: units, reason: reason)), units)
    }

    /// Nothing that came or went is no record of it: zero takes back what was said.
    private func moved(_ line: Line, _ units: Units) async -> Bool {
        if units > 0 { return await save(line) }
        return await save { try $0.takeBack(line: line) }
    }

    /// What was noted of a SKU beside its count.
    public func movements(_ sku: Sku) -> [Line] {
        lines.filter { line in
            switch line {
            case .inflow(let inflow): inflow.sku == sku
            case .outflow(let outflow): outflow.sku == sku
            case .pickUp(let pickUp): pickUp.sku == sku
            default: false
            }
        }
    }

    // MARK: Facings

    /// 品类 of the rows, in their order. What the search just found has none until its first row is saved.
    public var categories: [String] {
        var seen: Set<String> = [""]
        return items.map(\.category).filter { seen.insert($0).inserted }
    }

    /// What was seen of a category; `nil` = nobody looked, which is not zero.
    public func facings(_ category: String) -> Facings? {
        if let draft = facingsDrafts[category] { return draft }
        for case .facings(let seen) in lines where seen.category == category { return seen }
        return nil
    }

    /// Plus or minus. The first tap starts from zero and takes nothing off, as in a row.
    public func facingsStepped(_ category: String, own: Int32 = 0, total: Int32 = 0) async {
        let seen = facings(category)
        guard seen != nil || (own >= 0 && total >= 0) else { return }
        let stepped = { (from: UInt32?, by: Int32) in UInt32(clamping: Int64(from ?? 0) + Int64(by)) }
        await facingsTapped(category, own: stepped(seen?.own, own), total: stepped(seen?.total, total))
    }

    /// Ours are some of all: more of ours raise all, fewer of all lower ours.
    public func facingsTapped(_ category: String, own: UInt32, total: UInt32) async {
        let isOwnRaised = own > facings(category)?.own ?? 0
        let all = isOwnRaised ? max(own, total) : total
        let seen = Facings(category: category, own: min(own, all), total: all)
        facingsDrafts[category] = seen
        await save(.facings(seen))
        if facingsDrafts[category] == seen { facingsDrafts[category] = nil }
    }

    /// Back to "nobody looked", which is not zero.
    public func facingsCleared(_ category: String) async {
        guard let seen = facings(category) else { return }
        facingsDrafts[category] = nil
        await save { try $0.takeBack(line: .facings(seen)) }
    }
}
