import Observation
import XundianCore

/// 登记: the server's address and the office's code, typed, or both in one QR, once per phone.
@MainActor
@Observable
public final class EnrolModel: ScreenModel {
    public var server = ""
    public var code = ""
    /// The first pull follows on the route, with its progress.
    public private(set) var isEnrolled = false

    public var isCodeTyped: Bool { !trimmed(code).isEmpty }
    public var canEnrol: Bool { !trimmed(server).isEmpty && isCodeTyped && !isBusy }

    /// The address that the phone knows, for an enrolment that is made again.
    public func load() async {
        guard let known = await load({ Known(server: try $0.server()) }) else { return }
        if server.isEmpty { server = known.server ?? "" }
        phase = .ready
    }

    private struct Known: Sendable {
        let server: String?
    }

    /// The office's QR says everything, so it enrols at once; `nil` = no QR is in the picture.
    public func scanned(_ text: String?) async {
        guard let text else { return refuse(Failure(key: .enrolNoQr, remedy: .nothing)) }
        await enrol { try $0.enrolInvited(invitation: text) }
    }

    public func enrolTapped() async {
        guard canEnrol else { return }
        let (server, code) = (Self.address(trimmed(server)), trimmed(code))
        await enrol { try $0.enrol(server: server, code: code) }
    }

    /// Nobody waits for a server that is silent, nor for a sync that is before it; the code stays good.
    public func cancelTapped() { desk.cancel(.enrolment) }

    /// Asking again with the same code after a lost answer is safe. It talks to the server, so taps must not wait for it.
    private func enrol(_ deed: @escaping @Sendable (any Core) throws -> Void) async {
        guard !isBusy else { return }
        isBusy = true
        defer { isBusy = false }
        failureDismissed()
        do {
            let known = try await desk.send(.enrolment) { core in
                try deed(core)
                // It is enrolled even if this cannot be read.
                return Known(server: try? core.server())
            }
            server = known.server ?? server
            isEnrolled = true
        } catch {
            refuse(Failure(error))
        }
    }

    /// Nobody types https://, and the core takes no address without it.
    private static func address(_ typed: String) -> String { typed.contains("://") ? typed : "https://" + typed }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}
