/// A language of the screens.
public enum Language: String, CaseIterable, Sendable {
    case chinese = "zh-Hans"
    case english = "en"

    /// The phone's first language that we speak, else Chinese.
    public static func preferred(_ identifiers: [String] = Locale.preferredLanguages) -> Language {
        for identifier in identifiers {
            if identifier.hasPrefix("zh") { return .chinese }
            if identifier.hasPrefix("en") { return .english }
        }
        return .chinese
    }

    /// For what the system writes on our screens: a calendar, a menu of what is selected.
    public var locale: Locale { Locale(identifier: rawValue) }

    var table: [TextKey: String] {
        switch self {
        case .chinese: Chinese.table
        case .english: English.table
        }
    }
}

/// The texts of one language.
public struct Texts: Sendable, Equatable {
    public let language: Language

    public init(_ language: Language) {
        self.language = language
    }

    /// The text with its values filled in. A missing text shows its key: a hole is seen, not hidden.
    public func callAsFunction(_ key: TextKey, _ values: String...) -> String {
        fill(key, values)
    }

    /// One pass over the text: a value that itself holds "{0}" fills nothing.
    func fill(_ key: TextKey, _ values: [String]) -> String {
        var rest = Substring(language.table[key] ?? key.rawValue)
        var text = ""
        while let open = rest.firstIndex(of: "{") {
            text += rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}"),
                let place = Int(rest[rest.index(after: open)..<close]), values.indices.contains(place)
            else {
                text += "{"
                rest = rest[rest.index(after: open)...]
                continue
            }
            text += values[place]
            rest = rest[rest.index(after: close)...]
        }
        return text + rest
    }

    /// What the office wrote in both languages.
    public func callAsFunction(_ reason: Reason) -> String {
        language == .chinese || reason.en.isEmpty ? reason.zh : reason.en
    }

    public func callAsFunction(_ check: Check) -> String {
        language == .chinese || check.nameEn.isEmpty ? check.nameZh : check.nameEn
    }

    public func callAsFunction(_ failure: Failure) -> String { self(failure.key) }

    /// The text of a reason by its code; the code itself where the office's list does not have it (any more).
    public func reason(_ code: ReasonCode, of list: [Reason]) -> String {
        list.first { $0.code == code }.map { self($0) } ?? code
    }
}
