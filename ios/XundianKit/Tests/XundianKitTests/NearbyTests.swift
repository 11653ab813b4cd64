import Foundation
import Testing

@testable import XundianKit

/// What colleagues saw of competitors around, and the picture of the standard.
@MainActor
struct NearbyTests {
    private func inVisit(_ change: (inout FakeCore.State) -> Void = { _ in }) -> FakeCore {
        FakeCore { state in
            state.visit = Sample.visit(Sample.store1)
            change(&state)
        }
    }

    private func competitor(_ core: FakeCore) async -> CompetitorModel {
        let model = CompetitorModel(desk: Desk(core: core))
        await model.load()
        return model
    }

    private func card(_ core: FakeCore) async -> StoreCardModel {
        let model = StoreCardModel(desk: Desk(core: core), store: Sample.store1)
        await model.load()
        return model
    }

    private func display(_ core: FakeCore) async -> DisplayModel {
        let model = DisplayModel(desk: Desk(core: core))
        await model.load()
        return model
    }

    @Test func one_tap_says_that_it_is_here_too_dates_and_all_and_a_second_one_takes_it_back() async {
        let core = inVisit()
        let model = await competitor(core)
        let ending = Sample.around[0]
        #expect(model.around == Sample.around && !model.isConfirmed(ending))
        await model.seenTapped(ending)
        let fact = CompetitorFact(
            brand: "统一", item: "老坛酸菜", kind: .promotion, value: "10搭1", from: "2026-07-20", to: "2026-08-31", photo: nil)
        #expect(core.lines == [.competitor(fact)] && model.isConfirmed(ending))
        await model.seenTapped(ending)
        #expect(core.lines.isEmpty && !model.isConfirmed(ending))
    }

    @Test func what_colleagues_saw_is_not_asked_again_from_the_offices_list() async {
        let model = await competitor(inVisit())
        #expect(model.lookOut.map(\.example) == ["2.5"])
        #expect(model.known.count == 2, "a new fact chooses among all of the list")
        let alone = await competitor(inVisit { $0.around = [] })
        #expect(alone.lookOut == alone.known)
    }

    @Test func a_door_that_fails_is_said_in_the_step() async {
        let model = await competitor(inVisit { $0.failing["seenAround"] = .StorageFull })
        guard case .failed(let failure) = model.phase else {
            Issue.record("\(model.phase)")
            return
        }
        #expect(failure.key == .errorStorageFull)
    }

    @Test func the_card_tells_three_what_stands_here_first_and_then_what_most_shops_have() async {
        let few = Sample.seen("统一", "少见", .price, "3", stores: 2)
        let here = Sample.seen("统一", "本店", .price, "3", stores: 1, here: true)
        let most = Sample.seen("统一", "多见", .price, "3", stores: 40)
        let model = await card(FakeCore { $0.around = [few, Sample.around[0], here, most] })
        #expect(model.nearby == Nearby(seen: [here, most, Sample.around[0]]))
        #expect(model.phase == .ready)
    }

    @Test func where_nobody_saw_anything_the_card_tells_what_the_office_asks_about() async {
        let nobody = FakeCore { $0.around = [] }
        #expect(await card(nobody).nearby == Nearby(lookOut: nobody.state.competitors))
        let failing = FakeCore { $0.failing["seenAround"] = .NotFound(reason: "unknown_store") }
        let model = await card(failing)
        #expect(model.nearby.lookOut == failing.state.competitors && model.failure == nil && model.phase == .ready)
        let silent = FakeCore { $0.around = []; $0.competitors = [] }
        #expect(await card(silent).nearby.isEmpty)
    }

    @Test func in_how_many_shops_since_when_here_too_and_until_when() {
        let (chinese, english) = (Texts(.chinese), Texts(.english))
        let (ending, here) = (Sample.around[0], Sample.around[1])
        #expect(chinese.seen(ending) == "自7月20日 周一起12家店见过 · 至8月31日 周一")
        #expect(english.seen(ending) == "shops: 12, since Mon 20 Jul · until Mon 31 Aug")
        #expect(english.seen(here) == "shops: 5, since Mon 20 Jul · in this shop")
        #expect([ending, here].map(chinese.seenShort) == ["10搭1 · 12家店", "2.8 · 本店有"])
        #expect(english.seenShort(ending) == "10搭1 · shops: 12")
    }

    @Test func the_one_shop_may_be_this_one() {
        let only = Sample.seen("统一", "本店", .price, "3", stores: 1, here: true)
        #expect(Texts(.chinese).seen(only) == "自7月20日 周一起1家店见过 · 本店有")
        #expect(Texts(.english).seen(only) == "shops: 1, since Mon 20 Jul · in this shop")
    }

    @Test func a_fact_of_four_hundred_characters_is_told_in_full() {
        let long = String(repeating: "𠮷野家🍜", count: 50)
        let fact = Sample.seen("统一", long, .price, long, stores: 5)
        for texts in Language.allCases.map(Texts.init) { #expect(texts.seenShort(fact).hasPrefix(long)) }
    }

    @Test func the_picture_of_the_standard_is_read_once_however_often_the_checklist_is() async {
        let core = inVisit()
        let model = await display(core)
        #expect(model.picture == Sample.picture)
        await model.popStepped(by: 2)
        await model.load()
        #expect(core.calls.count(where: { $0 == "standardPicture" }) == 1 && model.popPlaced == 2)
    }

    @Test func a_picture_that_came_with_a_sync_is_there_when_the_step_is_opened_again() async {
        let core = inVisit { $0.picture = nil }
        let model = await display(core)
        #expect(model.picture == nil && model.phase == .ready)
        core.state.picture = Sample.picture
        await model.load()
        #expect(model.picture == Sample.picture)
    }

    @Test func a_picture_that_cannot_be_read_takes_nothing_from_the_checklist() async {
        let model = await display(inVisit { $0.failing["standardPicture"] = .StorageFull })
        #expect(model.picture == nil && model.phase == .ready && model.failure == nil)
        #expect(model.checks.map(\.no) == [1])
    }
}
