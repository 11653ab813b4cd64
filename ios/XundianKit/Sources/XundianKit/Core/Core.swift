@_exported import Foundation
@_exported import XundianCore

/// The door to the core as the screens use it, so that a test can stand in for it. Every call blocks: only `Desk`
/// calls it, off the main thread. Errors are `CoreError`.
public protocol Core: AnyObject, Sendable {
    // The phone
    func enrol(server: String, code: String) throws
    /// As `enrol`, with the text of the office's QR.
    func enrolInvited(invitation: String) throws
    func server() throws -> String?
    func rep() throws -> RepNo?
    func isReady() throws -> Bool
    // Route and stores
    func today() throws -> Today
    func storeCard(store: StoreId) throws -> StoreCard
    func searchStores(text: String) throws -> [StoreHit]
    func searchProducts(text: String) throws -> [NamedSku]
    func openStore(opened: NewStore) throws -> StoreId
    /// For whoever comes next; an empty text takes the note away.
    func noteStore(store: StoreId, text: String) throws
    func changeContact(store: StoreId, contact: Contact) throws
    // The visit
    func beginVisit(store: StoreId) throws -> VisitId
    func currentVisit() throws -> VisitView?
    func saveLine(line: Line) throws
    func takeBack(line: Line) throws
    func countItems() throws -> [CountItem]
    func suggestions() throws -> [SuggestionRow]
    func displayStandard() throws -> [Check]
    func competitorItems() throws -> [CompetitorItem]
    func reasons(kind: String) throws -> [Reason]
    func quote() throws -> Quote
    func checkOut() throws -> CheckedOut
    func failVisit(reason: FailedReason, photo: PhotoRef?) throws -> CheckedOut
    func keepPhoto(bytes: Data) throws -> PhotoRef
    // Orders
    func orderCard(order: OrderId) throws -> OrderCard
    func ordersOfToday() throws -> [OrderOfDay]
    func amendOrder(order: OrderId, lines: [SkuUnits]) throws -> OrderCard
    func cancelOrder(order: OrderId, reason: ReasonCode) throws
    // The day and what waits
    func dayReport() throws -> DayReport
    func closeDay() throws -> DayReport
    func outbox() throws -> Outbox
    func orderSlips(date: BusinessDate) throws -> [OrderSlip]
    func exportJournal() throws -> JournalExport
    func importJournal(bytes: Data, code: String) throws -> ImportReport
    // The network, and the phone's sleep
    func sync() throws -> SyncReport
    func sendPhotos() throws -> SyncReport
    func cancel() throws
    func pause() throws
    func resume() throws
}

/// The lists of reasons that the office keeps, by the names of its file.
public enum ReasonKind: String, Sendable, CaseIterable {
    case skipStep = "skip_step"
    case noOrder = "no_order"
    case suggestionOverride = "suggestion_override"
    case failedVisit = "failed_visit"
    case returned = "return"
    case cancel
}
