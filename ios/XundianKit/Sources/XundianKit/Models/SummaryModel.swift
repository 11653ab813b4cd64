import Observation
import XundianCore

/// 6 信息汇总: the day's figures, what is missing and why, what is not on the server; sealed by the rep.
@MainActor
@Observable
public final class SummaryModel: ScreenModel {
    public private(set) var report: DayReport?
    public private(set) var notVisited: [RouteStop] = []
    /// The day's orders, those of stores beside the route and those that were taken back too.
    public private(set) var orders: [OrderOfDay] = []
    public private(set) var noOrderReasons: [Reason] = []
    public private(set) var slips: [OrderSlip] = []
    /// The slip whose QR codes are on the screen; `nil` = none is.
    public private(set) var pages: SlipPages?
    /// The shop whose visit is not over: nothing of it is in the figures.
    public private(set) var openVisit: String?
    public var isAskingToSeal = false
    /// The days that the orders promised; an order keeps its own, so it is asked for once.
    private var promises: [OrderId: BusinessDate] = [:]

    /// A later visit makes a new version necessary.
    public var isSealed: Bool { report?.closed != nil }
    /// Records that the server does not have.
    public var unsent: UInt64 { report?.unsent ?? 0 }
    /// It comes on another day than was agreed.
    public func moved(_ order: OrderOfDay) -> MovedDay? {
        promises[order.order].flatMap { MovedDay.of($0, order.state) }
    }

    public func load() async {
        let found = await load { core in
            let visit = try core.currentVisit()
            return (
                report: try core.dayReport(), today: try core.today(), orders: try core.ordersOfToday(),
                shop: visit.map { (try? core.storeCard(store: $0.store))?.shop.name ?? "" })
        }
        guard let found else { return }
        (orders, openVisit) = (found.orders, found.shop)
        show(found.report, found.today)
        await slipsAgain()
        if noOrderReasons.isEmpty { noOrderReasons = await reasons(.noOrder) }
        await readPromises()
    }

    /// After the screen is there, and out of the way of taps: days are searched for each.
    private func readPromises() async {
        let wanted = orders.filter { $0.state?.day != nil && promises[$0.order] == nil }.map(\.order)
        guard !wanted.isEmpty else { return }
        let cards = (try? await desk.send { core in wanted.compactMap { try? core.orderCard(order: $0) } }) ?? []
        for card in cards { promises[card.order] = card.promise.day }
    }

    /// What is left of the day is asked about first; a complete one is sealed at once.
    public func sealTapped() async {
        if notVisited.isEmpty && openVisit == nil && unsent == 0 { await seal() } else { isAskingToSeal = true }
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
        let missing = Set(report.notVisited)
        notVisited = today.stops.filter { missing.contains($0.store) }
        phase = .ready
    }
}
