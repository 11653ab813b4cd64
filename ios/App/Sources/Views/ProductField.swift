import SwiftUI
import XundianKit

/// 加品项: a product by its name or number, and what was found by it.
struct ProductField: View {
    @Environment(\.texts) private var texts
    let text: Binding<String>
    let hits: [ProductHit]?
    let searched: @MainActor () async -> Void
    let chosen: @MainActor (ProductHit) async -> Void

    var body: some View {
        TextField(texts(.addProduct), text: text)
            .submitLabel(.search)
            .onSubmit { Task { await searched() } }
            .frame(minHeight: 44)
        ForEach(hits ?? [], id: \.sku) { hit in
            Button { Task { await chosen(hit) } } label: { Label(hit.name, systemImage: "plus").tappable() }
                .buttonStyle(.borderless)
        }
        if hits?.isEmpty == true { Text(texts(.todayNoHits)).foregroundStyle(Palette.quiet) }
    }
}
