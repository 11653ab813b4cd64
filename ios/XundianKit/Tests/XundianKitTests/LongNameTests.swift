import Foundation
import Testing

@testable import XundianKit

/// A name that no door lets in today, and letters beyond the basic plane: nothing is cut, nothing breaks.
@MainActor
struct LongNameTests {
    private static let long = String(repeating: "𠮷野家🍜", count: 50)
    private static let languages = Language.allCases.map(Texts.init)

    @Test func the_route_shows_all_of_it() async {
        let core = FakeCore { $0.today.stops = [Sample.stop(Sample.store1, Self.long)] }
        let desk = Desk(core: core)
        let model = TodayModel(desk: desk, sync: SyncModel(desk: desk))
        await model.load()
        #expect(Self.long.count == 200 && model.next?.name == Self.long)
        for texts in Self.languages {
            #expect(texts(.todayNext, Self.long).hasSuffix(Self.long) && texts(.todayGoOn, Self.long).hasSuffix(Self.long))
        }
    }

    @Test func the_card_and_the_question_about_its_visit_show_all_of_it() async {
        let core = FakeCore { state in
            state.shop.name = Self.long
            state.visit = Sample.visit(Sample.store2)
        }
        let model = StoreCardModel(desk: Desk(core: core), store: Sample.store1)
        await model.load()
        await model.checkInTapped()
        #expect(model.card?.shop.name == Self.long && model.otherName == Self.long && model.isAskingToClose)
        for texts in Self.languages { #expect(texts(.cardOtherOpen, model.otherName).contains(Self.long)) }
    }

    @Test func the_order_and_what_is_sent_of_it_show_all_of_it() async throws {
        let core = FakeCore { $0.card.storeName = Self.long }
        let desk = Desk(core: core)
        let model = OrderModel(desk: desk, sync: SyncModel(desk: desk), order: Sample.orderId)
        await model.load()
        let card = try #require(model.card)
        for texts in Self.languages {
            #expect(texts.share(card).split(separator: "\n").first.map(String.init) == Self.long)
        }
    }

    @Test func a_search_finds_it_by_its_letters() async {
        let core = FakeCore { $0.today.stops = [Sample.stop(Sample.store1, Self.long)] }
        let model = SearchModel(desk: Desk(core: core))
        model.text = "𠮷"
        await model.searched()
        #expect(model.stores.map(\.name) == [Self.long])
    }

    // MARK: The door of 60

    private func form(_ name: String, _ core: FakeCore = FakeCore()) -> NewStoreModel {
        let model = NewStoreModel(desk: Desk(core: core))
        (model.name, model.street, model.address) = (name, "370202001", "江西路2号")
        return model
    }

    @Test func sixty_letters_pass_whatever_they_are() async {
        for letter in ["𠮷", "🍜", "长"] {
            let core = FakeCore()
            let name = String(repeating: letter, count: 60)
            let model = form(" " + name + "\n", core)
            #expect(model.nameProblem == nil && model.canSave, "blanks around it do not count")
            await model.saveTapped()
            #expect(model.opened == Sample.store2 && core.state.opened?.name == name)
        }
    }

    @Test func sixty_one_are_refused_in_the_field_and_stay_there() async {
        let core = FakeCore()
        let name = String(repeating: "𠮷", count: 61)
        let model = form(name, core)
        #expect(model.nameProblem == .errorNameTooLong && !model.canSave)
        await model.saveTapped()
        #expect(model.opened == nil && core.calls.isEmpty && model.name == name)
        #expect(Texts(.chinese)(.errorNameTooLong) == "太长了，最多60个字")
        model.name = String(name.dropLast())
        #expect(model.nameProblem == nil && model.canSave)
    }

    @Test func a_joined_emoji_counts_as_the_core_counts_it() {
        let family = "👨‍👩‍👧‍👦"
        #expect(family.count == 1 && family.unicodeScalars.count == 7)
        #expect(form(String(repeating: family, count: 8)).nameProblem == nil)
        #expect(form(String(repeating: family, count: 9)).nameProblem == .errorNameTooLong)
    }

    @Test func an_address_has_the_same_door() {
        let model = form("新店")
        model.address = String(repeating: "路", count: 61)
        #expect(model.addressProblem == .errorNameTooLong && model.nameProblem == nil && !model.canSave)
    }

    @Test func what_the_core_refuses_is_said_and_stays() async {
        let core = FakeCore { $0.failing["openStore"] = .InvalidInput(field: "owner", reason: "too_long") }
        let model = form("新店", core)
        model.owner = String(repeating: "长", count: 61)
        await model.saveTapped()
        #expect(model.refusal(of: .owner) == .errorNameTooLong && model.refusal(of: .name) == nil)
        #expect(model.opened == nil && model.name == "新店")
        model.failureDismissed()
        #expect(model.refusal(of: .owner) == nil)
    }
}
