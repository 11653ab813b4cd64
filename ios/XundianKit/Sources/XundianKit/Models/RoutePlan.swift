import XundianCore

/// A stop with its place on the plan; its number is that of the list.
public struct PlannedStop: Sendable, Equatable, Identifiable {
    public let number: Int
    public let stop: RouteStop
    public let spot: Spot

    public var id: Int { number }
}

/// 路线图: the route by position, north up, without a map and without a network.
public struct RoutePlan: Sendable, Equatable {
    /// The way from one stop to the next.
    public struct Leg: Sendable, Equatable, Identifiable {
        public let from: PlannedStop
        public let to: PlannedStop

        public var id: Int { from.number }
    }

    public let stops: [PlannedStop]
    public let here: Spot?
    /// Stops that the office has no position of.
    public let unplaced: Int

    public init(_ today: Today) {
        stops = today.stops.enumerated().compactMap { place, stop in
            stop.spot.map { PlannedStop(number: place + 1, stop: stop, spot: $0) }
        }
        here = today.here
        unplaced = today.stops.count - stops.count
    }

    /// A stop without a position is passed over.
    public var legs: [Leg] { zip(stops, stops.dropFirst()).map { Leg(from: $0, to: $1) } }

    /// The store that was tapped, as long as it has a place on the plan.
    public func stop(of store: StoreId?) -> PlannedStop? { stops.first { $0.stop.store == store } }

    /// In the order of drawing: what is still to do lies on top.
    public var drawn: [PlannedStop] {
        stops.filter { $0.stop.state != .toDo } + stops.filter { $0.stop.state == .toDo }
    }
}
