import Foundation
import Testing

@testable import XundianKit

/// The sample route has two stores; the sample order was agreed for 28 July.
@MainActor
struct EarlierOrderTests {
    private static let other = UUID(uuidString: "01981000-0000-7000-8000-00000000000c")!
    private static let short = OrderState.ended(outcome: .short, sheet: "D01-20260729")

    private func model(_ core: FakeCore) async -> SummaryModel {
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        return model
    }

    private func searches(_ core: FakeCore) -> Int { core.calls.count(where: { $0 == "orderCard" }) }

    private func sold(_ change: (inout FakeCore.State) -> Void = { _ in }) -> FakeCore {
        FakeCore { state in
            state.lastOrders[Sample.store1] = LastOrder(order: Sample.orderId, state: Self.short, light: .onServer)
            change(&state)
        }
    }

    @Test func they_are_looked_for_when_somebody_asks() async {
        let core = sold()
        let model = await model(core)
        #expect(model.earlier == nil && !model.isShowingEarlier && searches(core) == 0)
        await model.showEarlier()
        let moved = MovedDay(from: "2026-07-28", to: "2026-07-29")
        let found = EarlierOrder(
            order: Sample.orderId, storeName: "利民超市", state: Self.short, light: .onServer, moved: moved)
        #expect(model.earlier == [found] && model.isShowingEarlier && model.failure == nil)
    }

    @Test func what_a_shop_ordered_today_is_in_the_list_of_today_alone() async {
        let core = sold { $0.orders = [Sample.order(.held)] }
        let model = await model(core)
        await model.showEarlier()
        #expect(model.earlier == [] && model.orders.count == 1)
    }

    @Test func an_order_of_another_phone_is_not_shown_nor_looked_for_again() async {
        let core = sold { state in
            state.lastOrders[Sample.store2] = LastOrder(order: Self.other, state: .held, light: .onServer)
            state.elsewhere = [Self.other]
        }
        let model = await model(core)
        await model.showEarlier()
        #expect(model.earlier?.map(\.order) == [Sample.orderId] && model.failure == nil)
        let before = searches(core)
        await model.load()
        #expect(searches(core) == before, "an order keeps its promise, and what is not here stays away")
        #expect(model.earlier?.count == 1)
    }

    @Test func what_changed_meanwhile_is_told_when_the_day_is_read_again() async {
        let core = sold()
        let model = await model(core)
        await model.showEarlier()
        core.state.lastOrders[Sample.store1] = LastOrder(
            order: Sample.orderId, state: .cancelled(cause: .owner), light: .onPhone)
        await model.load()
        #expect(model.earlier?.map(\.state) == [.cancelled(cause: .owner)] && model.earlier?.first?.moved == nil)
        #expect(model.earlier?.map(\.light) == [.onPhone], "and that the server does not know of it")
        core.state.lastOrders = [:]
        await model.load()
        #expect(model.earlier == [], "a shop whose card forgets it has none")
    }

    @Test func a_second_tap_asks_nothing() async {
        let core = sold()
        let model = await model(core)
        await model.showEarlier()
        let calls = core.calls.count
        await model.showEarlier()
        #expect(core.calls.count == calls)
    }

    @Test func a_failing_file_says_so_and_can_be_asked_again() async {
        let core = sold { $0.failing["storeCard"] = .Internal(reason: "fault") }
        let model = await model(core)
        await model.showEarlier()
        #expect(model.failure?.key == .errorInternal && model.earlier == nil && !model.isShowingEarlier)
        core.state.failing = [:]
        await model.showEarlier()
        #expect(model.earlier?.count == 1 && model.failure == nil)
    }

    @Test func what_was_found_stays_when_reading_it_again_fails() async {
        let core = sold()
        let model = await model(core)
        await model.showEarlier()
        core.state.failing["storeCard"] = .Internal(reason: "fault")
        await model.load()
        #expect(model.earlier?.count == 1 && model.isShowingEarlier)
    }
}
