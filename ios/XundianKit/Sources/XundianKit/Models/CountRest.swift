import XundianCore

/// 库房其余…都没货: one tap for all rows of which nothing is there, and one that takes it back.
extension CountModel {
    /// Rows to which nobody has given an answer for this place.
    public func rest(at place: Place) -> [CountItem] { items.filter { units($0.sku, at: place) == nil } }

    /// Looked: nothing else is at this place. A back room with three products takes three rows and this one tap.
    public func nothingElseTapped(at place: Place) async {
        let changes = rest(at: place).map { item in
            let before = row(item.sku)
            var draft = CountDraft(before, sku: item.sku)
            draft[place] = .counted(0)
            return (row: draft.row(.stepped), before: before)
        }
        let rows = changes.map(\.row)
        for row in rows { drafts[row.sku] = row }
        let mine = asked + 1
        let isSaved = await save { core in
            for row in rows { try core.saveLine(line: .count(row)) }
        }
        for row in rows where drafts[row.sku] == row { drafts[row.sku] = nil }
        // A tap that came meanwhile is the newest change.
        if isSaved, asked == mine { swept = changes }
    }

    /// How many rows a slip of the thumb changed that can be taken back: the last thing that was done.
    public var sweptCount: Int { swept.count }

    /// The rows are as they were before; what nobody had counted is unknown again, and not zero.
    public func nothingElseUndone() async {
        let (changes, mine) = (swept, asked + 1)
        guard !changes.isEmpty else { return }
        let isSaved = await save { core in
            for (row, before) in changes {
                if let before { try core.saveLine(line: .count(before)) } else { try core.takeBack(line: .count(row)) }
            }
        }
        if !isSaved, asked == mine { swept = changes }
    }
}
