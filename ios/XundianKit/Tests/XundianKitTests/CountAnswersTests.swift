import Foundation
import Testing

@testable import XundianKit

/// What is asked beside the numbers: doubts, deliveries, goods that came or went, expiry.
@MainActor
extension CountModelTests {
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

    /// What no tap can put right may have come or gone elsewhere.
    @Test(arguments: [
        (.casesAsUnits, 3, false), (.unitsAsCases, 3, false), (.boughtElsewhere, 3, false), (.boughtElsewhere, nil, true),
        (.previousCasesAsUnits, 3, true), (.soldTooMuch, nil, true), (.soldTooLittle, nil, true), (.muchThere, nil, true),
    ] as [(Doubt, Units?, Bool)])
    func a_doubt_that_no_tap_answers_leads_to_what_came_elsewhere(doubt: Doubt, likely: Units?, asks: Bool) async {
        let item = Sample.item("1", entered: Sample.counted("1", 9), question: Question(doubt: doubt, likely: likely))
        let model = await model(core([item, Sample.item("2")]))
        #expect(model.asksElsewhere(item) == asks && model.canTakeLikely(item) != asks)
        #expect(!model.asksElsewhere(model.items[1]), "nothing is doubted")
    }

    @Test func goods_at_two_places_may_have_come_from_elsewhere_too() async {
        let row = CountRow(sku: "1", entry: .typed, shelf: .counted(48), backroom: .counted(24), cooler: .notCounted, expiry: nil)
        let item = Sample.item("1", entered: row, question: Question(doubt: .unitsAsCases, likely: 3))
        let model = await model(core([item]), backroom: true)
        #expect(model.asksElsewhere(item), "nobody knows where the likely number belongs")
    }

    @Test func goods_from_elsewhere_that_were_noted_before_stay_in_what_the_doubt_adds() async {
        let item = Sample.item(
            "1", entered: Sample.counted("1", 9), question: Question(doubt: .boughtElsewhere, likely: 4))
        let core = core([item])
        let model = await model(core)
        await model.inflowTapped("1", units: 6, source: .selfBought)
        await model.inflowTapped("1", units: 5, source: .byPhone)
        await model.likelyTapped(item)
        #expect(core.lines == [
            .inflow(Inflow(sku: "1", units: 5, source: .byPhone)), .inflow(Inflow(sku: "1", units: 10, source: .selfBought)),
        ])
    }

    @Test func goods_from_elsewhere_are_added_once_however_quick_the_thumb() async {
        let item = Sample.item(
            "1", entered: Sample.counted("1", 9), question: Question(doubt: .boughtElsewhere, likely: 4))
        let core = core([item])
        let model = await model(core)
        core.state.items[0].question = nil
        for _ in 1...2 { await model.likelyTapped(item) }
        #expect(core.lines == [.inflow(Inflow(sku: "1", units: 4, source: .selfBought))])
    }

    @Test func a_delivery_is_asked_about_once_for_all_its_goods() async {
        let awaited = { (units: Units) in [Awaited(order: Sample.orderId, units: units)] }
        let core = core([Sample.item("1", awaited: awaited(24)), Sample.item("2", awaited: awaited(48))])
        let model = await model(core)
        #expect(model.deliveries.map { $0.lines.map(\.units) } == [[24, 48]])
        #expect(Texts(.chinese).question(model.deliveries[0], on: nil) == "应到红烧牛肉面 1箱、红烧牛肉面 2箱，到了？")
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
        #expect(zh.question(asked, on: promised.day(of: asked)) == "7月28日 周二应到红烧牛肉面 1箱，到了？")
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
        let told = model.movements("1").map { texts.movement($0, case: 24) }
        #expect(told == ["自行进货 4个", "电话进货 5个", "已退走 2个", "要取回 3个"])
        #expect(model.movements("2").isEmpty)
        await model.inflowTapped("1", units: 0, source: .selfBought)
        await model.outflowTapped("1", units: 0, reason: "expired")
        await model.pickUpTapped("1", units: 0, reason: "expired")
        #expect(core.lines == [.inflow(Inflow(sku: "1", units: 5, source: .byPhone))])
    }

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

    /// A sheet closes on nothing else.
    @Test func what_a_sheet_asks_for_says_whether_it_was_saved() async {
        let core = core()
        let model = await model(core)
        let sku = "21010019"
        let deeds: [@MainActor () async -> Bool] = [
            { await model.typed(sku, at: .shelf, units: 7) }, { await model.casesTyped(sku, at: .shelf, cases: 2) },
            { await model.expiryTapped(sku, "2026-10-20") },
            { await model.inflowTapped(sku, units: 4, source: .selfBought) },
            { await model.outflowTapped(sku, units: 2, reason: "expired") },
            { await model.pickUpTapped(sku, units: 3, reason: "near_expiry") },
            { await model.clearTapped(sku) },
        ]
        for (place, deed) in deeds.enumerated() {
            core.state.failing = ["saveLine": .StorageFull, "takeBack": .StorageFull]
            let refused = await deed()
            #expect(!refused && model.failure?.key == .errorStorageFull, "\(place)")
            core.state.failing = [:]
            let saved = await deed()
            #expect(saved && model.failure == nil, "\(place)")
        }
    }

    @Test func an_expiry_that_stays_as_it_was_is_no_record() async {
        let core = core()
        let model = await model(core)
        await model.expiryTapped("21010019", nil)
        #expect(core.lines.isEmpty)
    }
}
