@_exported import Foundation
@_exported import Dispatch

public struct NWPath: Sendable {
    public enum Status: Sendable { case satisfied, unsatisfied }
    public let status: Status
    public let isConstrained: Bool
}
public final class NWPathMonitor: @unchecked Sendable {
    public init() {}
    public var currentPath: NWPath { NWPath(status: .unsatisfied, isConstrained: false) }
    public var pathUpdateHandler: (@Sendable (NWPath) -> Void)?
    public func start(queue: DispatchQueue) {}
    public func cancel() {}
}
