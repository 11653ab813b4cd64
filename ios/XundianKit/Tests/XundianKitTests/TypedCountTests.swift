import Foundation
import Testing

@testable import XundianKit

/// Cases and units are typed each by itself.
@MainActor
struct TypedCountTests {
    private func counting(_ items: [CountItem], backroom: Bool = false) async -> (core: FakeCore, model: CountModel) {
        let core = FakeCore { $0.visit = Sample.visit(Sample.store1); $0.items = items }
        let model = CountModel(desk: Desk(core: core), shop: Sample.shop(backroom: backroom))
        await model.load()
        return (core, model)
    }

    private func ofCase(_ size: CaseSize) -> CountItem {
        var item = Sample.item("1")
        item.case = size
        return item
    }

    @Test func cases_that_are_typed_leave_the_units_and_units_the_cases() async {
        let (core, model) = await counting([Sample.item("1"), Sample.item("2", last: 5)])
        func here(_ sku: Sku) -> Units? { model.units(sku, at: .shelf) }
        await model.typed("1", at: .shelf, units: 5)
        await model.casesTyped("1", at: .shelf, cases: 3)
        #expect(here("1") == 77, "what is loose stays")
        await model.casesTyped("1", at: .shelf, cases: 4)
        #expect(here("1") == 101)
        await model.typed("1", at: .shelf, units: 7)
        #expect(here("1") == 103, "the cases stay")
        await model.casesTyped("1", at: .shelf, cases: 0)
        #expect(here("1") == 7)
        await model.casesTyped("2", at: .shelf, cases: 2)
        #expect(here("2") == 48, "from nothing, not from the ghost")
        #expect(core.lines.contains(.count(Sample.counted("1", 7))), "as typed")
    }

    /// Its button is under the thumb until the sheet is gone.
    @Test func a_second_tap_on_the_sheets_button_counts_nothing_twice() async {
        let (_, model) = await counting([Sample.item("1")])
        await model.typed("1", at: .shelf, units: 5)
        let opened = model.inCases("1", at: .shelf)
        for _ in 1...2 { await model.typed("1", at: .shelf, units: 30, beside: opened) }
        #expect(model.units("1", at: .shelf) == 30)
    }

    @Test func a_second_tap_that_comes_before_the_first_is_saved_is_none() async {
        let (core, model) = await counting([Sample.item("1")])
        let isOver = core.holdSaving()
        let first = Task { await model.typed("1", at: .shelf, units: 31) }
        await until { core.calls.contains("saveLine") }
        let isSaved = await model.typed("1", at: .shelf, units: 31)
        isOver.signal()
        let isFirstSaved = await first.value
        #expect(!isSaved && isFirstSaved && model.units("1", at: .shelf) == 31)
        #expect(core.calls.count(where: { $0 == "saveLine" }) == 1)
    }

    @Test func each_place_has_its_own() async {
        let (_, model) = await counting([Sample.item("1")], backroom: true)
        await model.typed("1", at: .shelf, units: 5)
        await model.casesTyped("1", at: .backroom, cases: 2)
        #expect(model.units("1", at: .shelf) == 5 && model.units("1", at: .backroom) == 48)
    }

    @Test func what_has_no_cases_is_typed_as_it_is() async {
        let (_, model) = await counting([ofCase(1)])
        await model.typed("1", at: .shelf, units: 9)
        await model.typed("1", at: .shelf, units: 12)
        await model.casesTyped("1", at: .shelf, cases: 3)
        #expect(model.units("1", at: .shelf) == 12)
    }

    @Test func less_than_nothing_is_nothing_and_more_than_a_number_holds_can_still_be_stepped() async {
        let (_, model) = await counting([ofCase(1_000_000)])
        await model.typed("1", at: .shelf, units: -5)
        #expect(model.units("1", at: .shelf) == 0)
        await model.casesTyped("1", at: .shelf, cases: -1)
        #expect(model.units("1", at: .shelf) == 0)
        await model.casesTyped("1", at: .shelf, cases: 99_999)
        await model.casesTapped("1", at: .shelf, by: 1)
        #expect((model.units("1", at: .shelf) ?? 0) > 100 * 1_000_000)
    }
}
