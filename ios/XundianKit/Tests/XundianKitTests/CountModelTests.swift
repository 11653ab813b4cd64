import Foundation
import Testing

@testable import XundianKit

@MainActor
struct CountModelTests {
    private func core(_ items: [CountItem]? = nil) -> FakeCore {
        FakeCore { state in
            state.visit = Sample.visit(Sample.store1)
            if let items { state.items = items }
        }
    }

    private func model(_ core: FakeCore, backroom: Bool = false, cooler: Bool = false) async -> CountModel {
        let model = CountModel(desk: Desk(core: core), shop: Sample.shop(backroom: backroom, cooler: cooler))
        await model.load()
        return model
    }

    private func saved(_ core: FakeCore, _ sku: Sku) -> CountRow? {
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

    // MARK: Doubts, deliveries, search

    @Test func a_doubt_is_answered_in_place() async {
        let row = Sample.counted("1", 72)
        let doubted = Sample.item("1", entered: row, question: Question(doubt: .unitsAsCases, likely: 3))
        let core = core([doubted])
        let model = await model(core)
        #expect(model.canTakeLikely(doubted) && model.questionCount == 1)
        await model.likelyTapped(doubted)
        #expect(saved(core, "1")?.shelf == .counted(3))
        await model.standsTapped("1")
        #expect(core.lines.contains(.stands(sku: "1", units: 3)))
        await model.clearTapped("1")
        #expect(core.lines.isEmpty, "the word goes with its count")
    }

    @Test func what_is_too_much_may_have_come_from_elsewhere() async {
        let row = Sample.counted("1", 9)
        let item = Sample.item("1", entered: row, question: Question(doubt: .boughtElsewhere, likely: 4))
        let core = core([item])
        await model(core).likelyTapped(item)
        #expect(core.lines == [.inflow(Inflow(sku: "1", units: 4, source: .selfBought))])
    }

    @Test func a_delivery_is_asked_about_once_for_all_its_goods() async {
        let awaited = { (units: Units) in [Awaited(order: Sample.orderId, units: units)] }
        let core = core([Sample.item("1", awaited: awaited(24)), Sample.item("2", awaited: awaited(48))])
        let model = await model(core)
        #expect(model.deliveries.map { $0.lines.map(\.units) } == [[24, 48]])
        #expect(Texts(.chinese).question(model.deliveries[0], on: nil) == "应到红烧牛肉面 1箱、红烧牛肉面 2箱,到了?")
        await model.cameTapped(model.deliveries[0], came: true)
        #expect(model.deliveries[0].answer == [SkuUnits(sku: "1", units: 24), SkuUnits(sku: "2", units: 48)])
    }

    @Test func an_answer_is_told_as_it_was_given_and_taken_back_it_is_asked_again() async throws {
        let core = core([Sample.item("1", awaited: [Awaited(order: Sample.orderId, units: 24)])])
        let model = await model(core)
        let asked = try #require(model.deliveries.first)
        #expect(asked.said == nil)
        await model.cameTapped(asked, came: true)
        #expect(model.deliveries.map(\.said) == [.countCame])
        await model.cameTapped(asked, came: false)
        #expect(model.deliveries.map(\.said) == [.countCameNot])
        await model.cameTapped(asked, units: ["1": 23])
        #expect(model.deliveries.map(\.said) == [.countCamePartly])
        await model.askAgainTapped(model.deliveries[0])
        #expect(model.deliveries == [asked] && core.lines.isEmpty)
    }

    @Test func what_is_asked_again_after_the_app_died_has_its_day() async {
        let core = core([Sample.item("1", awaited: [Awaited(order: Sample.orderId, units: 24)])])
        let first = await model(core)
        await first.cameTapped(first.deliveries[0], came: false)
        let again = await model(core)
        await again.askAgainTapped(again.deliveries[0])
        #expect(again.day(of: again.deliveries[0]) == "2026-07-28")
    }

    @Test func a_delivery_is_asked_about_with_the_day_on_which_it_should_have_come() async throws {
        let core = core([Sample.item("1", awaited: [Awaited(order: Sample.orderId, units: 24)])])
        let promised = await model(core)
        let (asked, zh, en) = (try #require(promised.deliveries.first), Texts(.chinese), Texts(.english))
        #expect(promised.day(of: asked) == "2026-07-28")
        #expect(zh.question(asked, on: promised.day(of: asked)) == "7月28日 周二应到红烧牛肉面 1箱,到了?")
        #expect(en.question(asked, on: "2026-07-28") == "红烧牛肉面 1 cs should have come on Tue 28 Jul. Did it?")
        core.state.card.state = .onSheet(sheet: "D01-20260729")
        let moved = await model(core)
        #expect(moved.day(of: asked) == "2026-07-29", "the server took another day")
    }

    @Test func a_delivery_of_another_phones_order_is_asked_about_without_a_day() async throws {
        let core = core([Sample.item("1", awaited: [Awaited(order: Sample.orderId, units: 24)])])
        core.state.elsewhere = [Sample.orderId]
        let model = await model(core)
        let asked = try #require(model.deliveries.first)
        #expect(model.day(of: asked) == nil && model.failure == nil && model.phase == .ready)
        let calls = core.calls.count(where: { $0 == "orderCard" })
        await model.cameTapped(asked, came: true)
        await model.load()
        #expect(core.calls.count(where: { $0 == "orderCard" }) == calls, "it was answered")
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
        model.hitTapped(model.hits[0])
        await model.casesTapped("22070012", at: .shelf, by: 1)
        #expect(model.items.count == 3 && model.row("22070012") == nil, "nobody knows its case yet")
        await model.stepTapped("22070012", at: .shelf, by: 1)
        #expect(model.items.filter { $0.sku == "22070012" }.count == 1)
        #expect(saved(core, "22070012")?.shelf == .counted(1))
    }

    @Test func a_hit_that_stands_among_the_rows_is_gone_to_and_marked_until_it_is_counted() async {
        let core = core([Sample.item("1"), Sample.item("22070012")])
        let model = await model(core)
        for _ in 0..<2 {
            model.searchText = "冰红茶"
            await model.searched()
            #expect(model.sought == nil, "the same one may be sought again")
            model.hitTapped(model.hits[0])
            #expect(model.sought == "22070012" && model.items.count == 2)
        }
        await model.stepTapped("1", at: .shelf, by: 1)
        #expect(model.sought == "22070012", "another row was counted")
        await model.stepTapped("22070012", at: .shelf, by: 1)
        #expect(model.sought == nil)
    }

    @Test func goods_that_go_and_facings_are_noted() async {
        let core = core()
        let model = await model(core)
        await model.outflowTapped("1", units: 2, reason: "expired")
        await model.pickUpTapped("1", units: 3, reason: "near_expiry")
        await model.facingsTapped("方便面", own: 6, total: 14)
        await model.finishTapped()
        #expect(model.isFinished)
        #expect(core.lines.count == 4)
    }

    @Test func nothing_that_came_or_went_takes_back_what_was_said() async {
        let core = core()
        let model = await model(core)
        await model.inflowTapped("1", units: 4, source: .selfBought)
        await model.inflowTapped("1", units: 5, source: .byPhone)
        await model.outflowTapped("1", units: 2, reason: "expired")
        await model.pickUpTapped("1", units: 3, reason: "near_expiry")
        let texts = Texts(.chinese)
        let told = model.movements("1").map { texts.movement($0) }
        #expect(told == ["自行进货 4个", "电话进货 5个", "已退出 2个", "要取回 3个"])
        #expect(model.movements("2").isEmpty)
        await model.inflowTapped("1", units: 0, source: .selfBought)
        await model.outflowTapped("1", units: 0, reason: "expired")
        await model.pickUpTapped("1", units: 0, reason: "expired")
        #expect(core.lines == [.inflow(Inflow(sku: "1", units: 5, source: .byPhone))])
    }

    @Test func the_last_count_is_the_shelfs_alone() async {
        let core = core()
        let model = await model(core, backroom: true)
        await model.typed("21010019", at: .shelf, units: 7)
        await model.sameTapped("21010019", at: .backroom)
        #expect(saved(core, "21010019")?.shelf == .counted(7) && saved(core, "21010019")?.backroom == .notCounted)
        #expect(model.ghost(model.items[0], at: .shelf) == 24 && model.ghost(model.items[0], at: .backroom) == nil)
    }

    // MARK: Expiry

    @Test func the_calendar_opens_at_the_saved_date_else_three_months_ahead() async {
        let core = core()
        let model = await model(core)
        let now = Date(timeIntervalSince1970: 1_785_110_400)
        #expect(Days.of(model.expiryStart("21010019", now: now, in: .gmt), in: .gmt) == "2026-10-27")
        await model.expiryTapped("21010019", "2026-12-20")
        #expect(Days.of(model.expiryStart("21010019", now: now, in: .gmt), in: .gmt) == "2026-12-20")
    }

    @Test func an_expiry_counts_nothing_and_is_asked_until_it_is_known() async {
        let core = core([Sample.item("1", asksExpiry: true), Sample.item("2")])
        let model = await model(core)
        #expect(model.wantsExpiry(model.items[0]) && !model.wantsExpiry(model.items[1]))
        await model.expiryTapped("1", "2026-10-20")
        #expect(saved(core, "1")?.expiry == "2026-10-20")
        #expect(saved(core, "1")?.shelf == .notCounted && model.countedCount == 0, "nobody counted")
        #expect(!model.wantsExpiry(model.items[0]))
        await model.typed("1", at: .shelf, units: 5)
        #expect(saved(core, "1")?.expiry == "2026-10-20" && model.countedCount == 1, "a later tap keeps it")
        await model.expiryTapped("1", "2026-11-02")
        #expect(saved(core, "1")?.shelf == .counted(5) && saved(core, "1")?.entry == .typed)
        await model.clearTapped("1")
        #expect(model.wantsExpiry(model.items[0]), "it went with its row")
    }

    @Test func an_expiry_that_was_not_saved_is_asked_again() async {
        let core = core([Sample.item("1", asksExpiry: true)])
        let model = await model(core)
        core.state.failing["saveLine"] = .StorageFull
        await model.expiryTapped("1", "2026-10-20")
        #expect(model.wantsExpiry(model.items[0]) && model.failure?.key == .errorStorageFull)
    }

    @Test func an_expiry_that_stays_as_it_was_is_no_record() async {
        let core = core()
        let model = await model(core)
        await model.expiryTapped("21010019", nil)
        #expect(core.lines.isEmpty)
    }

    // MARK: Facings

    private func seen(_ own: UInt32, _ total: UInt32, of category: String = "方便面") -> Facings {
        Facings(category: category, own: own, total: total)
    }

    @Test func facings_are_asked_once_per_category_in_the_order_of_the_rows() async {
        let core = core([Sample.item("1"), Sample.item("2", category: "饮品"), Sample.item("3")])
        let model = await model(core)
        model.searchText = "冰红茶"
        await model.searched()
        model.hitTapped(model.hits[0])
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

@MainActor
struct SuggestModelTests {
    private func model(_ core: FakeCore) async -> SuggestModel {
        let model = SuggestModel(desk: Desk(core: core))
        await model.load()
        return model
    }

    private func core() -> FakeCore { FakeCore { $0.visit = Sample.visit(Sample.store1) } }

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
