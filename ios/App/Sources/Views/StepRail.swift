import SwiftUI
import XundianKit

/// The six steps as a rail, and below it the one that is shown, with the time. The day's summary is the sixth and stands on
/// its own screen.
struct StepRail: View {
    @Environment(\.texts) private var texts
    let model: VisitModel
    let summary: @MainActor () -> Void

    var body: some View {
        VStack(spacing: 4) {
            beads
            Beside {
                Text(texts(model.current.text)).font(.headline)
            } trailing: {
                time
            }
        }
        .padding(.horizontal)
        .padding(.vertical, 6)
    }

    private var beads: some View {
        HStack(spacing: 4) {
            ForEach(Array(VisitModel.steps.enumerated()), id: \.offset) { place, step in
                let mark = model.mark(of: step)
                Button { Task { await model.stepTapped(step) } } label: {
                    bead(place + 1, mark, isCurrent: step == model.current)
                }
                .buttonStyle(.plain)
                .accessibilityLabel(texts(step.text))
                .accessibilityValue(word(mark))
                .accessibilityAddTraits(step == model.current ? .isSelected : [])
            }
            Button(action: summary) { bead(VisitModel.steps.count + 1, .untouched, isCurrent: false) }
                .buttonStyle(.plain)
                .accessibilityLabel(texts(.stepDaySummary))
        }
    }

    private var time: some View {
        TimelineView(.periodic(from: .now, by: 1)) { time in
            Text(texts(.visitTime, texts.duration(model.secondsInStore(at: time.date))))
                .font(.caption.monospacedDigit())
                .foregroundStyle(Palette.quiet)
        }
    }

    /// Its number, or what became of it: names of six steps are too long for a phone's width.
    private func bead(_ number: Int, _ mark: VisitModel.Mark, isCurrent: Bool) -> some View {
        VStack(spacing: 2) {
            RoundedRectangle(cornerRadius: 3).fill(color(mark)).frame(height: 6)
            Group {
                switch mark {
                case .untouched, .begun: Text(String(number))
                case .finished: Image(systemName: "checkmark")
                case .skipped: Image(systemName: "forward")
                }
            }
            .font(.headline.weight(isCurrent ? .bold : .regular))
            .foregroundStyle(isCurrent ? Color.primary : Palette.quiet)
        }
        .frame(maxWidth: .infinity, minHeight: 44)
        .contentShape(Rectangle())
    }

    private func color(_ mark: VisitModel.Mark) -> Color {
        switch mark {
        case .untouched: Palette.quiet.opacity(0.25)
        case .begun: Palette.brand.opacity(0.5)
        case .finished: Palette.good
        case .skipped: Palette.doubt
        }
    }

    private func word(_ mark: VisitModel.Mark) -> String {
        switch mark {
        case .untouched: texts(.stateToDo)
        case .begun: texts(.stateVisiting)
        case .finished: texts(.stateComplete)
        case .skipped(let reason): texts(.visitSkipped) + " " + texts.reason(reason, of: model.skipReasons)
        }
    }
}
