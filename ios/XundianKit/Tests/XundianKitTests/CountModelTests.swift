import Foundation
import Testing

@testable import XundianKit

@MainActor
struct CountModelTests {
    func core(_ items: [CountItem]? = nil) -> FakeCore {
        FakeCore { state in
            state.visit = Sample.visit(Sample.store1)
            if let items { state.items = items }
        }
    }

    func model(_ core: FakeCore, backroom: Bool = false, cooler: Bool = false) async -> CountModel {
        let model = CountModel(desk: Desk(core: core), shop: Sample.shop(backroom: backroom, cooler: cooler))
        await model.load()
        return model
    }

    func saved(_ core: FakeCore, _ sku: Sku) -> CountRow? {
        for case .count(let row) in core.lines where row.sku == sku { return row }
        return nil
    }

    @Test func a_step_starts_from_zero_not_from_the_ghost() async {
        let core = core()
        let model = await model(core)
        await model.stepTapped("21010019", at: .shelf, by: 1)
        #expect(saved(core, "21010019")?.shelf == .counted(1))
        #expect(saved(core, "21010019")?.entry == .stepped)
        await model.stepTapped("21010026", at: .shelf, by: -1)
        #expect(saved(core, "21010026") == nil, "nothing is taken from what nobody counted")
        await model.stepTapped("21010019", at: .shelf, by: -3)
        #expect(saved(core, "21010019")?.shelf == .counted(0), "never below zero")
    }

    @Test func cases_are_stepped_by_themselves_and_what_is_loose_stays() async {
        let core = core()
        let model = await model(core)
        await model.casesTapped("21010019", at: .shelf, by: 1)
        #expect(saved(core, "21010019")?.shelf == .counted(24), "from zero, not from the ghost")
        await model.stepTapped("21010019", at: .shelf, by: 7)
        await model.casesTapped("21010019", at: .shelf, by: 1)
        #expect(saved(core, "21010019")?.shelf == .counted(55))
        for _ in 0..<3 { await model.casesTapped("21010019", at: .shelf, by: -1) }
        #expect(saved(core, "21010019")?.shelf == .counted(7))
        await model.casesTapped("21010026", at: .shelf, by: -1)
        #expect(saved(core, "21010026") == nil, "as one unit less")
    }

    @Test func a_long_press_on_cases_is_five_and_takes_no_more_than_there_are() async {
        let core = core()
        let model = await model(core)
        await model.casesTapped("21010019", at: .shelf, by: CountModel.many)
        await model.stepTapped("21010019", at: .shelf, by: 7)
        #expect(saved(core, "21010019")?.shelf == .counted(127))
        await model.casesTapped("21010019", at: .shelf, by: 1)
        for left: Units in [31, 7] {
            await model.casesTapped("21010019", at: .shelf, by: -CountModel.many)
            #expect(saved(core, "21010019")?.shelf == .counted(left), "what is loose stays")
        }
        await model.casesTapped("21010026", at: .shelf, by: -CountModel.many)
        #expect(saved(core, "21010026") == nil, "nothing is taken from what nobody counted")
    }

    @Test func one_less_than_the_ghost_is_no_zero() async {
        let core = core()
        let model = await model(core, backroom: true)
        #expect(model.ghost(model.items[0], at: .shelf) == 24 && !model.canTakeOff("21010019", at: .shelf))
        await model.stepTapped("21010019", at: .shelf, by: -1)
        await model.caseTapped("21010019", at: .shelf, up: false)
        await model.casesTapped("21010019", at: .shelf, by: -1)
        #expect(core.lines.isEmpty)
        await model.zeroTapped("21010019")
        #expect(model.canTakeOff("21010019", at: .shelf) && !model.canTakeOff("21010019", at: .backroom))
    }

    @Test func quick_taps_on_cases_add_up() async {
        let core = core([Sample.item("1")])
        let model = await model(core)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { await model.casesTapped("1", at: .shelf, by: 1) } }
        }
        #expect(saved(core, "1")?.shelf == .counted(120))
    }

    @Test func a_row_is_counted_when_every_place_is() async {
        let core = core()
        let model = await model(core, backroom: true)
        await model.zeroTapped("21010019")
        #expect(!model.isCounted("21010019"), "the back room is missing")
        await model.caseTapped("21010019", at: .backroom)
        #expect(saved(core, "21010019")?.backroom == .counted(24))
        #expect(model.isCounted("21010019") && model.countedCount == 1)
    }

    @Test func the_place_that_was_forgotten_is_named() async {
        let core = core()
        let model = await model(core, backroom: true)
        #expect(model.missing("21010019") == nil, "nothing was begun")
        await model.typed("21010019", at: .backroom, units: 7)
        #expect(model.missing("21010019") == .shelf)
        await model.zeroTapped("21010019")
        #expect(model.missing("21010019") == nil)
        await model.zeroTapped("21010026")
        #expect(model.missing("21010026") == .backroom)
    }

    @Test func an_empty_field_is_no_zero() {
        #expect(TypedUnits.read("") == nil && TypedUnits.read("一箱") == nil)
        #expect(TypedUnits.read("0") == 0 && TypedUnits.read("36") == 36)
        #expect(TypedUnits.read("1234567") == 99_999 && TypedUnits.read("-5") == 0)
    }

    @Test func one_tap_says_that_nothing_else_is_in_the_back_room() async {
        let core = core()
        let model = await model(core, backroom: true)
        await model.typed("21010019", at: .backroom, units: 7)
        let others = model.rest(at: .backroom).map(\.sku)
        #expect(!others.isEmpty && !others.contains("21010019"))
        await model.nothingElseTapped(at: .backroom)
        #expect(model.rest(at: .backroom).isEmpty)
        #expect(saved(core, "21010019")?.backroom == .counted(7), "what was counted stays")
        #expect(others.allSatisfy { saved(core, $0)?.backroom == .counted(0) && saved(core, $0)?.shelf == .notCounted })
    }

    @Test func same_is_marked_and_needs_a_last_count() async {
        let core = core()
        let model = await model(core)
        await model.sameTapped("21010019")
        await model.sameTapped("21010026")
        #expect(saved(core, "21010019")?.entry == .same)
        #expect(saved(core, "21010019")?.shelf == .counted(24))
        #expect(saved(core, "21010026") == nil)
    }

    @Test func same_wipes_nothing_that_was_counted_in_the_back_room() async {
        let core = core()
        let model = await model(core, backroom: true)
        let item = model.items[0]
        await model.caseTapped("21010019", at: .backroom)
        #expect(model.same(item, at: .shelf) == nil)
        await model.sameTapped("21010019")
        #expect(saved(core, "21010019")?.backroom == .counted(24) && saved(core, "21010019")?.shelf == .notCounted)
        await model.zeroTapped("21010019", at: .backroom)
        #expect(model.same(item, at: .shelf) == 24 && model.same(item, at: .backroom) == nil)
        await model.sameTapped("21010019")
        #expect(saved(core, "21010019")?.backroom == .counted(0) && saved(core, "21010019")?.shelf == .counted(24))
    }

    @Test func taken_back_is_not_counted_rather_than_zero() async {
        let core = core()
        let model = await model(core)
        await model.typed("21010019", at: .shelf, units: 7)
        #expect(model.units("21010019", at: .shelf) == 7)
        await model.clearTapped("21010019")
        #expect(model.units("21010019", at: .shelf) == nil)
        #expect(core.lines.isEmpty)
    }

    @Test func what_was_not_saved_is_not_shown() async {
        let core = core()
        let model = await model(core)
        core.state.failing["saveLine"] = .StorageFull
        await model.typed("21010019", at: .shelf, units: 7)
        #expect(model.row("21010019") == nil)
        #expect(model.failure?.key == .errorStorageFull)
    }

    @Test func quick_taps_add_up() async {
        let core = core([Sample.item("1")])
        let model = await model(core)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { await model.stepTapped("1", at: .shelf, by: 1) } }
        }
        #expect(saved(core, "1")?.shelf == .counted(20))
        #expect(model.units("1", at: .shelf) == 20)
    }

    @Test func what_is_not_counted_yet_is_told() async {
        let core = core()
        let model = await model(core, backroom: true)
        #expect(model.uncountedCount == 2)
        await model.zeroTapped("21010019")
        #expect(model.uncountedCount == 2, "half a row is none")
        await model.zeroTapped("21010019", at: .backroom)
        #expect(model.uncountedCount == 1 && model.countedCount == 1)
        #expect(Texts(.chinese)(.countNotCounted, "1") == "还有1种没点")
    }

    @Test func a_found_product_joins_the_list_without_a_count() async {
        let core = core()
        let model = await model(core)
        model.searchText = "冰红茶"
        await model.searched()
        model.hitTapped(model.hits![0])
        #expect(model.items.count == 3 && model.row("22070012") == nil)
        await model.casesTapped("22070012", at: .shelf, by: 1)
        #expect(saved(core, "22070012")?.shelf == .counted(15), "by the case that the search told")
        await model.stepTapped("22070012", at: .shelf, by: 1)
        #expect(model.items.filter { $0.sku == "22070012" }.count == 1)
        #expect(saved(core, "22070012")?.shelf == .counted(16))
    }

    @Test func nothing_found_is_not_nothing_sought() async {
        let core = core()
        core.onSearchProducts = { _ in [] }
        let model = await model(core)
        #expect(model.hits == nil)
        model.searchText = "没有的"
        await model.searched()
        #expect(model.hits == [])
        model.searchText = " "
        await model.searched()
        #expect(model.hits == nil)
    }

    @Test func a_hit_that_stands_among_the_rows_is_gone_to_and_marked_until_it_is_counted() async {
        let core = core([Sample.item("1"), Sample.item("22070012")])
        let model = await model(core)
        for _ in 0..<2 {
            model.searchText = "冰红茶"
            await model.searched()
            #expect(model.sought == nil, "the same one may be sought again")
            model.hitTapped(model.hits![0])
            #expect(model.sought == "22070012" && model.items.count == 2)
        }
        await model.stepTapped("1", at: .shelf, by: 1)
        #expect(model.sought == "22070012", "another row was counted")
        await model.stepTapped("22070012", at: .shelf, by: 1)
        #expect(model.sought == nil)
    }

    @Test func the_last_count_is_the_shelfs_alone() async {
        let core = core()
        let model = await model(core, backroom: true)
        await model.typed("21010019", at: .shelf, units: 7)
        await model.sameTapped("21010019", at: .backroom)
        #expect(saved(core, "21010019")?.shelf == .counted(7) && saved(core, "21010019")?.backroom == .notCounted)
        #expect(model.ghost(model.items[0], at: .shelf) == 24 && model.ghost(model.items[0], at: .backroom) == nil)
    }
}
