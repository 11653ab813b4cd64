import Foundation
import Testing

@testable import XundianKit

/// 取回: goods that the driver takes along.
@MainActor
struct PickUpTests {
    private func order(_ core: FakeCore) async -> OrderModel {
        let desk = Desk(core: core)
        let model = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: Sample.orderId)
        await model.load()
        return model
    }

    @Test func without_a_line_nobody_comes_for_the_goods() async {
        let core = Sample.visiting()
        core.state.quote.pickUps = Sample.pickUps
        let model = ConfirmModel(desk: Desk(core: core))
        #expect(!model.leavesPickUps, "nothing is known yet")
        await model.load()
        #expect(!model.leavesPickUps)
        await model.noOrderTapped("stock_enough")
        #expect(model.leavesPickUps)
        await model.orderAfterAllTapped()
        #expect(!model.leavesPickUps)
        core.state.quote = Sample.quote([])
        await model.load()
        #expect(!model.leavesPickUps, "nothing is to be taken back")
    }

    @Test func nobody_comes_for_the_goods_of_a_cancelled_order() async {
        let core = FakeCore { $0.card.pickUps = Sample.pickUps }
        let model = await order(core)
        #expect(!model.leavesPickUps)
        await model.cancelTapped("entered_wrongly")
        #expect(model.leavesPickUps)
        #expect(await !order(FakeCore { $0.card.state = .cancelled(cause: .held) }).leavesPickUps)
    }

    @Test func what_an_owner_is_sent_names_the_goods_and_that_they_stay_with_a_cancelled_order() {
        var card = Sample.orderCard
        card.pickUps = Sample.pickUps
        let texts = Texts(.chinese)
        #expect(texts.share(card).contains("\n取回 冰红茶 3个\n") && !texts.share(card).contains("不会上送货单"))
        #expect(texts.share(card, bringsNothing: true).contains("\n取回 冰红茶 3个\n没有订单，要取回的货不会上送货单\n"))
        #expect(!texts.share(Sample.orderCard, bringsNothing: true).contains("取回"))
    }
}
