@_exported import Foundation
@_exported import XundianCore

/// The door to the core as the screens use it: that of the bindings, so that a test can stand in for it. Every call
/// blocks: only `Desk` calls it, off the main thread. Errors are `CoreError`.
public typealias Core = RepPhoneProtocol

/// The lists of reasons that the office keeps, by the names of its file.
public enum ReasonKind: String, Sendable, CaseIterable {
    case skipStep = "skip_step"
    case noOrder = "no_order"
    case suggestionOverride = "suggestion_override"
    case failedVisit = "failed_visit"
    case returned = "return"
    case cancel
}
