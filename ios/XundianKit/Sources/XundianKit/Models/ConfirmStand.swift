import XundianCore

/// How the order of step 5 stands, read in one turn: the quote, what was said, and the names of all that is shown.
struct ConfirmStand: Sendable {
    let quote: Quote
    let lines: [Line]
    private(set) var names: [Sku: String] = [:]
    private(set) var packs: [Sku: Pack] = [:]

    /// `known` = names that need not be looked for.
    init(_ core: any Core, named known: [Sku: String]) throws {
        quote = try core.quote()
        lines = try core.currentVisit()?.lines ?? []
        names = known
        for line in quote.lines { (names[line.sku], packs[line.sku]) = (line.name, line.pack) }
        for sku in dropped + quote.gifts.map(\.sku) + quote.unpriced + quote.unavailable { name(sku, core) }
    }

    /// Lines that were taken down to nothing.
    var dropped: [Sku] {
        let left = Set(quote.lines.map(\.sku))
        return lines.compactMap { line in
            if case .confirmed(let sku, 0) = line, !left.contains(sku) { sku } else { nil }
        }
    }

    /// Added in step 5, and not on the price list: it can only go again.
    var unlisted: [Sku] {
        let added = Set(lines.compactMap { if case .confirmed(let sku, _) = $0 { sku } else { nil } })
        return quote.unpriced.filter { added.contains($0) }
    }

    /// A gift is no line of the order, and what the price list lacks was perhaps never counted. The quote is worth showing without.
    private mutating func name(_ sku: Sku, _ core: any Core) {
        // The name may be known from the count; a line that is put back wants its pack, too.
        guard names[sku] == nil || packs[sku] == nil, let hits = try? core.searchProducts(text: sku) else { return }
        guard let hit = hits.first(where: { $0.sku == sku }) else { return }
        (names[sku], packs[sku]) = (hit.name, hit.pack)
    }
}
