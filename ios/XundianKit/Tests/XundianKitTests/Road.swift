import Foundation

#if canImport(Darwin)
import Darwin
private let stream = SOCK_STREAM
#elseif canImport(Glibc)
import Glibc
private let stream = Int32(SOCK_STREAM.rawValue)
#endif

/// What lies between a phone and its server.
enum Weather: Sendable {
    case clear, noNetwork, captivePortal, serverError
    /// Nobody answers, and nobody hangs up.
    case silent
    /// The server has answered, and the answer does not arrive.
    case answerHeld
}

/// The way from the phone to the town, which can be bad; as Android's tests have it.
final class Road: @unchecked Sendable {
    struct Blocked: Error {}

    let address: String
    private let townPort: UInt16
    private let door: Int32
    private let lock = NSLock()
    private var today = Weather.clear
    private var waiting = 0

    /// `town` is its address, of this machine.
    init(to town: String) throws {
        guard let port = town.split(separator: ":").last.flatMap({ UInt16($0) }) else { throw Blocked() }
        let made = try Self.makeDoor()
        townPort = port
        door = made.door
        address = "http://127.0.0.1:\(made.port)"
        // A phone that hangs up must not end the tests.
        signal(SIGPIPE, SIG_IGN)
        Thread.detachNewThread { [self] in serveAll() }
    }

    var weather: Weather {
        get { lock.withLock { today } }
        set { lock.withLock { today = newValue } }
    }

    /// Phones that wait, or waited, for an answer that does not come.
    var held: Int { lock.withLock { waiting } }

    /// Whoever waits at the door is woken by it.
    func shut() { _ = shutdown(door, Int32(SHUT_RDWR)) }

    private static func makeDoor() throws -> (door: Int32, port: UInt16) {
        let door = socket(AF_INET, stream, 0)
        var place = Place(port: 0)
        guard door >= 0, place.asked({ bind(door, $0, $1) }), listen(door, 16) == 0 else { throw Blocked() }
        guard place.asked({ address, size in
            var size = size
            return getsockname(door, address, &size)
        }) else { throw Blocked() }
        return (door, place.port)
    }

    private func serveAll() {
        while true {
            let phone = accept(door, nil, nil)
            guard phone >= 0 else { break }
            Thread.detachNewThread { [self] in
                serve(phone)
                _ = close(phone)
            }
        }
        _ = close(door)
    }

    private func serve(_ phone: Int32) {
        switch weather {
        case .clear: pass(phone)
        case .noNetwork: break
        case .captivePortal: answer(phone, "200 OK", "<html>欢迎使用免费无线网</html>")
        case .serverError: answer(phone, "502 Bad Gateway", "<html>bad gateway</html>")
        case .silent: hold(phone)
        case .answerHeld: pass(phone, holdsAnswer: true)
        }
    }

    /// Until the phone hangs up.
    private func hold(_ phone: Int32) {
        countHeld()
        var asked = [UInt8](repeating: 0, count: 65_536)
        while read(phone, &asked, 65_536) > 0 {}
    }

    private func countHeld() { lock.withLock { waiting += 1 } }

    private func pass(_ phone: Int32, holdsAnswer: Bool = false) {
        let town = socket(AF_INET, stream, 0)
        defer { _ = close(town) }
        var place = Place(port: townPort)
        guard town >= 0, place.asked({ connect(town, $0, $1) }) else { return }
        let isUp = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            pump(from: phone, to: town)
            isUp.signal()
        }
        if holdsAnswer {
            var first: UInt8 = 0
            if read(town, &first, 1) > 0 { countHeld() }
        } else {
            pump(from: town, to: phone)
            _ = shutdown(phone, Int32(SHUT_RDWR))
        }
        isUp.wait()
    }

    /// To whatever was asked. The rest of the question is read before the end, else the answer might be lost with it.
    private func answer(_ phone: Int32, _ status: String, _ body: String) {
        var asked = [UInt8](repeating: 0, count: 65_536)
        _ = read(phone, &asked, 65_536)
        let head = "HTTP/1.1 \(status)\r\nContent-Type: text/html\r\nContent-Length: \(body.utf8.count)\r\n"
        let said = Array((head + "Connection: close\r\n\r\n" + body).utf8)
        guard put(said, said.count, into: phone) else { return }
        _ = shutdown(phone, Int32(SHUT_WR))
        while read(phone, &asked, 65_536) > 0 {}
    }
}

/// An address on this machine, as the system's calls want it.
private struct Place {
    private var address = sockaddr_in()

    init(port: UInt16) {
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    }

    var port: UInt16 { UInt16(bigEndian: address.sin_port) }

    /// Whether the call went well.
    mutating func asked(_ call: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32) -> Bool {
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                call(place, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}

private func pump(from source: Int32, to sink: Int32) {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(source, &bytes, 65_536)
        guard count > 0, put(bytes, count, into: sink) else { break }
    }
    _ = shutdown(sink, Int32(SHUT_WR))
}

/// Whether all of it went.
private func put(_ bytes: [UInt8], _ count: Int, into sink: Int32) -> Bool {
    bytes.withUnsafeBytes { raw in
        guard let start = raw.baseAddress else { return false }
        var sent = 0
        while sent < count {
            let more = write(sink, start + sent, count - sent)
            guard more > 0 else { return false }
            sent += more
        }
        return true
    }
}
