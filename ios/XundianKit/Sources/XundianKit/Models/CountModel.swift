import Observation
import XundianCore

/// 1 点库存: 30 rows in a minute without a keyboard. The screen answers a tap at once; the core saves it behind.
@MainActor
@Observable
public final class CountModel: StepModel {
    /// Cases or facings by one long press: a full stack, a long shelf.
    public static let many: Int32 = 5

    public private(set) var items: [CountItem] = []
    public private(set) var deliveries: [AwaitedDelivery] = []
    public private(set) var lines: [Line] = []
    public private(set) var returnReasons: [Reason] = []
    /// `nil` = nothing was sought, which is not "nothing found".
    public private(set) var hits: [ProductHit]?
    public var searchText = ""
    /// Chosen among the hits: the screen goes to its row once and marks it, until it is counted or something else sought.
    public private(set) var sought: Sku?
    public private(set) var isFinished = false

    /// Taps ahead of the core's answer.
    var drafts: [Sku: CountRow] = [:]
    /// The rows that 库房其余…都没货 changed, with what they were before; until the next change.
    var swept: [(row: CountRow, before: CountRow?)] = []
    var facingsDrafts: [String: Facings] = [:]
    /// Taps by number, and the newest whose answer is shown.
    private(set) var asked = 0
    private var shown = 0
    /// When the deliveries that are asked about should have come; an order of another phone has none here.
    private var days: [OrderId: BusinessDate] = [:]
    /// Found by search; they stay until the core lists them itself.
    private var extras: [CountItem] = []
    private let shop: Store

    public init(
        desk: Desk, shop: Store, now: @escaping @MainActor () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.shop = shop
        super.init(desk: desk, now: now)
    }

    public var places: [Place] {
        shop.hasBackroom ? [.shelf, .backroom] : [.shelf]
    }

    public var countedCount: Int { items.count { isCounted($0.sku) } }
    public var uncountedCount: Int { items.count - countedCount }
    /// Counts that are doubted and may stand far up the list.
    public var questionCount: Int { items.count { $0.question != nil } }

    public func load() async {
        guard let found = await load(Self.ask) else { return }
        show(found)
        if returnReasons.isEmpty { returnReasons = await reasons(.returned) }
        await readDays()
    }

    /// After the screen is there, and out of the way of taps: days are searched for each.
    func readDays() async {
        let wanted = deliveries.filter { $0.answer == nil && days[$0.order] == nil }.map(\.order)
        guard !wanted.isEmpty else { return }
        let cards = (try? await desk.search { core in wanted.compactMap { try? core.orderCard(order: $0) } }) ?? []
        for card in cards { days[card.order] = card.day }
    }

    /// `nil` = this phone does not know, or not yet.
    public func day(of delivery: AwaitedDelivery) -> BusinessDate? { days[delivery.order] }

    public func row(_ sku: Sku) -> CountRow? { drafts[sku] ?? item(sku)?.entered }
    public func units(_ sku: Sku, at place: Place) -> Units? { row(sku).flatMap { $0[place].units } }

    /// Every place that must be counted is; the core decides the same when it seals.
    public func isCounted(_ sku: Sku) -> Bool {
        guard let row = row(sku) else { return false }
        return row.shelf.units != nil && (!shop.hasBackroom || row.backroom.units != nil)
    }

    /// The place that was forgotten: something was counted at the other one.
    public func missing(_ sku: Sku) -> Place? {
        guard shop.hasBackroom, let row = row(sku) else { return nil }
        switch (row.shelf.units, row.backroom.units) {
        case (nil, .some): return .shelf
        case (.some, nil): return .backroom
        default: return nil
        }
    }

    // MARK: Taps on a row

    /// Plus or minus. The first tap starts from zero, not from the ghost: what nobody counted is not there, and nothing can be
    /// taken from it.
    public func stepTapped(_ sku: Sku, at place: Place, by step: Units) async {
        let start = units(sku, at: place) ?? 0
        guard step > 0 || canTakeOff(sku, at: place) else { return }
        await enter(sku, .stepped) { $0[place] = .counted(max(0, start + step)) }
    }

    /// A ghost is no count: one less than it would be saved as zero.
    public func canTakeOff(_ sku: Sku, at place: Place) -> Bool { units(sku, at: place) != nil }

    /// Long press: a whole case.
    public func caseTapped(_ sku: Sku, at place: Place, up: Bool = true) async {
        guard let size = item(sku)?.case else { return }
        await stepTapped(sku, at: place, by: up ? size : -size)
    }

    /// Cases by themselves: what is loose beside them stays.
    public func casesTapped(_ sku: Sku, at place: Place, by cases: Int32) async {
        guard let size = item(sku)?.case, size > 1, cases > 0 || canTakeOff(sku, at: place) else { return }
        let start = units(sku, at: place) ?? 0
        await enter(sku, .stepped) { $0[place] = .counted(max(start % size, start + cases * size)) }
    }

    /// By the keyboard, for a large number. Whole cases beside them stay: `cases` = those units as the sheet was opened, that a
    /// second tap on its button counts nothing twice. As all that a sheet asks for, it gives whether it was saved: until then
    /// the sheet stays, with what was typed.
    @discardableResult
    public func typed(_ sku: Sku, at place: Place, units: Units, beside cases: Units? = nil) async -> Bool {
        await enterTyped(sku, at: place, Int64(cases ?? inCases(sku, at: place)) + Int64(max(0, units)))
    }

    /// Cases by the keyboard: what is loose beside them stays.
    @discardableResult
    public func casesTyped(_ sku: Sku, at place: Place, cases: Units) async -> Bool {
        guard let size = item(sku)?.case, size > 1 else { return true }
        let rest = loose(sku, of: units(sku, at: place) ?? 0)
        return await enterTyped(sku, at: place, Int64(max(0, cases)) * Int64(size) + Int64(rest))
    }

    /// A keyboard and a large case make more than a number holds: all places and a step more must still fit. A second tap
    /// meanwhile is none.
    private func enterTyped(_ sku: Sku, at place: Place, _ units: Int64) async -> Bool {
        guard !isBusy else { return false }
        isBusy = true
        defer { isBusy = false }
        return await enter(sku, .typed) { $0[place] = .counted(min(Units(clamping: units), Units.max / 4)) }
    }

    /// Units that stand in whole cases.
    public func inCases(_ sku: Sku, at place: Place) -> Units {
        let all = units(sku, at: place) ?? 0
        return all - loose(sku, of: all)
    }

    /// What is beside whole cases: all, where there are none.
    private func loose(_ sku: Sku, of units: Units) -> Units {
        guard let size = item(sku)?.case, size > 1 else { return units }
        return units % size
    }

    /// 空: confirmed that nothing is at this place.
    public func zeroTapped(_ sku: Sku, at place: Place = .shelf) async {
        await enter(sku, .stepped) { $0[place] = .counted(0) }
    }

    /// The last count as a ghost: one number for the shop, so it is the shelf's and never the back room's.
    public func ghost(_ item: CountItem, at place: Place) -> Units? { place == .shelf ? item.last : nil }

    /// What 同上次 would say; `nil` = there is no last count, or goods were counted in the back room: they would be wiped.
    public func same(_ item: CountItem, at place: Place) -> Units? {
        (units(item.sku, at: .backroom) ?? 0) > 0 ? nil : ghost(item, at: place)
    }

    /// 同上次, for this row alone. The last count is one number for the shop, so it goes on the shelf.
    public func sameTapped(_ sku: Sku, at place: Place = .shelf) async {
        guard let item = item(sku), let last = same(item, at: place) else { return }
        let places = places
        await enter(sku, .same) { row in
            for place in places { row[place] = .counted(place == .shelf ? last : 0) }
        }
    }

    /// The earliest expiry on the shelf is wanted, and nobody has said it.
    public func wantsExpiry(_ item: CountItem) -> Bool { item.asksExpiry && row(item.sku)?.expiry == nil }

    /// Where the calendar opens: at the date that was said, else where most expiries are.
    public func expiryStart(_ sku: Sku, now: Date = Date(), in zone: TimeZone = .current) -> Date {
        row(sku)?.expiry.flatMap { Days.noon($0, in: zone) } ?? Days.later(now, byMonths: 3, in: zone)
    }

    /// Counts nothing: what nobody counted stays unknown.
    @discardableResult
    public func expiryTapped(_ sku: Sku, _ date: BusinessDate?) async -> Bool {
        guard date != row(sku)?.expiry else { return true }
        return await enter(sku, row(sku)?.entry ?? .stepped) { $0.expiry = date }
    }

    /// Back to "not counted", which is not zero.
    @discardableResult
    public func clearTapped(_ sku: Sku) async -> Bool {
        guard let row = row(sku) else { return true }
        drafts[sku] = nil
        return await save { try $0.takeBack(line: .count(row)) }
    }

    // MARK: Search, end

    public func searched() async {
        sought = nil
        hits = await products(named: searchText)
    }

    public func hitTapped(_ hit: ProductHit) {
        (searchText, hits, sought) = ("", nil, hit.sku)
        guard item(hit.sku) == nil else { return }
        // Its category comes with the first saved row.
        let extra = CountItem(
            sku: hit.sku, name: hit.name, category: "", case: hit.case, last: nil, entered: nil, question: nil,
            asksExpiry: false, didItCome: [])
        extras.append(extra)
        items.append(extra)
    }

    public func finishTapped() async {
        guard isSeen else { return }
        isFinished = await tap { try $0.saveLine(line: .finished(.stockCount)) }
    }

    // MARK: Saving

    func item(_ sku: Sku) -> CountItem? { items.first { $0.sku == sku } }

    @discardableResult
    func enter(_ sku: Sku, _ entry: Entry, _ change: (inout CountDraft) -> Void) async -> Bool {
        var draft = CountDraft(row(sku), sku: sku)
        change(&draft)
        let row = draft.row(entry)
        drafts[sku] = row
        if sought == sku { sought = nil }
        let isSaved = await save { try $0.saveLine(line: .count(row)) }
        // A later tap has put another draft there; its own answer removes it.
        if drafts[sku] == row { drafts[sku] = nil }
        return isSaved
    }

    @discardableResult
    func save(_ line: Line) async -> Bool { await save { try $0.saveLine(line: line) } }

    /// One commit and the questions that follow from it, in one turn; gives whether it was made.
    @discardableResult
    func save(_ deed: @escaping @Sendable (any Core) throws -> Void) async -> Bool {
        swept = []
        asked += 1
        let mine = asked
        let found = await answer { core in
            try deed(core)
            return try Self.ask(core)
        }
        // An answer that comes after a later one is old.
        if let found, mine > shown {
            shown = mine
            show(found)
        }
        return found != nil
    }

    private struct Found: Sendable {
        let items: [CountItem]
        let lines: [Line]
    }

    nonisolated private static func ask(_ core: any Core) throws -> Found {
        Found(items: try core.countItems(), lines: try core.currentVisit()?.lines ?? [])
    }

    private func show(_ found: Found) {
        extras.removeAll { extra in found.items.contains { $0.sku == extra.sku } }
        items = found.items + extras
        lines = found.lines
        deliveries = AwaitedDelivery.of(found.items, answers: found.lines)
        phase = items.isEmpty ? .empty : .ready
    }
}
