import SwiftUI
import XundianKit

/// 5 订单确认: what was wanted beside what is confirmed, and what it costs.
struct ConfirmView: View {
    @Environment(\.texts) private var texts
    @Bindable private var model: ConfirmModel
    let finished: @MainActor () async -> Void
    let sealed: @MainActor (CheckedOut) async -> Void

    /// `model` = the visit's: what was confirmed outlives this view.
    init(
        model: ConfirmModel, finished: @escaping @MainActor () async -> Void,
        sealed: @escaping @MainActor (CheckedOut) async -> Void
    ) {
        self.finished = finished
        self.sealed = sealed
        _model = Bindable(wrappedValue: model)
    }

    var body: some View {
        // A stack comes to the screen once, what stands in it anew with each phase: that is no new look.
        VStack(spacing: 0) { screen }
            .sheet(isPresented: isNamingReceiver) { ReceiverEditor(model: model) }
            .asksToLeave(texts.leaving(model.openSteps), texts, isPresented: $model.isAskingToSeal) {
                await model.sealAnywayTapped()
                await end()
            }
            .onAppear { model.appeared() }
            .task { await model.load() }
    }

    private var screen: some View {
        PhaseView(model: model, isCovered: model.receiverDraft != nil, reload: { await model.load() }, both: {
            if let quote = model.quote { list(quote) }
        })
        .safeAreaInset(edge: .bottom) {
            VStack(spacing: 0) {
                if let quote = model.quote, model.hasLines {
                    Text(texts(.confirmTotal, texts.yuan(quote.total))).font(.title3.bold()).padding(.top, 6)
                }
                if model.wantsNoOrder { whyNoOrder } else { seal }
            }
            .background(.bar)
        }
    }

    private var isNamingReceiver: Binding<Bool> {
        Binding(get: { model.receiverDraft != nil }, set: { if !$0 { model.receiverDropped() } })
    }

    private var seal: some View {
        MainButton(title: texts(model.hasLines ? .confirmSeal : .confirmSealNoOrder), isBusy: model.isBusy) {
            await model.sealTapped()
            await end()
        }
        .disabled(!model.canSeal)
    }

    private func end() async {
        guard let out = model.checkedOut else { return }
        Haptics.done()
        await sealed(out)
    }

    /// Where the thumb is: without an order it is the one thing left to say.
    private var whyNoOrder: some View {
        ReasonMenu(reasons: model.noOrderReasons) { await model.noOrderTapped($0.code) } label: {
            MainLabel(title: texts(.confirmNoOrderWhy))
        }
        .mainDeed()
    }

    private func list(_ quote: Quote) -> some View {
        ScrollViewReader { rows in
            // It may stand far from the field in which it was sought.
            all(quote).onChange(of: model.sought) { if let sought = model.sought { rows.scrollTo(sought, anchor: .center) } }
        }
    }

    private func all(_ quote: Quote) -> some View {
        List {
            if !model.hasLines && model.noOrder == nil { Text(texts(.confirmEmpty)) }
            Section {
                ForEach(quote.lines, id: \.sku) { line in
                    lineRow(line).listRowBackground(line.sku == model.sought ? Palette.brand.opacity(0.12) : nil)
                }
                if model.noOrder == nil { more }
            }
            // Beside the field: what was just added may be what has no price.
            warnings(quote)
            if model.noOrder == nil { dropped }
            pickUps(quote)
            promotions(quote)
            delivery(quote)
            noOrder
            Button(texts(.confirmKeepOpen)) {
                Task {
                    await model.keepOpenTapped()
                    if model.isFinished { await finished() }
                }
            }
        }
    }

    private var more: some View {
        ProductField(text: $model.searchText, hits: model.hits) {
            await model.searched()
        } chosen: { hit in
            await model.hitTapped(hit)
        }
    }

    /// What the driver takes along, if he stops here.
    @ViewBuilder
    private func pickUps(_ quote: Quote) -> some View {
        if !quote.pickUps.isEmpty {
            Section {
                ForEach(Array(quote.pickUps.enumerated()), id: \.offset) { _, goods in
                    LabeledContent(texts(.confirmPickUps) + " " + goods.name, value: texts.quantity(goods))
                }
                if model.leavesPickUps { Text(texts(.confirmNoStop)).foregroundStyle(Palette.doubt) }
            }
        }
    }

    private func lineRow(_ line: QuoteLine) -> some View {
        VStack(alignment: .leading) {
            Beside {
                Text(line.name).font(.headline)
            } trailing: {
                Text(texts.yuan(line.amount)).monospacedDigit()
            }
            Text(texts(.confirmPerCase, texts.yuan(line.casePrice))).font(.caption).foregroundStyle(Palette.quiet)
            Beside {
                Text(texts(.confirmIntended, texts.quantity(line.intended, case: line.case)))
                    .foregroundStyle(line.intended == model.units(line) ? Palette.quiet : Palette.doubt)
            } trailing: {
                ThumbStepper(value: texts.quantity(model.units(line), case: line.case), label: line.name) { packs in
                    await model.stepTapped(line, packs: packs)
                } hold: { up in
                    await model.caseTapped(line, up: up)
                }
            }
        }
    }

    /// What was taken down to nothing, one tap from coming back.
    @ViewBuilder
    private var dropped: some View {
        if !model.dropped.isEmpty {
            Section {
                ForEach(model.dropped, id: \.self) { sku in
                    Beside {
                        Text(model.name(sku)).foregroundStyle(Palette.quiet)
                    } trailing: {
                        Button(texts(.confirmPutBack)) { Task { await model.putBackTapped(sku) } }
                            .buttonStyle(.bordered)
                            .controlSize(.large)
                            .accessibilityLabel(texts(.confirmPutBackOf, model.name(sku)))
                    }
                }
            }
        }
    }

    @ViewBuilder
    private func promotions(_ quote: Quote) -> some View {
        if !quote.gifts.isEmpty || quote.cuts != 0 || !quote.promos.isEmpty {
            Section(texts(.confirmPromos)) {
                ForEach(quote.promos, id: \.promo) { LabeledContent(model.promoName($0.promo), value: gain(of: $0)) }
                ForEach(Array(quote.gifts.enumerated()), id: \.offset) { _, gift in
                    LabeledContent(texts(.confirmGifts) + " " + model.name(gift.sku), value: texts.loose(gift.units))
                }
                if quote.cuts != 0 { Text(texts(.confirmCuts, texts.yuan(quote.cuts))) }
            }
        }
        if !model.missing.isEmpty || !quote.hints.isEmpty {
            Section {
                ForEach(model.missing, id: \.promo) { Text(texts.missing(model.promoName($0.promo), $0.missing)) }
                ForEach(Array(quote.hints.enumerated()), id: \.offset) { _, hint in
                    Label(words(hint), systemImage: "lightbulb")
                }
            }
        }
    }

    private func words(_ hint: Hint) -> String {
        texts.hint(hint, promo: { model.promoName($0) }, name: { model.name($0) })
    }

    private func gain(of use: PromoUse) -> String {
        use.cut == 0 ? texts(.confirmTimes, String(use.used.times)) : texts.yuan(-use.cut)
    }

    @ViewBuilder
    private func warnings(_ quote: Quote) -> some View {
        if !quote.unpriced.isEmpty {
            warning(.confirmUnpriced, quote.unpriced)
            ForEach(model.unlisted, id: \.self) { sku in
                Button(texts(.removeOf, model.name(sku))) { Task { await model.takeOffTapped(sku) } }
            }
        }
        if !quote.unavailable.isEmpty {
            warning(.confirmUnavailable, quote.unavailable)
        }
    }

    private func warning(_ key: TextKey, _ skus: [Sku]) -> some View {
        Label(texts(key, texts.list(skus.map(model.name))), systemImage: "exclamationmark.triangle")
            .foregroundStyle(Palette.doubt)
    }

    private func delivery(_ quote: Quote) -> some View {
        Section {
            Picker(texts(.confirmDay), selection: day(quote)) {
                ForEach(quote.days, id: \.self) { Text(texts.day($0)).tag($0) }
            }
            Picker(texts(.confirmWindow), selection: window(quote)) {
                Text(texts(.confirmAnyTime)).tag(TimeRange?.none)
                ForEach(quote.windows, id: \.self) { Text($0).tag(Optional($0)) }
            }
            Picker(texts(.confirmPayment), selection: payment(quote)) {
                ForEach(quote.paymentForms, id: \.self) { Text(texts($0.text)).tag($0) }
            }
            LabeledContent(texts(.confirmReceiver), value: texts.receiver(quote.receiver))
            Button(texts(.confirmReceiverOther), systemImage: "person.crop.circle") { model.receiverTapped() }
        }
    }

    private func day(_ quote: Quote) -> Binding<BusinessDate> {
        Binding(get: { (model.promise ?? quote.promise).day }, set: { day in Task { await model.dayTapped(day) } })
    }

    private func window(_ quote: Quote) -> Binding<TimeRange?> {
        Binding(
            get: { (model.promise ?? quote.promise).window }, set: { window in Task { await model.windowTapped(window) } })
    }

    private func payment(_ quote: Quote) -> Binding<PaymentForm> {
        Binding(get: { quote.payment }, set: { form in Task { await model.paymentTapped(form) } })
    }

    @ViewBuilder
    private var noOrder: some View {
        if let reason = model.noOrder {
            Section {
                LabeledContent(texts(.confirmNoOrder), value: texts.reason(reason, of: model.noOrderReasons))
                Button(texts(.confirmOrderAfterAll)) { Task { await model.orderAfterAllTapped() } }
            }
        } else if model.hasLines {
            Section {
                ReasonMenu(reasons: model.noOrderReasons) { await model.noOrderTapped($0.code) } label: {
                    Text(texts(.confirmNoOrder)).font(.headline)
                }
            }
        }
    }
}
