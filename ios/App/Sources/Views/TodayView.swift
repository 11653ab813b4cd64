import SwiftUI
import XundianKit

/// 今日路线: the stores in order; the next one under the thumb.
struct TodayView: View {
    @Environment(\.texts) private var texts
    @State private var model: TodayModel
    @State private var isShowingPlan = false
    let app: AppModel

    init(app: AppModel) {
        self.app = app
        _model = State(initialValue: TodayModel(desk: app.desk, sync: app.sync, locator: app.locator))
    }

    var body: some View {
        Group {
            if model.today == nil, app.sync.state == .running {
                firstPull
            } else if let why = model.notPulled {
                FailureView(failure: why, retry: { await model.syncTapped() }, enrolAgain: app.enrolAgainTapped)
            } else {
                route
            }
        }
        .navigationTitle(model.today.map { texts.day($0.date) } ?? texts(.todayTitle))
        .toolbar { menu }
        .safeAreaInset(edge: .bottom) {
            VStack(spacing: 0) {
                // Always before the eyes, however long the route.
                if model.today != nil { standing.padding(.horizontal).padding(.top, 6) }
                thumb
            }
            .frame(maxWidth: .infinity)
            .background(.bar)
        }
        .refreshable { await model.syncTapped() }
        .sheet(isPresented: $isShowingPlan) {
            RoutePlanView(model: model) { stop in
                isShowingPlan = false
                app.go(model.route(to: stop.store))
            }
        }
        .onAppear { model.appeared() }
        .task(id: [app.changes, model.fixes]) { await model.load() }
    }

    private var route: some View {
        PhaseView(model: model, isCovered: isShowingPlan, reload: { await model.syncTapped() }) {
            list
        } empty: {
            EmptyScreen(key: .todayEmpty, image: "map")
        }
    }

    /// The one time that the network is waited for.
    private var firstPull: some View {
        VStack(spacing: 16) {
            ProgressView(texts(.enrolPulling, String(app.sync.progress?.rowsDown ?? 0)))
            Button(texts(.cancel)) { app.sync.cancelTapped() }.buttonStyle(.bordered).controlSize(.large)
        }
        .frame(maxWidth: .infinity, maxHeight: .infinity)
    }

    private var list: some View {
        List {
            if let name = model.openElsewhere {
                Section(texts(.todayUnplanned)) {
                    Button { app.go(.visit) } label: { ElsewhereRow(name: name.isEmpty ? texts(.otherShop) : name) }
                }
            }
            Section {
                ForEach(Array(model.stops.enumerated()), id: \.element.store) { place, stop in
                    Button { app.go(model.route(to: stop.store)) } label: {
                        StopRow(number: place + 1, stop: stop, order: model.order(of: stop.store))
                    }
                    .swipeActions {
                        Button(texts(.todayMap), systemImage: "map") {
                            Doors.map(stop.address) { model.mapMissed() }
                        }
                    }
                }
            } header: {
                Text(progress)
            }
        }
    }

    private var progress: String {
        if model.stops.isEmpty { return texts(.todayEmpty) }
        return texts(.todayProgress, String(model.doneCount), String(model.stops.count))
    }

    /// On a day without a route, too: unplanned visits are sent as any other.
    private var standing: some View {
        VStack(alignment: .leading) {
            SyncLine(
                sync: model.sync, unsent: model.unsent, opened: { app.go(.outbox) }, enrolAgain: app.enrolAgainTapped)
            if model.refused > 0 {
                Button { app.go(.outbox) } label: {
                    Text(texts(.todayRefused, String(model.refused))).foregroundStyle(Palette.bad).tappable()
                }
                .font(.footnote)
                .buttonStyle(.borderless)
            }
        }
    }

    @ViewBuilder
    private var thumb: some View {
        if let name = model.openElsewhere {
            MainButton(title: texts(.todayGoOn, name.isEmpty ? texts(.otherShop) : name)) { app.go(.visit) }
        } else if let next = model.next {
            let key: TextKey = next.state == .visiting ? .todayGoOn : .todayNext
            MainButton(title: texts(key, next.name)) { app.go(model.route(to: next.store)) }
        } else if model.phase == .ready {
            MainButton(title: texts(.todayCloseDay)) { app.go(.summary) }
        } else if model.phase == .empty {
            MainButton(title: texts(.todayUnplanned)) { app.go(.search) }
        }
    }

    private var menu: some ToolbarContent {
        ToolbarItem(placement: .primaryAction) {
            Menu {
                Button(texts(.todayPlan), systemImage: "mappin.and.ellipse") { isShowingPlan = true }
                    .disabled(model.stops.isEmpty)
                Button(texts(.todayUnplanned), systemImage: "magnifyingglass") { app.go(.search) }
                Button(texts(.todayNewStore), systemImage: "plus") { app.go(.newStore) }
                Button(texts(.todaySync), systemImage: "arrow.triangle.2.circlepath") { Task { await model.syncTapped() } }
                Button(texts(.outboxTitle), systemImage: "tray.and.arrow.up") { app.go(.outbox) }
                Button(texts(.todayCloseDay), systemImage: "checkmark.seal") { app.go(.summary) }
                Button(texts(.settingsTitle), systemImage: "gearshape") { app.go(.settings) }
            } label: {
                Image(systemName: "ellipsis.circle").accessibilityLabel(texts(.more))
            }
        }
    }
}

/// The shop of a visit that is open beside the route.
private struct ElsewhereRow: View {
    @Environment(\.texts) private var texts
    let name: String

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            Text(name).font(.headline)
            Mark(text: texts(StopState.visiting.text), color: Palette.of(StopState.visiting))
        }
        .frame(minHeight: 56)
        .accessibilityElement(children: .combine)
    }
}

private struct StopRow: View {
    @Environment(\.texts) private var texts
    /// As on the plan of the route.
    let number: Int
    let stop: RouteStop
    let order: OrderOfDay?

    var body: some View {
        HStack(alignment: .top) {
            Text(String(number)).font(.headline).foregroundStyle(Palette.quiet)
            words
        }
        .frame(minHeight: 56)
        .accessibilityElement(children: .combine)
    }

    private var words: some View {
        VStack(alignment: .leading, spacing: 4) {
            // A name may have sixty characters: it wraps, the state goes below it.
            Text(stop.name).font(.headline)
            Text(stop.address).font(.subheadline).foregroundStyle(Palette.quiet)
            ViewThatFits(in: .horizontal) {
                HStack { marks }
                VStack(alignment: .leading) { marks }
            }
        }
    }

    @ViewBuilder
    private var marks: some View {
        Mark(text: texts(stop.state.text), color: Palette.of(stop.state))
        if stop.promise != .none {
            // With its subject: "refused" beside "to do" would be a visit's.
            Mark(text: texts(.todayDelivery, texts(stop.promise.text)), color: Palette.of(stop.promise))
        }
        if stop.substitute { Mark(text: texts(.todaySubstitute)) }
        Mark(text: texts(.cardClass, stop.class.letter))
        if let metres = stop.distanceM { Mark(text: texts.distance(metres)) }
        if let order { OrderStanding(order: order) }
    }
}

/// What the server does not have, and what the sync does.
struct SyncLine: View {
    @Environment(\.texts) private var texts
    let sync: SyncModel
    let unsent: UInt64
    /// `nil` = the outbox is before the rep's eyes.
    let opened: (@MainActor () -> Void)?
    let enrolAgain: @MainActor () -> Void

    var body: some View {
        // At 200 % text the two stand below each other: side by side they would be narrow columns.
        ViewThatFits(in: .horizontal) {
            HStack {
                records
                Spacer()
                state
            }
            VStack(alignment: .leading) {
                records
                state
            }
        }
        .font(.footnote)
        // In a row of a list a tap on one button of the default style is one on all of them.
        .buttonStyle(.borderless)
    }

    @ViewBuilder
    private var records: some View {
        let words = Text(texts.unsent(unsent)).foregroundStyle(unsent == 0 ? Palette.good : Palette.doubt)
        if let opened { Button(action: opened) { words.tappable() } } else { words }
    }

    @ViewBuilder
    private var state: some View {
        switch sync.state {
        case .idle: EmptyView()
        case .running:
            Text(
                texts(.syncRunning, String(sync.progress?.recordsUp ?? 0), String(sync.progress?.rowsDown ?? 0)))
            Button { sync.cancelTapped() } label: { Text(texts(.cancel)).tappable() }
        case .waiting: Text(texts(sync.waitsFor))
        case .stopped(let failure) where failure.wantsEnrolment:
            Button(action: enrolAgain) { Text(texts(failure)).tappable() }.tint(Palette.bad)
        case .stopped(let failure): Text(texts(failure)).foregroundStyle(Palette.bad)
        }
    }
}
