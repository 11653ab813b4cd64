import SwiftUI
import XundianKit

/// 搜索: any store, for a visit that was not planned.
struct SearchView: View {
    @Environment(\.texts) private var texts
    @State private var model: SearchModel
    let app: AppModel

    init(app: AppModel) {
        self.app = app
        _model = State(initialValue: SearchModel(desk: app.desk))
    }

    var body: some View {
        List {
            ForEach(model.stores, id: \.store) { hit in
                Button { app.go(.card(hit.store)) } label: {
                    VStack(alignment: .leading) {
                        Text(hit.name).font(.headline)
                        Text(hit.address).font(.subheadline).foregroundStyle(Palette.quiet)
                    }
                    .frame(minHeight: 48)
                }
            }
            ForEach(model.products, id: \.sku) { product in LabeledContent(product.name, value: product.sku) }
            if model.hasSearched && model.phase == .empty { Text(texts(.todayNoHits)) }
        }
        .searchable(text: $model.text, placement: .navigationBarDrawer(displayMode: .always), prompt: texts(.search))
        .onChange(of: model.text) { Task { await model.searched() } }
        .navigationTitle(texts(.search))
        .safeAreaInset(edge: .bottom) {
            VStack {
                FailureBanner(model: model)
                Button(texts(.todayNewStore), systemImage: "plus") { app.go(.newStore) }
                    .buttonStyle(.bordered)
                    .controlSize(.large)
                    .padding(6)
            }
            .frame(maxWidth: .infinity)
            .background(.bar)
        }
    }
}
