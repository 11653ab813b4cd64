import SwiftUI
import XundianKit

/// 新店.
struct NewStoreView: View {
    /// The server's doors allow no longer names.
    static let nameLength = 60

    @Environment(\.texts) private var texts
    @State private var model: NewStoreModel
    let app: AppModel

    init(app: AppModel) {
        self.app = app
        _model = State(initialValue: NewStoreModel(desk: app.desk))
    }

    var body: some View {
        Form {
            TextField(texts(.newStoreName), text: $model.name)
                .onChange(of: model.name) { _, name in
                    if name.count > Self.nameLength { model.name = String(name.prefix(Self.nameLength)) }
                }
            Picker(texts(.newStoreChannel), selection: $model.channel) {
                ForEach(Channel.all, id: \.self) { Text(texts($0.text)).tag($0) }
            }
            TextField(texts(.newStoreStreet), text: $model.street).keyboardType(.numberPad)
            TextField(texts(.newStoreAddress), text: $model.address).textContentType(.fullStreetAddress)
            TextField(texts(.newStoreHours), text: $model.hours)
            TextField(texts(.newStoreOwner), text: $model.owner).textContentType(.name)
            TextField(texts(.newStorePhone), text: $model.phone).keyboardType(.phonePad)
        }
        .navigationTitle(texts(.newStoreTitle))
        .safeAreaInset(edge: .bottom) {
            VStack {
                if let failure = model.failure { FailureBanner(failure: failure) { model.failureDismissed() } }
                MainButton(title: texts(.save), isBusy: model.isBusy) {
                    await model.saveTapped()
                    if let store = model.opened { app.path = [.card(store)] }
                }
                .disabled(!model.canSave)
            }
        }
    }
}
