import Observation
import XundianCore

/// 门店卡: what is known before the rep walks in; check-in.
@MainActor
@Observable
public final class StoreCardModel: ScreenModel {
    public let store: StoreId
    public private(set) var card: StoreCard?
    /// Facts to look out for here; the visit confirms them.
    public private(set) var seen: [CompetitorItem] = []
    /// Another visit is open: it is closed as it stands if the rep goes on.
    public private(set) var otherOpen: VisitView?
    public var isAskingToClose = false
    public private(set) var isCheckedIn = false

    public init(desk: Desk, store: StoreId) {
        self.store = store
        super.init(desk: desk)
    }

    public func load() async {
        let store = store
        let found = await load { core in (card: try core.storeCard(store: store), open: try core.currentVisit()) }
        guard let found else { return }
        card = found.card
        otherOpen = found.open.flatMap { $0.store == store ? nil : $0 }
        seen = (try? await desk.ask { try $0.competitorItems() }) ?? []
        phase = .ready
    }

    public func checkInTapped() async {
        if otherOpen != nil {
            isAskingToClose = true
        } else {
            await checkIn()
        }
    }

    public func closeOtherTapped() async {
        isAskingToClose = false
        await checkIn()
    }

    private func checkIn() async {
        let store = store
        let visit = await answerOnce { try $0.beginVisit(store: store) }
        isCheckedIn = visit != nil
    }
}
