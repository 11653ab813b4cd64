import Observation
import XundianCore

/// 新店: what a rep says about a new outlet; the office does the rest. It is served at once. What is written outlives the screen, and is
/// gone once it is saved.
@MainActor
@Observable
public final class NewStoreModel: ScreenModel {
    /// What a line of a screen and of a sheet holds; the core and the server's doors take no more.
    static let longest = 60

    public var name = "" { didSet { typed(.name) } }
    public var channel = Channel.grocery
    public var street = "" { didSet { typed(.street) } }
    public var address = "" { didSet { typed(.address) } }
    /// Empty until somebody was asked: hours that nobody knows would keep deliveries out.
    public var hours = "" { didSet { typed(.hours) } }
    public var owner = "" { didSet { typed(.owner) } }
    public var phone = "" { didSet { typed(.phone) } }
    public private(set) var opened: StoreId?
    /// Streets to pick from, the nearest or the most used first.
    public private(set) var streets: [Street] = []
    private let locator: (any Locating)?

    public init(desk: Desk, locator: (any Locating)? = nil) {
        self.locator = locator
        super.init(desk: desk)
    }

    /// The one of the list that is meant; empty = another one, whose code is typed.
    public var picked: StreetCode {
        get { streets.first { $0.code == trimmed(street) }?.code ?? "" }
        set { street = newValue }
    }

    /// How a street of the list is named: with its district where another one has its name.
    public func label(_ street: Street) -> String {
        guard streets.contains(where: { $0.name == street.name && $0.code != street.code }) else { return street.name }
        return street.name + " · " + (street.district.isEmpty ? street.code : street.district)
    }

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

    /// Counts up when a fix came: other streets may be the nearest.
    public var fixes: Int { locator?.fixes ?? 0 }

    /// The form is opened, before the shop perhaps: one fix for its street.
    public func appeared() { locator?.look() }

    /// The form is worth filling in without them.
    public func load() async {
        streets = (try? await desk.ask { try $0.streets() }) ?? streets
    }

    public func saveTapped() async {
        guard canSave else { return }
        let store = NewStore(
            name: trimmed(name), channel: channel, street: trimmed(street), address: trimmed(address),
            receivingHours: trimmed(hours), owner: optional(owner), phone: optional(phone))
        // The one before is not this one.
        opened = nil
        opened = await answerOnce { try $0.openStore(opened: store) }
        if opened != nil { empty() }
    }

    /// For another rep.
    func forget() {
        opened = nil
        empty()
        failureDismissed()
    }

    private func empty() {
        (name, channel, street, address) = ("", .grocery, "", "")
        (hours, owner, phone) = ("", "", "")
    }

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    private func optional(_ text: String) -> String? {
        let text = trimmed(text)
        return text.isEmpty ? nil : text
    }
}
