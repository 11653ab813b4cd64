import Foundation
import Testing

@testable import XundianKit

@MainActor
struct SuggestModelTests {
    private func model(_ core: FakeCore) async -> SuggestModel {
        let model = SuggestModel(desk: Desk(core: core))
        await model.load()
        return model
    }

    private func core() -> FakeCore { FakeCore { $0.visit = Sample.visit(Sample.store1) } }

    /// Its button stands where "done" of the count stood.
    @Test func the_second_half_of_a_double_tap_agrees_to_nothing() async {
        let core = core()
        let time = HandClock()
        let model = SuggestModel(desk: Desk(core: core), now: { time.now })
        await model.load()
        model.appeared()
        time.passes(.milliseconds(300))
        await model.finishTapped()
        #expect(core.lines.isEmpty && !model.isFinished)
        time.passes(.milliseconds(200))
        await model.finishTapped()
        #expect(core.lines.contains(.finished(.suggestedOrder)) && model.isFinished)
    }

    @Test func what_was_agreed_in_step_5_is_none_of_the_rest_that_is_taken_as_suggested() async throws {
        let core = core()
        let model = SuggestModel(desk: Desk(core: core))
        await model.load()
        let sku = try #require(model.rows.first { model.shown($0) > 0 }).sku
        try core.saveLine(line: .confirmed(sku: sku, units: 72))
        await model.load()
        await model.finishTapped()
        #expect(core.lines.contains(.confirmed(sku: sku, units: 72)))
        #expect(!core.lines.contains { if case .intention(sku, _, _) = $0 { true } else { false } })
    }

    @Test func a_change_is_saved_at_once_and_wants_its_reason() async {
        let core = core()
        let model = await model(core)
        await model.stepTapped(model.rows[0], packs: 1)
        #expect(core.lines == [.intention(sku: "21010019", units: 48, reason: nil)])
        #expect(model.wantsReason(model.rows[0]) && model.withoutReason == 1)
        await model.reasonTapped(model.rows[0], "owner_wants_more")
        #expect(model.withoutReason == 0)
        await model.stepTapped(model.rows[0], packs: 1)
        #expect(core.lines == [.intention(sku: "21010019", units: 60, reason: "owner_wants_more")])
        await model.asSuggestedTapped(model.rows[0])
        #expect(core.lines == [.intention(sku: "21010019", units: 36, reason: nil)])
    }

    @Test func a_long_press_moves_by_a_case_in_whole_packs() async {
        let core = core()
        core.state.rows[0].pack = 5
        let model = await model(core)
        await model.stepTapped(model.rows[0], packs: 1)
        await model.caseTapped(model.rows[0], up: true)
        #expect(core.lines == [.intention(sku: "21010019", units: 51, reason: nil)])
        for _ in 0..<6 { await model.caseTapped(model.rows[0], up: false) }
        #expect(core.lines == [.intention(sku: "21010019", units: 0, reason: nil)], "never below nothing")
        await model.caseTapped(model.rows[1], up: true)
        #expect(model.intention("21010026") == 36, "from the suggestion, of which nobody spoke")
    }

    @Test func a_no_is_a_change_too() async {
        let core = core()
        let model = await model(core)
        await model.noneTapped(model.rows[1])
        await model.reasonTapped(model.rows[1], "shelf_space")
        #expect(core.lines == [.intention(sku: "21010026", units: 0, reason: "shelf_space")])
        #expect(model.shown(model.rows[1]) == 0)
        #expect(model.total == (3, 0))
    }

    @Test func what_was_read_out_and_not_changed_is_wanted() async {
        let core = core()
        core.state.rows.append(Sample.row("4", suggested: nil, why: nil, advice: .firstCount))
        let model = await model(core)
        await model.noneTapped(model.rows[0])
        await model.finishTapped()
        #expect(model.isFinished)
        #expect(core.lines == [
            .intention(sku: "21010019", units: 0, reason: nil), .intention(sku: "21010026", units: 24, reason: nil),
            .finished(.suggestedOrder),
        ])
    }

    @Test func a_gap_of_which_nobody_knows_what_it_sells_has_no_number_until_the_owner_names_one() async {
        let core = core()
        core.state.rows = [Sample.gap("3")]
        let model = await model(core)
        #expect(model.number(model.rows[0]) == nil && model.total == (0, 0))
        await model.stepTapped(model.rows[0], packs: 1)
        #expect(model.number(model.rows[0]) == 12 && model.withoutReason == 0)
        await model.noneTapped(model.rows[0])
        #expect(model.number(model.rows[0]) == 0, "said, so it is zero")
        #expect(core.lines == [.intention(sku: "3", units: 0, reason: nil)])
    }

    @Test func what_was_not_saved_is_not_shown_as_wanted() async {
        let core = core()
        let model = await model(core)
        core.state.failing["saveLine"] = .StorageFull
        await model.stepTapped(model.rows[0], packs: 1)
        #expect(model.intention("21010019") == nil)
        #expect(model.failure?.key == .errorStorageFull)
    }
}
