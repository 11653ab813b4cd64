import SwiftUI
import XundianKit

/// 拜访: the rail that fills, the step below it, the ways out under the thumb.
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
                ways
            }
        } empty: {
            EmptyScreen(key: .visitNone, image: "door.left.hand.open")
        }
        .safeAreaInset(edge: .bottom) {
            if case .failed(let failure) = model.phase, failure.key == .errorInternal { unread }
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

    /// Below the step's own deed.
    private var ways: some View {
        ViewThatFits(in: .horizontal) {
            HStack {
                skipButton
                Spacer()
                failMenu
                leaveButton
            }
            // Large words: what is rarer is a tap further.
            HStack {
                menu
                Spacer()
                leaveButton
            }
        }
        .buttonStyle(.bordered)
        .controlSize(.large)
        .padding(.horizontal)
        .padding(.vertical, 6)
        .background(.bar)
    }

    /// Ending it is all that can be done with it.
    private var unread: some View {
        VStack(alignment: .leading) {
            Text(texts(.visitUnread)).foregroundStyle(Palette.doubt)
            failMenu.buttonStyle(.bordered).controlSize(.large)
        }
        .padding()
    }

    private var menu: some View {
        Menu {
            leaveButton
            skipButton
            failMenu
        } label: {
            Image(systemName: "ellipsis.circle").frame(minWidth: 44, minHeight: 44).accessibilityLabel(texts(.more))
        }
    }

    private var leaveButton: some View {
        Button(texts(.visitCheckOut), systemImage: "rectangle.portrait.and.arrow.right") {
            Task {
                await model.leaveTapped()
                await end()
            }
        }
    }

    private var skipButton: some View {
        Button(texts(.skip)) { Task { await model.skipTapped(model.current) } }.disabled(!model.canSkip(model.current))
    }

    private var failMenu: some View {
        Menu(texts(.visitFail), systemImage: "xmark.circle") {
            ForEach(FailedReason.allCases, id: \.self) { reason in
                Button(texts(reason.text)) { Task { await failTapped(reason) } }
            }
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
