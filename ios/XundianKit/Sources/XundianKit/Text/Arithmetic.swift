import XundianCore

/// The one line that the owner can check. Its numbers are the core's; only the words are ours.
extension Texts {
    /// 每周卖26包·到下次送货8天·安全备货5·架上8 → 建议31, 按箱36. `unit` is the word for the smallest unit, if the screen
    /// knows it.
    public func arithmetic(_ why: Why, unit: String? = nil) -> String {
        let weekly = tenths(why.weeklyTenths)
        var line = unit.map { self(.whyWeekly, weekly, $0) } ?? self(.whyWeeklyPlain, weekly)
        line += self(.whyDays, String(why.days))
        line += self(why.safety < 0 ? .whyLess : .whySafety, String(why.safety.magnitude))
        line += self(.whyAtHand, String(why.atHand))
        if why.inTransit != 0 { line += self(.whyInTransit, String(why.inTransit)) }
        line += self(.whySuggest, String(why.suggest))
        return line + self(.whyQuantity, String(why.quantity))
    }

    /// The line of a row: the opening, the arithmetic, or why there is no number.
    public func line(_ row: SuggestionRow, unit: String? = nil) -> String {
        if let opening = row.opening {
            return self(.suggestOpening, String(opening.target), String(opening.quantity))
        }
        if let why = row.why { return arithmetic(why, unit: unit) }
        switch row.advice {
        case .firstCount: return self(.adviceFirstCount)
        case .negativeSales(let sold): return self(.adviceNegative, String(sold.magnitude))
        case .receiptUnknown: return self(.adviceReceiptUnknown)
        case .suggest(let suggestion): return self(.whySuggest, String(suggestion.quantity))
        }
    }

    /// What is to be known beside the number.
    public func marks(_ row: SuggestionRow) -> [String] {
        var keys: [TextKey] = []
        if row.isNew { keys.append(.suggestNew) }
        if row.gap == .mustSell { keys.append(.suggestGap) }
        if row.opening?.isCapped == true { keys.append(.suggestCapped) }
        if row.why?.outOfStock == true { keys.append(.whyOutOfStock) }
        if let limit = row.opening?.limit ?? row.why?.limit { keys.append(mark(of: limit)) }
        if let fallback = row.fallback { keys.append(fallback.text) }
        let declined = row.declined.map { self(.suggestDeclined, day($0.date)) }
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
