import Observation
import XundianCore

/// What makes two sightings the same fact: a line of the visit replaces the one with its key.
private struct FactKey: Hashable {
    let brand: String
    let item: String
    let kind: FactKind
    let value: String
}

extension CompetitorFact {
    fileprivate var key: FactKey { FactKey(brand: brand, item: item, kind: kind, value: value) }
}

extension CompetitorItem {
    fileprivate var key: FactKey { FactKey(brand: brand, item: item, kind: kind, value: example) }
}

extension SeenAround {
    fileprivate var key: FactKey { FactKey(brand: brand, item: item, kind: kind, value: value) }
}

/// 4 收集竞品资讯: what is known is confirmed with one tap; something new takes five: brand, item, kind, value, save.
@MainActor
@Observable
public final class CompetitorModel: StepModel {
    public private(set) var around: [SeenAround] = []
    public private(set) var known: [CompetitorItem] = []
    public private(set) var facts: [CompetitorFact] = []
    public private(set) var isFinished = false

    public var brand: String?
    public var item: String?
    public var kind: FactKind?
    public var value = ""
    /// A brand or an item that nobody has seen yet, as it is being typed.
    public private(set) var otherBrand = ""
    public private(set) var otherItem = ""
    public private(set) var photo: PhotoRef?

    /// What the office asks about, without what colleagues have seen already.
    public var lookOut: [CompetitorItem] {
        let nearby = Set(around.map(\.key))
        return known.filter { !nearby.contains($0.key) }
    }

    public var brands: [String] { unique(known.map(\.brand)) }
    public var items: [String] { unique(known.filter { $0.brand == brand }.map(\.item)) }
    /// Values to begin with, so that nothing need be typed.
    public var examples: [String] {
        unique(known.filter { $0.brand == brand && $0.item == item && $0.kind == kind }.map(\.example))
    }

    public var canSave: Bool { kind != nil && ![brand ?? "", item ?? "", value].map(trimmed).contains("") }

    public func load() async {
        let found = await load { core in
            let visit = try core.currentVisit()
            let around = try visit.map { try core.seenAround(store: $0.store) } ?? []
            return (around: around, known: try core.competitorItems(), lines: visit?.lines ?? [])
        }
        guard let found else { return }
        (around, known) = (found.around, found.known)
        show(found.lines)
        phase = .ready
    }

    /// With a photo or without: saving it once more would put one without in its place.
    public func isConfirmed(_ item: CompetitorItem) -> Bool { isConfirmed(item.key) }
    public func isConfirmed(_ seen: SeenAround) -> Bool { isConfirmed(seen.key) }
    private func isConfirmed(_ key: FactKey) -> Bool { facts.contains { $0.key == key } }

    public func knownTapped(_ item: CompetitorItem) async {
        await turn(
            CompetitorFact(
                brand: item.brand, item: item.item, kind: item.kind, value: item.example, from: nil, to: nil, photo: nil))
    }

    /// As it was seen elsewhere, with its dates.
    public func seenTapped(_ seen: SeenAround) async {
        await turn(
            CompetitorFact(
                brand: seen.brand, item: seen.item, kind: seen.kind, value: seen.value, from: seen.from, to: seen.to,
                photo: nil))
    }

    /// One tap: what is known from elsewhere is here too; a second tap takes it back.
    private func turn(_ fact: CompetitorFact) async {
        let line = Line.competitor(fact)
        let isTakenBack = isConfirmed(fact.key)
        await change { isTakenBack ? try $0.takeBack(line: line) : try $0.saveLine(line: line) }
    }

    public func brandTapped(_ brand: String) {
        otherBrand = ""
        begin(brand)
    }

    public func itemTapped(_ item: String) {
        otherItem = ""
        go(on: item)
    }

    /// A keyboard tells the same text again when it closes: that begins nothing anew.
    public func brandTyped(_ text: String) {
        guard text != otherBrand else { return }
        otherBrand = text
        begin(optional(text))
    }

    public func itemTyped(_ text: String) {
        guard text != otherItem else { return }
        otherItem = text
        go(on: optional(text))
    }

    private func begin(_ brand: String?) {
        self.brand = brand
        otherItem = ""
        go(on: nil)
    }

    private func go(on item: String?) {
        self.item = item
        kind = nil
        value = ""
    }

    public func kindTapped(_ kind: FactKind) { (self.kind, value) = (kind, "") }
    public func exampleTapped(_ example: String) { value = example }

    /// The camera came back.
    public func shotTaken(_ shot: Shot) async {
        if let bytes = bytes(of: shot) { await photoTaken(bytes) }
    }

    public func photoTaken(_ bytes: Data) async {
        photo = await answer { try $0.keepPhoto(bytes: bytes) } ?? photo
    }

    public func saveTapped() async {
        guard let brand, let item, let kind, canSave else { return }
        let fact = CompetitorFact(
            brand: trimmed(brand), item: trimmed(item), kind: kind, value: trimmed(value), from: nil, to: nil,
            photo: photo)
        if await change({ try $0.saveLine(line: .competitor(fact)) }) {
            otherBrand = ""
            begin(nil)
            photo = nil
        }
    }

    public func factRemoved(_ fact: CompetitorFact) async {
        await change { try $0.takeBack(line: .competitor(fact)) }
    }

    /// Without facts this says: looked, nothing there.
    public func finishTapped() async {
        guard isSeen else { return }
        isFinished = await tap { try $0.saveLine(line: .finished(.competitor)) }
    }

    @discardableResult
    private func change(_ deed: @escaping @Sendable (any Core) throws -> Void) async -> Bool {
        let found = await answer { core in
            try deed(core)
            return try core.currentVisit()?.lines ?? []
        }
        if let found { show(found) }
        return found != nil
    }

    private func show(_ lines: [Line]) {
        facts = lines.compactMap { if case .competitor(let fact) = $0 { fact } else { nil } }
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    private func optional(_ text: String) -> String? {
        let text = trimmed(text)
        return text.isEmpty ? nil : text
    }

    private func unique(_ texts: [String]) -> [String] {
        var seen = Set<String>()
        return texts.filter { seen.insert($0).inserted }
    }
}
