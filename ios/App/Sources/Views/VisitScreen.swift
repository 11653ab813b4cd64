import SwiftUI
import XundianKit

/// 拜访: the rail that fills, the step below it, the ways out.
struct VisitScreen: View {
    @Environment(\.texts) private var texts
    @State private var model: VisitModel
    @State private var failing: FailedReason?
    @State private var proof: (reason: FailedReason, photo: Data?)?
    let app: AppModel

    init(app: AppModel) {
        self.app = app
        _model = State(initialValue: VisitModel(desk: app.desk, locator: app.locator))
    }

    var body: some View {
        PhaseView(model: model, reload: { await model.load() }) {
            VStack(spacing: 0) {
                StepRail(model: model) { app.go(.summary) }
                Divider()
                PositionLine(position: model.position).padding(.horizontal)
                // A check-in elsewhere keeps this screen: the models of the old shop's steps must go.
                step.id(model.visit?.visit).frame(maxWidth: .infinity, maxHeight: .infinity)
            }
        } empty: {
            EmptyScreen(key: .visitNone, image: "door.left.hand.open")
        }
        .safeAreaInset(edge: .bottom) {
            if case .failed(let failure) = model.phase, failure.key == .errorInternal {
                Text(texts(.visitUnread)).foregroundStyle(Palette.doubt).padding()
            }
        }
        .navigationTitle(model.shop?.name ?? texts(.visitTitle))
        .navigationBarTitleDisplayMode(.inline)
        .toolbar { ToolbarItem(placement: .primaryAction) { menu } }
        .asksToLeave(
            texts.leaving(model.openSteps, goingOut: model.goingOut), texts, isPresented: $model.isAskingToLeave
        ) { await leave() }
        .confirmationDialog(texts(.visitSkipWhy), isPresented: isSkipping, titleVisibility: .visible) {
            if let step = model.skipping {
                ForEach(model.skipReasons, id: \.code) { reason in
                    Button(texts(reason)) { Task { await model.skipReasonTapped(reason.code, for: step) } }
                }
            }
            Button(texts(.cancel), role: .cancel) {}
        } message: {
            if model.dropsWork { Text(texts(.visitSkipDrops)) }
        }
        .confirmationDialog(texts(.visitFailDrops), isPresented: isDropping, titleVisibility: .visible) {
            if let reason = model.dropping {
                Button(texts(reason.text), role: .destructive) { failing = reason }
                Button(texts(.failedKeep), role: .cancel) {}
            }
        }
        .confirmationDialog(unproven, isPresented: isUnproven, titleVisibility: .visible) {
            if let reason = model.unproven {
                Button(texts(.failedNoPhoto), role: .destructive) { Task { await fail(reason) } }
                Button(texts(.failedKeep), role: .cancel) {}
            }
        }
        // Asked only when the camera is gone: one cover at a time.
        .fullScreenCover(item: $failing, onDismiss: { Task { await proved() } }) { reason in
            Camera { shot in
                proof = (reason, shot.photo)
                failing = nil
            }
            .ignoresSafeArea()
        }
        .task { await model.load() }
    }

    private var isSkipping: Binding<Bool> {
        Binding(get: { model.skipping != nil }, set: { if !$0 { model.skipping = nil } })
    }

    private var isDropping: Binding<Bool> {
        Binding(get: { model.dropping != nil }, set: { if !$0 { model.dropping = nil } })
    }

    private var isUnproven: Binding<Bool> {
        Binding(get: { model.unproven != nil }, set: { if !$0 { model.unproven = nil } })
    }

    private var unproven: String {
        model.unproven.map { texts(.failedNoPhotoAsk, texts($0.text)) } ?? ""
    }

    @ViewBuilder
    private var step: some View {
        if let shop = model.shop, let visit = model.visit?.visit {
            switch model.current {
            case .stockCount: CountView(desk: app.desk, shop: shop) { await model.stepFinished(.stockCount) }
            case .suggestedOrder: SuggestView(desk: app.desk) { await model.stepFinished(.suggestedOrder) }
            case .display: DisplayView(desk: app.desk) { await model.stepFinished(.display) }
            case .competitor:
                CompetitorView(model: app.competitor(in: visit)) { await model.stepFinished(.competitor) }
            case .orderConfirmation:
                ConfirmView(model: app.confirm(in: visit), finished: { await model.stepFinished(.orderConfirmation) }) {
                    await app.sealed($0)
                }
                .onAppear { model.positionWanted() }
            }
        }
    }

    private var menu: some View {
        Menu {
            Button(texts(.visitCheckOut), systemImage: "rectangle.portrait.and.arrow.right") {
                Task {
                    await model.leaveTapped()
                    await end()
                }
            }
            Menu(texts(.visitFail), systemImage: "xmark.circle") {
                ForEach(FailedReason.allCases, id: \.self) { reason in
                    Button(texts(reason.text)) { Task { await failTapped(reason) } }
                }
            }
        } label: {
            Image(systemName: "ellipsis.circle").accessibilityLabel(texts(.more))
        }
    }

    /// A photo belongs to it; without one the visit is ended only after a question, which says what is lost.
    private func failTapped(_ reason: FailedReason) async {
        if !Camera.isThere || Camera.isDenied {
            model.positionWanted()
            await model.proofTaken(nil, for: reason)
        } else if await model.failAsked(reason) {
            failing = reason
        }
    }

    private func proved() async {
        guard let (reason, photo) = proof else { return }
        proof = nil
        await model.proofTaken(photo, for: reason)
        await end()
    }

    private func fail(_ reason: FailedReason) async {
        await model.failTapped(reason, photo: nil)
        await end()
    }

    private func leave() async {
        await model.checkOutTapped()
        await end()
    }

    private func end() async {
        if let out = model.checkedOut { await app.sealed(out) }
    }
}

extension View {
    /// Before a visit is sealed in which steps are open.
    func asksToLeave(
        _ question: String, _ texts: Texts, isPresented: Binding<Bool>, leave: @escaping @MainActor () async -> Void
    ) -> some View {
        confirmationDialog(question, isPresented: isPresented, titleVisibility: .visible) {
            Button(texts(.visitCheckOut)) { Task { await leave() } }
            Button(texts(.cancel), role: .cancel) {}
        }
    }
}

extension FailedReason: @retroactive Identifiable {
    public var id: Self { self }
}

/// The six steps as a rail, and below it the one that is shown, with the time and the way around it. The day's summary is
/// the sixth and stands on its own screen.
private struct StepRail: View {
    @Environment(\.texts) private var texts
    let model: VisitModel
    let summary: @MainActor () -> Void

    var body: some View {
        VStack(spacing: 4) {
            beads
            HStack {
                VStack(alignment: .leading) {
                    Text(texts(model.current.text)).font(.headline)
                    time
                }
                Spacer()
                Button(texts(.skip)) { Task { await model.skipTapped(model.current) } }
                    .buttonStyle(.bordered)
                    .controlSize(.large)
                    .disabled(!model.canSkip(model.current))
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
