@_exported import Foundation
@_exported import XundianCore

/// The door to the core as the screens use it: that of the bindings, so that a test can stand in for it. Every call
/// blocks: only `Desk` calls it, off the main thread. Errors are `CoreError`.
public typealias Core = RepPhoneProtocol

/// The visit that is open, as a screen beside it knows it.
enum OpenVisit: Sendable {
    case none, unread
    case there(VisitView)

    var view: VisitView? { if case .there(let visit) = self { visit } else { nil } }
    var isUnread: Bool { if case .unread = self { true } else { false } }
}

extension RepPhoneProtocol {
    /// For a screen that is not the visit's own: lines that cannot be read stand in nobody's way. A file that is damaged, or was
    /// closed between two questions, says nothing of a visit.
    func openVisit() throws -> OpenVisit {
        do {
            return try currentVisit().map { .there($0) } ?? .none
        } catch {
            if Failure(error).isDamage || error as? CoreError == .Conflict(reason: "paused") { throw error }
            return .unread
        }
    }
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
