import Observation
import XundianCore

/// 搜索: any store of the phone, for an unplanned visit; any product.
@MainActor
@Observable
public final class SearchModel: ScreenModel {
    public var text = ""
    public private(set) var stores: [StoreHit] = []
    public private(set) var products: [ProductHit] = []
    /// A search was made, so that "nothing found" is not said of an empty field.
    public private(set) var hasSearched = false

    /// An empty text finds nothing rather than everything.
    public func searched() async {
        let asked = trimmed
        guard !asked.isEmpty else { return (stores, products, hasSearched) = ([], [], false) }
        let found = await answer { core in
            (stores: try core.searchStores(text: asked), products: try core.searchProducts(text: asked))
        }
        // The rep went on typing: the answer is to another question.
        guard trimmed == asked, let found else { return }
        (stores, products, hasSearched) = (found.stores, found.products, true)
        phase = stores.isEmpty && products.isEmpty ? .empty : .ready
    }

    private var trimmed: String { text.trimmingCharacters(in: .whitespacesAndNewlines) }
}
