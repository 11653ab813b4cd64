import Foundation
import Testing

@testable import XundianKit

/// What an owner is shown and what is sent on as text.
@MainActor
struct OwnerPictureTests {
    @Test func the_picture_has_the_qr_and_the_code() {
        let picture = Sample.orderCard.picture
        #expect(picture.qr == "XD1" && picture.code == "0427" && picture.spokenCode == "0 4 2 7")
    }

    @Test func a_code_that_this_phone_no_longer_has_is_not_made_up() {
        var card = Sample.orderCard
        card.code = nil
        #expect(card.picture.code == nil && card.picture.spokenCode.isEmpty && card.picture.qr == "XD1")
    }

    @Test(arguments: [
        (.cancelled(cause: .owner), nil), (.cancelled(cause: .held), nil),
        (.ended(outcome: .delivered, sheet: "D01-20260728"), nil), (.ended(outcome: .short, sheet: "D01-20260728"), nil),
        (.onSheet(sheet: "D01-20260728"), "0427"), (.held, "0427"), (nil, "0427"),
    ] as [(OrderState?, OwnerCode?)])
    func nobody_takes_goods_for_an_order_that_is_cancelled_or_came(state: OrderState?, code: OwnerCode?) async {
        let desk = Desk(core: FakeCore { $0.card.state = state })
        let model = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: Sample.orderId)
        await model.load()
        #expect(model.proof?.code == code && (model.proof == nil) == model.isOver)
    }

    @Test(arguments: [
        (.onPhone, "还在手机上，没上传", "Still on this phone, not sent"), (.refused, "未被接受", "Not accepted"),
    ] as [(OrderLight, String, String)])
    func an_order_that_the_server_does_not_have_or_take_says_so_before_any_day(
        light: OrderLight, chinese: String, english: String
    ) {
        let (zh, en) = (Texts(.chinese), Texts(.english))
        let waiting = OrderState.waiting(day: "2026-07-28", late: false)
        #expect(zh.state(waiting, light: light) == chinese && en.state(waiting, light: light) == english)
        #expect(zh.state(waiting, light: .onServer) == "等待7月28日 周二配送")
    }

    @Test func an_owner_is_told_what_does_not_come_and_not_how_far_the_rest_is() async {
        let core = FakeCore { $0.orders = [Sample.order(.waiting(day: "2026-07-28", late: false), light: .refused)] }
        let desk = Desk(core: core)
        let model = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: Sample.orderId)
        await model.load()
        #expect(model.card?.light == .refused && model.proof == nil && model.isOver)
        let (texts, word) = (Texts(.chinese), "此订单未被接受，不会送货")
        var card = Sample.orderCard
        card.light = .onPhone
        #expect(!texts.share(card).contains("没上传"), "it goes with the next sync")
        card.light = .refused
        #expect(texts.share(card, bringsNothing: true).split(separator: "\n").prefix(2) == ["利民超市", Substring(word)])
    }

    @Test func a_cancellation_of_which_the_server_has_not_heard_tells_the_owner_what_to_do_if_a_van_comes() async throws {
        let core = FakeCore { $0.failing["sync"] = .Network(retryable: true, reason: "no_answer") }
        let (desk, texts) = (Desk(core: core), Texts(.chinese))
        let model = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: Sample.orderId)
        await model.load()
        await model.cancelTapped("entered_wrongly")
        model.sync.cancelTapped()
        let unsent = try #require(model.card)
        let (sign, word) = ("取消还没上传", "此订单已取消，若车来了请不要收货")
        #expect(model.isCancelled && texts.unsettled(unsent.state, light: unsent.light) == sign, "for the rep")
        let text = texts.share(unsent, bringsNothing: model.bringsNothing)
        #expect(texts.takeNothing(unsent) == word && text.contains(word) && !text.contains(sign))
        let english = "This order is cancelled: if a van comes, take no goods"
        #expect(Texts(.english).takeNothing(unsent) == english)
        core.state.failing = [:]
        await model.sync.occasion(.tapped)
        await model.load()
        let sent = try #require(model.card)
        #expect(texts.unsettled(sent.state, light: sent.light) == nil)
        #expect(texts.takeNothing(sent) == "此订单已取消，请不要收货", "the server knows")
        #expect(texts.share(sent, bringsNothing: model.bringsNothing).contains(texts.takeNothing(sent)))
    }

    @Test(arguments: Language.allCases)
    func the_text_has_the_goods_and_the_money_and_never_the_code(language: Language) {
        let (card, texts) = (Sample.orderCard, Texts(language))
        let moved = MovedDay(from: "2026-07-28", to: "2026-07-29")
        for text in [texts.share(card), texts.share(card, moved: moved)] {
            #expect(text.contains("红烧牛肉面") && text.contains("¥68.00") && text.contains(texts.day("2026-07-28")))
            #expect(!text.contains("0427") && !text.contains("0 4 2 7") && !text.contains(card.qr))
            #expect(!text.contains(texts(.orderCardCode)), "nor a word of it")
        }
    }

    @Test func what_helpers_are_sent_has_no_code_either() async {
        let core = FakeCore { $0.orders = [Sample.order(.held)] }
        let desk = Desk(core: core)
        let (summary, outbox) = (SummaryModel(desk: desk), OutboxModel(desk: desk, sync: SyncModel(desk: desk)))
        await summary.load()
        await outbox.load()
        let day = summary.report.map { Texts(.chinese).share($0, reasons: summary.noOrderReasons) } ?? ""
        #expect(!day.isEmpty && !day.contains("0427") && !outbox.details.contains("0427"))
    }

    @Test func a_changed_order_keeps_the_code_that_the_owner_knows() async {
        let desk = Desk(core: FakeCore())
        let model = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: Sample.orderId)
        await model.load()
        model.amendTapped()
        model.changed("21010019", units: 24)
        await model.amendSaved()
        #expect(model.card?.picture.code == "0427")
    }
}
