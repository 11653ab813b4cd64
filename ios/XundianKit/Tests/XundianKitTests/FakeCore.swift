import Foundation

@testable import XundianKit

/// Stands in for the core: holds what the screens ask for, notes what they say, fails when told to. Its lines behave as
/// the core's: one key replaces another only where a test needs that.
final class FakeCore: Core, @unchecked Sendable {
    private let lock = NSRecursiveLock()
    private var _state = State()
    private var _calls: [String] = []

    struct State: Sendable {
        var failing: [String: CoreError] = [:]
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
        var checks = [Sample.check(1), Sample.check(2, needsCooler: true)]
        var competitors = [
            Sample.competitor("统一", "老坛酸菜", .price, "2.5"), Sample.competitor("统一", "老坛酸菜", .promotion, "10搭1"),
        ]
        var quote = Sample.quote()
        var report = Sample.report()
        var outbox = Sample.outbox
        var outcome = SyncOutcome.inStep
        var shop = Sample.shop()
        var contact = Sample.contact
        var note: StoreNote?
        var opened: NewStore?
    }

    init(_ change: (inout State) -> Void = { _ in }) { change(&_state) }

    var state: State {
        get { lock.withLock { _state } }
        set { lock.withLock { _state = newValue } }
    }

    var calls: [String] { lock.withLock { _calls } }
    var lines: [Line] { state.visit?.lines ?? [] }

    private func call<Answer>(_ name: String, _ answer: (inout State) throws -> Answer) throws -> Answer {
        try lock.withLock {
            _calls.append(name)
            if let error = _state.failing[name] { throw error }
            return try answer(&_state)
        }
    }

    func enrol(server: String, code: String) throws {
        try call("enrol") { $0.server = server; $0.rep = "ZY01" }
    }
    func enrolInvited(invitation: String) throws {
        try call("enrolInvited") { $0.server = "https://invited.example"; $0.rep = "ZY01" }
    }
    func server() throws -> String? { try call("server") { $0.server } }
    func rep() throws -> RepNo? { try call("rep") { $0.rep } }
    func isReady() throws -> Bool { try call("isReady") { $0.isReady } }
    func today() throws -> Today { try call("today") { $0.today } }
    func storeCard(store: StoreId) throws -> StoreCard {
        try call("storeCard") { state in
            let last = state.lastOrders[store] ?? state.lastOrder
            return Sample.card(state.shop, contact: state.contact, note: state.note, lastOrder: last)
        }
    }
    func searchStores(text: String) throws -> [StoreHit] {
        try call("searchStores") { state in
            state.today.stops.filter { $0.name.contains(text) }
                .map { StoreHit(store: $0.store, name: $0.name, address: $0.address) }
        }
    }
    func searchProducts(text: String) throws -> [NamedSku] {
        try call("searchProducts") { _ in [NamedSku(sku: "22070012", name: "冰红茶 500ml")] }
    }
    func openStore(opened: NewStore) throws -> StoreId {
        try call("openStore") {
            $0.opened = opened
            return Sample.store2
        }
    }
    func noteStore(store: StoreId, text: String) throws {
        try call("noteStore") { $0.note = text.isEmpty ? nil : Sample.note(text) }
    }
    func changeContact(store: StoreId, contact: Contact) throws {
        try call("changeContact") { $0.contact = contact }
    }
    func beginVisit(store: StoreId) throws -> VisitId {
        try call("beginVisit") { state in
            state.visit = Sample.visit(store)
            return Sample.visitId
        }
    }
    func currentVisit() throws -> VisitView? { try call("currentVisit") { $0.visit } }
    func saveLine(line: Line) throws {
        try call("saveLine") { state in
            let kept = (state.visit?.lines ?? []).filter { !Sample.sameKey($0, line) }
            state.visit = Sample.visit(state.visit?.store ?? Sample.store1, lines: kept + [line])
            Self.enter(line, &state)
        }
    }
    func takeBack(line: Line) throws {
        try call("takeBack") { state in
            let kept = (state.visit?.lines ?? []).filter { !Sample.sameKey($0, line) && !Self.goes($0, with: line) }
            state.visit = Sample.visit(state.visit?.store ?? Sample.store1, lines: kept)
            if case .count(let row) = line {
                state.items = state.items.map { $0.sku == row.sku ? Self.entered(nil, $0) : $0 }
            }
        }
    }
    func countItems() throws -> [CountItem] { try call("countItems") { $0.items } }
    func suggestions() throws -> [SuggestionRow] { try call("suggestions") { $0.rows } }
    func displayStandard() throws -> [Check] { try call("displayStandard") { $0.checks } }
    func competitorItems() throws -> [CompetitorItem] { try call("competitorItems") { $0.competitors } }
    func reasons(kind: String) throws -> [Reason] {
        try call("reasons") { _ in [Reason(code: "no_time", zh: "店内太忙", en: "shop too busy", photo: false)] }
    }
    func quote() throws -> Quote {
        try call("quote") { state in
            var quote = state.quote
            for case .receiver(let named) in state.visit?.lines ?? [] { quote.receiver = named }
            for case .confirmed(let sku, let units) in state.visit?.lines ?? [] {
                quote.lines = quote.lines.map { $0.sku == sku ? Self.confirmed(units, $0) : $0 }
            }
            quote.lines = quote.lines.filter { $0.confirmed > 0 }
            return quote
        }
    }
    func checkOut() throws -> CheckedOut {
        try call("checkOut") { state in
            state.visit = nil
            return CheckedOut(result: .complete, order: state.quote.lines.isEmpty ? nil : Sample.orderCard)
        }
    }
    func failVisit(reason: FailedReason, photo: PhotoRef?) throws -> CheckedOut {
        try call("failVisit") { state in
            state.visit = nil
            return CheckedOut(result: .failed, order: nil)
        }
    }
    func keepPhoto(bytes: Data) throws -> PhotoRef {
        try call("keepPhoto") { _ in PhotoRef(sha256: "\(bytes.count)", len: UInt32(bytes.count)) }
    }
    func orderCard(order: OrderId) throws -> OrderCard {
        try call("orderCard") { state in
            if state.elsewhere.contains(order) { throw CoreError.NotFound(reason: "unknown_order") }
            var card = state.card
            card.state = state.orders.first { $0.order == order }?.state ?? card.state
            return card
        }
    }
    func ordersOfToday() throws -> [OrderOfDay] { try call("ordersOfToday") { $0.orders } }
    func amendOrder(order: OrderId, lines: [SkuUnits]) throws -> OrderCard {
        try call("amendOrder") { state in
            let standing = try Self.change("order_amended", order, &state)
            let asked = Dictionary(lines.map { ($0.sku, $0.units) }, uniquingKeysWith: { first, _ in first })
            state.card.lines = state.card.lines.map { Self.asked(asked[$0.sku] ?? 0, $0) }.filter { $0.confirmed > 0 }
            let day = standing?.day ?? state.card.promise.day
            Self.stand(order, .waiting(day: day, late: false), &state)
            return state.card
        }
    }
    /// Known at once, before the server hears of it.
    func cancelOrder(order: OrderId, reason: ReasonCode) throws {
        try call("cancelOrder") { state in
            _ = try Self.change("order_cancelled", order, &state)
            Self.stand(order, .cancelled(cause: .owner), &state)
        }
    }
    func dayReport() throws -> DayReport { try call("dayReport") { $0.report } }
    func closeDay() throws -> DayReport {
        try call("closeDay") {
            $0.report.closed = 1
            return $0.report
        }
    }
    func outbox() throws -> Outbox { try call("outbox") { $0.outbox } }
    func orderSlips(date: BusinessDate) throws -> [OrderSlip] { try call("orderSlips") { $0.slips } }
    func exportJournal() throws -> JournalExport {
        try call("exportJournal") { _ in
            JournalExport(bytes: Data([1]), recoveryCode: "1234-5678-9012", facts: 3, leftOut: 0)
        }
    }
    func importJournal(bytes: Data, code: String) throws -> ImportReport {
        try call("importJournal") { _ in ImportReport(taken: 3, known: 1, differing: 0) }
    }
    func sync() throws -> SyncReport {
        try call("sync") { state in
            Self.answerLate(&state)
            return SyncReport(outcome: state.outcome, progress: Sample.progress)
        }
    }
    func sendPhotos() throws -> SyncReport {
        try call("sendPhotos") { SyncReport(outcome: $0.outcome, progress: Sample.progress) }
    }
    func cancel() throws { try call("cancel") { _ in } }
    func pause() throws { try call("pause") { _ in } }
    func resume() throws { try call("resume") { _ in } }

    /// The word that a count stands goes with its count.
    private static func goes(_ line: Line, with taken: Line) -> Bool {
        guard case .stands(let sku, _) = line, case .count(let row) = taken else { return false }
        return row.sku == sku
    }

    private static func confirmed(_ units: Units, _ line: QuoteLine) -> QuoteLine {
        var line = line
        line.confirmed = units
        return line
    }

    private static func asked(_ units: Units, _ line: OrderCardLine) -> OrderCardLine {
        var line = line
        line.confirmed = units
        return line
    }

    /// Where the order stands. Only one that was taken back is refused; of a delivered one the server says that it is.
    private static func change(_ kind: String, _ order: OrderId, _ state: inout State) throws -> OrderState? {
        var before = state.card
        before.state = state.orders.first { $0.order == order }?.state ?? before.state
        switch before.state {
        case .cancelled?: throw CoreError.Conflict(reason: "order_over")
        case .ended?: state.late.append((kind, before))
        default: break
        }
        return before.state
    }

    private static func stand(_ order: OrderId, _ standing: OrderState?, _ state: inout State) {
        state.card.state = standing
        for place in state.orders.indices where state.orders[place].order == order {
            state.orders[place].state = standing
        }
    }

    /// What came after the delivery counts no more.
    private static func answerLate(_ state: inout State) {
        guard let before = state.late.first?.before else { return }
        let rows = state.late.reversed().map { Sample.record($0.kind, Sample.effect(.alreadyDelivered)) }
        state.outbox.rows = rows + state.outbox.rows
        state.card = before
        stand(before.order, before.state, &state)
        state.late = []
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
