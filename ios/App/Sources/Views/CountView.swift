import SwiftUI
import XundianKit

/// 1 点库存: rows for one thumb, no keyboard.
struct CountView: View {
    @Environment(\.texts) private var texts
    @State private var model: CountModel
    @State private var place = Place.shelf
    @State private var over: Over?
    let finished: @MainActor () async -> Void

    init(desk: Desk, shop: Store, finished: @escaping @MainActor () async -> Void) {
        self.finished = finished
        _model = State(initialValue: CountModel(desk: desk, shop: shop))
    }

    var body: some View {
        PhaseView(model: model, isCovered: over != nil, reload: { await model.load() }, both: { list })
            .safeAreaInset(edge: .bottom) {
                VStack(spacing: 0) {
                    if model.questionCount > 0 {
                        Text(texts(.countQuestions, String(model.questionCount))).foregroundStyle(Palette.doubt)
                    }
                    if model.uncountedCount > 0 {
                        Text(texts(.countNotCounted, String(model.uncountedCount))).foregroundStyle(Palette.quiet)
                    }
                    MainButton(title: texts(.done) + " · " + progress) {
                        await model.finishTapped()
                        if model.isFinished { await finished() }
                    }
                }
                .background(.bar)
            }
            .sheet(item: $over) { over in
                switch over {
                case .notes(let item): CountNotes(model: model, item: item)
                case .typing(let item, let isCases):
                    TypeNumber(model: model, item: item, place: place, isCases: isCases)
                }
            }
            .onAppear { model.appeared() }
            .task { await model.load() }
    }

    private var progress: String {
        texts(.countProgress, String(model.countedCount), String(model.items.count))
    }

    private var list: some View {
        ScrollViewReader { rows in
            // Its row may stand far from the search, which is above them all.
            all.onChange(of: model.sought) { if let sought = model.sought { rows.scrollTo(sought, anchor: .center) } }
        }
    }

    private var all: some View {
        List {
            ForEach(model.deliveries) { delivery in
                if let said = delivery.said {
                    DeliveryAnswer(model: model, delivery: delivery, said: said)
                } else {
                    DeliveryQuestion(model: model, delivery: delivery)
                }
            }
            if model.places.count > 1 {
                FewChoices {
                    Picker(texts(.countShelf), selection: $place) {
                        ForEach(model.places, id: \.self) { Text(texts($0.text)).tag($0) }
                    }
                }
                let rest = model.rest(at: place).count
                if place == .backroom && rest > 0 {
                    Button(texts(.countNothingElse, String(rest))) { Task { await model.nothingElseTapped(at: place) } }
                }
                if model.sweptCount > 0 {
                    Button(texts(.undoOf, texts(.countNothingElse, String(model.sweptCount)))) {
                        Task { await model.nothingElseUndone() }
                    }
                }
            } else {
                // One place: what it is, the cooler with it, is said all the same.
                Text(texts(.countShelf)).foregroundStyle(Palette.quiet)
            }
            search
            if model.items.isEmpty { Text(texts(.countEmpty)) }
            ForEach(model.items, id: \.sku) { item in
                CountRowView(model: model, item: item, place: place) { over = $0 }
                    .listRowBackground(item.sku == model.sought ? Palette.brand.opacity(0.12) : nil)
            }
            facings
        }
        .listStyle(.plain)
    }

    @ViewBuilder
    private var facings: some View {
        if !model.categories.isEmpty {
            Section(texts(.countFacings)) {
                ForEach(model.categories, id: \.self) { FacingsRow(model: model, category: $0) }
            }
        }
    }

    private var search: some View {
        ProductField(text: $model.searchText, hits: model.hits) {
            await model.searched()
        } chosen: { hit in
            model.hitTapped(hit)
        }
    }
}

/// What a row opens over the list.
private enum Over: Identifiable {
    case notes(CountItem)
    case typing(CountItem, isCases: Bool)

    var id: String {
        switch self {
        case .notes(let item): "notes-" + item.sku
        case .typing(let item, let isCases): (isCases ? "cases-" : "units-") + item.sku
        }
    }
}

private struct CountRowView: View {
    @Environment(\.texts) private var texts
    let model: CountModel
    let item: CountItem
    let place: Place
    let opened: @MainActor (Over) -> Void

    var body: some View {
        VStack(alignment: .leading, spacing: 6) {
            Button(action: more) {
                Beside {
                    Text(item.name).font(.headline)
                } trailing: {
                    standing
                }
                .tappable()
            }
            .buttonStyle(.plain)
            .accessibilityAddTraits(item.sku == model.sought ? .isSelected : [])
            // On a narrow phone the steppers go below the quick answers, at 200 % text below each other.
            ViewThatFits(in: .horizontal) {
                HStack {
                    quick
                    Spacer()
                    steppers
                }
                VStack(alignment: .leading) {
                    quick
                    HStack { steppers }
                }
                VStack(alignment: .leading) {
                    quick
                    steppers
                }
            }
            expiry
            movements
            doubt
        }
        .padding(.vertical, 2)
    }

    private func more() { opened(.notes(item)) }

    private var standing: some View {
        HStack {
            if model.isCounted(item.sku) {
                Image(systemName: "checkmark.circle.fill")
                    .foregroundStyle(Palette.good)
                    .accessibilityLabel(texts(.stateComplete))
            } else if let place = model.missing(item.sku) {
                Mark(text: texts(place == .shelf ? .countMissingShelf : .countMissing), color: Palette.doubt)
            }
            Image(systemName: "ellipsis").foregroundStyle(Palette.quiet).accessibilityLabel(texts(.more))
        }
    }

    @ViewBuilder
    private var expiry: some View {
        if let date = model.row(item.sku)?.expiry {
            Text(texts(.countExpirySeen, texts.date(date))).font(.caption).foregroundStyle(Palette.quiet)
        } else if model.wantsExpiry(item) {
            Button(texts(.countExpiryAsk), systemImage: "calendar", action: more)
                .buttonStyle(.bordered)
                .controlSize(.large)
                .accessibilityLabel(texts.spoken(item.name, texts(.countExpiryAsk)))
        }
    }

    /// What came and went beside the count.
    private var movements: some View {
        ForEach(model.movements(item.sku), id: \.self) { line in
            Text(texts.movement(line, case: item.case)).font(.caption).foregroundStyle(Palette.quiet)
        }
    }

    /// Cases, and what is beyond them; the last count as a ghost until there is a new one, where it may be.
    @ViewBuilder
    private var steppers: some View {
        let counted = model.units(item.sku, at: place)
        let canTakeOff = model.canTakeOff(item.sku, at: place)
        let shown = texts.stepped(counted ?? model.ghost(item, at: place), case: item.case)
        if item.case > 1 {
            ThumbStepper(
                value: shown.cases, label: item.name, isGhost: counted == nil, canTakeOff: canTakeOff,
                held: (.countFiveMore, .countFiveFewer)
            ) { step in
                await model.casesTapped(item.sku, at: place, by: step)
            } hold: { up in
                await model.casesTapped(item.sku, at: place, by: up ? CountModel.many : -CountModel.many)
            } type: {
                opened(.typing(item, isCases: true))
            }
        }
        ThumbStepper(value: shown.loose, label: item.name, isGhost: counted == nil, canTakeOff: canTakeOff) { step in
            await model.stepTapped(item.sku, at: place, by: step)
        } hold: { up in
            await model.caseTapped(item.sku, at: place, up: up)
        } type: {
            opened(.typing(item, isCases: false))
        }
    }

    private var quick: some View {
        HStack {
            Button(texts(.countZero)) { Task { await model.zeroTapped(item.sku, at: place) } }
                .accessibilityLabel(texts(.countZeroOf, item.name))
            if let last = model.same(item, at: place) {
                Button(texts(.countSame, texts.quantity(last, case: item.case))) {
                    Task { await model.sameTapped(item.sku, at: place) }
                }
                .accessibilityLabel(texts(.countSameOf, item.name))
                .accessibilityValue(texts.quantity(last, case: item.case))
            }
        }
        .buttonStyle(.bordered)
        .controlSize(.large)
    }

    @ViewBuilder
    private var doubt: some View {
        if let question = item.question {
            VStack(alignment: .leading) {
                Label(texts.question(question, case: item.case), systemImage: "questionmark.circle")
                    .foregroundStyle(Palette.doubt)
                Deeds {
                    if model.canTakeLikely(item), let likely = question.likely {
                        deed(likelyText(question, likely)) { await model.likelyTapped(item) }
                    }
                    if model.asksElsewhere(item) { deed(texts(.countCameElsewhere)) { more() } }
                    deed(texts(.countStands)) { await model.standsTapped(item.sku) }
                }
                .buttonStyle(.bordered)
                .controlSize(.large)
            }
        }
    }

    /// Several rows may be doubted in the same words.
    private func deed(_ title: String, act: @escaping @MainActor () async -> Void) -> some View {
        Button(title) { Task { await act() } }.accessibilityLabel(texts.spoken(item.name, title))
    }

    private func likelyText(_ question: Question, _ likely: Units) -> String {
        question.doubt == .boughtElsewhere
            ? texts(.countSelfBought) : texts(.countLikely, texts.quantity(likely, case: item.case))
    }
}
