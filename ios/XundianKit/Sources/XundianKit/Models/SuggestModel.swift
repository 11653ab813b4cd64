import Observation
import XundianCore

/// 2 建议销售: per SKU the arithmetic, the suggestion and what the owner wants; the total in cases and money.
@MainActor
@Observable
public final class SuggestModel: StepModel {
    public private(set) var rows: [SuggestionRow] = []
    public private(set) var quote: Quote?
    public private(set) var overrideReasons: [Reason] = []
    public private(set) var isFinished = false
    private var wanted: [Sku: (units: Units, reason: ReasonCode?)] = [:]
    /// What was agreed in step 5 already: it is none of the rest.
    private var agreed: Set<Sku> = []

    public func load() async {
        let found = await load { core in
            let rows = try core.suggestions()
            return (rows: rows, lines: try core.currentVisit()?.lines ?? [], quote: try core.quote())
        }
        guard let found else { return }
        rows = found.rows
        quote = found.quote
        wanted = Self.intentions(found.lines)
        agreed = Set(found.lines.compactMap { if case .confirmed(let sku, _) = $0 { sku } else { nil } })
        phase = rows.isEmpty ? .empty : .ready
        if overrideReasons.isEmpty { overrideReasons = await reasons(.suggestionOverride) }
    }

    /// What the owner wants; `nil` = not asked yet.
    public func intention(_ sku: Sku) -> Units? { wanted[sku]?.units }
    public func reason(_ sku: Sku) -> ReasonCode? { wanted[sku]?.reason }

    /// What the stepper shows: the owner's word, else the suggestion; `nil` = there is neither, which is not zero.
    public func number(_ row: SuggestionRow) -> Units? { intention(row.sku) ?? row.suggested }

    /// What it comes to in the total.
    public func shown(_ row: SuggestionRow) -> Units { number(row) ?? 0 }

    /// The owner wants something else and nobody said why: asked for with one tap.
    public func wantsReason(_ row: SuggestionRow) -> Bool {
        guard let intended = intention(row.sku), let suggested = row.suggested else { return false }
        return intended != suggested && reason(row.sku) == nil
    }

    public var withoutReason: Int { rows.count(where: wantsReason) }

    /// Back to the suggestion.
    public func asSuggestedTapped(_ row: SuggestionRow) async { await changed(row, to: row.suggested ?? 0) }

    /// One pack up or down.
    public func stepTapped(_ row: SuggestionRow, packs: Int32) async {
        await changed(row, to: shown(row) + packs * row.pack)
    }

    /// Long press: a whole case.
    public func caseTapped(_ row: SuggestionRow, up: Bool) async {
        let size = Packs.inCase(row.case, pack: row.pack)
        await changed(row, to: shown(row) + (up ? size : -size))
    }

    /// The owner does not want it.
    public func noneTapped(_ row: SuggestionRow) async { await changed(row, to: 0) }

    /// Saved at once, with the reason that was given before; at the suggestion there is nothing to explain.
    public func changed(_ row: SuggestionRow, to units: Units) async {
        let units = max(0, units)
        await want(row.sku, units, units == row.suggested ? nil : reason(row.sku))
    }

    public func reasonTapped(_ row: SuggestionRow, _ reason: ReasonCode) async {
        await want(row.sku, shown(row), reason)
    }

    /// What was read out and not changed is what the owner wants.
    public func finishTapped() async {
        guard isSeen else { return }
        let open = rows.filter { intention($0.sku) == nil && shown($0) > 0 && !agreed.contains($0.sku) }
        let rest = open.map { Line.intention(sku: $0.sku, units: shown($0), reason: nil) }
        isFinished = await tap { core in
            for line in rest { try core.saveLine(line: line) }
            try core.saveLine(line: .finished(.suggestedOrder))
        }
        if !isFinished { await load() }
    }

    /// The total as it is shown, the rows not spoken about included: cases, and units beyond them.
    public var total: (cases: Units, loose: Units) {
        rows.reduce((0, 0)) { sum, row in
            let size = max(1, row.case)
            return (sum.0 + shown(row) / size, sum.1 + shown(row) % size)
        }
    }

    private func want(_ sku: Sku, _ units: Units, _ reason: ReasonCode?) async {
        wanted[sku] = (units, reason)
        let found = await answer { core in
            try core.saveLine(line: .intention(sku: sku, units: units, reason: reason))
            return try core.quote()
        }
        // What was not saved must not look as if it were.
        if let found { quote = found } else { await load() }
    }

    private static func intentions(_ lines: [Line]) -> [Sku: (units: Units, reason: ReasonCode?)] {
        var wanted: [Sku: (units: Units, reason: ReasonCode?)] = [:]
        for case .intention(let sku, let units, let reason) in lines { wanted[sku] = (units, reason) }
        return wanted
    }
}
