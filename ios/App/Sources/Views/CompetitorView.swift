import SwiftUI
import XundianKit

/// 4 收集竞品资讯: one tap for what is known, five for what is new.
struct CompetitorView: View {
    @Environment(\.texts) private var texts
    @Bindable private var model: CompetitorModel
    @State private var isPhotographing = false
    let finished: @MainActor () async -> Void

    /// `model` = the visit's: what is half written outlives this view.
    init(model: CompetitorModel, finished: @escaping @MainActor () async -> Void) {
        self.finished = finished
        _model = Bindable(wrappedValue: model)
    }

    var body: some View {
        PhaseView(model: model, reload: { await model.load() }, both: { list })
            .safeAreaInset(edge: .bottom) {
                MainButton(title: texts(model.facts.isEmpty ? .competitorNothing : .done)) {
                    await model.finishTapped()
                    if model.isFinished { await finished() }
                }
            }
            .fullScreenCover(isPresented: $isPhotographing) {
                Camera { shot in
                    isPhotographing = false
                    Task { await model.shotTaken(shot) }
                }
                .ignoresSafeArea()
            }
            .onAppear { model.appeared() }
            .task { await model.load() }
    }

    private var list: some View {
        List {
            // Before the lists: they may have a hundred rows.
            Section(texts(.competitorNew)) { newFact }
            Section {
                ForEach(Array(model.facts.enumerated()), id: \.offset) { _, fact in
                    Beside {
                        noted(fact)
                    } trailing: {
                        Button(texts(.remove), role: .destructive) { Task { await model.factRemoved(fact) } }
                            .buttonStyle(.bordered)
                            .controlSize(.large)
                            .accessibilityLabel(texts(.removeOf, fact.brand + " " + fact.item))
                    }
                }
            }
            if !model.around.isEmpty { Section(texts(.competitorAround)) { around } }
            if !model.lookOut.isEmpty { Section(texts(.competitorKnown)) { lookOut } }
        }
    }

    private func noted(_ fact: CompetitorFact) -> some View {
        HStack {
            if let photo = fact.photo { PhotoThumb(photo, model: model) }
            VStack(alignment: .leading) {
                Text(fact.brand + " " + fact.item)
                Text(texts(fact.kind.text) + " " + fact.value).foregroundStyle(Palette.quiet)
            }
        }
    }

    private var around: some View {
        ForEach(Array(model.around.enumerated()), id: \.offset) { _, fact in
            Button { Task { await model.seenTapped(fact) } } label: {
                row(fact.brand + " " + fact.item, isConfirmed: model.isConfirmed(fact)) {
                    Text(texts(fact.kind.text) + " · " + fact.value)
                    Text(texts.seen(fact)).font(.subheadline)
                }
            }
        }
    }

    private var lookOut: some View {
        ForEach(Array(model.lookOut.enumerated()), id: \.offset) { _, item in
            Button { Task { await model.knownTapped(item) } } label: {
                row(item.brand + " " + item.item, isConfirmed: model.isConfirmed(item)) {
                    Text(texts(item.kind.text) + " · " + item.example)
                }
            }
        }
    }

    private func row<Details: View>(
        _ name: String, isConfirmed: Bool, @ViewBuilder details: () -> Details
    ) -> some View {
        HStack {
            VStack(alignment: .leading) {
                Text(name).font(.headline)
                Group { details() }.foregroundStyle(Palette.quiet)
            }
            Spacer()
            if isConfirmed {
                Image(systemName: "checkmark.circle.fill").foregroundStyle(Palette.good).accessibilityHidden(true)
            }
        }
        .frame(minHeight: 48)
        .accessibilityElement(children: .combine)
        .accessibilityAddTraits(isConfirmed ? .isSelected : [])
    }

    @ViewBuilder
    private var newFact: some View {
        choice(.competitorBrand, model.brands, model.brand, other: otherBrand) { model.brandTapped($0) }
        if model.brand != nil {
            choice(.competitorItem, model.items, model.item, other: otherItem) { model.itemTapped($0) }
        }
        if model.item != nil {
            FewChoices {
                Picker(texts(.competitorKind), selection: kind) {
                    ForEach(FactKind.allCases, id: \.self) { Text(texts($0.text)).tag(Optional($0)) }
                }
            }
        }
        if model.kind != nil {
            choice(.competitorValue, model.examples, nil) { model.exampleTapped($0) }
            TextField(texts(.competitorValue), text: $model.value)
            HStack {
                PhotoButton(model: model, image: model.photo == nil ? "camera" : "camera.fill") { isPhotographing = true }
                    .accessibilityAddTraits(model.photo == nil ? [] : .isSelected)
                if let photo = model.photo { PhotoThumb(photo, model: model) }
            }
            Button(texts(.save)) { Task { await model.saveTapped() } }
                .buttonStyle(.borderedProminent)
                .controlSize(.large)
                .disabled(!model.canSave)
        }
    }

    private var otherBrand: Binding<String> {
        Binding(get: { model.otherBrand }, set: { model.brandTyped($0) })
    }

    private var otherItem: Binding<String> {
        Binding(get: { model.otherItem }, set: { model.itemTyped($0) })
    }

    private var kind: Binding<FactKind?> {
        Binding(get: { model.kind }, set: { if let kind = $0 { model.kindTapped(kind) } })
    }

    private func choice(
        _ title: TextKey, _ options: [String], _ chosen: String?, other: Binding<String>? = nil,
        tapped: @escaping @MainActor (String) -> Void
    ) -> some View {
        ScrollView(.horizontal) {
            HStack {
                Text(texts(title)).foregroundStyle(Palette.quiet)
                ForEach(options, id: \.self) { option in
                    Button(option) { tapped(option) }
                        .buttonStyle(.bordered)
                        .tint(option == chosen ? Palette.brand : Palette.quiet)
                        .accessibilityAddTraits(option == chosen ? .isSelected : [])
                }
                if let other { TextField(texts(.competitorOther), text: other).frame(minWidth: 120) }
            }
            .controlSize(.large)
        }
        .scrollIndicators(.hidden)
    }
}
