import Foundation

@testable import XundianKit

/// Stands in for the core: holds what the screens ask for, notes what they say, fails when told to. Its lines behave as
/// the core's: one key replaces another only where a test needs that.
final class FakeCore: FakeRepPhone, @unchecked Sendable {
    private let kept: Kept

    struct State: Sendable {
        var failing: [String: CoreError] = [:]
        /// Every call meets it, until a new file is begun.
        var damage: CoreError?
        var server: String?
        var rep: String?
        var isReady = true
        var today = Sample.today
        var orders: [OrderOfDay] = []
        var card = Sample.orderCard
        /// Sealed after the delivery, with the order as it was before.
        var late: [(kind: String, before: OrderCard)] = []
        var lastOrder: LastOrder?
        /// Of one store, where the stores differ.
        var lastOrders: [StoreId: LastOrder] = [:]
        /// Another phone sealed them.
        var elsewhere: Set<OrderId> = []
        var slips: [OrderSlip] = []
        var visit: VisitView?
        var items = [Sample.item("21010019", last: 24), Sample.item("21010026")]
        var rows = [Sample.row("21010019", suggested: 36), Sample.row("21010026", suggested: 24)]
        var checks = [Sample.check(1)]
        var competitors = [
            Sample.competitor("统一", "老坛酸菜", .price, "2.5"), Sample.competitor("统一", "老坛酸菜", .promotion, "10搭1"),
        ]
        var around = Sample.around
        var picture: Data? = Sample.picture
        /// What lies on the phone, by name; the server has the others.
        var photos: [String: Data] = [:]
        var quote = Sample.quote()
        /// What the price list of the shop does not have.
        var withoutPrice: Set<Sku> = []
        var report = Sample.report()
        var outbox = Sample.outbox
        var outcome = SyncOutcome.inStep
        var shop = Sample.shop()
        var contact = Sample.contact
        var note: StoreNote?
        var opened: NewStore?
        var streets = Sample.streets
    }

    /// The state behind a lock: an answer is one step.
    private final class Kept: @unchecked Sendable {
        private let lock = NSLock()
        private var state: State

        init(_ state: State) { self.state = state }

        func with<Answer>(_ work: (inout State) throws -> Answer) rethrows -> Answer {
            try lock.withLock { try work(&state) }
        }
    }

    init(_ change: (inout State) -> Void = { _ in }) {
        var state = State()
        change(&state)
        kept = Kept(state)
        super.init()
        answerOfPhone(kept)
        answerOfStores(kept)
        answerInVisit(kept)
        answerAboutVisit(kept)
        answerOfOrders(kept)
        answerOfDay(kept)
    }

    var state: State {
        get { kept.with { $0 } }
        set { kept.with { $0 = newValue } }
    }

    var lines: [Line] { state.visit?.lines ?? [] }

    override func called(_ door: String) throws {
        try super.called(door)
        let state = state
        if let error = state.failing[door] { throw error }
        if let damage = state.damage, !Self.doorsOfFile.contains(door) { throw damage }
    }

    /// They ask nothing that stands in the file.
    private static let doorsOfFile: Set = ["pause", "resume", "cancel"]

    private func answerOfPhone(_ kept: Kept) {
        onEnrol = { server, _ in kept.with { $0.server = server; $0.rep = "ZY01" } }
        onEnrolInvited = { _ in kept.with { $0.server = "https://invited.example"; $0.rep = "ZY01" } }
        onServer = { kept.with { $0.server } }
        onRep = { kept.with { $0.rep } }
        onIsReady = { kept.with { $0.isReady } }
        onSync = {
            kept.with { state in
                FakeCore.answer(&state)
                return SyncReport(outcome: state.outcome, progress: Sample.progress)
            }
        }
        onSendPhotos = { SyncReport(outcome: kept.with { $0.outcome }, progress: Sample.progress) }
        onCancel = {}
        onPause = {}
        onResume = { kept.with { FakeCore.beginNew(&$0) } }
    }

    private static func beginNew(_ state: inout State) {
        guard state.damage != nil else { return }
        (state.damage, state.rep, state.visit, state.isReady) = (nil, nil, nil, false)
    }

    private func answerOfStores(_ kept: Kept) {
        onToday = { kept.with { $0.today } }
        onStoreCard = { store in
            kept.with { state in
                let last = state.lastOrders[store] ?? state.lastOrder
                return Sample.card(state.shop, contact: state.contact, note: state.note, lastOrder: last)
            }
        }
        onSearchStores = { text in
            kept.with { $0.today.stops }.filter { $0.name.contains(text) }
                .map { StoreHit(store: $0.store, name: $0.name, address: $0.address) }
        }
        onSearchProducts = { _ in [Sample.hit] }
        onStreets = { kept.with { $0.streets } }
        onOpenStore = { opened in
            kept.with { $0.opened = opened }
            return Sample.store2
        }
        onNoteStore = { _, text in kept.with { $0.note = text.isEmpty ? nil : Sample.note(text) } }
        onChangeContact = { _, contact in kept.with { $0.contact = contact } }
    }

    private func answerInVisit(_ kept: Kept) {
        onCurrentVisit = { kept.with { $0.visit } }
        onSaveLine = { line in kept.with { FakeCore.save(line, &$0) } }
        onTakeBack = { line in kept.with { FakeCore.takeBack(line, &$0) } }
        onCountItems = { kept.with { $0.items } }
        onSuggestions = { kept.with { $0.rows } }
        onDisplayStandard = { kept.with { $0.checks } }
        onStandardPicture = { kept.with { $0.picture } }
        onCompetitorItems = { kept.with { $0.competitors } }
        onSeenAround = { _ in kept.with { $0.around } }
        onReasons = { _ in [Reason(code: "no_time", zh: "店内太忙", en: "shop too busy", photo: false)] }
        onQuote = { kept.with { FakeCore.quoted($0) } }
        onKeepPhoto = { bytes in
            let photo = PhotoRef(sha256: "\(bytes.count)", len: UInt32(bytes.count))
            kept.with { $0.photos[photo.sha256] = bytes }
            return photo
        }
        onKeptPhoto = { photo in kept.with { $0.photos[photo.sha256] } }
    }

    private func answerAboutVisit(_ kept: Kept) {
        onBeginVisit = { store in
            kept.with { $0.visit = Sample.visit(store) }
            return Sample.visitId
        }
        onCheckOut = {
            kept.with { state in
                state.visit = nil
                return CheckedOut(result: .complete, order: state.quote.lines.isEmpty ? nil : Sample.orderCard)
            }
        }
        onFailVisit = { _, _ in
            kept.with { $0.visit = nil }
            return CheckedOut(result: .failed, order: nil)
        }
    }

    private func answerOfOrders(_ kept: Kept) {
        onOrderCard = { order in try kept.with { try FakeCore.card(order, $0) } }
        onOrdersOfToday = { kept.with { $0.orders } }
        onAmendOrder = { order, lines in try kept.with { try FakeCore.amend(order, lines, &$0) } }
        onCancelOrder = { order, _ in try kept.with { try FakeCore.cancel(order, &$0) } }
        onOrderSlips = { _ in kept.with { $0.slips } }
    }

    private func answerOfDay(_ kept: Kept) {
        onDayReport = { kept.with { $0.report } }
        onCloseDay = {
            kept.with { state in
                state.report.closed = 1
                return state.report
            }
        }
        onOutbox = { kept.with { $0.outbox } }
        onExportJournal = {
            JournalExport(bytes: Data([1]), recoveryCode: "1234-5678-9012", facts: 3, leftOut: 0, upto: 7)
        }
        onJournalLeft = { _ in }
        onImportJournal = { _, _ in ImportReport(taken: 3, known: 1, differing: 0) }
    }

    private static func save(_ line: Line, _ state: inout State) {
        let lines = (state.visit?.lines ?? []).filter { !Sample.sameKey($0, line) }
        state.visit = Sample.visit(state.visit?.store ?? Sample.store1, lines: lines + [line])
        enter(line, &state)
    }

    private static func takeBack(_ line: Line, _ state: inout State) {
        let lines = (state.visit?.lines ?? []).filter { !Sample.sameKey($0, line) && !goes($0, with: line) }
        state.visit = Sample.visit(state.visit?.store ?? Sample.store1, lines: lines)
        if case .count(let row) = line {
            state.items = state.items.map { $0.sku == row.sku ? entered(nil, $0) : $0 }
        }
    }

    /// The word that a count stands goes with its count.
    private static func goes(_ line: Line, with taken: Line) -> Bool {
        guard case .stands(let sku, _) = line, case .count(let row) = taken else { return false }
        return row.sku == sku
    }

    private static func quoted(_ state: State) -> Quote {
        var quote = state.quote
        for case .receiver(let named) in state.visit?.lines ?? [] { quote.receiver = named }
        for case .promise(let said) in state.visit?.lines ?? [] { quote.promise = said }
        for case .confirmed(let sku, let units) in state.visit?.lines ?? [] {
            take(sku, units, into: &quote, withoutPrice: state.withoutPrice)
        }
        quote.lines = quote.lines.filter { $0.confirmed > 0 }
        return quote
    }

    private static func take(_ sku: Sku, _ units: Units, into quote: inout Quote, withoutPrice: Set<Sku>) {
        if quote.lines.contains(where: { $0.sku == sku }) {
            quote.lines = quote.lines.map { $0.sku == sku ? confirmed(units, $0) : $0 }
        } else if withoutPrice.contains(sku) {
            quote.unpriced.append(sku)
        } else {
            quote.lines.append(Sample.line(sku, intended: 0, confirmed: units))
        }
    }

    private static func confirmed(_ units: Units, _ line: QuoteLine) -> QuoteLine {
        var line = line
        line.confirmed = units
        return line
    }

    private static func enter(_ line: Line, _ state: inout State) {
        guard case .count(let row) = line else { return }
        let isListed = state.items.contains { $0.sku == row.sku }
        if !isListed { state.items.append(Sample.item(row.sku)) }
        state.items = state.items.map { $0.sku == row.sku ? Self.entered(row, $0) : $0 }
    }

    /// What was doubted was doubted of the row before.
    private static func entered(_ row: CountRow?, _ item: CountItem) -> CountItem {
        var item = item
        (item.entered, item.question) = (row, nil)
        return item
    }
}
