import SwiftUI
import XundianKit

/// A screen in one of its four states: loading, failed, empty, ready. The last failed tap lies over it.
struct PhaseView<Content: View, Empty: View>: View {
    @Environment(\.texts) private var texts
    let model: ScreenModel
    /// What lies over it says what went wrong.
    var isCovered = false
    let reload: @MainActor () async -> Void
    @ViewBuilder let content: Content
    @ViewBuilder let empty: Empty

    var body: some View {
        Group {
            switch model.phase {
            case .loading: ProgressView(texts(.loading)).frame(maxWidth: .infinity, maxHeight: .infinity)
            case .failed(let failure): FailureView(failure: failure, retry: reload)
            case .empty: empty
            case .ready: content
            }
        }
        .safeAreaInset(edge: .bottom) {
            if !isCovered { FailureBanner(model: model) }
        }
    }
}

extension PhaseView where Empty == Content {
    /// A screen whose empty state is the same view.
    init(
        model: ScreenModel, isCovered: Bool = false, reload: @escaping @MainActor () async -> Void,
        @ViewBuilder both: () -> Content
    ) {
        let view = both()
        self.init(model: model, isCovered: isCovered, reload: reload, content: { view }, empty: { view })
    }
}

/// Nothing can be shown: what happened, and the one thing to do.
struct FailureView: View {
    @Environment(\.texts) private var texts
    let failure: Failure
    let retry: @MainActor () async -> Void
    /// On a screen from which the phone can be enrolled again.
    var enrolAgain: (@MainActor () -> Void)?

    var body: some View {
        ContentUnavailableView {
            Label(texts(failure), systemImage: "exclamationmark.triangle")
        } actions: {
            if failure.wantsEnrolment, let enrolAgain {
                Button(texts(.enrolTitle), action: enrolAgain).buttonStyle(.borderedProminent).controlSize(.large)
                again.buttonStyle(.bordered)
            } else {
                again.buttonStyle(.borderedProminent)
            }
            CopyButton(failure.detail)
        }
    }

    private var again: some View {
        Button(texts(.retry)) { Task { await retry() } }.controlSize(.large)
    }
}

/// The details, for who helps. That they were copied is seen in its place, felt and spoken.
struct CopyButton: View {
    @Environment(\.texts) private var texts
    @State private var isCopied = false
    private let details: String

    init(_ details: String) {
        self.details = details
    }

    var body: some View {
        Button {
            Doors.copy(details, texts)
            isCopied = true
        } label: {
            Text(texts(isCopied ? .copied : .copyDetails)).tappable()
        }
        // Those were others.
        .onChange(of: details) { isCopied = false }
    }
}

/// What went wrong; what was there before still is. It is felt and spoken once, and again when the same is refused again.
struct FailureBanner: View {
    @Environment(\.texts) private var texts
    let model: ScreenModel

    var body: some View {
        if let failure = model.failure {
            Beside {
                Label(texts(failure), systemImage: "exclamationmark.triangle.fill")
            } trailing: {
                Button(texts(.ok)) { model.failureDismissed() }.buttonStyle(.bordered).controlSize(.large)
            }
            .padding()
            .background(.thinMaterial)
            .accessibilityElement(children: .combine)
            .onAppear { tell() }
            .onChange(of: failure) { tell() }
            .onChange(of: model.refusals) { tell() }
        }
    }

    private func tell() {
        guard let failure = model.takeNews() else { return }
        Haptics.refused()
        Voice.say(texts(failure))
    }
}

struct EmptyScreen: View {
    @Environment(\.texts) private var texts
    let key: TextKey
    let image: String

    var body: some View { ContentUnavailableView(texts(key), systemImage: image) }
}

/// The main deed of a screen, where the thumb is.
struct MainButton: View {
    let title: String
    var isBusy = false
    let deed: @MainActor () async -> Void

    var body: some View {
        Button {
            Task { await deed() }
        } label: {
            MainLabel(title: title, isBusy: isBusy)
        }
        .disabled(isBusy)
        .mainDeed()
    }
}

/// What the main deed says, across the width.
struct MainLabel: View {
    let title: String
    var isBusy = false

    var body: some View {
        Group {
            if isBusy { ProgressView().accessibilityLabel(title) } else { Text(title).font(.title3.bold()) }
        }
        .frame(maxWidth: .infinity, minHeight: 36)
    }
}

extension View {
    /// A button or a menu as the main deed of its screen.
    func mainDeed() -> some View {
        buttonStyle(.borderedProminent)
            .controlSize(.large)
            .padding(.horizontal)
            .padding(.vertical, 6)
            .background(.bar)
    }
}

/// 手机 → 服务器 → 经销商 → 送达: four lamps, and the word for who sees no colours.
struct OrderLamps: View {
    @Environment(\.texts) private var texts
    let light: OrderLight

    var body: some View {
        HStack(spacing: 3) {
            ForEach(0..<4, id: \.self) { place in
                Circle().fill(place < light.lit ? Palette.good : Palette.quiet.opacity(0.3)).frame(width: 8, height: 8)
            }
            Text(texts(light.text)).font(.caption)
        }
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(texts(light.text))
    }
}

/// Where an order stands: its lamps, or the word for one that no lamp leads further.
struct OrderStanding: View {
    @Environment(\.texts) private var texts
    let order: OrderOfDay

    var body: some View {
        if let word = texts.stopped(order) {
            Mark(text: word, color: Palette.of(order.state, light: order.light))
        } else {
            OrderLamps(light: order.light)
        }
    }
}

/// What the phone cannot say of where it is: quiet, and in nobody's way.
struct PositionLine: View {
    @Environment(\.texts) private var texts
    let position: PositionState

    var body: some View {
        if let line = position.line {
            Beside {
                Label(texts(line), systemImage: "location.slash").foregroundStyle(Palette.quiet)
            } trailing: {
                if position.leadsToSettings {
                    Button { Doors.settings() } label: { Text(texts(.positionSettings)).tappable() }
                        .buttonStyle(.borderless)
                }
            }
            .font(.footnote)
            .frame(minHeight: 44)
        }
    }
}

/// Opens the camera; without the permission it says so and leads to where it is given, and without a camera the model says so.
struct PhotoButton: View {
    @Environment(\.texts) private var texts
    let model: ScreenModel
    var image = "camera"
    /// What it is a photo of, where the screen has several.
    var subject: String?
    let tapped: @MainActor () -> Void

    var body: some View {
        if Camera.isDenied {
            VStack(alignment: .leading) {
                Text(texts(.permCamera)).foregroundStyle(Palette.quiet)
                Button(texts(.positionSettings)) { Doors.settings() }.buttonStyle(.bordered).controlSize(.large)
            }
            .font(.footnote)
        } else {
            Button(texts(.photo), systemImage: image) {
                if Camera.opens { tapped() } else { model.cameraMissed() }
            }
            .controlSize(.large)
            .accessibilityLabel(subject.map { texts(.photoOf, $0) } ?? texts(.photo))
        }
    }
}

struct Mark: View {
    let text: String
    var color = Palette.quiet

    var body: some View {
        Text(text)
            .font(.caption)
            .padding(.horizontal, 6)
            .padding(.vertical, 2)
            .background(color.opacity(0.15), in: Capsule())
            .foregroundStyle(color)
    }
}

/// Plus and minus of at least 44 points; a long press is many at once.
struct ThumbStepper: View {
    @Environment(\.texts) private var texts
    let value: String
    let label: String
    /// Nobody has said it yet: what is proposed, or was there before.
    var isGhost = false
    /// Where a number is counted, nothing can be taken from what nobody said.
    var canTakeOff = true
    /// What a long press adds and takes, for who cannot press long.
    var held: (more: TextKey, fewer: TextKey) = (.countCaseMore, .countCaseFewer)
    let step: @MainActor (Int32) async -> Void
    var hold: (@MainActor (Bool) async -> Void)?
    /// A tap on the value asks for the keyboard.
    var type: (@MainActor () -> Void)?

    var body: some View {
        HStack(spacing: 4) {
            button("minus", .countMinus, up: false)
            Text(value)
                .font(isGhost ? Font.title3.monospacedDigit().italic() : Font.title3.monospacedDigit())
                .foregroundStyle(isGhost ? Palette.quiet : Color.primary)
                .frame(minWidth: 56, minHeight: 48)
                .contentShape(Rectangle())
                .onTapGesture { type?() }
            button("plus", .countPlus, up: true)
        }
        .accessibilityElement(children: .ignore)
        .accessibilityLabel(label)
        // The slant and the colour of a ghost are for the eye alone.
        .accessibilityValue(isGhost ? texts(.notSaid, value) : value)
        .accessibilityAdjustableAction { direction in
            guard canTakeOff || direction == .increment else { return }
            Task { await step(direction == .increment ? 1 : -1) }
        }
        .accessibilityActions {
            if let hold {
                Button(texts(held.more)) { Task { await hold(true) } }
                if canTakeOff { Button(texts(held.fewer)) { Task { await hold(false) } } }
            }
            if let type { Button(texts(.countType), action: type) }
        }
    }

    private func button(_ image: String, _ key: TextKey, up: Bool) -> some View {
        let isLive = up || canTakeOff
        return Image(systemName: image)
            .font(.title3.bold())
            .foregroundStyle(isLive ? Color.primary : Palette.quiet)
            .frame(width: 48, height: 48)
            .background(Color.accentColor.opacity(0.12), in: RoundedRectangle(cornerRadius: 10))
            .contentShape(Rectangle())
            .onTapGesture {
                guard isLive else { return }
                Haptics.step()
                Task { await step(up ? 1 : -1) }
            }
            .onLongPressGesture(minimumDuration: 0.4) {
                guard isLive, let hold else { return }
                Haptics.many()
                Task { await hold(up) }
            }
    }
}

/// One tap chooses why.
struct ReasonMenu<Content: View>: View {
    @Environment(\.texts) private var texts
    let reasons: [Reason]
    let chosen: @MainActor (Reason) async -> Void
    @ViewBuilder let label: Content

    var body: some View {
        Menu {
            ForEach(reasons, id: \.code) { reason in
                Button(texts(reason)) { Task { await chosen(reason) } }
            }
        } label: {
            label
        }
    }
}
