import XundianCore

/// Names for the ear: two rows of a list say the same words to the eye, which sees where they stand.
extension Texts {
    /// 冰红茶：点的没错. Of which row a button is, and the word that is seen.
    public func spoken(_ what: String, _ action: String) -> String { self(.of, what, action) }

    /// 7月28日 周二 红烧牛肉面: which delivery is meant, where two are asked about. Its goods alone where nobody knows its day.
    public func name(_ delivery: AwaitedDelivery, on day: BusinessDate?) -> String {
        [day.map { self.day($0) }, delivery.lines.first?.name].compactMap { $0 }.joined(separator: " ")
    }

    /// 3号 利民超市: a store of the route with its number on the plan.
    public func name(_ planned: PlannedStop) -> String { self(.todayPlanStop, String(planned.number), planned.stop.name) }
}
