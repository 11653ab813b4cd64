import Observation
import XundianCore

/// 登记: the server's address and the office's code, typed or scanned, once per phone.
@MainActor
@Observable
public final class EnrolModel: ScreenModel {
    public var server = ""
    public var code = ""
    /// The first pull follows on the route, with its progress.
    public private(set) var isEnrolled = false

    public var canEnrol: Bool { !trimmed(server).isEmpty && !trimmed(code).isEmpty && !isBusy }

    /// The address that the phone knows, for an enrolment that is made again.
    public func load() async {
        guard let known = await load({ Known(server: try $0.server()) }) else { return }
        if server.isEmpty { server = known.server ?? "" }
        phase = .ready
    }

    private struct Known: Sendable {
        let server: String?
    }

    /// A QR holds the address and the code with a space or a line between them; anything else is taken as the code.
    public func scanned(_ text: String) {
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        if words.count == 2, words[0].contains("://") {
            (server, code) = (words[0], words[1])
        } else if words.count == 1 {
            code = words[0]
        } else {
            failure = Failure(key: .enrolBadQr, remedy: .nothing)
        }
    }

    /// Asking again with the same code after a lost answer is safe. It talks to the server, so taps must not wait for it.
    public func enrolTapped() async {
        guard canEnrol else { return }
        let (server, code) = (trimmed(server), trimmed(code))
        isBusy = true
        defer { isBusy = false }
        do {
            failure = nil
            try await desk.send { try $0.enrol(server: server, code: code) }
            isEnrolled = true
        } catch {
            failure = Failure(error)
        }
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}
