import Observation
import XundianCore

/// 5 订单确认: the order as the core prices it, the promise, the payment, or why there is none; then the card.
@MainActor
@Observable
public final class ConfirmModel: StepModel {
    public private(set) var quote: Quote?
    public private(set) var noOrderReasons: [Reason] = []
    /// Why there is no order today, if the rep said so.
    public private(set) var noOrder: ReasonCode?
    public private(set) var checkedOut: CheckedOut?
    /// 加品项: what nobody counted can be ordered all the same.
    public var searchText = ""
    /// `nil` = nothing was sought, which is not "nothing found".
    public private(set) var hits: [ProductHit]?
    /// Chosen among the hits: the screen goes to its line and marks it, until something is changed.
    public private(set) var sought: Sku?
    public private(set) var isFinished = false
    /// The other steps that nobody said to be finished or left out; this one is by sealing.
    public private(set) var openSteps: [Step] = []
    public var isAskingToSeal = false
    /// Lines that were taken down to nothing: no line of the quote any more, and still to be put back.
    public private(set) var dropped: [Sku] = []
    /// Added here, and not on the price list: it can only go again.
    public private(set) var unlisted: [Sku] = []
    /// Who takes the delivery, as it is being written; `nil` = it is not.
    public var receiverDraft: Receiver? { didSet { typed(.receiver, .phone) } }
    /// Names of all that is shown.
    private var names: [Sku: String] = [:]
    private var packs: [Sku: Pack] = [:]
    /// Who was named instead of the store's contact.
    private var named: Receiver?
    /// What was confirmed before there was no order; a line that is not named was as it was wanted.
    private var before: [Sku: Units] = [:]
    /// Taps ahead of the core's answer.
    private var drafts: [Sku: Units] = [:]
    private var promiseDraft: Promise?
    /// Changes by number, and the newest whose answer is shown.
    private var asked = 0
    private var shown = 0

    public var card: OrderCard? { checkedOut?.order }
    /// The day and the hours as they are shown.
    public var promise: Promise? { promiseDraft ?? quote?.promise }
    public var hasLines: Bool { !(quote?.lines.isEmpty ?? true) }
    /// Goods are to be taken back, and no van stops for them.
    public var leavesPickUps: Bool { !hasLines && !(quote?.pickUps.isEmpty ?? true) }
    /// What is missing for promotions; what a hint already says is not said again.
    public var missing: [PromoMissing] {
        let hinted: [PromoNo] = (quote?.hints ?? []).compactMap {
            if case .nextBenefit(let promo, _, _) = $0 { promo } else { nil }
        }
        return (quote?.missing ?? []).filter { !hinted.contains($0.promo) }
    }

    /// Nothing is ordered, and nobody said why.
    public var wantsNoOrder: Bool { quote != nil && !hasLines && noOrder == nil }
    /// A visit without lines and without a reason says nothing about the order.
    public var canSeal: Bool { quote != nil && !isBusy && (hasLines || noOrder != nil) }

    /// The model outlives its view: nothing is sealed by what was seen at an earlier look.
    public override func appeared() {
        super.appeared()
        (quote, phase, sought) = (nil, .loading, nil)
    }

    public func load() async {
        let names = names
        let found = await load { core in
            let counted = try core.countItems().map { ($0.sku, $0.name) }
            return try ConfirmStand(core, named: names.merging(counted) { _, name in name })
        }
        guard let found else { return }
        show(found)
        if noOrderReasons.isEmpty { noOrderReasons = await reasons(.noOrder) }
    }

    /// The name of a gift or of what cannot be delivered; the code where the phone knows none.
    public func name(_ sku: Sku) -> String {
        quote?.lines.first { $0.sku == sku }?.name ?? names[sku] ?? sku
    }

    /// The name of a promotion, for the owner; its number where the phone knows none.
    public func promoName(_ promo: PromoNo) -> String {
        quote?.promoNames.first { $0.promo == promo }?.name ?? promo
    }

    /// One pack up or down: a product that is sold by the unit moves by units.
    public func stepTapped(_ line: QuoteLine, packs: Int32) async { await stepped(line, by: packs * line.pack) }

    /// Long press: a whole case.
    public func caseTapped(_ line: QuoteLine, up: Bool) async {
        let size = Packs.inCase(line.case, pack: line.pack)
        await stepped(line, by: up ? size : -size)
    }

    private func stepped(_ line: QuoteLine, by units: Units) async {
        // Not what the row was drawn with: a quick tap comes before it is drawn anew.
        let start = drafts[line.sku] ?? quote?.lines.first { $0.sku == line.sku }?.confirmed ?? 0
        await confirmed(line.sku, units: max(0, start + units))
    }

    public func confirmed(_ sku: Sku, units: Units) async {
        drafts[sku] = units
        if sought != sku { sought = nil }
        await save(.confirmed(sku: sku, units: units))
        // A later tap has put another draft there; its own answer removes it.
        if drafts[sku] == units { drafts[sku] = nil }
    }

    public func searched() async {
        sought = nil
        hits = await products(named: searchText)
    }

    /// One pack of it; what stands on the order already keeps its number.
    public func hitTapped(_ hit: ProductHit) async {
        (searchText, hits) = ("", nil)
        (names[hit.sku], packs[hit.sku]) = (hit.name, hit.pack)
        let isThere = quote?.lines.contains { $0.sku == hit.sku } ?? true
        if !isThere { await confirmed(hit.sku, units: max(1, hit.pack)) }
        // The line is there to be gone to.
        sought = hit.sku
    }

    /// What the stepper of a line shows.
    public func units(_ line: QuoteLine) -> Units { drafts[line.sku] ?? line.confirmed }

    /// A line that was taken down to nothing is as it was wanted again; one pack, where nobody wanted it before this step.
    public func putBackTapped(_ sku: Sku) async {
        drafts[sku] = nil
        let pack = max(1, packs[sku] ?? 1)
        await change { core in
            try core.takeBack(line: .confirmed(sku: sku, units: 0))
            let quote = try core.quote()
            guard !quote.lines.contains(where: { $0.sku == sku }), !quote.unpriced.contains(sku) else { return }
            try core.saveLine(line: .confirmed(sku: sku, units: pack))
        }
    }

    /// What was added and is not on the price list goes without a trace.
    public func takeOffTapped(_ sku: Sku) async {
        drafts[sku] = nil
        await change { try $0.takeBack(line: .confirmed(sku: sku, units: 0)) }
    }

    public func windowTapped(_ window: TimeRange?) async {
        if let promise { await promised(Promise(day: promise.day, window: window)) }
    }

    public func dayTapped(_ day: BusinessDate) async {
        if let promise { await promised(Promise(day: day, window: promise.window)) }
    }

    private func promised(_ promise: Promise) async {
        promiseDraft = promise
        await save(.promise(promise))
        // As with a line.
        if promiseDraft == promise { promiseDraft = nil }
    }

    public func paymentTapped(_ form: PaymentForm) async { await save(.payment(form)) }

    /// In the core an order wins over its refusal: what was wanted must become nothing.
    public func noOrderTapped(_ reason: ReasonCode) async {
        let said = await change { core -> [Sku: Units]? in
            var said: [Sku: Units] = [:]
            for case .confirmed(let sku, let units) in try core.currentVisit()?.lines ?? [] { said[sku] = units }
            let lines = try core.quote().lines
            for line in lines { try core.saveLine(line: .confirmed(sku: line.sku, units: 0)) }
            try core.saveLine(line: .noOrder(reason))
            // A second reason finds nothing to remember.
            return lines.isEmpty ? nil : said
        }
        if case let said?? = said { before = said }
    }

    /// With every line as it was confirmed, else as it was wanted.
    public func orderAfterAllTapped() async {
        guard let noOrder else { return }
        let before = before
        let done: Void? = await change { core in
            for case .confirmed(let sku, 0) in try core.currentVisit()?.lines ?? [] {
                if let units = before[sku] {
                    try core.saveLine(line: .confirmed(sku: sku, units: units))
                } else {
                    try core.takeBack(line: .confirmed(sku: sku, units: 0))
                }
            }
            try core.takeBack(line: .noOrder(noOrder))
        }
        if done != nil { self.before = [:] }
    }

    // MARK: The receiver

    /// Starts empty, not from the store's contact: another name beside the old telephone helps no driver.
    public func receiverTapped() { write(named ?? Self.nobody) }
    public func receiverDropped() { write(nil) }

    /// An empty form asks for the store's contact again.
    public func receiverSaved() async {
        guard let draft = receiverDraft else { return }
        let receiver = Receiver(name: trimmed(draft.name), phone: trimmed(draft.phone))
        guard receiver != named ?? Self.nobody else { return receiverDropped() }
        let (line, isTakenBack) = (Line.receiver(receiver), receiver == Self.nobody)
        let done: Void? = await change { isTakenBack ? try $0.takeBack(line: line) : try $0.saveLine(line: line) }
        if done != nil { receiverDraft = nil }
    }

    private func write(_ receiver: Receiver?) {
        receiverDraft = receiver
        failureDismissed()
    }

    private static let nobody = Receiver(name: "", phone: "")

    private func trimmed(_ text: String) -> String { text.trimmingCharacters(in: .whitespacesAndNewlines) }

    // MARK: The end

    /// Check-out. Steps that are open are asked about first, as in the visit's menu; a complete visit is sealed at once.
    public func sealTapped() async {
        guard canSeal, isSeen else { return }
        if openSteps.isEmpty { await seal() } else { isAskingToSeal = true }
    }

    public func sealAnywayTapped() async {
        isAskingToSeal = false
        await seal()
    }

    /// One sealed fact, and the card for the owner.
    private func seal() async {
        guard canSeal else { return }
        checkedOut = await answerOnce { core in
            try core.saveLine(line: .finished(.orderConfirmation))
            return try core.checkOut()
        } ?? checkedOut
    }

    /// Back to the rail with the step done, the visit still open.
    public func keepOpenTapped() async {
        isFinished = await tap { try $0.saveLine(line: .finished(.orderConfirmation)) }
    }

    private func save(_ line: Line) async { await change { try $0.saveLine(line: line) } }

    @discardableResult
    private func change<Done: Sendable>(_ deed: @escaping @Sendable (any Core) throws -> Done) async -> Done? {
        asked += 1
        let (mine, names) = (asked, names)
        let found = await answer { core in
            let done = try deed(core)
            return (done: done, stand: try ConfirmStand(core, named: names))
        }
        // An answer that comes after a later one is old.
        if let found, mine > shown {
            shown = mine
            show(found.stand)
        }
        return found?.done
    }

    private func show(_ stand: ConfirmStand) {
        let (quote, lines) = (stand.quote, stand.lines)
        self.quote = quote
        names.merge(stand.names) { _, name in name }
        packs.merge(stand.packs) { _, pack in pack }
        openSteps = VisitModel.openSteps(in: lines).filter { $0 != .orderConfirmation }
        (noOrder, named) = (nil, nil)
        // A wish that came after it makes it an order: so it is sealed, and so it is shown.
        for case .noOrder(let reason) in lines where quote.lines.isEmpty { noOrder = reason }
        for case .receiver(let receiver) in lines { named = receiver }
        dropped = stand.dropped
        unlisted = stand.unlisted
        phase = quote.lines.isEmpty ? .empty : .ready
    }
}
