import Foundation
import Testing

@testable import XundianKit

/// What was refused is said, for as long as it is news.
@MainActor
struct RefusalTests {
    /// In step 5 with a wish.
    private func confirming() async -> (core: FakeCore, model: ConfirmModel) {
        let core = FakeCore { $0.visit = Sample.visit(Sample.store1) }
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        return (core, model)
    }

    @Test func a_refusal_stays_said_through_every_reading_until_something_is_done_or_it_is_put_away() async {
        let (core, model) = await confirming()
        core.state.failing["saveLine"] = .StorageFull
        await model.paymentTapped(.weChat)
        core.state.failing = [:]
        await model.load()
        #expect(model.failure?.key == .errorStorageFull, "a reading mends nothing")
        await model.paymentTapped(.weChat)
        #expect(model.failure == nil)
        core.state.failing["saveLine"] = .StorageFull
        await model.paymentTapped(.cash)
        #expect(model.failure?.key == .errorStorageFull)
        model.failureDismissed()
        await model.load()
        #expect(model.failure == nil)
    }

    @Test func a_reading_that_fails_does_not_take_a_refusal_with_it() async {
        let (core, model) = await confirming()
        core.state.failing["saveLine"] = .StorageFull
        await model.paymentTapped(.weChat)
        core.state.failing = ["quote": .Conflict(reason: "paused")]
        await model.load()
        core.state.failing = [:]
        await model.load()
        #expect(model.failure?.key == .errorStorageFull && model.phase == .ready)
    }

    @Test func a_tap_that_was_on_its_way_when_another_was_refused_does_not_take_the_refusal_away() async {
        let (core, model) = await confirming()
        core.state.failing["saveLine"] = .StorageFull
        let refused = Task { await model.paymentTapped(.weChat) }
        let other = Task { await model.putBackTapped("21010026") }
        await refused.value
        await other.value
        #expect(core.calls.contains("takeBack") && model.failure?.key == .errorStorageFull)
    }

    @Test func a_reading_that_failed_is_mended_by_one_that_goes_well() async {
        let (core, model) = await confirming()
        core.state.failing["quote"] = .Conflict(reason: "paused")
        await model.load()
        #expect(model.failure?.key == .errorPaused && model.refusals == 0)
        core.state.failing = [:]
        await model.load()
        #expect(model.failure == nil)
    }

    @Test func what_is_refused_again_is_felt_again_and_stays_one_line() async {
        let (core, model) = await confirming()
        core.state.failing["saveLine"] = .StorageFull
        for tap in 1...2 {
            await model.paymentTapped(.weChat)
            #expect(model.refusals == tap && model.failure?.key == .errorStorageFull)
        }
    }

    @Test func each_refusal_is_news_once_however_often_its_line_is_seen() async {
        let (core, model) = await confirming()
        #expect(model.takeNews() == nil)
        core.state.failing["saveLine"] = .StorageFull
        for _ in 1...2 {
            await model.paymentTapped(.weChat)
            #expect(model.takeNews()?.key == .errorStorageFull)
            #expect(model.takeNews() == nil, "the screen was left and come back to")
            await model.load()
            #expect(model.takeNews() == nil && model.failure != nil)
        }
        await model.paymentTapped(.weChat)
        model.failureDismissed()
        #expect(model.takeNews() == nil, "nobody needs to hear it any more")
    }

    @Test func a_reading_that_fails_again_and_again_is_news_once_and_again_after_one_that_went_well() async {
        let (core, model) = await confirming()
        for _ in 1...2 {
            core.state.failing["quote"] = .Conflict(reason: "paused")
            await model.load()
            #expect(model.takeNews()?.key == .errorPaused)
            await model.load()
            #expect(model.failure != nil && model.takeNews() == nil)
            core.state.failing = [:]
            await model.load()
        }
    }

    @Test func a_wish_that_was_not_saved_is_read_again_and_its_refusal_stays() async {
        let core = FakeCore { $0.visit = Sample.visit(Sample.store1) }
        let model = SuggestModel(desk: Desk(core: core))
        await model.load()
        core.state.failing["saveLine"] = .StorageFull
        await model.stepTapped(model.rows[0], packs: 1)
        core.state.failing = [:]
        await model.load()
        #expect(model.failure?.key == .errorStorageFull)
        await model.stepTapped(model.rows[0], packs: 1)
        #expect(model.failure == nil && model.intention("21010019") == 48)
    }

    @Test func a_day_that_could_not_be_sealed_says_so_until_it_is() async {
        let core = FakeCore { $0.report = Sample.report(missing: [], unsent: 0); $0.failing["closeDay"] = .StorageFull }
        let model = SummaryModel(desk: Desk(core: core))
        await model.load()
        await model.sealTapped()
        await model.load()
        #expect(model.failure?.key == .errorStorageFull && !model.isSealed)
        core.state.failing = [:]
        await model.sealTapped()
        #expect(model.failure == nil && model.isSealed)
    }

    @Test func a_map_or_a_call_that_did_not_open_is_said_felt_and_told_apart() {
        let model = StoreCardModel(desk: Desk(core: FakeCore()), store: Sample.store1)
        model.mapMissed()
        #expect(model.takeNews()?.key == .errorNoMap && model.refusals == 1)
        model.callMissed()
        #expect(model.failure?.key == .errorNoCall && model.takeNews() != nil && model.refusals == 2)
    }

    @Test func a_file_that_was_not_read_is_said_until_another_is_picked() async {
        let desk = Desk(core: FakeCore())
        let model = OutboxModel(desk: desk, sync: SyncModel(desk: desk))
        await model.load()
        await model.filePicked(.success(URL(fileURLWithPath: "/nowhere/xundian.journal")))
        await model.load()
        #expect(model.failure?.key == .errorFileUnread)
        await model.importTapped(Data([1]), code: "1234-5678-9012")
        #expect(model.failure == nil)
    }
}
