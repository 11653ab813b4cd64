import SwiftUI
import XundianKit

/// 排面 of one category: ours, and everybody's with ours among them.
struct FacingsRow: View {
    @Environment(\.texts) private var texts
    let model: CountModel
    let category: String

    var body: some View {
        let seen = model.facings(category)
        VStack(alignment: .leading) {
            Beside {
                Text(category).font(.headline)
            } trailing: {
                if seen != nil {
                    Button(texts(.undo)) { Task { await model.facingsCleared(category) } }
                        .buttonStyle(.bordered)
                        .controlSize(.large)
                        .accessibilityLabel(texts(.undoOf, category))
                }
            }
            stepper(.countFacingsOwn, seen?.own) { await model.facingsStepped(category, own: $0) }
            stepper(.countFacingsAll, seen?.total) { await model.facingsStepped(category, total: $0) }
        }
    }

    private func stepper(
        _ name: TextKey, _ seen: UInt32?, step: @escaping @MainActor (Int32) async -> Void
    ) -> some View {
        Beside {
            Text(texts(name)).foregroundStyle(Palette.quiet)
        } trailing: {
            ThumbStepper(
                value: seen.map(String.init) ?? "–", label: category + " " + texts(name), isGhost: seen == nil,
                canTakeOff: seen != nil, held: (.countFacingsMore, .countFacingsFewer), step: step,
                hold: { up in await step(up ? CountModel.many : -CountModel.many) })
        }
    }
}
