import SwiftUI
import UIKit
import XundianKit

@main
struct XundianApp: App {
    @State private var launch: LaunchModel
    @State private var locator: Locator
    @AppStorage("language") private var language = Language.preferred().rawValue
    @Environment(\.scenePhase) private var scenePhase

    init() {
        let locator = Locator()
        let watch = Watch()
        let position = locator.position
        let network = PhotoNetwork()
        _locator = State(initialValue: locator)
        _launch = State(initialValue: LaunchModel(
            watch: watch, locator: locator, folder: PhoneFolder.url, recoveryCode: KeychainBox.recoveryCode
        ) {
            try PhoneFolder.prepare()
            return try RealCore.open(
                folder: PhoneFolder.url, keys: PhoneKeys(), position: position, network: network, watcher: watch)
        })
    }

    var body: some Scene {
        WindowGroup {
            RootView(launch: launch, language: $language)
                .environment(\.texts, Texts(chosen))
                .environment(\.locale, chosen.locale)
                .environment(\.locator, locator)
                .tint(Palette.brand)
                // A screen that the system makes in the background opens nothing: the phase changes when the rep comes.
                .task { if UIApplication.shared.applicationState != .background { await launch.shown().value } }
        }
        .onChange(of: scenePhase) { _, phase in moved(to: phase) }
        .backgroundTask(.appRefresh(Background.identifier)) { [launch] in
            await Background.run(launch)
        }
    }

    private var chosen: Language { Language(rawValue: language) ?? .chinese }

    private func moved(to phase: ScenePhase) {
        switch phase {
        case .background:
            Background.schedule()
            hide()
        case .active: launch.shown()
        default: break
        }
    }

    /// What runs goes on for as long as the system grants; then the file is closed, before the app sleeps.
    private func hide() {
        let closed = launch.hidden()
        let time = GrantedTime { [launch] in launch.timeIsOver() }
        Task {
            await closed.value
            time.end()
        }
    }
}
