import Testing

@testable import XundianKit

/// A phone that says of its position what a test wants.
@MainActor
private final class FakeLocator: Locating {
    var state: PositionState
    var fixes = 0
    private(set) var looks = 0
    private(set) var warmUps = 0
    private(set) var isWarm = false

    init(_ state: PositionState = .seeking) { self.state = state }

    func look() { looks += 1 }
    func warmUp() { (warmUps, isWarm) = (warmUps + 1, true) }
    func rest() { isWarm = false }
}

@MainActor
struct PositionTests {
    private func fix(mock: Bool = false) -> Fix {
        Fix(latitude: 36.06, longitude: 120.32, accuracyM: 12, mock: mock)
    }

    @Test func what_the_system_says_becomes_one_state() {
        let signs = PositionSigns()
        signs.permitted(nil)
        #expect(signs.state == .seeking, "nobody was asked")
        signs.permitted(true)
        signs.heard(nil)
        #expect(signs.state == .noFix)
        signs.heard(fix(mock: true))
        #expect(signs.state == .mock)
        signs.heard(fix())
        #expect(signs.state == .fixed)
        signs.permitted(true)
        #expect(signs.state == .fixed, "asking again takes nothing away")
    }

    @Test func what_is_not_allowed_is_no_missing_signal_and_ends_with_the_permission() {
        let signs = PositionSigns()
        signs.permitted(false)
        signs.heard(nil)
        signs.heard(fix())
        #expect(signs.state == .denied)
        signs.permitted(true)
        #expect(signs.state == .seeking)
        signs.heard(fix())
        #expect(signs.state == .fixed)
    }

    @Test func only_what_is_unusual_has_a_line() {
        let texts = Texts(.chinese)
        let lines = PositionState.allCases.compactMap { $0.line.map { texts($0) } }
        #expect(lines == [
            "定位权限没开：可以照常拜访，位置记为未知", "没有定位信号：拜访照常，位置记为未知", "手机用了模拟位置：会标给主管",
        ])
        #expect(PositionState.seeking.line == nil && PositionState.fixed.line == nil)
        #expect(PositionState.allCases.filter(\.leadsToSettings) == [.denied])
    }

    @Test(arguments: PositionState.allCases)
    func the_store_card_tells_it_and_checks_in_all_the_same(state: PositionState) async {
        let model = StoreCardModel(desk: Desk(core: FakeCore()), store: Sample.store1, locator: FakeLocator(state))
        await model.load()
        #expect(model.position == state && model.phase == .ready && model.failure == nil)
        await model.checkInTapped()
        #expect(model.isCheckedIn && model.failure == nil)
    }

    @Test(arguments: PositionState.allCases)
    func the_visit_tells_it_and_ends_all_the_same(state: PositionState) async {
        let core = FakeCore { $0.visit = Sample.visit(Sample.store1) }
        let model = VisitModel(desk: Desk(core: core), locator: FakeLocator(state))
        await model.load()
        #expect(model.position == state && model.phase == .ready && model.failure == nil)
        await model.checkOutTapped()
        #expect(model.checkedOut != nil && model.failure == nil)
    }

    @Test func the_line_changes_while_the_screen_is_there() async {
        let locator = FakeLocator(.denied)
        let model = VisitModel(desk: Desk(core: FakeCore()), locator: locator)
        #expect(model.position.line == .positionDenied)
        locator.state = .fixed
        #expect(model.position.line == nil, "it was allowed in the settings")
    }

    @Test func the_position_is_asked_for_on_the_card_and_near_the_end_not_all_the_time() async {
        let locator = FakeLocator()
        let card = StoreCardModel(desk: Desk(core: FakeCore()), store: Sample.store1, locator: locator)
        await card.load()
        await card.load()
        #expect(locator.warmUps == 1)
        let core = FakeCore { $0.visit = Sample.visit(Sample.store1) }
        let visit = VisitModel(desk: Desk(core: core), locator: locator)
        await visit.load()
        await visit.load()
        #expect(locator.warmUps == 2, "also after the app died in it")
        visit.positionWanted()
        #expect(locator.warmUps == 3)
    }

    @Test func the_route_looks_for_one_fix_when_it_is_opened_and_reads_anew_when_one_came() async {
        let locator = FakeLocator()
        let desk = Desk(core: FakeCore())
        let model = TodayModel(desk: desk, sync: SyncModel(desk: desk), locator: locator)
        model.appeared()
        await model.load()
        await model.load()
        #expect(locator.looks == 1 && locator.warmUps == 0 && model.fixes == 0, "once, not at every change")
        locator.fixes = 1
        #expect(model.fixes == 1)
    }

    @Test func a_new_store_looks_for_one_fix_and_its_streets_are_read_anew_when_one_came() async {
        let locator = FakeLocator()
        let model = NewStoreModel(desk: Desk(core: FakeCore()), locator: locator)
        model.appeared()
        await model.load()
        #expect(locator.looks == 1 && locator.warmUps == 0 && model.fixes == 0)
        locator.fixes = 1
        #expect(model.fixes == 1)
    }

    @Test func the_route_that_is_open_looks_again_when_the_app_comes_back() async {
        let locator = FakeLocator()
        let app = AppModel(desk: Desk(core: FakeCore { $0.rep = "ZY01" }), locator: locator)
        await app.start()
        await app.resumed()
        #expect(app.root == .today && locator.looks == 1)
        app.go(.summary)
        await app.resumed()
        #expect(locator.looks == 1, "nobody sees a distance there")
    }

    private func opened(_ locator: FakeLocator, visit: VisitView? = nil) -> AppModel {
        AppModel(desk: Desk(core: FakeCore { ($0.rep, $0.visit) = ("ZY01", visit) }), locator: locator)
    }

    @Test func fixes_keep_coming_from_the_card_to_the_end_of_the_visit_and_nowhere_else() async {
        let locator = FakeLocator()
        let app = opened(locator)
        await app.start()
        #expect(!locator.isWarm, "the route has one fix of its own")
        app.go(.card(Sample.store1))
        #expect(locator.isWarm)
        app.checkedIn()
        #expect(locator.isWarm)
        app.go(.summary)
        #expect(!locator.isWarm)
        app.path.removeLast()
        #expect(locator.isWarm, "back in the visit")
        await app.sealed(CheckedOut(result: .complete, order: nil))
        #expect(!locator.isWarm)
    }

    @Test func nobody_is_followed_while_the_app_is_not_seen() async {
        let locator = FakeLocator()
        let app = opened(locator, visit: Sample.visit(Sample.store1))
        await app.rested()
        #expect(app.path == [.visit] && locator.warmUps == 0, "the system woke it")
        await app.resumed()
        #expect(locator.isWarm)
        await app.suspended()
        #expect(!locator.isWarm)
        await app.resumed()
        #expect(locator.isWarm, "the confirmation is still there")
    }

    @Test func of_fixes_that_keep_coming_the_first_is_counted_and_each_is_told() {
        let signs = PositionSigns()
        signs.heard(fix())
        signs.heard(fix(), isNew: false)
        #expect(signs.fixes == 1)
        signs.heard(fix(mock: true), isNew: false)
        #expect(signs.fixes == 1 && signs.state == .mock)
    }

    @Test func every_fix_is_counted_and_no_other_word() {
        let signs = PositionSigns()
        signs.heard(nil)
        signs.heard(fix())
        signs.heard(fix())
        signs.permitted(false)
        signs.heard(fix())
        #expect(signs.fixes == 2)
    }

    @Test func without_a_visit_nobody_asks_where_the_phone_is() async {
        let locator = FakeLocator()
        let model = VisitModel(desk: Desk(core: FakeCore()), locator: locator)
        await model.load()
        #expect(locator.warmUps == 0 && model.phase == .empty)
    }

    @Test func a_device_without_a_position_has_no_line() {
        #expect(VisitModel(desk: Desk(core: FakeCore())).position.line == nil)
    }
}
