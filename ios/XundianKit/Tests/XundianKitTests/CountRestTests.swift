import Foundation
import Testing

@testable import XundianKit

/// 库房其余…都没货, and its 撤销.
@MainActor
struct CountRestTests {
    private func counting() async -> (core: FakeCore, model: CountModel) {
        let core = FakeCore { state in
            state.visit = Sample.visit(Sample.store1)
            state.items = ["1", "2", "3"].map { Sample.item($0) }
        }
        let model = CountModel(desk: Desk(core: core), shop: Sample.shop(backroom: true))
        await model.load()
        await model.typed("1", at: .shelf, units: 5)
        await model.typed("2", at: .backroom, units: 7)
        return (core, model)
    }

    @Test func what_was_nothing_by_a_slip_is_as_it_was_before() async {
        let (core, model) = await counting()
        let before = core.lines
        #expect(model.sweptCount == 0)
        await model.nothingElseTapped(at: .backroom)
        #expect(model.sweptCount == 2 && model.rest(at: .backroom).isEmpty && core.lines.count == 3)
        await model.nothingElseUndone()
        #expect(Set(core.lines) == Set(before) && model.sweptCount == 0)
        #expect(model.units("1", at: .backroom) == nil && model.units("1", at: .shelf) == 5)
        #expect(model.row("3") == nil, "nobody had counted it: that is not zero")
    }

    @Test func it_can_be_taken_back_until_the_next_change() async {
        let (core, model) = await counting()
        await model.nothingElseTapped(at: .backroom)
        await model.stepTapped("3", at: .backroom, by: 1)
        #expect(model.sweptCount == 0)
        let lines = core.lines
        await model.nothingElseUndone()
        #expect(core.lines == lines)
    }

    @Test func what_was_not_saved_is_not_taken_back_and_a_refused_undo_stays_on_offer() async {
        let (core, model) = await counting()
        core.state.failing["saveLine"] = .StorageFull
        await model.nothingElseTapped(at: .backroom)
        #expect(model.sweptCount == 0 && model.rest(at: .backroom).count == 2)
        core.state.failing = [:]
        await model.nothingElseTapped(at: .backroom)
        core.state.failing["saveLine"] = .StorageFull
        await model.nothingElseUndone()
        #expect(model.sweptCount == 2 && model.failure?.key == .errorStorageFull)
    }

    @Test func a_tap_that_comes_before_the_answer_is_the_last_change() async {
        let (_, model) = await counting()
        let sweeping = Task { await model.nothingElseTapped(at: .backroom) }
        let step = Task { await model.stepTapped("2", at: .backroom, by: 1) }
        await sweeping.value
        await step.value
        #expect(model.sweptCount == 0)
    }

    /// Its button stands where that of the step before stood, and the step after begins with a button there.
    @Test func the_second_half_of_a_double_tap_finishes_no_count() async {
        let (core, time) = (Sample.visiting(), HandClock())
        let model = CountModel(desk: Desk(core: core), shop: Sample.shop(), now: { time.now })
        model.appeared()
        await model.load()
        time.passes(.milliseconds(300))
        await model.finishTapped()
        #expect(!model.isFinished && core.lines.isEmpty)
        time.passes(.milliseconds(200))
        await model.finishTapped()
        #expect(model.isFinished)
    }
}
