import SwiftUI
import XundianKit

/// 3 做陈列: the standard's picture and checklist, the photos, the shelf.
struct DisplayView: View {
    @Environment(\.texts) private var texts
    @State private var model: DisplayModel
    @State private var photographing: DisplayModel.Moment?
    @State private var picture: UIImage?
    let finished: @MainActor () async -> Void

    init(desk: Desk, shop: Store, finished: @escaping @MainActor () async -> Void) {
        self.finished = finished
        _model = State(initialValue: DisplayModel(desk: desk, shop: shop))
    }

    var body: some View {
        PhaseView(model: model, reload: { await model.load() }, both: { list })
            .safeAreaInset(edge: .bottom) {
                MainButton(title: texts(.done)) {
                    await model.finishTapped()
                    if model.isFinished { await finished() }
                }
            }
            .fullScreenCover(item: $photographing) { moment in
                Camera { shot in
                    photographing = nil
                    Task { await model.shotTaken(shot, moment) }
                }
                .ignoresSafeArea()
            }
            .task { await model.load() }
            .task(id: model.picture) { picture = await readyToDraw(model.picture) }
    }

    private var list: some View {
        List {
            Section { photos(.before, .displayBefore) }
            Section(texts(.displayChecks)) {
                if let picture { StandardPicture(picture) }
                if model.checks.isEmpty { Text(texts(.displayNoStandard)) }
                ForEach(model.checks, id: \.no) { CheckRow(model: model, check: $0) }
            }
            Section(texts(.displayOnShelf)) {
                ForEach(model.products, id: \.sku) { product in
                    Toggle(product.name, isOn: onShelf(product.sku))
                }
            }
            Section {
                HStack {
                    Text(texts(.displayPop, String(model.popPlaced)))
                    Spacer()
                    ThumbStepper(value: String(model.popPlaced), label: texts(.displayPop, "")) { step in
                        await model.popStepped(by: step)
                    }
                }
                photos(.after, .displayAfter)
            }
        }
    }

    private func onShelf(_ sku: Sku) -> Binding<Bool> {
        Binding(get: { model.isOnShelf(sku) }, set: { _ in Task { await model.shelfTapped(sku) } })
    }

    @ViewBuilder
    private func photos(_ moment: DisplayModel.Moment, _ title: TextKey) -> some View {
        let taken = model.photos(moment)
        HStack {
            Text(texts(title) + " · " + String(taken.count))
            Spacer()
            PhotoButton(model: model) { photographing = moment }
        }
        ForEach(Array(taken.enumerated()), id: \.element.sha256) { place, photo in
            let name = texts(title) + " " + String(place + 1)
            HStack {
                PhotoThumb(photo, model: model)
                Text(name + " · " + texts.bytes(UInt64(photo.len)))
                Spacer()
                Button(texts(.remove), role: .destructive) { Task { await model.photoRemoved(photo, moment) } }
                    .buttonStyle(.bordered)
                    .accessibilityLabel(texts(.removeOf, name))
            }
        }
    }
}

extension DisplayModel.Moment: @retroactive Identifiable {
    public var id: Self { self }
}

private struct CheckRow: View {
    @Environment(\.texts) private var texts
    let model: DisplayModel
    let check: Check

    var body: some View {
        VStack(alignment: .leading) {
            HStack {
                Text(texts(check)).font(.headline)
                Spacer()
                if let value = model.value(of: check) {
                    let isMet = value >= check.minValue
                    Image(systemName: isMet ? "checkmark.circle.fill" : "xmark.circle.fill")
                        .foregroundStyle(isMet ? Palette.good : Palette.bad)
                        .accessibilityLabel(texts(isMet ? .displayMet : .displayNotMet))
                    Button(texts(.undo)) { Task { await model.uncheckTapped(check) } }
                        .buttonStyle(.bordered)
                        .accessibilityLabel(texts(.undoOf, texts(check)))
                }
            }
            Text(texts(.displayAtLeast, String(check.minValue), texts(check.unit.text)))
                .font(.subheadline)
                .foregroundStyle(Palette.quiet)
            if check.photoRequired { Mark(text: texts(.displayPhotoNeeded)) }
            HStack {
                Button(texts(.yes)) { Task { await model.checked(check, value: check.minValue) } }
                    .accessibilityLabel(texts(check) + " " + texts(.displayMet))
                Button(texts(.no)) { Task { await model.checked(check, value: 0) } }
                    .accessibilityLabel(texts(check) + " " + texts(.displayNotMet))
                Spacer()
                ThumbStepper(value: model.value(of: check).map(String.init) ?? "–", label: texts(check)) { step in
                    await model.checkStepped(check, by: step * model.step(of: check))
                }
            }
            .buttonStyle(.bordered)
            .controlSize(.large)
        }
    }
}
