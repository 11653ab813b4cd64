import Observation
import XundianCore

/// The newest order of a shop on the route, of an earlier day; its lines are on this phone.
public struct EarlierOrder: Sendable, Equatable {
    public let order: OrderId
    public let storeName: String
    public let state: OrderState
    public let light: OrderLight
    public let moved: MovedDay?
}

/// A shop of the route in which nothing was counted.
public struct MissedStop: Sendable, Equatable {
    public let store: StoreId
    public let storeName: String
    public let why: WhyMissing
}

/// 6 信息汇总: the day's figures, what is missing and why, what is not on the server; sealed by the rep.
@MainActor
@Observable
public final class SummaryModel: ScreenModel {
    public private(set) var report: DayReport?
    public private(set) var missing: [MissedStop] = []
    /// For which a count was left out.
    public private(set) var skipReasons: [Reason] = []
    /// The day's orders, those of stores beside the route and those that were taken back too.
    public private(set) var orders: [OrderOfDay] = []
    public private(set) var noOrderReasons: [Reason] = []
    public private(set) var slips: [OrderSlip] = []
    /// The slip whose QR codes are on the screen; `nil` = none is.
    public private(set) var pages: SlipPages?
    /// The shop whose visit is not over: nothing of it is in the figures.
    public private(set) var openVisit: String?
    public var isAskingToSeal = false
    /// What became of the order before, in every shop of the route; `nil` = nobody asked, or they are being looked for.
    public private(set) var earlier: [EarlierOrder]?
    /// Somebody asked for them.
    public private(set) var isShowingEarlier = false
    /// The days that the orders promised; an order keeps its own, so it is asked for once.
    private var promises: [OrderId: BusinessDate] = [:]
    /// Orders of another phone, or older than this one keeps: not looked for again.
    @ObservationIgnored private var elsewhere: Set<OrderId> = []
    /// Searches by number: an answer that comes after a later one is old.
    @ObservationIgnored private var searches = 0

    /// A later visit makes a new version necessary.
    public var isSealed: Bool { report?.closed != nil }
    /// Shops in which nobody was; of the others the reason is known, or the rep is in one.
    public var notBegun: Int { missing.filter { $0.why == .notBegun }.count }
    /// Records that the server does not have.
    public var unsent: UInt64 { report?.unsent ?? 0 }
    /// It comes on another day than was agreed.
    public func moved(_ order: OrderOfDay) -> MovedDay? {
        promises[order.order].flatMap { MovedDay.of($0, order.state) }
    }

    public func load() async {
        let found = await load { core in
            let (open, today) = (try core.openVisit(), try core.today())
            return (
                report: try core.dayReport(), today: today, orders: try core.ordersOfToday(),
                shop: Self.shop(of: open, today, core))
        }
        guard let found else { return }
        (orders, openVisit) = (found.orders, found.shop)
        show(found.report, found.today)
        await slipsAgain()
        if noOrderReasons.isEmpty { noOrderReasons = await reasons(.noOrder) }
        if skipReasons.isEmpty { skipReasons = await reasons(.skipStep) }
        await readPromises()
        // An order may have changed, here or by the server's word.
        if isShowingEarlier { await seek() }
    }

    /// Its name, empty where nobody knows it; `nil` = no visit is open.
    nonisolated private static func shop(of open: OpenVisit, _ today: Today, _ core: any Core) -> String? {
        switch open {
        case .none: nil
        case .unread: today.stops.first { $0.state == .visiting }?.name ?? ""
        case .there(let visit): (try? core.storeCard(store: visit.store))?.shop.name ?? ""
        }
    }

    // MARK: Earlier orders

    /// Days are searched for each shop, so only when somebody asks.
    public func showEarlier() async {
        guard !isShowingEarlier else { return }
        isShowingEarlier = true
        failureDismissed()
        await seek()
    }

    /// Out of the way of taps and shop by shop. What was found stays until there is something newer.
    private func seek() async {
        searches += 1
        let mine = searches
        do {
            let found = try await foundEarlier()
            if mine == searches { earlier = found }
        } catch {
            guard mine == searches, earlier == nil else { return }
            isShowingEarlier = false
            refuse(Failure(error))
        }
    }

    private func foundEarlier() async throws -> [EarlierOrder] {
        let day = try await desk.search { core in
            (stops: try core.today().stops, ofToday: Set(try core.ordersOfToday().map(\.order)))
        }
        var found: [EarlierOrder] = []
        for stop in day.stops {
            if let order = try await lookUp(stop, beside: day.ofToday) { found.append(order) }
        }
        return found
    }

    private func lookUp(_ stop: RouteStop, beside ofToday: Set<OrderId>) async throws -> EarlierOrder? {
        let store = stop.store
        guard let last = try await desk.search({ try $0.storeCard(store: store).lastOrder }),
            !ofToday.contains(last.order), let promised = try await promise(of: last.order)
        else { return nil }
        return EarlierOrder(
            order: last.order, storeName: stop.name, state: last.state, light: last.light,
            moved: MovedDay.of(promised, last.state))
    }

    /// The server also tells of orders that were taken on another phone, or longer ago than this one keeps them.
    private func promise(of order: OrderId) async throws -> BusinessDate? {
        if elsewhere.contains(order) { return nil }
        if let known = promises[order] { return known }
        do {
            promises[order] = try await desk.search { try $0.orderCard(order: order).promise.day }
        } catch CoreError.NotFound(_) {
            elsewhere.insert(order)
        }
        return promises[order]
    }

    /// After the screen is there, and out of the way of taps: days are searched for each.
    private func readPromises() async {
        let wanted = orders.filter { $0.state?.day != nil && promises[$0.order] == nil }.map(\.order)
        guard !wanted.isEmpty else { return }
        let cards = (try? await desk.search { core in wanted.compactMap { try? core.orderCard(order: $0) } }) ?? []
        for card in cards { promises[card.order] = card.promise.day }
    }

    /// What is left of the day is asked about first; a complete one is sealed at once.
    public func sealTapped() async {
        if notBegun == 0 && openVisit == nil && unsent == 0 { await seal() } else { isAskingToSeal = true }
    }

    public func sealAnywayTapped() async {
        isAskingToSeal = false
        await seal()
    }

    /// The day's orders as texts and as pages of QR codes, for when no network comes before the cut-off.
    public func slipsTapped() async {
        guard let date = report?.date else { return }
        show(await answer { try $0.orderSlips(date: date) } ?? [])
    }

    public func codesTapped(_ slip: OrderSlip) { pages = SlipPages(slip) }
    public func nextPageTapped() { pages?.next() }
    public func pageBackTapped() { pages?.back() }
    public func codesDropped() { pages = nil }

    /// Pages that are on the screen must not hold an order that was changed or cancelled since.
    private func slipsAgain() async {
        guard !slips.isEmpty, let date = report?.date else { return }
        show((try? await desk.ask { try $0.orderSlips(date: date) }) ?? [])
    }

    private func show(_ slips: [OrderSlip]) {
        self.slips = slips
        pages = pages.flatMap { shown in
            slips.first { $0.distributor == shown.slip.distributor }.map { shown.following($0) }
        }
    }

    private func seal() async {
        let found = await answerOnce { core in (report: try core.closeDay(), today: try core.today()) }
        guard let found else { return }
        show(found.report, found.today)
    }

    private func show(_ report: DayReport, _ today: Today) {
        self.report = report
        let names = Dictionary(today.stops.map { ($0.store, $0.name) }, uniquingKeysWith: { first, _ in first })
        missing = report.missing.compactMap { missed in
            names[missed.store].map { MissedStop(store: missed.store, storeName: $0, why: missed.why) }
        }
        phase = .ready
    }
}
