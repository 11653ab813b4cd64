import SwiftUI
import XundianKit

/// 2 建议销售: read out to the owner; only what is different is touched.
struct SuggestView: View {
    @Environment(\.texts) private var texts
    @State private var model: SuggestModel
    let finished: @MainActor () async -> Void

    init(desk: Desk, finished: @escaping @MainActor () async -> Void) {
        self.finished = finished
        _model = State(initialValue: SuggestModel(desk: desk))
    }

    var body: some View {
        PhaseView(model: model, reload: { await model.load() }) {
            List {
                ForEach(model.rows, id: \.sku) { SuggestCard(model: model, row: $0) }
            }
            .listStyle(.plain)
        } empty: {
            EmptyScreen(key: .suggestEmpty, image: "shippingbox")
        }
        .safeAreaInset(edge: .bottom) {
            VStack(spacing: 0) {
                Text(texts.total(model.total, said: model.quote?.total ?? 0)).font(.headline).padding(.top, 6)
                if model.withoutReason > 0 {
                    Text(texts(.suggestWithoutReason, String(model.withoutReason))).foregroundStyle(Palette.doubt)
                }
                MainButton(title: texts(.suggestFinish)) {
                    await model.finishTapped()
                    if model.isFinished { await finished() }
                }
            }
            .background(.bar)
        }
        .onAppear { model.appeared() }
        .task { await model.load() }
    }
}

private struct SuggestCard: View {
    @Environment(\.texts) private var texts
    let model: SuggestModel
    let row: SuggestionRow

    var body: some View {
        VStack(alignment: .leading, spacing: 6) {
            Text(row.name).font(.headline)
            Text(texts.line(row)).font(.subheadline).foregroundStyle(Palette.quiet)
            FlowMarks(marks: texts.marks(row, reasons: model.overrideReasons))
            ViewThatFits(in: .horizontal) {
                HStack {
                    answers
                    Spacer()
                    stepper
                }
                VStack(alignment: .leading) {
                    answers
                    stepper
                }
            }
            if model.wantsReason(row) { reasons } else if let reason = model.reason(row.sku) { given(reason) }
        }
        .padding(.vertical, 4)
    }

    private var stepper: some View {
        ThumbStepper(
            value: texts.wanted(model.number(row), case: row.case), label: row.name,
            isGhost: model.intention(row.sku) == nil
        ) { packs in
            await model.stepTapped(row, packs: packs)
        } hold: { up in
            await model.caseTapped(row, up: up)
        }
    }

    private var answers: some View {
        Deeds {
            if let suggested = row.suggested, model.intention(row.sku).map({ $0 != suggested }) ?? false {
                let title = texts(.suggestAsSuggested, texts.quantity(suggested, case: row.case))
                Button(title) { Task { await model.asSuggestedTapped(row) } }
                    .accessibilityLabel(texts.spoken(row.name, title))
            }
            if model.shown(row) > 0 {
                Button(texts(.suggestNone)) { Task { await model.noneTapped(row) } }
                    .accessibilityLabel(texts(.suggestNoneOf, row.name))
            }
        }
        .buttonStyle(.bordered)
        .controlSize(.large)
    }

    /// Another one is a tap away: a thumb may have slipped.
    private func given(_ code: ReasonCode) -> some View {
        let said = texts.reason(code, of: model.overrideReasons)
        return ReasonMenu(reasons: model.overrideReasons) { await model.reasonTapped(row, $0.code) } label: {
            Text(said).foregroundStyle(Palette.quiet).tappable()
        }
        .buttonStyle(.borderless)
        .accessibilityLabel(texts.spoken(row.name, said))
    }

    private var reasons: some View {
        ScrollView(.horizontal) {
            HStack {
                Text(texts(.suggestWhy)).foregroundStyle(Palette.doubt)
                ForEach(model.overrideReasons, id: \.code) { reason in
                    Button(texts(reason)) { Task { await model.reasonTapped(row, reason.code) } }
                        .buttonStyle(.bordered)
                        .controlSize(.large)
                        .accessibilityLabel(texts.spoken(row.name, texts(reason)))
                }
            }
        }
        .scrollIndicators(.hidden)
    }
}

struct FlowMarks: View {
    let marks: [String]

    var body: some View {
        if !marks.isEmpty {
            VStack(alignment: .leading, spacing: 2) {
                ForEach(marks, id: \.self) { Mark(text: $0, color: Palette.doubt) }
            }
        }
    }
}
