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
}
