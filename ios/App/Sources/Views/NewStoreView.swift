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
            NamedField(name: .newStoreName, text: $model.name, problem: model.nameProblem ?? model.refusal(of: .name))
            Picker(texts(.newStoreChannel), selection: $model.channel) {
                ForEach(Channel.allCases, id: \.self) { Text(texts($0.text)).tag($0) }
            }
            street
            NamedField(
                name: .newStoreAddress, text: $model.address, problem: model.addressProblem ?? model.refusal(of: .address)
            )
            .textContentType(.fullStreetAddress)
            NamedField(
                name: .newStoreHours, text: $model.hours, example: .newStoreHoursExample, problem: model.refusal(of: .hours))
            NamedField(name: .newStoreOwner, text: $model.owner, problem: model.refusal(of: .owner)).textContentType(.name)
            NamedField(name: .newStorePhone, text: $model.phone, problem: model.refusal(of: .phone)).keyboardType(.phonePad)
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
            NamedField(name: .newStoreStreetCode, text: $model.street, problem: model.refusal(of: .street))
                .keyboardType(.numberPad)
        }
    }
}
