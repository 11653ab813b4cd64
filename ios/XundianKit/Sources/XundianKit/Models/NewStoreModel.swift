import Observation
import XundianCore

/// 新店: what a rep says about a new outlet; the office does the rest. It is served at once.
@MainActor
@Observable
public final class NewStoreModel: ScreenModel {
    /// What a line of a screen and of a sheet holds; the core and the server's doors take no more.
    static let longest = 60

    public var name = ""
    public var channel = Channel.grocery
    public var street = ""
    public var address = ""
    /// Empty until somebody was asked: hours that nobody knows would keep deliveries out.
    public var hours = ""
    public var owner = ""
    public var phone = ""
    public private(set) var opened: StoreId?

    public var canSave: Bool {
        let isFilled = ![name, street, address].map(trimmed).contains("")
        return isFilled && nameProblem == nil && addressProblem == nil && !isBusy
    }

    /// The line below the field; what was typed stays, a name that is cut is another name.
    public var nameProblem: TextKey? { problem(name) }
    public var addressProblem: TextKey? { problem(address) }

    /// Counted as the core does: a 𠮷 is one, a joined emoji is as many as it is made of.
    private func problem(_ text: String) -> TextKey? {
        trimmed(text).unicodeScalars.count > Self.longest ? .errorNameTooLong : nil
    }

    public func saveTapped() async {
        guard canSave else { return }
        let store = NewStore(
            name: trimmed(name), channel: channel, street: trimmed(street), address: trimmed(address),
            receivingHours: receivingHours, owner: optional(owner), phone: optional(phone))
        opened = await answerOnce { try $0.openStore(opened: store) } ?? opened
    }

    /// A Chinese keyboard writes 08：30～11：30；14：00～18：00.
    private var receivingHours: String {
        let plain: [Character: Character] = ["：": ":", "；": ";", "－": "-", "—": "-", "–": "-", "～": "-", "~": "-"]
        return String(hours.filter { !$0.isWhitespace }.map { plain[$0] ?? $0 })
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    private func optional(_ text: String) -> String? {
        let text = trimmed(text)
        return text.isEmpty ? nil : text
    }
}
