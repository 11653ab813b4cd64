import Foundation
import Testing

@testable import XundianKit

@MainActor
struct VisitModelTests {
    private func open(_ lines: [Line] = []) -> FakeCore {
        FakeCore { $0.visit = Sample.visit(Sample.store1, lines: lines) }
    }

    @Test func another_open_visit_is_asked_about_before_check_in() async {
        let core = FakeCore { $0.visit = Sample.visit(Sample.store2) }
        let model = StoreCardModel(desk: Desk(core: core), store: Sample.store1)
        await model.load()
        await model.checkInTapped()
        #expect(model.isAskingToClose && !model.isCheckedIn && model.otherName == "利民超市")
        await model.closeOtherTapped()
        #expect(model.isCheckedIn)
        #expect(core.state.visit?.store == Sample.store1)
    }

    @Test func the_rail_fills_from_what_was_saved() async {
        let count = CountRow(
            sku: "1", entry: .typed, shelf: .counted(1), backroom: .notCounted, cooler: .notCounted, expiry: nil)
        let lines: [Line] = [.count(count), .finished(.display), .skip(step: .competitor, reason: "no_time")]
        let model = VisitModel(desk: Desk(core: open(lines)))
        await model.load()
        let marks = VisitModel.steps.map { model.mark(of: $0) }
        #expect(marks == [.begun, .untouched, .finished, .skipped("no_time"), .untouched])
        #expect(model.openSteps == [.stockCount, .suggestedOrder, .orderConfirmation], "asked about before check-out")
    }

    @Test func suggestions_that_were_looked_at_are_no_work_yet() async {
        let model = VisitModel(desk: Desk(core: open([.finished(.stockCount), .advised([])])))
        await model.load()
        #expect(model.mark(of: .suggestedOrder) == .untouched && model.openSteps.first == .suggestedOrder)
    }

    @Test func a_killed_app_goes_on_at_the_first_open_step() async {
        let core = open([.finished(.stockCount), .skip(step: .suggestedOrder, reason: "no_time")])
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        #expect(model.current == .display)
        model.stepTapped(.stockCount)
        await model.load()
        #expect(model.current == .stockCount, "the thumb is not led away")
    }

    @Test func a_finished_step_cannot_be_skipped_and_dropped() async {
        let core = open([.finished(.display)])
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        model.skipTapped(.display)
        await model.skipReasonTapped("no_time", for: .display)
        #expect(model.skipping == nil && core.lines == [.finished(.display)])
    }

    @Test func a_skipped_step_asks_why_and_goes_on() async {
        let core = open()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        model.skipTapped(.display)
        #expect(model.skipping == .display)
        await model.skipReasonTapped("no_time", for: .display)
        #expect(core.lines == [.skip(step: .display, reason: "no_time")])
        #expect(model.current == .competitor && model.skipping == nil)
    }

    @Test func skipping_a_step_that_was_begun_says_that_its_work_goes() async {
        let model = VisitModel(desk: Desk(core: open([.count(Sample.counted("1", 7)), .advised([])])))
        await model.load()
        #expect(!model.dropsWork, "nothing is asked")
        model.skipTapped(.stockCount)
        #expect(model.dropsWork)
        model.skipTapped(.suggestedOrder)
        #expect(!model.dropsWork, "suggestions that were looked at are no work")
        model.skipTapped(.display)
        #expect(model.skipping == .display && !model.dropsWork)
    }

    @Test func a_reason_counts_though_its_question_is_gone_from_the_screen() async throws {
        let core = open()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        model.skipTapped(.display)
        let asked = try #require(model.skipping)
        model.skipping = nil
        await model.skipReasonTapped("no_time", for: asked)
        #expect(core.lines == [.skip(step: .display, reason: "no_time")] && model.current == .competitor)
    }

    @Test func the_time_in_the_store_never_runs_backwards() async {
        let model = VisitModel(desk: Desk(core: open()))
        await model.load()
        let checkIn = Date(timeIntervalSince1970: 1_785_110_400)
        #expect(model.secondsInStore(at: checkIn + 65) == 65)
        #expect(model.secondsInStore(at: checkIn - 3600) == 0)
    }

    @Test func a_failed_visit_keeps_its_photo_first() async {
        let core = open()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.failTapped(.closed, photo: Data([1, 2, 3]))
        #expect(model.checkedOut?.result == .failed)
        #expect(core.calls.suffix(2) == ["keepPhoto", "failVisit"])
    }

    @Test func turning_back_from_the_camera_keeps_the_visit_until_the_rep_ends_it() async {
        let lines: [Line] = [.count(Sample.counted("1", 5))]
        let core = open(lines)
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.proofTaken(nil, for: .closed)
        #expect(model.unproven == .closed && model.checkedOut == nil)
        #expect(core.lines == lines && !core.calls.contains("failVisit"), "nothing is sealed")
        await model.failTapped(.closed, photo: nil)
        #expect(model.unproven == nil && model.checkedOut?.result == .failed)
        #expect(!core.calls.contains("keepPhoto"))
    }

    @Test func a_photo_that_was_taken_ends_the_visit_without_a_question() async {
        let core = open()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.proofTaken(Data([1, 2, 3]), for: .moved)
        #expect(model.unproven == nil && model.checkedOut?.result == .failed)
    }

    @Test func a_full_phone_leaves_the_visit_open() async {
        let core = open()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        core.state.failing["checkOut"] = .StorageFull
        await model.checkOutTapped()
        #expect(model.checkedOut == nil)
        #expect(model.failure?.remedy == .freeStorage)
        #expect(core.state.visit != nil)
    }

    // MARK: Display and competitor

    @Test func the_checks_are_those_of_the_core_which_knows_the_shop() async {
        let core = open()
        core.state.checks = [Sample.check(1), Sample.check(2, needsCooler: true)]
        let model = DisplayModel(desk: Desk(core: core))
        await model.load()
        #expect(model.checks.map(\.no) == [1, 2])
    }

    @Test func what_is_checked_can_be_unchecked() async {
        let core = open()
        let model = DisplayModel(desk: Desk(core: core))
        await model.load()
        let check = model.checks[0]
        await model.checked(check, value: 2)
        #expect(model.value(of: check) == 2)
        await model.shelfTapped("21010019")
        await model.popChanged(3)
        await model.photoTaken(Data([1, 2]), .before)
        #expect(model.isOnShelf("21010019") && model.popPlaced == 3 && model.photos(.before).count == 1)
        await model.uncheckTapped(check)
        await model.shelfTapped("21010019")
        await model.photoRemoved(model.photos(.before)[0], .before)
        #expect(core.lines == [.popPlaced(3)])
    }

    @Test func a_photo_of_an_app_that_died_is_seen_again_until_the_server_has_it() async {
        let core = open()
        await DisplayModel(desk: Desk(core: core)).photoTaken(Data([1, 2]), .before)
        let next = DisplayModel(desk: Desk(core: core))
        await next.load()
        let photo = next.photos(.before)[0]
        #expect(await next.keptPhoto(photo) == Data([1, 2]))
        core.state.photos = [:]
        #expect(await next.keptPhoto(photo) == nil)
    }

    @Test func quick_taps_on_a_check_and_on_pop_add_up() async {
        let core = open()
        let model = DisplayModel(desk: Desk(core: core))
        await model.load()
        let check = model.checks[0]
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { await model.checkStepped(check, by: 1) } }
            for _ in 0..<5 { group.addTask { await model.popStepped(by: 1) } }
        }
        #expect(model.value(of: check) == 5 && model.popPlaced == 5)
        #expect(core.lines.contains(.check(CheckMade(no: check.no, value: 5))) && core.lines.contains(.popPlaced(5)))
        await model.popStepped(by: -9)
        #expect(model.popPlaced == 0, "never below zero")
    }

    @Test func percents_are_stepped_as_an_eye_can_tell_them() {
        let model = DisplayModel(desk: Desk(core: open()))
        #expect(model.step(of: Sample.check(1, unit: .percent)) == 10 && model.step(of: Sample.check(1)) == 1)
    }

    @Test func a_check_that_was_not_saved_is_not_shown() async {
        let core = open()
        let model = DisplayModel(desk: Desk(core: core))
        await model.load()
        core.state.failing["saveLine"] = .StorageFull
        await model.checkStepped(model.checks[0], by: 1)
        await model.popStepped(by: 1)
        #expect(model.value(of: model.checks[0]) == nil && model.popPlaced == 0)
    }

    @Test func a_photo_that_cannot_be_kept_is_not_named() async {
        let core = open()
        let model = DisplayModel(desk: Desk(core: core))
        core.state.failing["keepPhoto"] = .InvalidInput(field: "photo", reason: "photo_too_large")
        await model.photoTaken(Data([1]), .after)
        #expect(model.failure?.key == .errorPhotoTooLarge)
        #expect(core.lines.isEmpty)
    }

    @Test func a_photo_that_is_no_picture_is_said_and_turning_back_is_not() async {
        let desk = Desk(core: open())
        let (display, competitor) = (DisplayModel(desk: desk), CompetitorModel(desk: desk))
        await display.load()
        await competitor.load()
        await display.shotTaken(.turnedBack, .before)
        await competitor.shotTaken(.turnedBack)
        #expect(display.failure == nil && competitor.failure == nil)
        await display.shotTaken(.unreadable, .before)
        await competitor.shotTaken(.unreadable)
        #expect(display.failure?.key == .errorPhoto && competitor.failure?.key == .errorPhoto)
        #expect(display.photos(.before).isEmpty && competitor.photo == nil)
        await display.shotTaken(.taken(Data([1, 2])), .before)
        await competitor.shotTaken(.taken(Data([1, 2])))
        #expect(display.failure == nil && competitor.failure == nil)
        #expect(display.photos(.before).map(\.len) == [2] && competitor.photo?.len == 2)
    }

    @Test func a_camera_that_does_not_open_is_said() async {
        let model = DisplayModel(desk: Desk(core: open()))
        await model.load()
        model.cameraMissed()
        #expect(model.failure?.key == .errorNoCamera && model.refusals == 1)
        await model.load()
        #expect(model.failure?.key == .errorNoCamera, "a reading mends nothing")
    }

    @Test func a_known_fact_takes_one_tap_and_a_new_one_five() async {
        let core = open()
        let model = CompetitorModel(desk: Desk(core: core))
        await model.load()
        await model.knownTapped(model.known[0])
        #expect(model.isConfirmed(model.known[0]))
        model.brandTapped("统一")
        model.itemTapped("老坛酸菜")
        model.kindTapped(.promotion)
        model.exampleTapped(model.examples[0])
        await model.saveTapped()
        #expect(model.facts.map(\.value) == ["2.5", "10搭1"])
        #expect(model.brand == nil)
        await model.knownTapped(model.known[0])
        #expect(model.facts.map(\.value) == ["10搭1"])
    }

    @Test func what_is_known_is_not_asked_over_a_photo_of_it() async {
        let photographed = CompetitorFact(
            brand: "统一", item: "老坛酸菜", kind: .price, value: "2.5", from: nil, to: nil,
            photo: PhotoRef(sha256: "ab", len: 2))
        let core = open([.competitor(photographed)])
        let model = CompetitorModel(desk: Desk(core: core))
        await model.load()
        #expect(model.isConfirmed(model.known[0]) && !model.isConfirmed(model.known[1]))
        await model.knownTapped(model.known[0])
        #expect(core.lines.isEmpty, "a second tap takes it back, it does not lose the photo")
    }

    @Test func a_brand_that_nobody_has_seen_is_typed() async {
        let core = open()
        let model = CompetitorModel(desk: Desk(core: core))
        await model.load()
        model.brandTapped("统一")
        model.brandTyped("今麦郎 ")
        #expect(model.brand == "今麦郎" && model.items.isEmpty)
        model.itemTyped("  ")
        #expect(model.item == nil, "a blank is no item")
        model.itemTyped("大今野")
        model.kindTapped(.price)
        model.value = " "
        #expect(!model.canSave, "a blank says nothing")
        model.value = "2.8"
        model.brandTyped("今麦郎 ")
        #expect(model.canSave, "the keyboard closed, nothing else")
        await model.saveTapped()
        #expect(model.facts.map(\.brand) == ["今麦郎"] && model.facts.map(\.item) == ["大今野"])
        #expect(model.brand == nil && model.otherBrand.isEmpty && model.otherItem.isEmpty)
    }

    // MARK: Confirmation

    @Test func five_quick_taps_on_a_line_are_five() async throws {
        let core = open()
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
        let core = open()
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
        let core = open()
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
        let core = open()
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        #expect(model.canSeal)
        await model.stepTapped(try! #require(model.quote?.lines.first), packs: -1)
        await model.windowTapped(nil)
        await model.paymentTapped(.weChat)
        #expect(core.lines.contains(.confirmed(sku: "21010019", units: 12)))
        #expect(core.lines.contains(.promise(Promise(day: "2026-07-28", window: nil))))
        await model.sealTapped()
        #expect(model.card?.code == "0427")
        #expect(core.state.visit == nil)
    }

    @Test func another_day_of_the_distributor_keeps_the_window() async {
        let core = open()
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
        let model = ConfirmModel(desk: Desk(core: open()))
        #expect(!model.wantsNoOrder, "nothing is known yet")
        await model.load()
        #expect(model.hasLines && !model.wantsNoOrder)
    }

    @Test func a_promotion_has_the_name_that_an_owner_understands() async {
        let model = ConfirmModel(desk: Desk(core: open()))
        #expect(model.promoName("P2601") == "P2601", "nothing is known yet")
        await model.load()
        #expect(model.promoName("P2601") == "满500减30" && model.promoName("P2699") == "P2699")
    }

    @Test func who_orders_nothing_gets_no_order_and_may_order_after_all() async {
        let core = open()
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
        let core = open()
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

    @Test func a_wish_after_a_refusal_is_an_order() async {
        let model = ConfirmModel(desk: Desk(core: open([.noOrder("stock_enough")])))
        await model.load()
        #expect(model.hasLines && model.noOrder == nil && model.canSeal, "so the core seals it")
    }

    @Test func a_hint_of_another_kind_hides_no_promotion() async {
        let core = open()
        core.state.quote.missing.append(PromoMissing(promo: "P2602", missing: .quantity(2000)))
        core.state.quote.hints = [
            .belowMinimum(by: 500), .nextBenefit(promo: "P2602", missing: .quantity(2000), gives: .cut(100)),
        ]
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        #expect(model.missing.map(\.promo) == ["P2601"])
    }

    @Test func somebody_else_receives_this_order_and_then_the_stores_contact_after_all() async {
        let core = open()
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
        let model = ConfirmModel(desk: Desk(core: open([.receiver(named)])))
        await model.load()
        model.receiverTapped()
        #expect(model.receiverDraft == named && model.quote?.receiver == named)
        #expect(Line.receiver(named).step == .orderConfirmation)
    }

    @Test func a_receiver_that_is_dropped_or_unchanged_is_no_record() async {
        let core = open()
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
        let core = open()
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        core.state.failing["saveLine"] = .InvalidInput(field: "receiver", reason: "too_long")
        model.receiverTapped()
        model.receiverDraft?.name = String(repeating: "长", count: 61)
        await model.receiverSaved()
        #expect(model.failure?.key == .errorTooLong && model.receiverDraft?.name.count == 61)
        #expect(model.quote?.receiver.name == "收货人")
        model.receiverDropped()
        #expect(model.failure == nil && model.receiverDraft == nil)
    }
}
