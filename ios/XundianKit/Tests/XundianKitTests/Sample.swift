import Foundation
import XundianKit

/// Records to test with; each builder sets what a test is about.
enum Sample {
    static let store1 = UUID(uuidString: "01981000-0000-7000-8000-000000000001")!
    static let store2 = UUID(uuidString: "01981000-0000-7000-8000-000000000002")!
    /// Not on the route.
    static let store3 = UUID(uuidString: "01981000-0000-7000-8000-000000000003")!
    static let visitId = UUID(uuidString: "01981000-0000-7000-8000-00000000000a")!
    static let orderId = UUID(uuidString: "01981000-0000-7000-8000-00000000000b")!
    static let progress = XundianCore.Progress(recordsUp: 1, rowsDown: 2, bytesUp: 3, bytesDown: 4, requests: 5)

    static func stop(_ store: StoreId, _ name: String, _ state: StopState = .toDo, spot: Spot? = nil) -> RouteStop {
        RouteStop(
            store: store, name: name, address: "江西路1号", class: .b, substitute: false, state: state, promise: .short,
            spot: spot, distanceM: 1_240)
    }

    static let today = Today(
        date: "2026-07-27", stops: [stop(store1, "利民超市", .done(.complete)), stop(store2, "小李便利店")], unsent: 2,
        refused: 0, here: nil)

    static func shop(backroom: Bool = false, cooler: Bool = false) -> Store {
        Store(
            id: store1, number: "S0001", name: "利民超市", channel: .grocery, class: .b, street: "370202001",
            address: "江西路1号", distributor: "D01", frequency: .weekly, receivingHours: "08:30-11:30", terms: .cash,
            creditLimit: 0, outstanding: 0, priceList: "PL1", mustSellList: "MS1", hasCooler: cooler,
            hasBackroom: backroom, openedBy: nil, status: .approved)
    }

    /// A core in the middle of a visit, with what was said in it.
    static func visiting(_ lines: [Line] = []) -> FakeCore {
        FakeCore { $0.visit = visit(store1, lines: lines) }
    }

    /// 27 July 2026, 08:00 in China.
    static let at: Millis = 1_785_110_400_000

    /// Not among the rows of the count, nor on the order.
    static let hit = ProductHit(sku: "22070012", name: "冰红茶 500ml", case: 15, pack: 15)

    static let contact = Contact(owner: "店主", phone: "000", receiver: "收货人")

    static func note(_ text: String, rep: RepNo = "ZY01") -> StoreNote {
        StoreNote(text: text, rep: rep, date: "2026-07-27", at: at)
    }

    static func card(
        _ shop: Store, contact: Contact = contact, note: StoreNote? = nil, lastOrder: LastOrder? = nil
    ) -> StoreCard {
        StoreCard(
            shop: shop, contact: contact, note: note, lastCounts: nil, lastOrder: lastOrder, promise: .short,
            lastDelivery: [], mustSellGaps: [], newProducts: [])
    }

    static func visit(_ store: StoreId, lines: [Line] = []) -> VisitView {
        let stamp = Stamp(wall: at, monoMs: 0, boot: visitId, serverOffsetMs: nil)
        return VisitView(visit: visitId, store: store, checkIn: stamp, lines: lines)
    }

    static func item(
        _ sku: Sku, category: String = "方便面", last: Units? = nil, entered: CountRow? = nil,
        question: Question? = nil, asksExpiry: Bool = false, awaited: [Awaited] = []
    ) -> CountItem {
        CountItem(
            sku: sku, name: "红烧牛肉面", category: category, case: 24, last: last, entered: entered,
            question: question, asksExpiry: asksExpiry, didItCome: awaited)
    }

    static func counted(_ sku: Sku, _ units: Units) -> CountRow {
        CountRow(
            sku: sku, entry: .typed, shelf: .counted(units), backroom: .notCounted, cooler: .notCounted, expiry: nil)
    }

    static let inputs = Inputs(previous: nil, countNow: 8, inTransit: 0, cycleDays: 7)

    static func why(safety: UnitsDelta = 9, inTransit: Units = 0, weeklyTenths: UInt32 = 260) -> Why {
        Why(
            policy: .oneAndAHalf, fallback: nil, weeklyTenths: weeklyTenths, days: 8, expected: 30, safety: safety,
            atHand: 8, inTransit: inTransit, outOfStock: false, limit: nil, suggest: 31, quantity: 36)
    }

    static func row(
        _ sku: Sku, suggested: Units?, why: Why? = Sample.why(), advice: Advice? = nil, declined: Declined? = nil
    ) -> SuggestionRow {
        let suggestion = Suggestion(
            sold: 26, outOfStock: false, weeklyTenths: 260, target: 39, limit: nil, suggest: 31, quantity: 36)
        return SuggestionRow(
            sku: sku, name: "红烧牛肉面", case: 12, pack: 12, isNew: false, inputs: inputs, coefficient: 150,
            spoke: .oneAndAHalf, fallback: nil, advice: advice ?? .suggest(suggestion), shadow: nil, why: why, gap: nil,
            opening: nil, declined: declined, suggested: suggested)
    }

    /// Without an opening: nothing was sold because nothing was there, and the policy's nought is no answer.
    static func gap(_ sku: Sku, _ gap: Gap = .mustSell, countNow: Units = 0, inTransit: Units = 0) -> SuggestionRow {
        let nought = Suggestion(
            sold: 0, outOfStock: true, weeklyTenths: 0, target: 0, limit: nil, suggest: 0, quantity: 0)
        var row = Self.row(sku, suggested: nil, why: nil, advice: .suggest(nought))
        row.gap = gap
        row.inputs = Inputs(previous: nil, countNow: countNow, inTransit: inTransit, cycleDays: 7)
        return row
    }

    static func check(_ no: UInt32, needsCooler: Bool = false, unit: CheckUnit = .piece) -> Check {
        Check(
            no: no, code: "END_CAP", nameZh: "端架", nameEn: "end cap", minValue: 1, unit: unit, weight: 20,
            photoRequired: true, needsCooler: needsCooler)
    }

    static func competitor(_ brand: String, _ item: String, _ kind: FactKind, _ example: String) -> CompetitorItem {
        CompetitorItem(brand: brand, item: item, kind: kind, example: example)
    }

    static func seen(
        _ brand: String, _ item: String, _ kind: FactKind, _ value: String, from: BusinessDate? = nil,
        to: BusinessDate? = nil, stores: UInt32, here: Bool = false
    ) -> SeenAround {
        SeenAround(
            brand: brand, item: item, kind: kind, value: value, from: from, to: to, stores: stores, since: "2026-07-20",
            last: "2026-07-26", here: here)
    }

    /// The first is on the office's list too and ends, the second stands in this very shop.
    static let around = [
        seen("统一", "老坛酸菜", .promotion, "10搭1", from: "2026-07-20", to: "2026-08-31", stores: 12),
        seen("今麦郎", "大今野", .price, "2.8", stores: 5, here: true),
        seen("白象", "大骨面", .newProduct, "端架试吃", stores: 3),
    ]

    /// A PNG of eight by four.
    static let picture = Data(
        base64Encoded: "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAECAIAAAA8r+mnAAAATklEQVR42g3JMQEAMQgEwZcSCZSUKyElEpBxMpBAiQxkfaad7xhu"
            + "XCMNGWWMscZ3Ag9ukIGCCibYeCFcXJFCosSI1YvGm9tko6aaabb5AUO+JAFe9HCWAAAAAElFTkSuQmCC")!

    static func line(
        _ sku: Sku = "21010019", intended: Units = 36, confirmed: Units = 36, case size: CaseSize = 24, pack: Pack = 24
    ) -> QuoteLine {
        QuoteLine(
            sku: sku, name: "红烧牛肉面", intended: intended, confirmed: confirmed, case: size, pack: pack, casePrice: 4600,
            amount: 6900, discounted: [])
    }

    static func quote(_ lines: [QuoteLine] = [line()]) -> Quote {
        Quote(
            lines: lines, gifts: [], cuts: 0, promos: [], missing: [PromoMissing(promo: "P2601", missing: .amount(3600))],
            promoNames: [PromoName(promo: "P2601", name: "满500减30")], hints: [], total: 6900, pickUps: [], unpriced: [], unavailable: [],
            promise: Promise(day: "2026-07-28", window: "08:30-11:30"), days: ["2026-07-28", "2026-07-29", "2026-08-03"],
            windows: ["08:30-11:30"], payment: .cash, paymentForms: [.cash, .weChat], receiver: Receiver(name: "收货人", phone: "000"))
    }

    static let pickUps = [NamedUnits(sku: "22070012", name: "冰红茶", units: 3, case: 15)]

    static let streets = [
        Street(code: "370202001", name: "香港中路街道", district: "市南区", stores: 6, distanceM: 137),
        Street(code: "370202004", name: "云南路街道", district: "市南区", stores: 1, distanceM: nil),
    ]

    static func orderLine(_ sku: Sku = "21010019", pack: Pack = 24) -> OrderCardLine {
        OrderCardLine(sku: sku, name: "红烧牛肉面", confirmed: 36, case: 24, pack: pack, amount: 6900)
    }

    static let orderCard = OrderCard(
        order: orderId, store: store1, storeName: "利民超市", state: nil, light: .onServer, lines: [orderLine()],
        gifts: [NamedUnits(sku: "22070012", name: "冰红茶", units: 1, case: 15)], pickUps: [], cuts: 100, total: 6800,
        promise: Promise(day: "2026-07-28", window: nil), payment: .weChat, code: "0427", qr: "XD1")

    static func slip(_ pages: [String] = [], of distributor: DistributorNo? = "D01", text: String = "") -> OrderSlip {
        OrderSlip(distributor: distributor, orders: 3, text: text, pages: pages)
    }

    static func order(_ state: OrderState?, light: OrderLight = .onServer) -> OrderOfDay {
        OrderOfDay(
            order: orderId, store: store1, storeName: "利民超市", units: 36, total: 6800, light: light, state: state)
    }

    /// What the server says of the sample order; its card says 28 July.
    static func effect(_ went: Went, insteadOf day: BusinessDate? = nil) -> OrderEffect {
        OrderEffect(order: orderId, went: went, insteadOf: day)
    }

    static func record(
        _ kind: String, _ effect: OrderEffect?, dseq: UInt64 = 7, storeName: String? = "利民超市", at: Millis = at
    ) -> OutboxRow {
        OutboxRow(
            id: UUID(), dseq: dseq, kind: kind, at: at, verdict: effect.map { Verdict.applied(order: $0, flags: []) }, photos: 0,
            storeName: storeName)
    }

    static func answered(_ rows: [OutboxRow]) -> Outbox {
        Outbox(rows: rows, unsent: 0, photos: PhotosPending(count: 0, bytes: 0, lost: 0), lastContact: nil)
    }

    static func report(
        missing: [MissingStore] = [MissingStore(store: store2, why: .notBegun)], unsent: UInt64 = 2
    ) -> DayReport {
        DayReport(
            date: "2026-07-27",
            summary: DaySummary(
                planned: 2, visited: 1, failed: 0, effective: 1, lines: 1, cases: 1, looseUnits: 12, amount: 6900,
                gifts: 1, newStores: 0, noOrder: ["no_time": 1], competitorFacts: 1),
            missing: missing, unsent: unsent, closed: nil)
    }

    static let outbox = Outbox(
        rows: [
            OutboxRow(id: orderId, dseq: 7, kind: "visit_closed", at: at, verdict: nil, photos: 1, storeName: "利民超市")
        ],
        unsent: 1,
        photos: PhotosPending(count: 1, bytes: 2_340_000, lost: 0), lastContact: nil)

    /// The keys that these tests let replace each other.
    static func sameKey(_ a: Line, _ b: Line) -> Bool {
        switch (a, b) {
        case (.count(let a), .count(let b)): a.sku == b.sku
        case (.intention(let a, _, _), .intention(let b, _, _)): a == b
        case (.check(let a), .check(let b)): a.no == b.no
        case (.deliverySeen(let a), .deliverySeen(let b)): a.order == b.order
        case (.facings(let a), .facings(let b)): a.category == b.category
        case (.confirmed(let a, _), .confirmed(let b, _)): a == b
        case (.inflow(let a), .inflow(let b)): a.sku == b.sku && a.source == b.source
        case (.outflow(let a), .outflow(let b)): a.sku == b.sku
        case (.pickUp(let a), .pickUp(let b)): a.sku == b.sku
        case (.finished(let a), .skip(let b, _)), (.skip(let a, _), .finished(let b)): a == b
        case (.competitor(let a), .competitor(let b)):
            a.brand == b.brand && a.item == b.item && a.kind == b.kind && a.value == b.value
        case (.popPlaced, .popPlaced), (.promise, .promise), (.payment, .payment), (.noOrder, .noOrder),
            (.receiver, .receiver): true
        default: a == b
        }
    }
}
