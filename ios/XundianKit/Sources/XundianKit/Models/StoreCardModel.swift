import Observation
import XundianCore

/// 门店卡: what is known before the rep walks in; check-in.
@MainActor
@Observable
public final class StoreCardModel: ScreenModel {
    public let store: StoreId
    public private(set) var card: StoreCard?
    /// The newest order in full, if this phone sealed it and still has it.
    public private(set) var lastOrder: OrderCard?
    /// What was looked for last, whether or not it was found.
    @ObservationIgnored private var looked: LastOrder?
    /// What competitors do around here; the visit confirms it.
    public private(set) var nearby = Nearby()
    /// Another visit is open: it is closed as it stands if the rep goes on.
    public private(set) var otherOpen: VisitView?
    /// The shop of that visit, by name: nobody should seal it unknowing.
    public private(set) var otherName = ""
    /// Lines of an order that go out with it.
    public private(set) var otherGoingOut = 0
    /// A visit is open whose lines cannot be read: no check-in closes it, it has to be ended as failed.
    public private(set) var isVisitUnread = false
    public var isAskingToClose = false
    public private(set) var isCheckedIn = false
    /// The note as it is being written; `nil` = it is not.
    public var noteDraft: String?
    /// The contact as it is being changed; `nil` = it is not.
    public var contactDraft: Contact? { didSet { typed(.owner, .phone, .receiver) } }
    private let locator: (any Locating)?

    public init(desk: Desk, store: StoreId, locator: (any Locating)? = nil) {
        self.store = store
        self.locator = locator
        super.init(desk: desk)
    }

    /// Told in a quiet line: check-in goes on without one.
    public var position: PositionState { locator?.state ?? .seeking }

    public func load() async {
        // Who was never asked for the position is asked here, where it makes sense; once, not at every change.
        if phase == .loading { locator?.warmUp() }
        guard await show() else { return }
        await read(card?.lastOrder)
    }

    private func show() async -> Bool {
        let store = store
        let found = await load { core in
            let card = try core.storeCard(store: store)
            let open = try core.openVisit()
            let other: VisitView? = open.view.flatMap { $0.store == store ? nil : $0 }
            return (
                card: card, other: other, isUnread: open.isUnread, name: other.flatMap { (try? core.storeCard(store: $0.store))?.shop.name },
                goingOut: other?.goingOut(core) ?? 0)
        }
        guard let found else { return false }
        (card, otherOpen, otherName, otherGoingOut) = (found.card, found.other, found.name ?? "", found.goingOut)
        isVisitUnread = found.isUnread
        nearby = await Nearby.of(store, desk)
        phase = .ready
        return true
    }

    /// Once, after the screen is there, and out of the way of taps: days are searched for it.
    private func read(_ last: LastOrder?) async {
        guard last != looked else { return }
        looked = last
        if lastOrder?.order != last?.order { lastOrder = nil }
        guard let last else { return }
        let order = last.order
        var found: OrderCard?
        do {
            found = try await desk.search { try $0.orderCard(order: order) }
        } catch CoreError.NotFound(_) {
            // It was sealed on another phone, or is too old.
        } catch {
            if looked == last { looked = nil }
        }
        if card?.lastOrder == last { lastOrder = found }
    }

    /// It may be changed there.
    public func lastOrderOpened() { looked = nil }

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

    // MARK: What the rep knows better

    public func noteTapped() { write(note: card?.note?.text ?? "") }
    public func noteDropped() { write(note: nil) }

    /// An empty text takes the note away.
    public func noteSaved() async {
        guard let draft = noteDraft else { return }
        let (store, text) = (store, trimmed(draft))
        let isSaved = await save(text != card?.note?.text ?? "") { try $0.noteStore(store: store, text: text) }
        if isSaved { noteDraft = nil }
    }

    public func noteRemoved() async {
        noteDraft = ""
        await noteSaved()
    }

    public var hasContact: Bool { card.map { $0.contact != Contact(owner: "", phone: "", receiver: "") } ?? false }

    public func contactTapped() { write(contact: card?.contact) }
    public func contactDropped() { write(contact: nil) }

    public func contactSaved() async {
        guard let draft = contactDraft else { return }
        let contact = Contact(
            owner: trimmed(draft.owner), phone: trimmed(draft.phone), receiver: trimmed(draft.receiver))
        let store = store
        let isSaved = await save(contact != card?.contact) { try $0.changeContact(store: store, contact: contact) }
        if isSaved { contactDraft = nil }
    }

    private func write(note: String?) {
        noteDraft = note
        failureDismissed()
    }

    private func write(contact: Contact?) {
        contactDraft = contact
        failureDismissed()
    }

    /// Gives whether the editor may close. What did not change is no news for the office.
    private func save(_ isNews: Bool, _ deed: @escaping @Sendable (any Core) throws -> Void) async -> Bool {
        guard isNews else { return true }
        guard await answerOnce(deed) != nil else { return false }
        // The editor does not wait for the order.
        _ = await show()
        return true
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    private func checkIn() async {
        let store = store
        let visit = await answerOnce { try $0.beginVisit(store: store) }
        isCheckedIn = visit != nil
    }
}
