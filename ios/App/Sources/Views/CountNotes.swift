import SwiftUI
import XundianKit

/// What is rare about a row: expiry, goods from elsewhere, returns.
struct CountNotes: View {
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss
    let model: CountModel
    let item: CountItem
    @State private var typed = ""
    @State private var expiry: Date

    init(model: CountModel, item: CountItem) {
        self.model = model
        self.item = item
        _expiry = State(initialValue: model.expiryStart(item.sku))
    }

    var body: some View {
        NavigationStack {
            Form {
                Section {
                    TextField(texts(.countUnits), text: $typed).keyboardType(.numberPad)
                    deeds
                } footer: {
                    // Of what the search found nobody knows the case before its first count.
                    if item.case > 1 { Text(texts(.countCaseHint, String(item.case))) }
                }
                Section {
                    DatePicker(texts(.countExpiry), selection: $expiry, displayedComponents: .date)
                    // With the date: the one where the calendar opens is a guess.
                    Button(texts(.save) + " · " + texts.date(Days.of(expiry))) {
                        act { await model.expiryTapped(item.sku, Days.of(expiry)) }
                    }
                }
                Button(texts(.countClear), role: .destructive) { act { await model.clearTapped(item.sku) } }
            }
            .navigationTitle(item.name)
            .toolbar { Button(texts(.close)) { dismiss() } }
            .safeAreaInset(edge: .bottom) { FailureBanner(model: model) }
        }
        .presentationDetents([.medium, .large])
    }

    /// An empty field is no zero: it must not take back what was noted.
    @ViewBuilder
    private var deeds: some View {
        let units = TypedUnits.read(typed)
        Button(texts(.countSelfBought)) { act { await inflow(.selfBought, units ?? 0) } }.disabled(units == nil)
        Button(texts(.countByPhone)) { act { await inflow(.byPhone, units ?? 0) } }.disabled(units == nil)
        ReasonMenu(reasons: model.returnReasons) { reason in
            if await model.outflowTapped(item.sku, units: units ?? 0, reason: reason.code) { dismiss() }
        } label: { Text(texts(.countOutflow)) }
            .disabled(units == nil)
        ReasonMenu(reasons: model.returnReasons) { reason in
            if await model.pickUpTapped(item.sku, units: units ?? 0, reason: reason.code) { dismiss() }
        } label: { Text(texts(.countPickUp)) }
            .disabled(units == nil)
    }

    private func inflow(_ source: InflowSource, _ units: Units) async -> Bool {
        await model.inflowTapped(item.sku, units: units, source: source)
    }

    /// What was refused stays before the eyes, with the reason.
    private func act(_ deed: @escaping @MainActor () async -> Bool) {
        Task {
            if await deed() { dismiss() }
        }
    }
}

/// The keyboard, for who asked for it: of the cases, or of what is loose beside them.
struct TypeNumber: View {
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss
    @State private var text = ""
    let model: CountModel
    let item: CountItem
    let place: Place
    let isCases: Bool

    init(model: CountModel, item: CountItem, place: Place, isCases: Bool) {
        (self.model, self.item, self.place, self.isCases) = (model, item, place, isCases)
    }

    var body: some View {
        let number = TypedUnits.read(text)
        NavigationStack {
            Form {
                Section {
                    TextField(texts(isCases ? .countCases : .countUnits), text: $text).keyboardType(.numberPad)
                } footer: {
                    Text(texts(place.text))
                }
            }
            .navigationTitle(item.name)
            .navigationBarTitleDisplayMode(.inline)
            .toolbar { Button(texts(.cancel)) { dismiss() } }
            .safeAreaInset(edge: .bottom) {
                VStack {
                    FailureBanner(model: model)
                    MainButton(title: texts(.save)) { await save(number ?? 0) }.disabled(number == nil)
                }
            }
        }
        .presentationDetents([.medium])
    }

    private func save(_ number: Units) async {
        let isSaved = await isCases
            ? model.casesTyped(item.sku, at: place, cases: number)
            : model.typed(item.sku, at: place, units: number)
        if isSaved { dismiss() }
    }
}

extension CountItem: @retroactive Identifiable {
    public var id: Sku { sku }
}
