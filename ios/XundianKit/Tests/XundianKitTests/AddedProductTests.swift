import Foundation
import Testing

@testable import XundianKit

/// 加品项: what nobody counted, on the order of step 5 and on one that was sealed.
@MainActor
struct AddedProductTests {
    private func confirm(_ core: FakeCore) async -> ConfirmModel {
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        return model
    }

    private func order(_ core: FakeCore) async -> OrderModel {
        let desk = Desk(core: core)
        let model = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: Sample.orderId)
        await model.load()
        model.amendTapped()
        return model
    }

    // MARK: Step 5

    @Test func an_order_can_be_taken_for_what_nobody_counted() async {
        let core = Sample.visiting()
        core.state.quote = Sample.quote([])
        let model = await confirm(core)
        #expect(model.wantsNoOrder)
        model.searchText = "冰红茶"
        await model.searched()
        #expect(model.hits == [Sample.hit])
        await model.hitTapped(Sample.hit)
        #expect(core.lines == [.confirmed(sku: "22070012", units: 15)], "one pack")
        #expect(model.hasLines && model.canSeal && !model.wantsNoOrder)
        #expect(model.hits == nil && model.searchText == "" && model.sought == "22070012")
    }

    @Test func what_is_on_the_order_keeps_its_number_and_is_shown() async {
        let core = Sample.visiting()
        core.state.quote = Sample.quote([Sample.line("22070012")])
        let model = await confirm(core)
        await model.hitTapped(Sample.hit)
        #expect(core.lines.isEmpty && model.quote?.lines.map(\.confirmed) == [36] && model.sought == "22070012")
        await model.confirmed("21010019", units: 24)
        #expect(model.sought == nil)
    }

    @Test func what_the_price_list_lacks_is_said_by_its_name() async {
        let core = Sample.visiting()
        core.state.withoutPrice = ["22070012"]
        let model = await confirm(core)
        await model.hitTapped(Sample.hit)
        #expect(model.quote?.unpriced == ["22070012"] && model.name("22070012") == "冰红茶 500ml")
        let again = await confirm(core)
        #expect(again.name("22070012") == "冰红茶 500ml", "after a kill, too")
        #expect(again.unlisted == ["22070012"])
        await again.takeOffTapped("22070012")
        #expect(core.lines.isEmpty && again.unlisted.isEmpty && again.quote?.unpriced == [])
    }

    @Test func an_added_line_that_was_taken_to_nothing_comes_back_with_one_pack() async throws {
        let core = Sample.visiting()
        core.state.quote = Sample.quote([])
        let model = await confirm(core)
        await model.hitTapped(Sample.hit)
        await model.confirmed("22070012", units: 0)
        #expect(model.dropped == ["22070012"] && !model.hasLines)
        let again = await confirm(core)
        await again.putBackTapped("22070012")
        #expect(core.lines == [.confirmed(sku: "22070012", units: 15)] && again.dropped.isEmpty)
    }

    @Test func an_added_line_survives_no_order_and_order_after_all() async {
        let core = Sample.visiting()
        let model = await confirm(core)
        await model.hitTapped(Sample.hit)
        await model.noOrderTapped("stock_enough")
        #expect(!model.hasLines)
        await model.orderAfterAllTapped()
        #expect(model.quote?.lines.map(\.sku) == ["21010019", "22070012"])
    }

    @Test func a_gift_that_nobody_counted_has_its_name() async {
        let core = Sample.visiting()
        core.state.quote.gifts = [GiftLine(sku: "22070012", units: 1, promo: "P2601")]
        let model = await confirm(core)
        #expect(model.name("22070012") == "冰红茶 500ml")
    }

    // MARK: A sealed order

    @Test func a_change_brings_a_line_more() async {
        let core = FakeCore()
        let model = await order(core)
        model.searchText = "冰红茶"
        await model.searched()
        model.hitTapped(Sample.hit)
        #expect(model.draft == ["21010019": 36, "22070012": 15] && model.changeable.map(\.sku) == ["21010019", "22070012"])
        #expect(model.hits == nil && model.searchText == "")
        model.stepTapped(model.changeable[1], packs: 1)
        model.hitTapped(Sample.hit)
        #expect(model.draft?["22070012"] == 30 && model.changeable.count == 2, "it stands there")
        await model.amendSaved()
        #expect(model.card?.lines.map(\.confirmed) == [36, 30] && model.draft == nil && model.added.isEmpty)
    }

    @Test func a_change_that_was_dropped_leaves_no_line() async {
        let model = await order(FakeCore())
        model.hitTapped(Sample.hit)
        model.amendDropped()
        model.amendTapped()
        #expect(model.changeable.map(\.sku) == ["21010019"] && model.draft == ["21010019": 36])
    }

    @Test func a_product_without_a_price_is_refused_in_words_and_the_numbers_stay() async {
        let core = FakeCore { $0.withoutPrice = ["22070012"] }
        let model = await order(core)
        model.hitTapped(Sample.hit)
        await model.amendSaved()
        #expect(model.failure?.key == .errorNoPrice && model.draft?["22070012"] == 15)
        model.changed("22070012", units: 0)
        await model.amendSaved()
        #expect(model.failure == nil && model.draft == nil && model.card?.lines.map(\.sku) == ["21010019"])
    }
}
