import XundianCore

/// What the person who sees a failure can do about it.
public enum Remedy: Sendable, Equatable {
    case nothing, retry, syncFirst, enrol, update, freeStorage, sendPhotos, findOffice
}

/// A line of a form, by the core's name of it.
public enum FormField: String, Sendable {
    case name, street, address, owner, phone, receiver
    case hours = "receiving_hours"
}

/// An error as a screen shows it: a text, and the one thing to do.
public struct Failure: Sendable, Equatable {
    public let key: TextKey
    public let remedy: Remedy
    /// For the copied details, never for the screen.
    public let detail: String
    /// The line that was not taken; `nil` = it is about none.
    public let field: FormField?

    public init(key: TextKey, remedy: Remedy, detail: String = "", field: FormField? = nil) {
        self.key = key
        self.remedy = remedy
        self.detail = detail
        self.field = field
    }

    public init(_ error: any Error) {
        let (key, remedy) = (error as? CoreError).map(Self.meaning) ?? (.errorInternal, .retry)
        self.init(key: key, remedy: remedy, detail: String(describing: error), field: Self.field(of: error))
    }

    private static func field(of error: any Error) -> FormField? {
        guard case CoreError.InvalidInput(let field, _) = error else { return nil }
        return FormField(rawValue: field)
    }

    /// A new enrolment is the way out of it.
    public var wantsEnrolment: Bool { remedy == .enrol }

    /// The file itself is broken: no call goes on with it.
    var isDamage: Bool { key == .errorCorrupt || key == .errorDamaged }

    private static func meaning(_ error: CoreError) -> (TextKey, Remedy) {
        switch error {
        case .InvalidInput(let field, let reason): (invalid(field, reason), remedies[reason] ?? .nothing)
        case .NotFound(let reason): (code(reason) ?? .errorNotFound, remedies[reason] ?? .nothing)
        case .Conflict(let reason): (code(reason) ?? .errorConflict, remedies[reason] ?? .nothing)
        case .StorageFull: (.errorStorageFull, .freeStorage)
        // Without a name it could not be put aside yet.
        case .Corrupt(let keptAs): (keptAs.isEmpty ? .errorDamaged : .errorCorrupt, .findOffice)
        case .IncompatibleVersion(let reason): (code(reason) ?? .errorVersion, .update)
        case .Network(let retryable, let reason):
            (code(reason) ?? .errorNetwork, retryable ? .retry : .findOffice)
        // Of an enrolment: it may be right and too old. That of a journal is wrong input.
        case .Unauthorized(reason: "wrong_code"): (.errorWrongEnrolmentCode, .enrol)
        case .Unauthorized(let reason): (code(reason) ?? .errorUnauthorized, remedies[reason] ?? .enrol)
        case .Cancelled: (.errorCancelled, .nothing)
        // Its reason is for the log: no text of ours.
        case .Internal: (.errorInternal, .retry)
        }
    }

    private static let remedies: [String: Remedy] = [
        "not_pulled": .syncFirst, "photos_full": .sendPhotos, "others_wait": .syncFirst, "busy": .retry, "paused": .retry,
        "other_company": .findOffice,
    ]

    private static func invalid(_ field: String, _ reason: String) -> TextKey {
        switch (field, reason) {
        case ("street", "invalid"): .errorStreet
        case ("receiving_hours", "invalid"): .errorReceivingHours
        // A line of a form is short, a note may be longer.
        case ("text", "too_long"): .errorNoteTooLong
        case (_, "too_long") where FormField(rawValue: field) != nil: .errorNameTooLong
        // Nobody was asked: the code itself says whose it is.
        case (_, "other_company"): .errorOtherCompanysCode
        default: code(reason) ?? .errorInvalid
        }
    }

    /// The core's codes; an unknown one falls back to what its kind says.
    private static func code(_ reason: String) -> TextKey? { TextKey(rawValue: "error." + reason) }
}
