import SwiftUI
import XundianKit

/// What is rare about a row: expiry, goods from elsewhere, returns.
struct CountNotes: View {
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss
    let model: CountModel
    let item: CountItem
    @State private var draft: MoveDraft
    @State private var expiry: Date
    private let expiryBefore: Date

    init(model: CountModel, item: CountItem) {
        (self.model, self.item) = (model, item)
        _draft = State(initialValue: model.move(item.sku, .selfBought))
        expiryBefore = model.expiryStart(item.sku)
        _expiry = State(initialValue: expiryBefore)
    }

    var body: some View {
        NavigationStack {
            Form {
                moves
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
        .interactiveDismissDisabled(draft.isChanged || Days.of(expiry) != Days.of(expiryBefore))
    }

    /// By the thumb, from what was noted before; zero takes that back.
    private var moves: some View {
        Section {
            Picker(texts(.countMoves), selection: movement) {
                ForEach(Movement.allCases, id: \.self) { Text(texts($0.text)).tag($0) }
            }
            if draft.movement.isReturn {
                Picker(texts(.countWhyReturn), selection: $draft.reason) {
                    Text(texts(.none)).tag(ReasonCode?.none)
                    ForEach(model.returnReasons, id: \.code) { Text(texts($0)).tag(Optional($0.code)) }
                }
            }
            Beside {
                Text(texts(.countMoved))
            } trailing: {
                ThumbStepper(
                    value: texts.quantity(draft.units, case: item.case), label: texts(draft.movement.text),
                    canTakeOff: draft.units > 0
                ) { step in
                    draft.step(by: step)
                } hold: { up in
                    draft.step(by: up ? item.case : -item.case)
                }
            }
            Button(texts(.save) + " · " + texts(draft.movement.text)) { act { await model.moveSaved(draft) } }
                .disabled(!draft.isTold)
        } footer: {
            if item.case > 1 { Text(texts(.countCaseHint, String(item.case))) }
        }
    }

    private var movement: Binding<Movement> {
        Binding(get: { draft.movement }, set: { draft = model.move(item.sku, $0) })
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
    /// As the sheet was opened.
    @State private var inCases: Units

    init(model: CountModel, item: CountItem, place: Place, isCases: Bool) {
        (self.model, self.item, self.place, self.isCases) = (model, item, place, isCases)
        _inCases = State(initialValue: model.inCases(item.sku, at: place))
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
                    MainButton(title: texts(.save), isBusy: model.isBusy) { await save(number ?? 0) }
                        .disabled(number == nil)
                }
            }
        }
        .presentationDetents([.medium])
        .interactiveDismissDisabled(!text.isEmpty)
    }

    private func save(_ number: Units) async {
        let isSaved = await isCases
            ? model.casesTyped(item.sku, at: place, cases: number)
            : model.typed(item.sku, at: place, units: number, beside: inCases)
        if isSaved { dismiss() }
    }
}

extension CountItem: @retroactive Identifiable {
    public var id: Sku { sku }
}
