import Foundation
import Testing

@testable import XundianKit

@MainActor
struct RoutePlanTests {
    private func spot(_ x: UInt16) -> Spot { Spot(x: x, y: 1_000 - x) }

    private func plan(_ stops: [(Spot?, StopState)], here: Spot? = nil) -> RoutePlan {
        let stops = stops.map { Sample.stop(UUID(), "店", $0.1, spot: $0.0) }
        return RoutePlan(Today(date: "2026-07-27", stops: stops, unsent: 0, refused: 0, here: here))
    }

    @Test func stops_keep_the_number_of_the_list() {
        let plan = plan([(spot(1), .toDo), (nil, .toDo), (spot(3), .toDo), (spot(4), .toDo)], here: spot(9))
        #expect(plan.stops.map(\.number) == [1, 3, 4])
        #expect(plan.stops.map(\.spot) == [spot(1), spot(3), spot(4)])
        #expect(plan.unplaced == 1 && plan.here == spot(9))
    }

    @Test func a_stop_without_a_position_is_passed_over_by_the_lines() {
        let plan = plan([(spot(1), .toDo), (nil, .toDo), (spot(3), .toDo), (spot(4), .toDo), (nil, .toDo)])
        #expect(plan.legs.map { [$0.from.number, $0.to.number] } == [[1, 3], [3, 4]])
        #expect(Set(plan.legs.map(\.id)).count == 2)
    }

    @Test func one_stop_has_no_line() {
        #expect(plan([(spot(1), .toDo)]).legs.isEmpty)
        #expect(plan([]).legs.isEmpty && plan([]).stops.isEmpty)
    }

    @Test func what_is_still_to_do_lies_on_top() {
        let plan = plan([(spot(1), .toDo), (spot(2), .visiting), (spot(3), .toDo), (spot(4), .done(.complete))])
        #expect(plan.drawn.map(\.number) == [2, 4, 1, 3])
    }

    @Test func a_circle_that_is_tapped_has_the_shops_name_and_number_wherever_the_route_puts_it() {
        let first = Sample.stop(Sample.store1, "利民超市", spot: spot(1))
        let second = Sample.stop(Sample.store2, "小李便利店", spot: spot(1))
        let plans = [[first, second], [second, first]].map {
            RoutePlan(Today(date: "2026-07-27", stops: $0, unsent: 0, refused: 0, here: nil))
        }
        let tapped = plans.compactMap { $0.stop(of: Sample.store2) }
        #expect(tapped.map { Texts(.chinese).name($0) } == ["2号 小李便利店", "1号 小李便利店"], "it lies over the other")
        #expect(tapped.map { Texts(.english).name($0) } == ["No. 2 小李便利店", "No. 1 小李便利店"])
        #expect(plans[0].stop(of: nil) == nil && plans[0].stop(of: Sample.store3) == nil, "it left the route")
    }

    @Test func what_has_no_position_is_told() {
        let (zh, en) = (Texts(.chinese), Texts(.english))
        #expect(zh.unplaced(plan([(spot(1), .toDo)])) == nil)
        #expect(zh.unplaced(plan([(spot(1), .toDo), (nil, .toDo), (nil, .toDo)])) == "另有2家没有位置")
        #expect(en.unplaced(plan([(spot(1), .toDo), (nil, .toDo)])) == "1 more have no position")
        #expect(zh.unplaced(plan([(nil, .toDo), (nil, .toDo)])) == "这条路线的门店都没有位置")
    }

    @Test func the_plan_is_that_of_the_route_on_the_screen() async {
        let stops = [Sample.stop(Sample.store1, "利民超市", spot: spot(1)), Sample.stop(Sample.store2, "小李便利店")]
        let today = Today(date: "2026-07-27", stops: stops, unsent: 0, refused: 0, here: nil)
        let desk = Desk(core: FakeCore { $0.today = today })
        let model = TodayModel(desk: desk, sync: SyncModel(desk: desk))
        #expect(model.plan == nil)
        await model.load()
        #expect(model.plan == RoutePlan(today))
        #expect(model.plan?.stops.map(\.stop.store) == [Sample.store1])
    }
}
