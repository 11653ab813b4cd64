import Dispatch
import Testing

@testable import XundianKit

/// The generated fake itself, without our data.
struct FakeRepPhoneTests {
    private let phone = FakeRepPhone()

    @Test func a_door_without_an_answer_fails_the_test_with_its_name_even_where_the_error_is_swallowed() {
        withKnownIssue {
            _ = try? phone.today()
        } matching: { issue in
            String(describing: issue.error).contains("the door today")
        }
        #expect(phone.calls == ["today"])
    }

    @Test func a_door_gives_the_answer_that_was_set_the_last_one_and_is_noted() throws {
        phone.onSearchProducts = { text in [ProductHit(sku: "21010019", name: text, case: 24, pack: 24)] }
        #expect(try phone.searchProducts(text: "牛肉") .map(\.name) == ["牛肉"])
        phone.onSearchProducts = { _ in throw CoreError.StorageFull }
        phone.onCancel = {}
        try phone.cancel()
        #expect(throws: CoreError.self) { try phone.searchProducts(text: "牛肉") }
        #expect(phone.calls == ["searchProducts", "cancel", "searchProducts"])
    }

    @Test func calls_from_many_threads_are_all_noted() {
        phone.onIsReady = { true }
        DispatchQueue.concurrentPerform(iterations: 200) { _ in _ = try? phone.isReady() }
        #expect(phone.calls.count == 200)
    }
}
