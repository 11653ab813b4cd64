import Testing

@testable import XundianKit

struct FailureTests {
    @Test(arguments: [
        (.StorageFull, .errorStorageFull, .freeStorage),
        (.Corrupt(keptAs: "phone.bad"), .errorCorrupt, .findOffice),
        (.Corrupt(keptAs: ""), .errorDamaged, .findOffice),
        (.IncompatibleVersion(reason: "newer_database"), .errorVersion, .update),
        (.Network(retryable: true, reason: "no_answer"), .errorNoAnswer, .retry),
        (.Network(retryable: false, reason: "puzzled"), .errorPuzzled, .findOffice),
        (.Unauthorized(reason: "wrong_code"), .errorWrongEnrolmentCode, .enrol),
        (.Unauthorized(reason: "unheard_of"), .errorUnauthorized, .enrol),
        (.NotFound(reason: "not_pulled"), .errorNotPulled, .syncFirst),
        (.Unauthorized(reason: "not_enrolled"), .errorNotEnrolled, .enrol),
        (.Unauthorized(reason: "revoked"), .errorRevoked, .enrol),
        (.IncompatibleVersion(reason: "upgrade"), .errorUpgrade, .update),
        (.InvalidInput(field: "code", reason: "wrong_code"), .errorWrongCode, .nothing),
        (.InvalidInput(field: "name", reason: "empty"), .errorEmpty, .nothing),
        (.Conflict(reason: "photos_full"), .errorPhotosFull, .sendPhotos),
        (.Conflict(reason: "paused"), .errorPaused, .retry),
        (.Conflict(reason: "order_over"), .errorOrderOver, .nothing),
        (.InvalidInput(field: "lines", reason: "nothing_left"), .errorNothingLeft, .nothing),
        (.InvalidInput(field: "name", reason: "too_long"), .errorNameTooLong, .nothing),
        (.InvalidInput(field: "address", reason: "too_long"), .errorNameTooLong, .nothing),
        (.InvalidInput(field: "owner", reason: "too_long"), .errorNameTooLong, .nothing),
        (.InvalidInput(field: "phone", reason: "too_long"), .errorNameTooLong, .nothing),
        (.InvalidInput(field: "receiver", reason: "too_long"), .errorNameTooLong, .nothing),
        (.InvalidInput(field: "of_a_newer_core", reason: "too_long"), .errorTooLong, .nothing),
        (.InvalidInput(field: "text", reason: "too_long"), .errorNoteTooLong, .nothing),
        (.InvalidInput(field: "record", reason: "record_too_long"), .errorRecordTooLong, .nothing),
        (.InvalidInput(field: "invitation", reason: "unreadable"), .errorUnreadable, .nothing),
        (.Unauthorized(reason: "other_company"), .errorOtherCompany, .findOffice),
        (.InvalidInput(field: "invitation", reason: "other_company"), .errorOtherCompanysCode, .findOffice),
        (.Unauthorized(reason: "key_lost"), .errorKeyLost, .enrol),
        (.Network(retryable: true, reason: "clock"), .errorClock, .retry),
        (.InvalidInput(field: "server", reason: "bad_address"), .errorServerAddress, .nothing),
        (.InvalidInput(field: "street", reason: "invalid"), .errorStreet, .nothing),
        (.InvalidInput(field: "receiving_hours", reason: "invalid"), .errorReceivingHours, .nothing),
        (.NotFound(reason: "unknown_store"), .errorUnknownStore, .nothing),
        (.Cancelled, .errorCancelled, .nothing),
        (.Internal(reason: "busy"), .errorInternal, .retry),
    ] as [(CoreError, TextKey, Remedy)])
    func every_error_has_a_text_and_a_remedy(error: CoreError, key: TextKey, remedy: Remedy) {
        let failure = Failure(error)
        #expect(failure.key == key)
        #expect(failure.remedy == remedy)
    }

    @Test(arguments: [
        ("name", .name), ("street", .street), ("receiving_hours", .hours), ("receiver", .receiver), ("text", nil), ("", nil),
    ] as [(String, FormField?)])
    func a_failure_keeps_which_line_of_a_form_was_not_taken(name: String, field: FormField?) {
        #expect(Failure(CoreError.InvalidInput(field: name, reason: "empty")).field == field)
        #expect(Failure(CoreError.Conflict(reason: name)).field == nil)
    }

    /// The codes of the façade as Rust writes them down; each has a text of its own in both languages.
    @Test(.enabled(if: given("XUNDIAN_VECTORS") != nil))
    func every_code_has_a_text() throws {
        let rows = try vector("error_codes.csv").split(separator: "\n")
        #expect(rows.first == "kind,code" && rows.count > 30)
        for row in rows.dropFirst() {
            let parts = row.split(separator: ",").map(String.init)
            try #require(parts.count == 2, "\(row)")
            let key = Failure(try #require(Self.error(parts[0], parts[1]), "\(row)")).key
            #expect(key.rawValue == "error." + (Self.byKind[String(row)] ?? parts[1]), "\(row)")
            for language in Language.allCases { #expect(language.table[key]?.isEmpty == false, "\(row): \(language)") }
        }
    }

    /// One code, but what happened is another thing than with its other kind.
    private static let byKind = [
        "invalid_input,other_company": "other_companys_code", "unauthorized,wrong_code": "wrong_enrolment_code",
    ]

    private static func error(_ kind: String, _ code: String) -> CoreError? {
        switch kind {
        case "conflict": .Conflict(reason: code)
        case "incompatible_version": .IncompatibleVersion(reason: code)
        case "invalid_input": .InvalidInput(field: "", reason: code)
        case "network": .Network(retryable: true, reason: code)
        case "not_found": .NotFound(reason: code)
        case "unauthorized": .Unauthorized(reason: code)
        default: nil
        }
    }

    @Test(arguments: zip(Language.allCases, ["另存", "kept"]))
    func what_could_not_be_put_aside_is_not_said_to_be_kept(language: Language, word: String) {
        let (kept, unkept) = (Failure(CoreError.Corrupt(keptAs: "phone.bad")), Failure(CoreError.Corrupt(keptAs: "")))
        #expect(kept.isDamage && Texts(language)(kept).contains(word))
        #expect(unkept.isDamage && !Texts(language)(unkept).contains(word))
    }

    @Test func a_foreign_error_is_not_hidden() {
        struct Odd: Error {}
        let failure = Failure(Odd())
        #expect(failure.key == .errorInternal)
        #expect(failure.detail.contains("Odd"))
    }
}
