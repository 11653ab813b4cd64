import Foundation
import Testing

@testable import XundianKit

@MainActor
struct SummaryModelTests {
    @Test func missing_stores_are_asked_about_before_sealing() async {
        let core = FakeCore()
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        #expect(model.missing.map(\.storeName) == ["小李便利店"])
        await model.sealTapped()
        #expect(model.isAskingToSeal)
        #expect(!model.isSealed)
        await model.sealAnywayTapped()
        #expect(model.isSealed)
        #expect(core.calls.filter { $0 == "closeDay" }.count == 1)
    }

    @Test func each_missing_store_says_why_and_where_the_reason_is_known_nobody_is_asked() async {
        let missing = [
            MissingStore(store: Sample.store1, why: .failed(.refused)),
            MissingStore(store: Sample.store2, why: .notCounted("no_time")),
        ]
        let model = SummaryModel(desk: Desk(core: FakeCore { $0.report = Sample.report(missing: missing, unsent: 0) }))
        await model.load()
        let texts = Texts(.chinese)
        let said = model.missing.map { $0.storeName + " " + texts.why($0.why, reasons: model.skipReasons) }
        #expect(said == ["利民超市 拒绝拜访", "小李便利店 没点库存 · 店内太忙"])
        let rest: [WhyMissing] = [.notBegun, .open, .notCounted("none_given")]
        #expect(rest.map { texts.why($0, reasons: model.skipReasons) } == ["还没去", "拜访还没结束", "没点库存"])
        await model.sealTapped()
        #expect(model.isSealed && !model.isAskingToSeal)
    }

    @Test func a_complete_day_is_sealed_at_once() async {
        let core = FakeCore { $0.report = Sample.report(missing: [], unsent: 0) }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.sealTapped()
        #expect(model.isSealed)
    }

    @Test func an_open_visit_is_asked_about_before_sealing() async {
        let core = FakeCore { $0.report = Sample.report(missing: []); $0.visit = Sample.visit(Sample.store1) }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.sealTapped()
        #expect(model.isAskingToSeal && !model.isSealed && model.openVisit == "利民超市")
        let texts = Texts(.chinese)
        #expect(texts.unfinished(openVisit: "利民超市", notVisited: 0) == "利民超市的拜访还没有结束，不算在今天的汇总里")
        #expect(texts.unfinished(openVisit: nil, notVisited: 2) == "还有2家没去，仍要封存？")
        await model.sealAnywayTapped()
        #expect(model.isSealed)
    }

    @Test func unsent_records_are_asked_about_before_sealing() async {
        let model = SummaryModel(desk: Desk(core: FakeCore { $0.report = Sample.report(missing: []) }))
        await model.load()
        await model.sealTapped()
        #expect(model.isAskingToSeal && !model.isSealed && model.unsent == 2)
        let texts = Texts(.chinese)
        #expect(texts.unfinished(openVisit: nil, notVisited: 0, unsent: 2) == "还有2条未上传；封存不受影响，会继续上传")
        #expect(texts.unfinished(openVisit: nil, notVisited: 1, unsent: 2).hasPrefix("还有1家没去，仍要封存？\n还有2条"))
        await model.sealAnywayTapped()
        #expect(model.isSealed)
    }

    @Test func the_days_orders_tell_a_moved_day() async throws {
        let core = FakeCore { $0.orders = [Sample.order(.waiting(day: "2026-07-29", late: true))] }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.load()
        let moved = try #require(model.orders.first)
        #expect(model.moved(moved) == MovedDay(from: "2026-07-28", to: "2026-07-29"))
        #expect(core.calls.count(where: { $0 == "orderCard" }) == 1, "an order keeps its promise")
        core.state.orders = [Sample.order(.cancelled(cause: .owner))]
        await model.load()
        let cancelled = try #require(model.orders.first)
        #expect(model.moved(cancelled) == nil, "it does not come")
    }

    @Test func the_days_orders_stand_beside_its_figures() async {
        let core = FakeCore { $0.orders = [Sample.order(.held), Sample.order(nil, light: .onPhone)] }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        #expect(model.orders.map(\.light) == [.onServer, .onPhone] && model.orders.first?.storeName == "利民超市")
        core.state.orders = []
        await model.load()
        #expect(model.orders.isEmpty)
    }

    @Test func pages_on_the_screen_follow_the_orders() async {
        let slip = { (text: String) in OrderSlip(distributor: "D01", orders: 1, text: text, pages: []) }
        let core = FakeCore()
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        core.state.slips = [slip("36")]
        await model.load()
        #expect(model.slips.isEmpty, "nobody asked for them")
        await model.slipsTapped()
        core.state.slips = [slip("24")]
        await model.load()
        #expect(model.slips.map(\.text) == ["24"], "the order was changed since")
        core.state.failing["orderSlips"] = .NotFound(reason: "no_orders")
        await model.load()
        #expect(model.slips.isEmpty && model.failure == nil, "it was cancelled")
    }

    @Test func the_codes_of_a_slip_are_shown_one_at_a_time() async {
        let core = FakeCore { $0.slips = [Sample.slip(["A", "B"]), Sample.slip(["C"], of: "D02")] }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.slipsTapped()
        #expect(model.pages == nil, "nobody asked for codes")
        model.codesTapped(model.slips[0])
        #expect(model.pages?.text == "A" && model.pages?.hasBack == false && model.pages?.hasNext == true)
        model.pageBackTapped()
        #expect(model.pages?.number == 1)
        model.nextPageTapped()
        #expect(model.pages?.text == "B" && model.pages?.hasNext == false)
        model.nextPageTapped()
        #expect(model.pages?.number == 2, "the last is the last")
        model.pageBackTapped()
        #expect(model.pages?.text == "A")
        model.codesDropped()
        #expect(model.pages == nil)
        #expect(SlipPages(Sample.slip()).text == nil, "no pages, no code")
    }

    @Test func codes_on_the_screen_begin_anew_when_the_orders_change() async {
        let core = FakeCore { $0.slips = [Sample.slip(["A", "B"])] }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.slipsTapped()
        model.codesTapped(model.slips[0])
        model.nextPageTapped()
        await model.load()
        #expect(model.pages?.text == "B", "nothing changed")
        core.state.slips = [Sample.slip(["E", "F"])]
        await model.load()
        #expect(model.pages?.text == "E", "pages of two slips do not fit together")
        core.state.failing["orderSlips"] = .NotFound(reason: "no_orders")
        await model.load()
        #expect(model.pages == nil, "nothing is left of it")
    }
}
