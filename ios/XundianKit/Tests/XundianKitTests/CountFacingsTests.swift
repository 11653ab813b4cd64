import Foundation
import Testing

@testable import XundianKit

/// Facings are asked on the count screen, once per category.
@MainActor
extension CountModelTests {
    private func seen(_ own: UInt32, _ total: UInt32, of category: String = "方便面") -> Facings {
        Facings(category: category, own: own, total: total)
    }

    @Test func facings_are_asked_once_per_category_in_the_order_of_the_rows() async {
        let core = core([Sample.item("1"), Sample.item("2", category: "饮品"), Sample.item("3")])
        let model = await model(core)
        model.searchText = "冰红茶"
        await model.searched()
        model.hitTapped(model.hits![0])
        #expect(model.items.count == 4)
        #expect(model.categories == ["方便面", "饮品"], "what was just found has none yet")
        #expect(model.facings("方便面") == nil && core.lines.isEmpty, "nobody looked")
    }

    @Test func ours_are_some_of_all() async {
        let core = core()
        let model = await model(core)
        await model.facingsStepped("方便面", total: 3)
        #expect(model.facings("方便面") == seen(0, 3))
        await model.facingsStepped("方便面", own: 2)
        #expect(model.facings("方便面") == seen(2, 3))
        await model.facingsStepped("方便面", own: 2)
        #expect(model.facings("方便面") == seen(4, 4), "more of ours raise all")
        await model.facingsStepped("方便面", total: -1)
        #expect(model.facings("方便面") == seen(3, 3), "fewer of all lower ours")
        await model.facingsStepped("方便面", own: -1)
        #expect(model.facings("方便面") == seen(2, 3))
        #expect(core.lines == [.facings(seen(2, 3))])
    }

    @Test func facings_never_go_below_zero() async {
        let core = core()
        let model = await model(core)
        await model.facingsStepped("方便面", own: -1)
        #expect(core.lines.isEmpty, "nobody looked, as in a row")
        await model.facingsStepped("方便面", own: 1)
        await model.facingsStepped("方便面", own: -2)
        #expect(core.lines == [.facings(seen(0, 1))])
    }

    @Test func a_long_press_on_facings_is_five() async {
        let core = core()
        let model = await model(core)
        await model.facingsStepped("方便面", total: CountModel.many)
        await model.facingsStepped("方便面", own: 3)
        #expect(core.lines == [.facings(seen(3, 5))])
        await model.facingsStepped("方便面", own: -CountModel.many)
        #expect(core.lines == [.facings(seen(0, 5))])
    }

    @Test func facings_of_one_category_leave_the_other_unknown_and_are_there_again() async {
        let core = core([Sample.item("1"), Sample.item("2", category: "饮品")])
        await model(core).facingsTapped("饮品", own: 6, total: 14)
        #expect(core.lines == [.facings(seen(6, 14, of: "饮品"))])
        let again = await model(core)
        #expect(again.facings("饮品") == seen(6, 14, of: "饮品") && again.facings("方便面") == nil)
        await again.facingsCleared("饮品")
        #expect(again.facings("饮品") == nil && core.lines.isEmpty)
    }

    @Test func quick_taps_on_facings_add_up() async {
        let core = core()
        let model = await model(core)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { await model.facingsStepped("方便面", own: 1) } }
        }
        #expect(core.lines == [.facings(seen(20, 20))] && model.facings("方便面") == seen(20, 20))
    }

    @Test func facings_that_were_not_saved_are_not_shown() async {
        let core = core()
        let model = await model(core)
        core.state.failing["saveLine"] = .StorageFull
        await model.facingsStepped("方便面", own: 1)
        #expect(model.facings("方便面") == nil && model.failure?.key == .errorStorageFull)
    }
}
