import XundianCore

/// What competitors do around a store, for whoever is about to walk in: what colleagues saw, or else what the office
/// wants looked out for.
public struct Nearby: Sendable, Equatable {
    public var seen: [SeenAround] = []
    public var lookOut: [CompetitorItem] = []

    /// The visit has the others.
    private static let most = 3

    public var isEmpty: Bool { seen.isEmpty && lookOut.isEmpty }

    /// A store card is worth reading without it, so a door that fails has nothing to tell.
    @MainActor
    static func of(_ store: StoreId, _ desk: Desk) async -> Nearby {
        let seen = (try? await desk.ask { try $0.seenAround(store: store) }) ?? []
        if !seen.isEmpty { return Nearby(seen: Array(hereFirst(seen).prefix(most))) }
        return Nearby(lookOut: (try? await desk.ask { try $0.competitorItems() }) ?? [])
    }

    private static func hereFirst(_ seen: [SeenAround]) -> [SeenAround] {
        seen.sorted { ($0.here ? 1 : 0, $0.stores) > ($1.here ? 1 : 0, $1.stores) }
    }
}
