import Observation
import XundianCore

/// 今日路线: the stores of the day in order, their promises and orders, and what the server does not have.
@MainActor
@Observable
public final class TodayModel: ScreenModel {
    public private(set) var today: Today?
    public private(set) var orders: [OrderOfDay] = []
    /// The visit that is open, also after the app died in it.
    public private(set) var open: VisitView?
    /// A visit is open whose lines cannot be read: it can be ended as failed.
    private var isUnread = false
    /// The shop of the open visit where it is not on the route: no stop shows it.
    public private(set) var openElsewhere: String?

    public let sync: SyncModel
    private let locator: (any Locating)?

    public init(desk: Desk, sync: SyncModel, locator: (any Locating)? = nil) {
        self.sync = sync
        self.locator = locator
        super.init(desk: desk)
    }

    public var stops: [RouteStop] { today?.stops ?? [] }
    public var unsent: UInt64 { today?.unsent ?? 0 }
    /// Records of these days of which the server said that nothing takes effect.
    public var refused: UInt64 { today?.refused ?? 0 }
    public var doneCount: Int { stops.count { $0.state != .toDo && $0.state != .visiting } }

    /// The first store that is not begun: the big button leads to it.
    public var next: RouteStop? { stops.first { $0.state == .visiting } ?? stops.first { $0.state == .toDo } }

    /// Nothing is here yet: why the first pull did not come says more than that.
    public var notPulled: Failure? {
        guard today == nil, case .failed(let failure) = phase, failure.key == .errorNotPulled else { return nil }
        return sync.problem
    }

    /// 路线图; nothing to draw before the route is here.
    public var plan: RoutePlan? { today.map { RoutePlan($0) } }

    /// The newest order of a store of the route, for its four-state light.
    public func order(of store: StoreId) -> OrderOfDay? { orders.last { $0.store == store } }

    /// Counts up when a fix came: the distances are read anew.
    public var fixes: Int { locator?.fixes ?? 0 }

    /// The route is opened: one fix for its distances.
    public func appeared() { locator?.look() }

    public func load() async {
        let found = await load { core in
            let (today, open) = (try core.today(), try core.openVisit())
            return (
                today: today, orders: try core.ordersOfToday(), open: open,
                elsewhere: Self.elsewhere(open, today, core))
        }
        guard let found else { return }
        (today, orders, open, isUnread) = (found.today, found.orders, found.open.view, found.open.isUnread)
        openElsewhere = found.elsewhere
        phase = found.today.stops.isEmpty && found.elsewhere == nil ? .empty : .ready
    }

    /// The shop of the visit that is open, where no stop shows it; one that cannot be read does not say which.
    nonisolated private static func elsewhere(_ open: OpenVisit, _ today: Today, _ core: any Core) -> String? {
        switch open {
        case .none: return nil
        case .unread: return today.stops.contains { $0.state == .visiting } ? nil : ""
        case .there(let visit):
            if today.stops.contains(where: { $0.store == visit.store }) { return nil }
            return (try? core.storeCard(store: visit.store))?.shop.name ?? ""
        }
    }

    /// Where a tap on a store leads: back into its visit, else to its card.
    public func route(to store: StoreId) -> Route {
        let isHere = open?.store == store || (isUnread && stops.contains { $0.store == store && $0.state == .visiting })
        return isHere ? .visit : .card(store)
    }

    public func syncTapped() async {
        await sync.occasion(.tapped)
        await load()
    }
}
