import XundianCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#endif

/// The wall clock, which anybody can set, and the clock since boot, which nobody can.
public final class PhoneClocks: Clocks {
    private let boot: String

    public init() {
        // An unknown boot gets an id of this process alone: the server's time is then asked again, never guessed.
        boot = Self.systemBootId() ?? UUID().uuidString.lowercased()
    }

    public func wallMs() throws -> Int64 {
        Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))
    }

    /// Counts while the phone sleeps, else the server's time would fall behind over a night.
    public func sinceBootMs() throws -> Int64 {
        var time = timespec()
        #if canImport(Darwin)
        let clock = CLOCK_MONOTONIC_RAW
        #else
        let clock = CLOCK_BOOTTIME
        #endif
        guard clock_gettime(clock, &time) == 0 else {
            throw ShellError.Failed(reason: "the clock since boot cannot be read")
        }
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    public func bootId() throws -> String { boot }

    private static func systemBootId() -> String? {
        #if canImport(Darwin)
        var size = 0
        guard sysctlbyname("kern.bootsessionuuid", nil, &size, nil, 0) == 0, size > 1 else { return nil }
        var text = [UInt8](repeating: 0, count: size)
        guard sysctlbyname("kern.bootsessionuuid", &text, &size, nil, 0) == 0 else { return nil }
        let found = String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
        #else
        let file = "/proc/sys/kernel/random/boot_id"
        let found = (try? String(contentsOfFile: file, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let found else { return nil }
        #endif
        return UUID(uuidString: found)?.uuidString.lowercased()
    }
}
