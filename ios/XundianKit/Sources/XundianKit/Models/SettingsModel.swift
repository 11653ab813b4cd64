import Observation
import XundianCore

/// 设置: language, what this phone holds, and how to get help.
@MainActor
@Observable
public final class SettingsModel: ScreenModel {
    public private(set) var server: String?
    public private(set) var rep: RepNo?
    public private(set) var outbox: Outbox?

    public func load() async {
        let found = await load { core in
            (server: try core.server(), rep: try core.rep(), outbox: try core.outbox())
        }
        guard let found else { return }
        (server, rep, outbox) = (found.server, found.rep, found.outbox)
        phase = .ready
    }

    /// For a person who helps: counts and the core's own lines, no names of stores, no goods, no codes of owners.
    public func diagnostics(version: String, storage: UInt64, log: LogBook) -> String {
        let contact = outbox?.lastContact.map(String.init) ?? "never"
        let head = "version=\(version) unsent=\(outbox?.unsent ?? 0) photos=\(outbox?.photos.count ?? 0) "
            + "storage=\(storage) last_contact=\(contact)"
        return ([head] + log.lines).joined(separator: "\n")
    }
}
