import SwiftUI
import XundianKit

/// 3 做陈列: the standard's picture and checklist, the photos, the shelf.
struct DisplayView: View {
    @Environment(\.texts) private var texts
    @State private var model: DisplayModel
    @State private var photographing: DisplayModel.Moment?
    @State private var picture: UIImage?
    let finished: @MainActor () async -> Void

    init(desk: Desk, finished: @escaping @MainActor () async -> Void) {
        self.finished = finished
        _model = State(initialValue: DisplayModel(desk: desk))
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
            .onAppear { model.appeared() }
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
                Beside {
                    Text(texts(.displayPop, String(model.popPlaced)))
                } trailing: {
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
        Beside {
            Text(texts(title) + " · " + String(taken.count))
        } trailing: {
            PhotoButton(model: model, subject: texts(title)) { photographing = moment }
        }
        ForEach(Array(taken.enumerated()), id: \.element.sha256) { place, photo in
            let name = texts(title) + " " + String(place + 1)
            Beside {
                HStack {
                    PhotoThumb(photo, model: model)
                    Text(name + " · " + texts.bytes(UInt64(photo.len)))
                }
            } trailing: {
                Button(texts(.remove), role: .destructive) { Task { await model.photoRemoved(photo, moment) } }
                    .buttonStyle(.bordered)
                    .controlSize(.large)
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
            Beside {
                Text(texts(check)).font(.headline)
            } trailing: {
                if let value = model.value(of: check) { answer(value) }
            }
            Text(texts(.displayAtLeast, String(check.minValue), texts(check.unit.text)))
                .font(.subheadline)
                .foregroundStyle(Palette.quiet)
            if check.photoRequired { Mark(text: texts(.displayPhotoNeeded)) }
            Beside {
                HStack {
                    Button(texts(.yes)) { Task { await model.checked(check, value: check.minValue) } }
                        .accessibilityLabel(texts(check) + " " + texts(.displayMet))
                    Button(texts(.no)) { Task { await model.checked(check, value: 0) } }
                        .accessibilityLabel(texts(check) + " " + texts(.displayNotMet))
                }
            } trailing: {
                ThumbStepper(value: model.value(of: check).map(String.init) ?? "–", label: texts(check)) { step in
                    await model.checkStepped(check, by: step * model.step(of: check))
                }
            }
        }
        .buttonStyle(.bordered)
        .controlSize(.large)
    }

    private func answer(_ value: UInt32) -> some View {
        let isMet = value >= check.minValue
        return HStack {
            Image(systemName: isMet ? "checkmark.circle.fill" : "xmark.circle.fill")
                .foregroundStyle(isMet ? Palette.good : Palette.bad)
                .accessibilityLabel(texts(isMet ? .displayMet : .displayNotMet))
            Button(texts(.undo)) { Task { await model.uncheckTapped(check) } }
                .accessibilityLabel(texts(.undoOf, texts(check)))
        }
    }
}
