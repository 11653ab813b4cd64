// Written by `cargo xtask bindings` from the protocol that it stands in for.

import Foundation
import Testing
import XundianCore

/// A Shop for tests: each door gives the answer that was set for it, and fails the test with its name where none was.
class FakeShop: ShopProtocol, @unchecked Sendable {
    struct NoAnswer: Error, CustomStringConvertible {
        let door: String
        var description: String { "no answer was set for the door \(door)" }
    }

    private let lock = NSLock()
    private var _calls: [String] = []

    /// The doors that were opened, in their order.
    var calls: [String] { lock.withLock { _calls } }

    /// Comes before every answer; what it throws is said in the answer's place.
    func called(_ door: String) throws {
        lock.withLock { _calls.append(door) }
    }

    private var _onClose: @Sendable () throws -> Void = { throw unset("close") }
    var onClose: @Sendable () throws -> Void {
        get { lock.withLock { _onClose } }
        set { lock.withLock { _onClose = newValue } }
    }

    func close() throws -> Void {
        try called("close")
        return try onClose()
    }

    private var _onOpen: @Sendable (_ `with`: String) throws -> BusinessDate? = { _ in throw unset("open") }
    var onOpen: @Sendable (_ `with`: String) throws -> BusinessDate? {
        get { lock.withLock { _onOpen } }
        set { lock.withLock { _onOpen = newValue } }
    }

    func open(`with`: String) throws -> BusinessDate? {
        try called("open")
        return try onOpen(`with`)
    }

    private var _onStops: @Sendable (_ by: [String: [Int64]], _ most: UInt32?) throws -> [Stop] = { _, _ in throw unset("stops") }
    var onStops: @Sendable (_ by: [String: [Int64]], _ most: UInt32?) throws -> [Stop] {
        get { lock.withLock { _onStops } }
        set { lock.withLock { _onStops = newValue } }
    }

    func stops(by: [String: [Int64]], most: UInt32?) throws -> [Stop] {
        try called("stops")
        return try onStops(by, most)
    }
}

/// Recorded as well as thrown: who opened the door may swallow what is thrown.
private func unset(_ door: String) -> FakeShop.NoAnswer {
    let why = FakeShop.NoAnswer(door: door)
    Issue.record(why)
    return why
}
