import Foundation
import Testing

@testable import XundianKit

/// 自己进出的货 of one product.
@MainActor
struct MovementTests {
    private func counting(_ lines: [Line] = []) async -> (core: FakeCore, model: CountModel) {
        let core = Sample.visiting(lines)
        let model = CountModel(desk: Desk(core: core), shop: Sample.shop())
        await model.load()
        return (core, model)
    }

    private let noted: [Line] = [
        .inflow(Inflow(sku: "1", units: 6, source: .byPhone)), .outflow(Outflow(sku: "1", units: 2, reason: "expired")),
        .pickUp(PickUp(sku: "2", units: 9, reason: "near_expiry")),
    ]

    @Test func it_starts_from_what_was_noted_before() async {
        let (_, model) = await counting(noted)
        let drafts = Movement.allCases.map { model.move("1", $0) }
        #expect(drafts.map(\.units) == [0, 6, 2, 0] && drafts.map(\.reason) == [nil, nil, "expired", nil])
        #expect(drafts.allSatisfy { !$0.isChanged && !$0.isTold })
    }

    @Test func a_step_adds_to_it_and_what_is_saved_replaces_it() async {
        let (core, model) = await counting(noted)
        var draft = model.move("1", .byPhone)
        draft.step(by: 24)
        draft.step(by: 1)
        #expect(draft.units == 31 && draft.isTold)
        #expect(await model.moveSaved(draft))
        #expect(core.lines.contains(.inflow(Inflow(sku: "1", units: 31, source: .byPhone))) && core.lines.count == 3)
        #expect(Texts(.chinese).movement(.inflow(Inflow(sku: "1", units: 31, source: .byPhone)), case: 24) == "电话进货 1箱7个")
    }

    @Test func what_goes_back_needs_a_reason_and_nothing_takes_it_back() async {
        let (core, model) = await counting(noted)
        var draft = model.move("1", .pickUp)
        draft.step(by: 3)
        #expect(draft.isChanged && !draft.isTold)
        draft.reason = "expired"
        #expect(draft.isTold)
        #expect(await model.moveSaved(draft))
        #expect(core.lines.contains(.pickUp(PickUp(sku: "1", units: 3, reason: "expired"))))
        var gone = model.move("1", .out)
        gone.step(by: -24)
        #expect(gone.units == 0 && gone.isTold, "never below zero")
        #expect(await model.moveSaved(gone))
        #expect(model.move("1", .out).units == 0 && !core.lines.contains { if case .outflow = $0 { true } else { false } })
        var other = model.move("1", .pickUp)
        other.reason = "near_expiry"
        #expect(other.isTold, "another reason alone is news")
    }
}
