import Foundation
import Testing

@testable import XundianKit

/// The sample order was agreed for 28 July.
@MainActor
struct OrderModelTests {
    private func waiting(_ day: BusinessDate) -> OrderState { .waiting(day: day, late: false) }
    private func went(_ day: BusinessDate) -> OrderEffect { Sample.effect(.waiting(day: day, late: true)) }

    private func model(_ core: FakeCore) async -> OrderModel {
        let desk = Desk(core: core)
        let model = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: Sample.orderId)
        await model.load()
        return model
    }

    // MARK: Changing and cancelling

    @Test func an_order_is_changed_or_cancelled() async {
        let core = FakeCore()
        let model = await model(core)
        model.amendTapped()
        model.changed("21010019", units: -5)
        #expect(model.draft == ["21010019": 0] && !model.canSaveAmendment)
        await model.amendSaved()
        #expect(model.draft != nil && !core.calls.contains("amendOrder"), "nothing of all is no change")
        model.changed("21010019", units: 24)
        #expect(model.canSaveAmendment)
        await model.amendSaved()
        #expect(model.draft == nil)
        await model.cancelTapped("entered_wrongly")
        #expect(model.isCancelled && model.isOver)
        #expect(core.calls.contains("amendOrder") && core.calls.contains("cancelOrder"))
    }

    @Test func two_quick_taps_on_a_line_are_two() async {
        let model = await model(FakeCore())
        model.amendTapped()
        let line = Sample.orderLine()
        model.stepTapped(line, packs: -1)
        #expect(model.draft == ["21010019": 12])
        model.stepTapped(line, packs: 1)
        model.stepTapped(line, packs: 1)
        #expect(model.draft == ["21010019": 60])
    }

    @Test func what_is_sold_by_the_unit_moves_by_units_and_by_cases_on_a_long_press() async {
        let line = Sample.orderLine(pack: 1)
        let model = await model(FakeCore { $0.card.lines = [line] })
        model.amendTapped()
        model.stepTapped(line, packs: 1)
        #expect(model.draft == ["21010019": 37])
        model.caseTapped(line, up: false)
        #expect(model.draft == ["21010019": 13])
        model.caseTapped(line, up: false)
        #expect(model.draft == ["21010019": 0])
        model.caseTapped(line, up: true)
        #expect(model.draft == ["21010019": 24])
    }

    @Test func what_is_changed_or_cancelled_is_sent_at_once() async {
        let core = FakeCore()
        let model = await model(core)
        model.amendTapped()
        await model.amendSaved()
        #expect(core.calls.filter { ["amendOrder", "sync"].contains($0) } == ["amendOrder", "sync"])
        await model.cancelTapped("entered_wrongly")
        #expect(core.calls.filter { ["cancelOrder", "sync"].contains($0) } == ["sync", "cancelOrder", "sync"])
        #expect(core.calls.last != "sync", "what the server says of it is read")
    }

    @Test func what_was_refused_is_not_sent_and_stays_with_its_numbers() async {
        let core = FakeCore { $0.failing["amendOrder"] = .StorageFull; $0.failing["cancelOrder"] = .StorageFull }
        let model = await model(core)
        model.amendTapped()
        model.changed("21010019", units: 24)
        await model.amendSaved()
        await model.cancelTapped("entered_wrongly")
        #expect(model.draft == ["21010019": 24] && !model.isCancelled)
        #expect(model.failure?.key == .errorStorageFull && !core.calls.contains("sync"))
    }

    @Test func a_change_after_the_delivery_comes_too_late_and_counts_no_more() async {
        let core = FakeCore()
        let model = await model(core)
        model.amendTapped()
        model.changed("21010019", units: 24)
        let delivered = OrderState.ended(outcome: .delivered, sheet: "D01-20260728")
        core.state.card.state = delivered
        await model.amendSaved()
        #expect(core.calls.contains("amendOrder") && core.calls.contains("sync") && model.failure == nil)
        #expect(model.draft == nil && model.isOver && !model.isCancelled && model.state == delivered)
        #expect(model.card?.lines.map(\.confirmed) == [36] && model.receipt?.went == .alreadyDelivered)
    }

    @Test(arguments: [.ended(outcome: .delivered, sheet: "D01-20260728"), .cancelled(cause: .held)] as [OrderState])
    func a_change_that_is_being_made_ends_when_the_order_is_over(state: OrderState) async {
        let core = FakeCore()
        let model = await model(core)
        model.amendTapped()
        #expect(model.canSaveAmendment)
        core.state.card.state = state
        await model.load()
        #expect(model.isOver && model.draft == nil && !model.canSaveAmendment)
        model.amendTapped()
        #expect(model.draft == nil)
    }

    @Test func an_order_that_was_taken_back_elsewhere_is_not_changed_nor_taken_back_again() async {
        let core = FakeCore()
        let model = await model(core)
        model.amendTapped()
        core.state.card.state = .cancelled(cause: .held)
        await model.amendSaved()
        #expect(model.draft == nil && model.isCancelled && model.failure?.key == .errorOrderOver)
        await model.cancelTapped("entered_wrongly")
        #expect(model.isCancelled && model.failure?.key == .errorOrderOver && !core.calls.contains("sync"))
    }

    // MARK: Where it stands

    @Test func an_order_that_was_taken_back_here_is_cancelled_before_the_server_hears_of_it() async {
        let core = FakeCore { $0.failing["sync"] = .Network(retryable: true, reason: "no_answer") }
        let first = await model(core)
        await first.cancelTapped("entered_wrongly")
        first.sync.cancelTapped()
        let again = await model(core)
        #expect(again.isCancelled && again.isOver && again.moved == nil && again.standing == nil)
        #expect(again.state == .cancelled(cause: .owner))
    }

    @Test func an_order_that_the_server_cancelled_is_cancelled() async {
        let core = FakeCore { $0.orders = [Sample.order(.held)] }
        let model = await model(core)
        #expect(!model.isCancelled && model.state == .held)
        core.state.orders = [Sample.order(.cancelled(cause: .storeRejected))]
        await model.load()
        #expect(model.isCancelled)
    }

    @Test func an_order_of_an_earlier_day_says_where_it_stands_though_its_store_has_a_newer_one() async {
        let state = OrderState.ended(outcome: .short, sheet: "D01-20260728")
        let core = FakeCore {
            $0.card.state = state
            $0.lastOrder = LastOrder(order: Sample.visitId, state: .held, light: .onServer)
        }
        let model = await model(core)
        #expect(model.standing == nil && model.state == state && model.card?.store == Sample.store1)
        #expect(model.isOver && !model.isCancelled && model.moved == nil, "what was handed over stays")
    }

    @Test func without_a_state_the_servers_last_word_is_told() async {
        let newest = Sample.effect(.difference(sheet: "D01-20260728.1"))
        let core = FakeCore {
            $0.outbox = Sample.answered([Sample.record("order_amended", newest), Sample.record("visit_closed", nil)])
        }
        let model = await model(core)
        #expect(model.receipt == newest && model.state == nil && !model.isOver)
        #expect(Texts(.chinese).effect(newest) == "进补单D01-20260728.1")
    }

    @Test func an_order_that_this_phone_does_not_have_says_so() async {
        let model = await model(FakeCore { $0.failing["orderCard"] = .NotFound(reason: "unknown_order") })
        guard case .failed(let failure) = model.phase else { return #expect(Bool(false), "\(model.phase)") }
        #expect(failure.key == .errorUnknownOrder)
    }

    @Test func the_card_is_shown_without_the_servers_words() async {
        let model = await model(FakeCore { $0.failing["outbox"] = .Internal(reason: "fault") })
        #expect(model.phase == .ready && model.card == Sample.orderCard && model.failure == nil)
    }

    @Test(arguments: [(.cancelled, true), (.difference(sheet: "D01-20260728.1"), true), (.alreadyDelivered, false)] as [(Went, Bool)])
    func an_order_that_was_taken_back_is_cancelled_unless_it_came_too_late(went: Went, isCancelled: Bool) async {
        let record = Sample.record("order_cancelled", Sample.effect(went))
        let model = await model(FakeCore { $0.outbox = Sample.answered([record]) })
        #expect(model.isCancelled == isCancelled && model.isOver)
    }

    // MARK: Another delivery day

    @Test func a_day_that_the_server_moved_is_told_with_the_old_one() async {
        let model = await model(FakeCore { $0.orders = [Sample.order(self.waiting("2026-07-29"))] })
        #expect(model.moved == MovedDay(from: "2026-07-28", to: "2026-07-29"))
        let told = model.moved.map { Texts(.chinese).moved($0) }
        #expect(told == "改到7月29日 周三配送（原7月28日 周二）")
        #expect(Texts(.english).share(Sample.orderCard, moved: model.moved).hasSuffix("Moved to Wed 29 Jul (was Tue 28 Jul)"))
    }

    @Test func a_day_that_was_kept_is_not_told() async {
        let model = await model(FakeCore { $0.orders = [Sample.order(self.waiting("2026-07-28"))] })
        #expect(model.state == waiting("2026-07-28") && model.moved == nil)
    }

    @Test func a_change_keeps_the_servers_day() async {
        let core = FakeCore {
            $0.card.state = self.waiting("2026-07-29")
            $0.failing["sync"] = .Network(retryable: true, reason: "no_answer")
        }
        let model = await model(core)
        model.amendTapped()
        model.changed("21010019", units: 24)
        await model.amendSaved()
        model.sync.cancelTapped()
        #expect(model.card?.lines.map(\.confirmed) == [24])
        #expect(model.state == waiting("2026-07-29") && model.moved == MovedDay(from: "2026-07-28", to: "2026-07-29"))
    }

    @Test func a_day_that_the_server_moved_back_is_not_told() async {
        let core = FakeCore {
            $0.card.state = self.waiting("2026-07-28")
            $0.outbox = Sample.answered([
                Sample.record("order_amended", nil), Sample.record("visit_closed", self.went("2026-07-29")),
            ])
        }
        let model = await model(core)
        #expect(model.standing == nil && model.moved == nil)
    }

    @Test func on_a_sheet_the_day_is_the_sheets() async {
        let core = FakeCore {
            $0.card.state = .onSheet(sheet: "D01-20260730.1")
            $0.outbox = Sample.answered([Sample.record("visit_closed", self.went("2026-07-29"))])
        }
        let model = await model(core)
        #expect(model.standing == nil && model.moved == MovedDay(from: "2026-07-28", to: "2026-07-30"))
    }

    @Test func without_a_state_the_day_is_that_of_the_newest_receipt() async {
        let core = FakeCore {
            $0.outbox = Sample.answered([
                Sample.record("order_amended", Sample.effect(.difference(sheet: "D01-20260730.1"))),
                Sample.record("visit_closed", self.went("2026-07-29")),
            ])
        }
        let model = await model(core)
        #expect(model.moved?.to == "2026-07-30")
    }

    @Test func a_day_is_moved_when_the_servers_word_is_of_another_day_than_the_promise() {
        let moved = MovedDay(from: "2026-07-28", to: "2026-07-29")
        let said: [(OrderState?, MovedDay?)] = [
            (.waiting(day: "2026-07-29", late: true), moved), (.onSheet(sheet: "D01-20260729"), moved),
            (.onSheet(sheet: "D-01-20260729.2"), moved), (.ended(outcome: .short, sheet: "D01-20260729"), moved),
            (.waiting(day: "2026-07-28", late: false), nil), (.onSheet(sheet: "D01-20260728.1"), nil),
            (.onSheet(sheet: "12"), nil), (.cancelled(cause: .held), nil), (.held, nil), (nil, nil),
        ]
        for (state, expected) in said {
            #expect(MovedDay.of("2026-07-28", state) == expected, "\(String(describing: state))")
        }
    }

    @Test func what_does_not_come_was_not_moved() async {
        let core = FakeCore {
            $0.orders = [Sample.order(.cancelled(cause: .held))]
            $0.outbox = Sample.answered([Sample.record("visit_closed", self.went("2026-07-29"))])
        }
        let model = await model(core)
        #expect(model.isCancelled && model.moved == nil)
    }

    @Test func a_held_or_cancelled_order_has_a_word_instead_of_lamps() {
        let texts = Texts(.chinese)
        #expect(texts.stopped(Sample.order(.held)) == "待人工处理")
        #expect(texts.stopped(Sample.order(.cancelled(cause: .owner))) == "店主已取消")
        #expect(texts.stopped(Sample.order(.onSheet(sheet: "D1"))) == nil && texts.stopped(Sample.order(nil)) == nil)
        #expect(texts.stopped(Sample.order(.cancelled(cause: .owner), light: .onPhone)) == "取消还没上传")
        #expect(texts.stopped(Sample.order(waiting("2026-07-28"), light: .refused)) == "未被接受")
        #expect(texts.stopped(Sample.order(waiting("2026-07-28"), light: .onPhone)) == nil, "its one lamp says it")
    }

    @Test func a_sheet_is_with_the_distributor_when_somebody_there_opened_it() {
        let (texts, sheet) = (Texts(.chinese), OrderState.onSheet(sheet: "D01-20260728"))
        #expect([.onSheet, .atDistributor].map { (light: OrderLight) in texts(light.text) } == ["已上送货单", "经销商已收单"])
        #expect(texts.state(sheet, light: .onSheet) == "在送货单D01-20260728上")
        #expect(texts.state(sheet, light: .atDistributor) == "经销商已收单，送货单D01-20260728")
        #expect(Texts(.english)(OrderLight.onSheet.text) == "On a sheet")
    }

    @Test(arguments: [
        (.short, "少送"), (.refused, "拒收"), (.notReported, "未回报"), (.delivered, nil),
    ] as [(Outcome, String?)])
    func four_lamps_are_lit_for_what_came_as_it_was_agreed_alone(outcome: Outcome, word: String?) {
        let order = Sample.order(.ended(outcome: outcome, sheet: "D01-20260728"), light: .delivered)
        let texts = Texts(.chinese)
        #expect(order.light.lit == 4 && texts.stopped(order) == word)
        #expect(texts(order.light.text) == texts(PromiseLight.delivered.text), "one word for one thing")
    }
}
