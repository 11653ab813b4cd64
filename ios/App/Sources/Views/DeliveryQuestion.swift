import SwiftUI
import XundianKit

/// "Did it come?" before anything is counted.
struct DeliveryQuestion: View {
    @Environment(\.texts) private var texts
    let model: CountModel
    let delivery: AwaitedDelivery
    @State private var came: [Sku: Units] = [:]
    @State private var isPartly = false

    init(model: CountModel, delivery: AwaitedDelivery) {
        (self.model, self.delivery) = (model, delivery)
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            Text(texts.question(delivery, on: model.day(of: delivery))).font(.headline)
            Deeds {
                Button(texts(.countCame)) { Task { await model.cameTapped(delivery, came: true) } }
                    .buttonStyle(.borderedProminent)
                    .accessibilityLabel(spoken(.countCame))
                Button(texts(.countCameNot)) { Task { await model.cameTapped(delivery, came: false) } }
                    .accessibilityLabel(spoken(.countCameNot))
                Button(texts(.countCamePartly)) { isPartly.toggle() }
                    .accessibilityLabel(spoken(.countCamePartly))
            }
            .buttonStyle(.bordered)
            .controlSize(.large)
            if isPartly { partly }
        }
        .padding(.vertical, 4)
    }

    /// Two deliveries are asked about in the same words.
    private func spoken(_ action: TextKey) -> String {
        texts.spoken(texts.name(delivery, on: model.day(of: delivery)), texts(action))
    }

    @ViewBuilder
    private var partly: some View {
        ForEach(delivery.lines, id: \.sku) { line in
            let units = came[line.sku] ?? line.units
            Beside {
                Text(line.name)
            } trailing: {
                ThumbStepper(value: texts.quantity(units, case: line.case), label: line.name) { step in
                    came[line.sku] = max(0, units + step)
                } hold: { up in
                    came[line.sku] = max(0, units + (up ? line.case : -line.case))
                }
            }
        }
        Button(texts(.save)) {
            let told = Dictionary(uniqueKeysWithValues: delivery.lines.map { ($0.sku, came[$0.sku] ?? $0.units) })
            Task { await model.cameTapped(delivery, units: told) }
        }
        .buttonStyle(.borderedProminent)
        .controlSize(.large)
        .accessibilityLabel(spoken(.save))
    }
}

/// Answered, and still in its place: what was said by a slip is taken back where it was said.
struct DeliveryAnswer: View {
    @Environment(\.texts) private var texts
    let model: CountModel
    let delivery: AwaitedDelivery
    let said: TextKey

    var body: some View {
        let question = texts.question(delivery, on: model.day(of: delivery))
        Beside {
            Text(question + " " + texts(said)).foregroundStyle(Palette.quiet)
        } trailing: {
            Button(texts(.undo)) { Task { await model.askAgainTapped(delivery) } }
                .buttonStyle(.bordered)
                .controlSize(.large)
                .accessibilityLabel(texts(.undoOf, question))
        }
    }
}
