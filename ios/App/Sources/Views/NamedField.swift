import SwiftUI
import XundianKit

/// A line of a form with its name beside it, which a filled field does not show, and below it why it was not taken.
struct NamedField: View {
    @Environment(\.texts) private var texts
    let name: TextKey
    let text: Binding<String>
    /// How it is written.
    var example: TextKey?
    var problem: TextKey?

    var body: some View {
        VStack(alignment: .leading) {
            LabeledContent(texts(name)) {
                TextField(texts(name), text: text, prompt: example.map { Text(texts($0)) })
            }
            if let problem { Text(texts(problem)).font(.caption).foregroundStyle(Palette.bad) }
        }
    }
}
