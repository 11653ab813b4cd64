import Foundation
import Testing

@testable import XundianKit

@MainActor
struct VisitModelTests {
    @Test func another_open_visit_is_asked_about_before_check_in() async {
        let core = FakeCore { $0.visit = Sample.visit(Sample.store2) }
        let model = StoreCardModel(desk: Desk(core: core), store: Sample.store1)
        await model.load()
        await model.checkInTapped()
        #expect(model.isAskingToClose && !model.isCheckedIn && model.otherName == "利民超市")
        let asked = Texts(.chinese).otherOpen(model.otherName, goingOut: model.otherGoingOut)
        #expect(asked.hasPrefix("利民超市的拜访还没有结束") && asked.hasSuffix("\n店主要的1行会作为订单发出"))
        await model.closeOtherTapped()
        #expect(model.isCheckedIn)
        #expect(core.state.visit?.store == Sample.store1)
    }

    @Test func the_rail_fills_from_what_was_saved() async {
        let count = CountRow(
            sku: "1", entry: .typed, shelf: .counted(1), backroom: .notCounted, cooler: .notCounted, expiry: nil)
        let lines: [Line] = [.count(count), .finished(.display), .skip(step: .competitor, reason: "no_time")]
        let model = VisitModel(desk: Desk(core: Sample.visiting(lines)))
        await model.load()
        let marks = VisitModel.steps.map { model.mark(of: $0) }
        #expect(marks == [.begun, .untouched, .finished, .skipped("no_time"), .untouched])
        #expect(model.openSteps == [.stockCount, .suggestedOrder, .orderConfirmation], "asked about before check-out")
    }

    @Test func suggestions_that_were_looked_at_are_no_work_yet() async {
        let model = VisitModel(desk: Desk(core: Sample.visiting([.finished(.stockCount), .advised([])])))
        await model.load()
        #expect(model.mark(of: .suggestedOrder) == .untouched && model.openSteps.first == .suggestedOrder)
    }

    @Test func a_killed_app_goes_on_at_the_first_open_step() async {
        let core = Sample.visiting([.finished(.stockCount), .skip(step: .suggestedOrder, reason: "no_time")])
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        #expect(model.current == .display)
        await model.stepTapped(.stockCount)
        await model.load()
        #expect(model.current == .stockCount, "the thumb is not led away")
    }

    @Test func a_finished_step_cannot_be_skipped_and_dropped() async {
        let core = Sample.visiting([.finished(.display)])
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.skipTapped(.display)
        await model.skipReasonTapped("no_time", for: .display)
        #expect(model.skipping == nil && core.lines == [.finished(.display)])
    }

    @Test func a_skipped_step_asks_why_and_goes_on() async {
        let core = Sample.visiting()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.skipTapped(.display)
        #expect(model.skipping == .display)
        await model.skipReasonTapped("no_time", for: .display)
        #expect(core.lines == [.skip(step: .display, reason: "no_time")])
        #expect(model.current == .competitor && model.skipping == nil)
    }

    @Test func skipping_a_step_that_was_begun_says_that_its_work_goes() async {
        let model = VisitModel(desk: Desk(core: Sample.visiting([.count(Sample.counted("1", 7)), .advised([])])))
        await model.load()
        #expect(!model.dropsWork, "nothing is asked")
        await model.skipTapped(.stockCount)
        #expect(model.dropsWork)
        #expect(Texts(.chinese)(.visitSkipDrops).hasSuffix("请先完成这一步"), "step 5 has no button of that name")
        #expect(Texts(.english)(.visitSkipDrops).hasSuffix("finish the step"))
        await model.skipTapped(.suggestedOrder)
        #expect(!model.dropsWork, "suggestions that were looked at are no work")
        await model.skipTapped(.display)
        #expect(model.skipping == .display && !model.dropsWork)
    }

    /// The count, the display and the confirmation save through their own models.
    @Test func what_a_step_saved_since_the_rail_was_read_is_known_before_it_is_skipped_or_the_visit_left() async {
        let core = Sample.visiting()
        let desk = Desk(core: core)
        let (rail, count) = (VisitModel(desk: desk), CountModel(desk: desk, shop: Sample.shop()))
        await rail.load()
        await count.load()
        await count.typed("21010019", at: .shelf, units: 7)
        #expect(rail.mark(of: .stockCount) == .untouched, "nobody told the rail")
        await rail.skipTapped(.stockCount)
        #expect(rail.skipping == .stockCount && rail.dropsWork)
        rail.skipping = nil
        await count.typed("21010026", at: .shelf, units: 7)
        await count.finishTapped()
        await rail.skipTapped(.stockCount)
        #expect(rail.skipping == nil, "it was finished")
        await DisplayModel(desk: desk).popChanged(2)
        await rail.stepTapped(.competitor)
        #expect(rail.current == .competitor && rail.mark(of: .display) == .begun)
    }

    @Test func who_leaves_is_asked_about_the_steps_that_are_open_by_now() async {
        let core = Sample.visiting(VisitModel.steps.map { .finished($0) })
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        core.state.visit = Sample.visit(Sample.store1, lines: [.finished(.stockCount)])
        await model.leaveTapped()
        #expect(model.isAskingToLeave && model.openSteps.count == 4 && core.state.visit != nil)
        model.isAskingToLeave = false
        core.state.visit = Sample.visit(Sample.store1, lines: VisitModel.steps.map { .finished($0) })
        await model.leaveTapped()
        #expect(!model.isAskingToLeave && model.checkedOut != nil && core.state.visit == nil)
    }

    @Test func who_leaves_before_the_confirmation_hears_what_goes_out_as_an_order() async {
        let core = Sample.visiting()
        core.state.quote = Sample.quote([Sample.line(), Sample.line("21010026")])
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.leaveTapped()
        let (zh, en) = (Texts(.chinese), Texts(.english))
        #expect(zh.leaving(model.openSteps, goingOut: model.goingOut) == "还有5步没做，确定离店？\n店主要的2行会作为订单发出")
        #expect(en.leaving([.display], goingOut: 2).hasSuffix("\nLines that go out as an order: 2"))
        core.state.visit = Sample.visit(Sample.store1, lines: [.skip(step: .orderConfirmation, reason: "no_time")])
        await model.leaveTapped()
        #expect(model.goingOut == 0, "the core sells nothing then")
        core.state.visit = Sample.visit(Sample.store1)
        core.state.failing["quote"] = .Internal(reason: "fault")
        await model.leaveTapped()
        #expect(model.isAskingToLeave && zh.leaving(model.openSteps, goingOut: model.goingOut) == "还有5步没做，确定离店？")
    }

    @Test func lines_that_were_confirmed_are_not_said_to_go_out_all_the_same() async {
        let core = Sample.visiting([.confirmed(sku: "21010019", units: 48)])
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.leaveTapped()
        #expect(model.goingOut == 1, "nobody said that the step is done")
        core.state.visit = Sample.visit(Sample.store1, lines: core.lines + [.finished(.orderConfirmation)])
        await model.leaveTapped()
        #expect(model.isAskingToLeave && model.openSteps.count == 4 && model.goingOut == 0)
        #expect(Texts(.chinese).leaving(model.openSteps, goingOut: model.goingOut) == "还有4步没做，确定离店？")
        let other = StoreCardModel(desk: Desk(core: core), store: Sample.store2)
        await other.load()
        #expect(other.otherOpen != nil && other.otherGoingOut == 0, "nor before a check-in elsewhere")
    }

    @Test func a_visit_that_cannot_be_read_is_neither_left_nor_skipped_in() async {
        let core = Sample.visiting(VisitModel.steps.map { .finished($0) })
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        core.state.failing["currentVisit"] = .Internal(reason: "fault")
        await model.leaveTapped()
        await model.skipTapped(.display)
        #expect(model.skipping == nil && !model.isAskingToLeave && model.checkedOut == nil)
        #expect(model.failure?.key == .errorInternal && !core.calls.contains("checkOut"))
    }

    @Test func a_reason_counts_though_its_question_is_gone_from_the_screen() async throws {
        let core = Sample.visiting()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.skipTapped(.display)
        let asked = try #require(model.skipping)
        model.skipping = nil
        await model.skipReasonTapped("no_time", for: asked)
        #expect(core.lines == [.skip(step: .display, reason: "no_time")] && model.current == .competitor)
    }

    @Test func the_time_in_the_store_never_runs_backwards() async {
        let model = VisitModel(desk: Desk(core: Sample.visiting()))
        await model.load()
        let checkIn = Date(timeIntervalSince1970: 1_785_110_400)
        #expect(model.secondsInStore(at: checkIn + 65) == 65)
        #expect(model.secondsInStore(at: checkIn - 3600) == 0)
    }

    @Test func a_failed_visit_keeps_its_photo_first() async {
        let core = Sample.visiting()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.failTapped(.closed, photo: Data([1, 2, 3]))
        #expect(model.checkedOut?.result == .failed)
        #expect(core.calls.suffix(2) == ["keepPhoto", "failVisit"])
    }

    @Test func turning_back_from_the_camera_keeps_the_visit_until_the_rep_ends_it() async {
        let lines: [Line] = [.count(Sample.counted("1", 5))]
        let core = Sample.visiting(lines)
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.proofTaken(nil, for: .closed)
        #expect(model.unproven == .closed && model.checkedOut == nil)
        #expect(core.lines == lines && !core.calls.contains("failVisit"), "nothing is sealed")
        await model.failTapped(.closed, photo: nil)
        #expect(model.unproven == nil && model.checkedOut?.result == .failed)
        #expect(!core.calls.contains("keepPhoto"))
    }

    @Test func who_recorded_something_hears_before_the_photo_that_it_is_not_kept() async {
        let core = Sample.visiting([.advised([])])
        let desk = Desk(core: core)
        let model = VisitModel(desk: desk)
        await model.load()
        #expect(await model.failAsked(.closed), "suggestions that were looked at are no work")
        #expect(model.dropping == nil)
        // By the model of its step, since the rail was read.
        await DisplayModel(desk: desk).popChanged(2)
        #expect(await model.failAsked(.closed) == false)
        #expect(model.dropping == .closed && model.checkedOut == nil && !core.calls.contains("failVisit"))
        #expect(Texts(.chinese)(.visitFailDrops).contains("“" + Texts(.chinese)(.visitCheckOut) + "”"), "by its name")
    }

    @Test func a_photo_that_was_taken_ends_the_visit_without_a_question() async {
        let core = Sample.visiting()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        await model.proofTaken(Data([1, 2, 3]), for: .moved)
        #expect(model.unproven == nil && model.checkedOut?.result == .failed)
    }

    @Test func a_full_phone_leaves_the_visit_open() async {
        let core = Sample.visiting()
        let model = VisitModel(desk: Desk(core: core))
        await model.load()
        core.state.failing["checkOut"] = .StorageFull
        await model.checkOutTapped()
        #expect(model.checkedOut == nil)
        #expect(model.failure?.remedy == .freeStorage)
        #expect(core.state.visit != nil)
    }
}
