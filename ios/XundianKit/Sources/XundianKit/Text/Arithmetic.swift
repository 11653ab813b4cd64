import XundianCore

/// The one line that the owner can check. Its numbers are the core's; only the words are ours.
extension Texts {
    /// 每周卖26·到下次送货8天·安全备货9·架上8 → 建议31,按箱36. `unit` is the word for the smallest unit, if the screen
    /// knows it. What is not ordered by the case is rounded to whole packs: …,凑整36; what is a whole number of them already
    /// ends with the suggestion.
    public func arithmetic(_ why: Why, unit: String? = nil, isByCase: Bool = true) -> String {
        let weekly = tenths(why.weeklyTenths)
        var line = unit.map { self(.whyWeekly, weekly, $0) } ?? self(.whyWeeklyPlain, weekly)
        line += self(.whyDays, String(why.days))
        line += self(why.safety < 0 ? .whyLess : .whySafety, String(why.safety.magnitude))
        line += self(.whyAtHand, String(why.atHand))
        if why.inTransit != 0 { line += self(.whyInTransit, String(why.inTransit)) }
        line += self(.whySuggest, String(why.suggest))
        if why.quantity == why.suggest { return line }
        return line + self(isByCase ? .whyQuantity : .whyRounded, String(why.quantity))
    }

    /// The line of a row: the opening, the arithmetic, or why there is no number.
    public func line(_ row: SuggestionRow, unit: String? = nil) -> String {
        if let opening = row.opening {
            return self(.suggestOpening, String(opening.target), quantity(opening.quantity, case: row.case))
        }
        if let why = row.why { return arithmetic(why, unit: unit, isByCase: row.pack == row.case) }
        if let gap = row.gap, row.suggested == nil { return unopened(gap, row.inputs) }
        switch row.advice {
        case .firstCount: return self(.adviceFirstCount)
        case .negativeSales(let sold): return self(.adviceNegative, String(sold.magnitude))
        case .receiptUnknown: return self(.adviceReceiptUnknown)
        case .suggest(let suggestion): return self(.whySuggest, String(suggestion.quantity))
        }
    }

    /// 必卖缺货·在途12:没有销量可算，问店主要多少. A gap of which nobody knows what it sells has no number.
    private func unopened(_ gap: Gap, _ inputs: Inputs) -> String {
        var line = self(gap == .mustSell ? .suggestGapEmpty : .suggestNew)
        if inputs.countNow != 0 { line += self(.whyAtHand, String(inputs.countNow)) }
        if inputs.inTransit != 0 { line += self(.whyInTransit, String(inputs.inTransit)) }
        return line + self(.suggestAskOwner)
    }

    /// What the stepper of a row says: a number that nobody has named is not zero.
    public func wanted(_ units: Units?, case size: CaseSize) -> String {
        units.map { quantity($0, case: size) } ?? self(.suggestOpen)
    }

    /// 合计 6箱 · 已定 ¥69.00: the goods as they are shown, the money of what the owner has said so far.
    public func total(_ goods: (cases: Units, loose: Units), said: Fen) -> String {
        let total = self(.suggestTotal, quantity(cases: goods.cases, loose: goods.loose))
        return said > 0 ? total + " · " + self(.suggestSaid, yuan(said)) : total
    }

    /// What is to be known beside the number; the owner's earlier no with its reason from the office's list.
    public func marks(_ row: SuggestionRow, reasons: [Reason]) -> [String] {
        var keys: [TextKey] = []
        if row.gap == .launch && row.opening == nil {
            keys.append(.suggestNewUnsold)
        } else if row.isNew {
            keys.append(.suggestNew)
        }
        if row.gap == .mustSell { keys.append(.suggestGap) }
        if row.opening?.isCapped == true { keys.append(.suggestCapped) }
        if row.why?.outOfStock == true { keys.append(.whyOutOfStock) }
        if let limit = row.opening?.limit ?? row.why?.limit { keys.append(mark(of: limit)) }
        if let fallback = row.fallback { keys.append(fallback.text) }
        let declined = row.declined.map { self(.suggestDeclined, day($0.date), reason($0.reason, of: reasons)) }
        return keys.map { self($0) } + [declined].compactMap { $0 }
    }

    private func mark(of limit: Limit) -> TextKey {
        switch limit {
        case .display: .whyDisplay
        case .shelfLife: .whyShelfLife
        case .room: .whyRoom
        }
    }

    private func tenths(_ number: UInt32) -> String {
        number % 10 == 0 ? String(number / 10) : "\(number / 10).\(number % 10)"
    }
}
