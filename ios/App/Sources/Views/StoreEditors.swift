import SwiftUI
import XundianKit

/// 门店备注: a few words for whoever comes next.
struct NoteEditor: View {
    @Environment(\.texts) private var texts
    let model: StoreCardModel

    var body: some View {
        Editor(
            title: .cardNote, model: model, save: { await model.noteSaved() }, cancel: { model.noteDropped() }
        ) {
            Section {
                TextField(texts(.cardNote), text: text, axis: .vertical).lineLimit(3...8)
            } footer: {
                Text(texts(.cardNoteHint))
            }
            if model.card?.note != nil {
                Button(texts(.cardNoteRemove), role: .destructive) { Task { await model.noteRemoved() } }
                    .disabled(model.isBusy)
            }
        }
    }

    private var text: Binding<String> {
        // A keyboard's last word may come when the sheet is closing: it opens nothing again.
        Binding(get: { model.noteDraft ?? "" }, set: { if model.noteDraft != nil { model.noteDraft = $0 } })
    }
}

/// 联系人: whom to ask for from now on.
struct ContactEditor: View {
    @Environment(\.texts) private var texts
    let model: StoreCardModel

    var body: some View {
        Editor(
            title: .cardContact, model: model, save: { await model.contactSaved() },
            cancel: { model.contactDropped() }
        ) {
            field(.newStoreOwner, \.owner).textContentType(.name)
            field(.newStorePhone, \.phone).keyboardType(.phonePad)
            field(.confirmReceiver, \.receiver).textContentType(.name)
        }
    }

    /// With its name beside it: a filled field does not show its own.
    private func field(_ name: TextKey, _ part: WritableKeyPath<Contact, String> & Sendable) -> some View {
        LabeledContent(texts(name)) {
            TextField(
                texts(name),
                text: Binding(
                    get: { model.contactDraft?[keyPath: part] ?? "" },
                    set: { model.contactDraft?[keyPath: part] = $0 }))
        }
    }
}

/// Cancel above, save where the thumb is, and what went wrong. No swipe throws away what was typed.
private struct Editor<Fields: View>: View {
    @Environment(\.texts) private var texts
    let title: TextKey
    let model: StoreCardModel
    let save: @MainActor () async -> Void
    let cancel: @MainActor () -> Void
    @ViewBuilder let fields: Fields

    var body: some View {
        NavigationStack {
            Form { fields }
                .navigationTitle(texts(title))
                .navigationBarTitleDisplayMode(.inline)
                .toolbar { Button(texts(.cancel)) { cancel() } }
                .safeAreaInset(edge: .bottom) {
                    VStack {
                        if let failure = model.failure {
                            FailureBanner(failure: failure) { model.failureDismissed() }
                        }
                        MainButton(title: texts(.save), isBusy: model.isBusy) { await save() }
                    }
                }
        }
        .presentationDetents([.medium, .large])
        .interactiveDismissDisabled()
    }
}
