import Testing

@testable import XundianKit

struct FailureTests {
    @Test(arguments: [
        (.StorageFull, .errorStorageFull, .freeStorage),
        (.Corrupt(keptAs: "phone.bad"), .errorCorrupt, .findOffice),
        (.IncompatibleVersion(reason: "newer_database"), .errorVersion, .update),
        (.Network(retryable: true, reason: "no_answer"), .errorNoAnswer, .retry),
        (.Network(retryable: false, reason: "puzzled"), .errorPuzzled, .findOffice),
        (.Unauthorized(reason: "wrong_code"), .errorWrongCode, .enrol),
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
        (.InvalidInput(field: "name", reason: "too_long"), .errorTooLong, .nothing),
        (.InvalidInput(field: "text", reason: "too_long"), .errorNoteTooLong, .nothing),
        (.InvalidInput(field: "invitation", reason: "unreadable"), .errorUnreadable, .nothing),
        (.Unauthorized(reason: "other_company"), .errorOtherCompany, .findOffice),
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

    /// The codes of the façade; each has a text of its own.
    @Test(arguments: [
        "not_pulled", "not_enrolled", "unknown_store", "unknown_order", "visit_open", "no_visit", "no_orders",
        "photo_too_large", "photos_full", "other_rep", "wrong_code", "busy", "too_long", "no_answer", "refused", "puzzled",
        "others_wait", "journal", "paused", "revoked", "server_busy", "upgrade", "newer_journal", "empty",
        "unreadable", "other_company", "key_lost", "clock", "order_over",
    ])
    func every_code_has_a_text(code: String) {
        #expect(TextKey(rawValue: "error." + code) != nil)
    }

    @Test func a_foreign_error_is_not_hidden() {
        struct Odd: Error {}
        let failure = Failure(Odd())
        #expect(failure.key == .errorInternal)
        #expect(failure.detail.contains("Odd"))
    }
}
