import Foundation
import Testing

@testable import XundianKit

/// What ios/test.sh says of the town; `nil` = nothing.
func given(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
}

/// A file of tests/vectors, which the tests of all languages share.
func vector(_ name: String) throws -> String {
    try String(contentsOfFile: "\(try #require(given("XUNDIAN_VECTORS")))/\(name)", encoding: .utf8)
}

/// A phone in the town; its app dies whenever a test says so.
struct TownPhone {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)

    /// As after a kill: a new object on the same file, some milliseconds later by both clocks.
    func reopened(later: Int64 = 0, keys: any KeyStore = Turned()) throws -> Desk {
        let wall = try given("XUNDIAN_WALL_MS").flatMap { Int64($0) } ?? PhoneClocks().wallMs()
        return Desk(core: try RealCore.open(folder: folder, clocks: SetClocks(wall, later: later), keys: keys))
    }

    func thrownAway() { try? FileManager.default.removeItem(at: folder) }
}

/// A key store that turns each bit.
final class Turned: KeyStore {
    func wrap(secret: Data) throws -> Data { Data(secret.map { ~$0 }) }
    func unwrap(wrapped: Data) throws -> Data { try wrap(secret: wrapped) }
}

/// The key store of another phone: what it did not wrap itself it cannot open.
final class Marked: KeyStore {
    func wrap(secret: Data) throws -> Data { Data([7]) + Data(secret.map { $0 ^ 7 }) }

    func unwrap(wrapped: Data) throws -> Data {
        guard wrapped.count == 33, wrapped.first == 7 else {
            throw ShellError.Failed(reason: "not in the key store of this phone")
        }
        return Data(wrapped.dropFirst().map { $0 ^ 7 })
    }
}

/// The demo's time: it stands where it is told to and runs on with the machine.
final class SetClocks: Clocks {
    private let offset: Int64
    private let later: Int64
    private let real = PhoneClocks()

    init(_ wall: Int64, later: Int64) {
        offset = wall - ((try? PhoneClocks().wallMs()) ?? 0) + later
        self.later = later
    }

    func wallMs() throws -> Int64 { try real.wallMs() + offset }
    func sinceBootMs() throws -> Int64 { try real.sinceBootMs() + later }
    func bootId() throws -> String { try real.bootId() }
}
