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
    let model: StoreCardModel

    var body: some View {
        Editor(
            title: .cardContact, model: model, save: { await model.contactSaved() },
            cancel: { model.contactDropped() }
        ) {
            NamedField(name: .newStoreOwner, text: draft(\.owner), problem: model.refusal(of: .owner)).textContentType(.name)
            NamedField(name: .newStorePhone, text: draft(\.phone), problem: model.refusal(of: .phone)).keyboardType(.phonePad)
            NamedField(name: .confirmReceiver, text: draft(\.receiver), problem: model.refusal(of: .receiver))
                .textContentType(.name)
        }
    }

    private func draft(_ part: WritableKeyPath<Contact, String> & Sendable) -> Binding<String> {
        Binding(
            get: { model.contactDraft?[keyPath: part] ?? "" },
            set: { model.contactDraft?[keyPath: part] = $0 })
    }
}

/// 收货人: somebody else than the store's contact, for this order alone.
struct ReceiverEditor: View {
    @Environment(\.texts) private var texts
    let model: ConfirmModel

    var body: some View {
        Editor(
            title: .confirmReceiver, model: model, save: { await model.receiverSaved() },
            cancel: { model.receiverDropped() }
        ) {
            Section {
                NamedField(name: .confirmReceiver, text: draft(\.name), problem: model.refusal(of: .receiver))
                    .textContentType(.name)
                NamedField(name: .newStorePhone, text: draft(\.phone), problem: model.refusal(of: .phone))
                    .keyboardType(.phonePad)
            } footer: {
                Text(texts(.confirmReceiverHint))
            }
        }
    }

    private func draft(_ part: WritableKeyPath<Receiver, String> & Sendable) -> Binding<String> {
        Binding(
            get: { model.receiverDraft?[keyPath: part] ?? "" },
            set: { model.receiverDraft?[keyPath: part] = $0 })
    }
}

/// Cancel above, save where the thumb is, and what went wrong. No swipe throws away what was typed.
private struct Editor<Fields: View>: View {
    @Environment(\.texts) private var texts
    let title: TextKey
    let model: ScreenModel
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
                        FailureBanner(model: model)
                        MainButton(title: texts(.save), isBusy: model.isBusy) { await save() }
                    }
                }
        }
        .presentationDetents([.medium, .large])
        .interactiveDismissDisabled()
    }
}
