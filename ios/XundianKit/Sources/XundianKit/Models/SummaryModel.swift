import Observation
import XundianCore

/// 6 信息汇总: the day's figures, what is missing and why, what is not on the server; sealed by the rep.
@MainActor
@Observable
public final class SummaryModel: ScreenModel {
    public private(set) var report: DayReport?
    public private(set) var notVisited: [RouteStop] = []
    public private(set) var noOrderReasons: [Reason] = []
    public private(set) var slips: [OrderSlip] = []
    public var isAskingToSeal = false

    /// A later visit makes a new version necessary.
    public var isSealed: Bool { report?.closed != nil }

    public func load() async {
        let found = await load { core in (report: try core.dayReport(), today: try core.today()) }
        guard let found else { return }
        show(found.report, found.today)
        if noOrderReasons.isEmpty { noOrderReasons = await reasons(.noOrder) }
    }

    /// Stores of the route without a visit are asked about first; a complete day is sealed at once.
    public func sealTapped() async {
        if notVisited.isEmpty { await seal() } else { isAskingToSeal = true }
    }

    public func sealAnywayTapped() async {
        isAskingToSeal = false
        await seal()
    }

    /// The day's orders as pages of text, for when no network comes before the cut-off.
    public func slipsTapped() async {
        guard let date = report?.date else { return }
        slips = await answer { try $0.orderSlips(date: date) } ?? []
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
