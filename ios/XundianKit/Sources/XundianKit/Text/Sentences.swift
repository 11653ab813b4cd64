import XundianCore

/// Sentences that are made of a code and its values.
extension Texts {
    /// What is doubted of a count.
    public func question(_ question: Question, case size: CaseSize) -> String {
        switch question.doubt {
        case .boughtElsewhere: self(.doubtBoughtElsewhere, quantity(question.likely ?? 0, case: size))
        case .casesAsUnits: self(.doubtCasesAsUnits)
        case .unitsAsCases: self(.doubtUnitsAsCases)
        case .previousCasesAsUnits: self(.doubtPrevious)
        case .soldTooMuch: self(.doubtTooMuch)
        case .soldTooLittle: self(.doubtTooLittle)
        case .muchThere: self(.doubtMuchThere)
        }
    }

    /// 7月27日 周一应到5箱，到了? It may be of yesterday, or of any day before that nobody was asked about.
    public func question(_ delivery: AwaitedDelivery, on day: BusinessDate?) -> String {
        let lines = delivery.lines.map { "\($0.name) \(quantity($0.units, case: $0.case))" }
        let goods = list(lines)
        return day.map { self(.countDidItComeOn, goods, self.day($0)) } ?? self(.countDidItCome, goods)
    }

    /// Names in a row: 红烧牛肉面、冰红茶.
    public func list(_ names: [String]) -> String { names.joined(separator: self(.between)) }

    public func state(_ state: OrderState) -> String {
        switch state {
        case .held: self(.orderHeld)
        case .waiting(let date, let late): self(late ? .orderLate : .orderWaiting, day(date))
        case .onSheet(let sheet): self(.orderOnSheet, sheet)
        case .ended(.delivered, _): self(.promiseDelivered)
        case .ended(.short, _): self(.promiseShort)
        case .ended(.refused, _): self(.promiseRefused)
        case .ended(.notReported, _): self(.promiseNotReported)
        case .cancelled(.owner): self(.orderCancelledOwner)
        case .cancelled(.held): self(.orderCancelledHeld)
        case .cancelled(.storeRejected): self(.orderCancelledStore)
        }
    }

    /// Of an order that this phone alone knows, or the server takes nothing of: said before any state. `nil` = of any other.
    public func unsettled(_ state: OrderState?, light: OrderLight) -> String? {
        switch light {
        case .onPhone:
            if case .cancelled? = state { return self(.orderCancelUnsent) }
            return self(.orderOnPhone)
        case .refused: return self(.lightRefused)
        case .onServer, .onSheet, .atDistributor, .delivered: return nil
        }
    }

    /// Where an order stands, for who sees no lamps.
    public func state(_ state: OrderState, light: OrderLight) -> String {
        if case .onSheet(let sheet) = state, light == .atDistributor { return self(.orderAtDistributor, sheet) }
        return unsettled(state, light: light) ?? self.state(state)
    }

    /// What an owner is told of an order that should not come; before the server hears of its cancellation no driver does.
    public func takeNothing(_ card: OrderCard) -> String {
        switch card.light {
        case .onPhone: self(.orderCardCancelUnsent)
        case .refused: self(.orderCardRefused)
        case .onServer, .onSheet, .atDistributor, .delivered: self(.orderCardTakeNothing)
        }
    }

    /// Why an order does not come; the bare word where this phone knows only that it was taken back.
    public func cancelled(_ state: OrderState?) -> String {
        guard let state, case .cancelled = state else { return self(.orderCardCancelled) }
        return self.state(state)
    }

    /// The word for an order that is held, cancelled or not accepted, or did not come as it was agreed; `nil` = its lamps say
    /// where it is.
    public func stopped(_ order: OrderOfDay) -> String? {
        if order.light == .refused { return self(.lightRefused) }
        guard let state = order.state else { return nil }
        switch state {
        case .waiting, .onSheet, .ended(.delivered, _): return nil
        case .held, .cancelled, .ended: return self.state(state, light: order.light)
        }
    }

    /// 要取回 1箱3个: what came or went beside a count; nothing for any other line.
    public func movement(_ line: Line, case size: CaseSize) -> String {
        let (key, units): (TextKey, Units)
        switch line {
        case .inflow(let flow): (key, units) = (flow.source == .selfBought ? .countSelfBought : .countByPhone, flow.units)
        case .outflow(let flow): (key, units) = (.countOutflow, flow.units)
        case .pickUp(let goods): (key, units) = (.countPickUp, goods.units)
        default: return ""
        }
        return self(key) + " " + quantity(units, case: size)
    }

    /// 满500减30还差¥36.00: the core counts in thousandths of the promotion's unit.
    public func missing(_ promo: String, _ missing: Missing) -> String {
        switch missing {
        case .amount(let fen): self(.confirmMissingAmount, promo, yuan(fen))
        case .quantity(let thousandths): self(.confirmMissingQuantity, promo, decimal(thousandths))
        }
    }

    public func hint(_ hint: Hint, promo: (PromoNo) -> String, name: (Sku) -> String) -> String {
        switch hint {
        case .nextBenefit(let number, let missing, let gives):
            self.missing(promo(number), missing) + " → " + benefit(gives, name: name)
        case .overCredit(let by): self(.confirmOverCredit, yuan(by))
        case .belowMinimum(let by): self(.confirmBelowMinimum, yuan(by))
        }
    }

    private func benefit(_ gives: Gives, name: (Sku) -> String) -> String {
        switch gives {
        case .gift(let sku, let units): self(.confirmGivesGift, name(sku), loose(units))
        case .share(let percent): self(.confirmGivesShare, String(percent))
        case .cut(let fen): self(.confirmGivesCut, yuan(fen))
        }
    }

    private func decimal(_ thousandths: UInt32) -> String {
        let rest = String(thousandths % 1000 + 1000).dropFirst()
        let digits = rest.reversed().drop { $0 == "0" }.reversed()
        return digits.isEmpty ? String(thousandths / 1000) : "\(thousandths / 1000)." + String(digits)
    }

    /// Whom the driver asks for, with their telephone.
    public func receiver(_ receiver: Receiver) -> String {
        let known = [receiver.name, receiver.phone].filter { !$0.isEmpty }
        return known.isEmpty ? self(.none) : known.joined(separator: " ")
    }

    /// 应送2箱，实送1箱12个; what the driver has not said is no zero.
    public func delivered(_ line: DeliveredLine) -> String {
        let promised = quantity(line.promised, case: line.case)
        guard let delivered = line.delivered else { return self(.cardNoResult, promised) }
        return self(.cardDelivered, promised, quantity(delivered, case: line.case))
    }

    /// 3箱7个 of what was counted, or is given.
    public func quantity(_ goods: NamedUnits) -> String { quantity(goods.units, case: goods.case) }

    /// When a shop takes deliveries; what nobody knows is no limit.
    public func hours(_ shop: Store) -> String {
        self(.cardHours, shop.receivingHours.isEmpty ? self(.confirmAnyTime) : shop.receivingHours)
    }

    /// ¥120.00 / ¥500.00; `nil` = the shop has no credit.
    public func outstanding(_ shop: Store) -> String? {
        shop.creditLimit > 0 ? yuan(shop.outstanding) + " / " + yuan(shop.creditLimit) : nil
    }

    /// What the plan of the route cannot show; `nil` = it shows every store.
    public func unplaced(_ plan: RoutePlan) -> String? {
        if plan.stops.isEmpty { return self(.todayPlanNone) }
        return plan.unplaced == 0 ? nil : self(.todayPlanMore, String(plan.unplaced))
    }

    /// Who wrote a note, and on what day.
    public func author(_ note: StoreNote) -> String { self(.cardNoteBy, note.rep, day(note.date)) }

    /// 自7月20日 周一起12家店见过 · 本店有 · 至8月31日 周一.
    public func seen(_ fact: SeenAround) -> String {
        var parts = [self(.competitorSeenSince, String(fact.stores), day(fact.since))]
        if fact.here { parts.append(self(.competitorHereToo)) }
        if let to = fact.to { parts.append(self(.competitorUntil, day(to))) }
        return parts.joined(separator: " · ")
    }

    /// The same in few words: 买十送一 · 12家店.
    public func seenShort(_ fact: SeenAround) -> String {
        fact.value + " · " + (fact.here ? self(.competitorHereToo) : self(.competitorStores, String(fact.stores)))
    }

    public func kind(_ kind: String) -> String { self(TextKey(rawValue: "kind." + kind) ?? .kindOther) }

    /// 拜访 · 利民超市: which record it is; by its number, if it has one, where it is of no one shop.
    public func record(_ row: OutboxRow) -> String {
        let number = row.dseq > 0 ? "#\(row.dseq)" : nil
        return [kind(row.kind), row.storeName ?? number].compactMap { $0 }.joined(separator: " · ")
    }

    /// How many records the server does not have; photos are counted apart.
    public func unsent(_ count: UInt64) -> String {
        count == 0 ? self(.todayAllSent) : self(.todayUnsent, String(count))
    }

    /// Never "sent" before the server's receipt.
    public func verdict(_ verdict: Verdict?) -> String {
        switch verdict {
        case nil: self(.verdictWaiting)
        case .applied(let order, let flags):
            ([order.map(effect) ?? self(.verdictApplied)] + flags.map { self($0.text) }).joined(separator: " · ")
        case .parked: self(.verdictParked)
        case .held(.unknownKind): self(.verdictHeldKind)
        case .held(.captureTime): self(.verdictHeldTime)
        case .held(.revokedDevice): self(.verdictHeldDevice)
        case .conflictPayload: self(.verdictConflict)
        case .rejected(let code, _): self(rejected(code))
        }
    }

    /// What to do about it. A code that is not here is of a newer server, and no word for a rep.
    private func rejected(_ code: ReasonCode) -> TextKey { TextKey(rawValue: "rejected." + code) ?? .verdictRejected }

    /// What the server did to an order.
    public func effect(_ effect: OrderEffect) -> String {
        switch effect.went {
        case .waiting(let date, _):
            effect.insteadOf.map { moved(MovedDay(from: $0, to: date)) } ?? self(.wentWaiting, day(date))
        case .difference(let sheet): self(.wentDifference, sheet)
        case .alreadyDelivered: self(.wentAlreadyDelivered)
        case .cancelled: self(.wentCancelled)
        }
    }

    /// 改到7月29日 周三配送(原7月28日 周二).
    public func moved(_ day: MovedDay) -> String { self(.wentMoved, self.day(day.to), self.day(day.from)) }

    /// What an owner is shown or sent: the goods, the day, the money. The delivery code is on the picture alone.
    public func share(_ card: OrderCard, moved day: MovedDay? = nil, bringsNothing: Bool = false) -> String {
        var lines = [card.storeName]
        if bringsNothing { lines.append(takeNothing(card)) }
        lines += card.lines.map { "\($0.name) \(quantity($0.confirmed, case: $0.case)) \(yuan($0.amount))" }
        lines += card.gifts.map { "\(self(.confirmGifts)) \($0.name) \(quantity($0))" }
        lines += card.pickUps.map { "\(self(.confirmPickUps)) \($0.name) \(quantity($0))" }
        if bringsNothing && !card.pickUps.isEmpty { lines.append(self(.confirmNoStop)) }
        if card.cuts != 0 { lines.append(self(.confirmCuts, yuan(card.cuts))) }
        lines.append(self(.confirmTotal, yuan(card.total)))
        lines.append(promise(card.promise, moved: day) + " " + self(card.payment.text))
        if let day { lines.append(moved(day)) }
        return lines.joined(separator: "\n")
    }

    /// When the goods come: on the day that the server took, where it took another one.
    public func promise(_ promise: Promise, moved: MovedDay? = nil) -> String {
        day(moved?.to ?? promise.day) + " " + (promise.window ?? self(.confirmAnyTime))
    }

    /// D01 · 3张订单: whose orders a slip has, and how many.
    public func slip(_ slip: OrderSlip) -> String {
        let orders = self(.slipOrders, String(slip.orders))
        return slip.distributor.map { $0 + " · " + orders } ?? orders
    }

    /// 2 / 5: which page of a slip is shown.
    public func page(_ pages: SlipPages) -> String { self(.slipPage, String(pages.number), String(pages.count)) }

    /// The day as text, to be sent on.
    public func share(_ report: DayReport, reasons: [Reason]) -> String {
        let sum = report.summary
        let figures: [(TextKey, String)] = [
            (.summaryPlanned, String(sum.planned)), (.summaryVisited, String(sum.visited)),
            (.summaryFailed, String(sum.failed)), (.summaryEffective, String(sum.effective)),
            (.summaryLines, String(sum.lines)), (.summaryCases, cases(sum)), (.summaryAmount, yuan(sum.amount)),
            (.summaryGifts, String(sum.gifts)), (.summaryNewStores, String(sum.newStores)),
            (.summaryFacts, String(sum.competitorFacts)),
        ]
        var lines = [self(.summaryTitle) + " " + day(report.date)]
        lines += figures.map { "\(self($0.0)) \($0.1)" }
        lines += sum.noOrder.sorted { $0.key < $1.key }.map { "\(reason($0.key, of: reasons)) \($0.value)" }
        if report.unsent > 0 { lines.append(self(.todayUnsent, String(report.unsent))) }
        return lines.joined(separator: "\n")
    }

    /// 没点库存 · 店内太忙: why nothing was counted in a shop.
    public func why(_ why: WhyMissing, reasons: [Reason]) -> String {
        guard case .notCounted(let code) = why, let given = reasons.first(where: { $0.code == code }) else {
            return self(why.text)
        }
        return self(why.text) + " · " + self(given)
    }

    /// Before a visit is sealed in which steps are open: what else goes out with it, though nobody confirmed it.
    public func leaving(_ open: [Step], goingOut lines: Int = 0) -> String {
        self(.visitOpenSteps, String(open.count)) + goesOut(lines)
    }

    /// Before a check-in seals the visit of another shop.
    public func otherOpen(_ shop: String, goingOut lines: Int) -> String {
        self(.cardOtherOpen, named(shop)) + goesOut(lines)
    }

    /// A shop that has left this phone, or of whose visit nothing can be read, has no name here.
    private func named(_ shop: String) -> String { shop.isEmpty ? self(.otherShop) : shop }

    private func goesOut(_ lines: Int) -> String { lines == 0 ? "" : "\n" + self(.visitLinesGoOut, String(lines)) }

    /// What is left of a day that is about to be sealed.
    public func unfinished(openVisit: String?, notVisited: Int, unsent: UInt64 = 0) -> String {
        var left = openVisit.map { [self(.summaryVisitOpen, named($0))] } ?? []
        if notVisited > 0 || (left.isEmpty && unsent == 0) { left.append(self(.summaryAskMissing, String(notVisited))) }
        if unsent > 0 { left.append(self(.summaryUnsent, String(unsent))) }
        return left.joined(separator: "\n")
    }

    public func cases(_ sum: DaySummary) -> String {
        quantity(cases: Units(clamping: sum.cases), loose: sum.looseUnits)
    }
}
