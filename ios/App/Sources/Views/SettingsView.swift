import SwiftUI
import XundianKit

/// 设置: language, who this phone is, how it stands with the server, and what a person who helps wants to read.
struct SettingsView: View {
    /// A glance at the log; the whole of it is sent.
    private static let glance = 5

    @Environment(\.texts) private var texts
    @Environment(\.locator) private var locator
    @State private var model: SettingsModel
    @State private var size: UInt64 = 0
    @Binding var language: String
    let app: AppModel

    init(app: AppModel, language: Binding<String>) {
        self.app = app
        _language = language
        _model = State(initialValue: SettingsModel(desk: app.desk))
    }

    var body: some View {
        Form {
            if case .failed(let failure) = model.phase { Text(texts(failure)).foregroundStyle(Palette.bad) }
            LanguagePicker(language: $language)
            // The app's own page in the system's settings, the only one that may be opened, has neither.
            Text(texts(.settingsTextSize)).foregroundStyle(Palette.quiet)
            Section {
                Text(texts(.settingsRep, model.rep ?? "–"))
                Text(texts(.settingsServer, model.server ?? "–"))
                Text(texts(.settingsStorage, texts.bytes(size)))
                Text(texts(.settingsVersion, version))
                Button(texts(.enrolTitle)) { app.enrolAgainTapped() }
            }
            Section {
                if let outbox = model.outbox { standing(outbox) }
                Button(texts(.outboxTitle)) { app.go(.outbox) }
            }
            if !app.damage.files.isEmpty {
                Section {
                    Text(texts(app.damage.told)).foregroundStyle(app.damage.waiting.isEmpty ? Palette.quiet : Palette.bad)
                    DamageShare(damage: app.damage, files: app.damage.files)
                }
            }
            log
            if locator?.isDenied == true { Button(texts(.positionDenied)) { Doors.settings() } }
            if Camera.isDenied { Button(texts(.permCamera)) { Doors.settings() } }
        }
        .navigationTitle(texts(.settingsTitle))
        .safeAreaInset(edge: .bottom) { FailureBanner(model: model) }
        .task(id: app.changes) {
            await model.load()
            size = await Task.detached { PhoneFolder.size() }.value
        }
    }

    @ViewBuilder
    private func standing(_ outbox: Outbox) -> some View {
        Text(texts.unsent(outbox.unsent)).foregroundStyle(outbox.unsent == 0 ? Palette.good : Palette.doubt)
        Text(texts(.outboxContact, texts.ago(outbox.lastContact, now: Date())))
    }

    private var log: some View {
        Section(texts(.settingsLog)) {
            ForEach(Array(app.log.lines.suffix(Self.glance).enumerated()), id: \.offset) { _, line in
                Text(line).font(.caption)
            }
            ShareLink(texts(.settingsShareLog), item: model.diagnostics(version: version, storage: size, log: app.log))
        }
    }

    private var version: String {
        Bundle.main.infoDictionary?["CFBundleShortVersionString"] as? String ?? "–"
    }
}

/// Each in its own words: who cannot read the one finds the other.
struct LanguagePicker: View {
    @Environment(\.texts) private var texts
    @Binding var language: String

    var body: some View {
        Picker(texts(.settingsLanguage), selection: $language) {
            Text("中文").tag(Language.chinese.rawValue)
            Text("English").tag(Language.english.rawValue)
        }
    }
}
