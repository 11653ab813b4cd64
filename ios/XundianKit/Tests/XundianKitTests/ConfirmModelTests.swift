import Foundation
import Testing

@testable import XundianKit

@MainActor
struct ConfirmModelTests {
    /// Every other step is done, or left out with its reason.
    private let done: [Line] = [
        .finished(.stockCount), .finished(.suggestedOrder), .skip(step: .display, reason: "no_time"), .finished(.competitor),
    ]

    @Test func five_quick_taps_on_a_line_are_five() async throws {
        let core = Sample.visiting()
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        let line = try #require(model.quote?.lines.first)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { await model.stepTapped(line, packs: 1) } }
        }
        #expect(core.lines == [.confirmed(sku: "21010019", units: 156)])
        let after = try #require(model.quote?.lines.first)
        #expect(after.confirmed == 156 && model.units(after) == 156)
    }

    @Test func what_is_sold_by_the_unit_moves_by_units_and_by_cases_on_a_long_press() async throws {
        let core = Sample.visiting()
        core.state.quote = Sample.quote([Sample.line(pack: 1)])
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        let line = try #require(model.quote?.lines.first)
        await model.stepTapped(line, packs: 1)
        #expect(core.lines == [.confirmed(sku: "21010019", units: 37)])
        let after = try #require(model.quote?.lines.first)
        #expect(Texts(.chinese).quantity(model.units(after), case: after.case) == "1箱13个")
        await model.caseTapped(line, up: true)
        #expect(core.lines == [.confirmed(sku: "21010019", units: 61)])
        for _ in 0..<3 { await model.caseTapped(line, up: false) }
        #expect(!model.hasLines && model.dropped == ["21010019"])
    }

    @Test(arguments: [(1, 24), (24, 24), (5, 20), (48, 48)] as [(Pack, Units)])
    func a_long_press_is_a_case_in_whole_packs(pack: Pack, units: Units) {
        #expect(Packs.inCase(24, pack: pack) == units)
    }

    @Test func a_line_that_was_taken_to_nothing_comes_back() async throws {
        let core = Sample.visiting()
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        let line = try #require(model.quote?.lines.first)
        await model.stepTapped(line, packs: -2)
        #expect(!model.hasLines && model.dropped == ["21010019"] && model.name("21010019") == "红烧牛肉面")
        await model.putBackTapped("21010019")
        #expect(model.dropped.isEmpty && core.lines.isEmpty)
        #expect(model.quote?.lines.map(\.confirmed) == [36])
    }

    @Test func the_order_is_sealed_with_its_card() async {
        let core = Sample.visiting(done)
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        #expect(model.canSeal)
        await model.stepTapped(try! #require(model.quote?.lines.first), packs: -1)
        await model.windowTapped(nil)
        await model.paymentTapped(.weChat)
        #expect(core.lines.contains(.confirmed(sku: "21010019", units: 12)))
        #expect(core.lines.contains(.promise(Promise(day: "2026-07-28", window: nil))))
        await model.sealTapped()
        #expect(!model.isAskingToSeal && model.openSteps.isEmpty, "a complete visit is not asked about")
        #expect(model.card?.code == "0427")
        #expect(core.state.visit == nil)
    }

    /// Its button stands where "done" of the step before stood.
    @Test func the_second_half_of_a_double_tap_seals_no_order_that_nobody_confirmed() async {
        let (core, time) = (Sample.visiting(done), HandClock())
        let model = ConfirmModel(desk: Desk(core: core), now: { time.now })
        model.appeared()
        await model.load()
        time.passes(.milliseconds(300))
        await model.sealTapped()
        #expect(model.checkedOut == nil && !model.isAskingToSeal && core.state.visit != nil)
        time.passes(.milliseconds(200))
        await model.sealTapped()
        #expect(model.card?.code == "0427" && core.state.visit == nil)
    }

    /// The model outlives its view.
    @Test func nothing_is_sealed_by_what_was_seen_at_an_earlier_look() async {
        let (core, time) = (Sample.visiting(done), HandClock())
        let model = ConfirmModel(desk: Desk(core: core), now: { time.now })
        model.appeared()
        await model.load()
        // Another step, where a line more was wanted.
        core.state.quote = Sample.quote([Sample.line(), Sample.line("21010026")])
        model.appeared()
        time.passes(.seconds(1))
        #expect(model.quote == nil && model.phase == .loading && !model.canSeal && !model.wantsNoOrder)
        await model.sealTapped()
        await model.sealAnywayTapped()
        #expect(model.checkedOut == nil && core.state.visit != nil)
        await model.load()
        #expect(model.quote?.lines.count == 2 && model.canSeal)
    }

    @Test func steps_that_are_open_are_asked_about_before_the_visit_is_sealed() async {
        let core = Sample.visiting([.count(Sample.counted("1", 7)), .advised([]), .finished(.display)])
        let desk = Desk(core: core)
        let (model, rail) = (ConfirmModel(desk: desk), VisitModel(desk: desk))
        await model.load()
        await rail.load()
        for _ in 1...2 {
            await model.sealTapped()
            #expect(model.isAskingToSeal && model.openSteps == [.stockCount, .suggestedOrder, .competitor])
            #expect(model.checkedOut == nil && core.state.visit != nil && !core.calls.contains("checkOut"), "nothing is sealed")
            // Who turns back is asked again.
            model.isAskingToSeal = false
        }
        #expect(rail.openSteps == model.openSteps + [.orderConfirmation], "one rule; this step is done by sealing")
        await model.sealTapped()
        await model.sealAnywayTapped()
        #expect(!model.isAskingToSeal && model.card?.code == "0427" && core.state.visit == nil)
    }

    @Test func a_visit_without_an_order_is_asked_about_too() async {
        let core = Sample.visiting([.finished(.stockCount)])
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        await model.sealTapped()
        #expect(model.isAskingToSeal)
        model.isAskingToSeal = false
        await model.noOrderTapped("stock_enough")
        await model.sealTapped()
        #expect(model.isAskingToSeal && model.openSteps.count == 3 && core.state.visit != nil)
    }

    @Test func another_day_of_the_distributor_keeps_the_window() async {
        let core = Sample.visiting()
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        #expect(model.quote?.days == ["2026-07-28", "2026-07-29", "2026-08-03"])
        await model.dayTapped("2026-08-03")
        #expect(core.lines.contains(.promise(Promise(day: "2026-08-03", window: "08:30-11:30"))))
    }

    @Test func without_lines_a_reason_is_needed() async {
        let core = FakeCore { $0.visit = Sample.visit(Sample.store1); $0.quote = Sample.quote([]) }
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        #expect(model.phase == .empty && !model.canSeal && model.wantsNoOrder)
        await model.noOrderTapped("stock_enough")
        #expect(model.noOrder == "stock_enough" && model.canSeal && !model.wantsNoOrder)
        await model.orderAfterAllTapped()
        #expect(model.noOrder == nil && model.wantsNoOrder)
    }

    @Test func who_orders_something_is_not_asked_why_not() async {
        let model = ConfirmModel(desk: Desk(core: Sample.visiting()))
        #expect(!model.wantsNoOrder, "nothing is known yet")
        await model.load()
        #expect(model.hasLines && !model.wantsNoOrder)
    }

    @Test func a_promotion_has_the_name_that_an_owner_understands() async {
        let model = ConfirmModel(desk: Desk(core: Sample.visiting()))
        #expect(model.promoName("P2601") == "P2601", "nothing is known yet")
        await model.load()
        #expect(model.promoName("P2601") == "满500减30" && model.promoName("P2699") == "P2699")
    }

    @Test func who_orders_nothing_gets_no_order_and_may_order_after_all() async {
        let core = Sample.visiting()
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        await model.noOrderTapped("stock_enough")
        #expect(core.lines == [.confirmed(sku: "21010019", units: 0), .noOrder("stock_enough")])
        #expect(!model.hasLines && model.noOrder == "stock_enough" && model.canSeal)
        await model.orderAfterAllTapped()
        #expect(core.lines.isEmpty && model.noOrder == nil)
        #expect(model.quote?.lines.map(\.confirmed) == [36], "as it was wanted")
    }

    @Test func who_orders_after_all_gets_the_numbers_that_were_confirmed() async {
        let core = Sample.visiting()
        core.state.quote = Sample.quote([Sample.line(), Sample.line("21010026")])
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        await model.confirmed("21010019", units: 48)
        await model.confirmed("21010026", units: 0)
        await model.noOrderTapped("stock_enough")
        await model.noOrderTapped("no_time")
        #expect(!model.hasLines && model.noOrder == "no_time")
        await model.orderAfterAllTapped()
        #expect(model.noOrder == nil && model.quote?.lines.map(\.confirmed) == [48], "not the 36 of the wish")
        #expect(model.dropped == ["21010026"], "it was nothing before")
    }

    @Test func what_was_confirmed_outlives_the_step_and_ends_with_its_visit() async {
        let core = Sample.visiting()
        let app = AppModel(desk: Desk(core: core))
        let model = app.confirm(in: Sample.visitId)
        await model.load()
        await model.confirmed("21010019", units: 48)
        await model.noOrderTapped("stock_enough")
        // A tap on another bead, or Back, and the step once more.
        let again = app.confirm(in: Sample.visitId)
        again.appeared()
        await again.load()
        await again.orderAfterAllTapped()
        #expect(again.quote?.lines.map(\.confirmed) == [48] && again.noOrder == nil, "not the 36 of the wish")
        #expect(app.confirm(in: UUID()).quote == nil, "that was another shop's")
    }

    @Test func a_wish_after_a_refusal_is_an_order() async {
        let model = ConfirmModel(desk: Desk(core: Sample.visiting([.noOrder("stock_enough")])))
        await model.load()
        #expect(model.hasLines && model.noOrder == nil && model.canSeal, "so the core seals it")
    }

    @Test func a_hint_of_another_kind_hides_no_promotion() async {
        let core = Sample.visiting()
        core.state.quote.missing.append(PromoMissing(promo: "P2602", missing: .quantity(2000)))
        core.state.quote.hints = [
            .belowMinimum(by: 500), .nextBenefit(promo: "P2602", missing: .quantity(2000), gives: .cut(100)),
        ]
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        #expect(model.missing.map(\.promo) == ["P2601"])
    }

    @Test func somebody_else_receives_this_order_and_then_the_stores_contact_after_all() async {
        let core = Sample.visiting()
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        #expect(model.quote?.receiver.name == "收货人" && model.receiverDraft == nil)
        model.receiverTapped()
        #expect(model.receiverDraft == Receiver(name: "", phone: ""), "not the contact's telephone")
        model.receiverDraft = Receiver(name: " 王老板娘", phone: "0532-80000001\n")
        await model.receiverSaved()
        let named = Receiver(name: "王老板娘", phone: "0532-80000001")
        #expect(core.lines == [.receiver(named)] && model.quote?.receiver == named && model.receiverDraft == nil)
        model.receiverTapped()
        #expect(model.receiverDraft == named, "changed from what was said")
        model.receiverDraft = Receiver(name: " ", phone: "")
        await model.receiverSaved()
        #expect(core.lines.isEmpty && model.quote?.receiver.name == "收货人" && model.receiverDraft == nil)
    }

    @Test func a_named_receiver_is_there_after_a_kill() async {
        let named = Receiver(name: "店员", phone: "")
        let model = ConfirmModel(desk: Desk(core: Sample.visiting([.receiver(named)])))
        await model.load()
        model.receiverTapped()
        #expect(model.receiverDraft == named && model.quote?.receiver == named)
        #expect(Line.receiver(named).step == .orderConfirmation)
    }

    @Test func a_receiver_that_is_dropped_or_unchanged_is_no_record() async {
        let core = Sample.visiting()
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        model.receiverTapped()
        model.receiverDraft?.name = "店员"
        model.receiverDropped()
        model.receiverTapped()
        #expect(model.receiverDraft?.name == "", "what was dropped does not come back")
        await model.receiverSaved()
        #expect(model.receiverDraft == nil && core.lines.isEmpty)
        #expect(!core.calls.contains("saveLine") && !core.calls.contains("takeBack"))
    }

    @Test func a_receiver_that_is_refused_stays_in_the_form() async {
        let core = Sample.visiting()
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        core.state.failing["saveLine"] = .InvalidInput(field: "receiver", reason: "too_long")
        model.receiverTapped()
        model.receiverDraft?.name = String(repeating: "长", count: 61)
        await model.receiverSaved()
        #expect(model.refusal(of: .receiver) == .errorNameTooLong && model.receiverDraft?.name.count == 61)
        #expect(model.quote?.receiver.name == "收货人")
        model.receiverDropped()
        #expect(model.failure == nil && model.receiverDraft == nil)
    }
}
