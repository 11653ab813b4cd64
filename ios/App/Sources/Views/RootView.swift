import SwiftUI
import XundianKit

/// The file that opens, then the enrolment or the route, and the stack of screens above it. A file that was damaged is told of over
/// all of them.
struct RootView: View {
    @Environment(\.texts) private var texts
    let launch: LaunchModel
    @Binding var language: String

    var body: some View {
        VStack(spacing: 0) {
            if !launch.damage.waiting.isEmpty { DamageNotice(damage: launch.damage) }
            content.frame(maxWidth: .infinity, maxHeight: .infinity)
        }
    }

    @ViewBuilder
    private var content: some View {
        switch launch.state {
        case .opening: ProgressView(texts(.loading))
        case .failed(let failure): FailureView(failure: failure) { await launch.openTapped() }
        case .open(let app): AppView(app: app, language: $language) { await launch.openTapped() }
        }
    }
}

private struct AppView: View {
    @Environment(\.texts) private var texts
    @Bindable var app: AppModel
    @Binding var language: String
    let open: @MainActor () async -> Void

    var body: some View {
        Group {
            switch app.root {
            case .starting: ProgressView(texts(.loading))
            case .failed(let failure): FailureView(failure: failure, retry: open)
            case .enrol: EnrolView(app: app, language: $language)
            case .today:
                NavigationStack(path: $app.path) {
                    TodayView(app: app).navigationDestination(for: Route.self) { screen($0) }
                }
            }
        }
        .task {
            for await _ in NetworkWatch.arrivals() { await app.networkCame() }
        }
    }

    @ViewBuilder
    private func screen(_ route: Route) -> some View {
        switch route {
        case .search: SearchView(app: app)
        case .newStore: NewStoreView(app: app)
        case .card(let store): StoreCardView(app: app, store: store)
        case .visit: VisitScreen(app: app)
        case .order(let order): OrderView(app: app, order: order)
        case .summary: SummaryView(app: app)
        case .outbox: OutboxView(app: app)
        case .settings: SettingsView(app: app, language: $language)
        }
    }
}
