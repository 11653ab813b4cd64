import SwiftUI
import XundianKit

/// 新店.
struct NewStoreView: View {
    @Environment(\.texts) private var texts
    @Bindable private var model: NewStoreModel
    let app: AppModel

    init(app: AppModel) {
        self.app = app
        _model = Bindable(wrappedValue: app.newStore)
    }

    var body: some View {
        Form {
            TextField(texts(.newStoreName), text: $model.name)
            problem(model.nameProblem)
            Picker(texts(.newStoreChannel), selection: $model.channel) {
                ForEach(Channel.allCases, id: \.self) { Text(texts($0.text)).tag($0) }
            }
            street
            TextField(texts(.newStoreAddress), text: $model.address).textContentType(.fullStreetAddress)
            problem(model.addressProblem)
            TextField(texts(.newStoreHours), text: $model.hours)
            TextField(texts(.newStoreOwner), text: $model.owner).textContentType(.name)
            TextField(texts(.newStorePhone), text: $model.phone).keyboardType(.phonePad)
            Text(texts(.newStoreHint)).foregroundStyle(Palette.quiet)
        }
        .onAppear { model.appeared() }
        .task(id: model.fixes) { await model.load() }
        .navigationTitle(texts(.newStoreTitle))
        .safeAreaInset(edge: .bottom) {
            VStack {
                FailureBanner(model: model)
                MainButton(title: texts(.save), isBusy: model.isBusy) {
                    await model.saveTapped()
                    if let store = model.opened { app.path = [.card(store)] }
                }
                .disabled(!model.canSave)
            }
        }
    }

    @ViewBuilder
    private var street: some View {
        if !model.streets.isEmpty {
            Picker(texts(.newStoreStreet), selection: $model.picked) {
                ForEach(model.streets, id: \.code) { Text(model.label($0)).tag($0.code) }
                Text(texts(.newStoreStreetOther)).tag("")
            }
        }
        if model.picked.isEmpty {
            TextField(texts(.newStoreStreetCode), text: $model.street).keyboardType(.numberPad)
        }
    }

    @ViewBuilder
    private func problem(_ key: TextKey?) -> some View {
        if let key { Text(texts(key)).font(.caption).foregroundStyle(Palette.bad) }
    }
}
