import Observation
import XundianCore

/// 新店: what a rep says about a new outlet; the office does the rest. It is served at once.
@MainActor
@Observable
public final class NewStoreModel: ScreenModel {
    public var name = ""
    public var channel = Channel.grocery
    public var street = ""
    public var address = ""
    public var opens = "08:30"
    public var closes = "18:00"
    public var owner = ""
    public var phone = ""
    public private(set) var opened: StoreId?

    public var canSave: Bool { ![name, street, address].map(trimmed).contains("") && !isBusy }

    public func saveTapped() async {
        guard canSave else { return }
        let store = NewStore(
            name: trimmed(name), channel: channel, street: trimmed(street), address: trimmed(address),
            receivingHours: opens.isEmpty && closes.isEmpty ? "" : "\(opens)-\(closes)", owner: optional(owner), phone: optional(phone))
        opened = await answerOnce { try $0.openStore(opened: store) } ?? opened
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    private func optional(_ text: String) -> String? {
        let text = trimmed(text)
        return text.isEmpty ? nil : text
    }
}
