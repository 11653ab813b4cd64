import SwiftUI
import XundianKit

/// 设置: language, storage, who this phone is.
struct SettingsView: View {
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
            Picker(texts(.settingsLanguage), selection: $language) {
                Text("中文").tag(Language.chinese.rawValue)
                Text("English").tag(Language.english.rawValue)
            }
            Button(texts(.settingsTextSize)) { Doors.settings() }
            Section {
                Text(texts(.settingsRep, model.rep ?? "–"))
                Text(texts(.settingsServer, model.server ?? "–"))
                Text(texts(.settingsStorage, texts.bytes(size)))
                Text(texts(.settingsVersion, version))
                Button(texts(.outboxTitle)) { app.go(.outbox) }
                Button(texts(.enrolTitle)) { app.enrolAgainTapped() }
            }
            if locator?.isDenied == true { Button(texts(.positionDenied)) { Doors.settings() } }
            if Camera.isDenied { Button(texts(.permCamera)) { Doors.settings() } }
        }
        .navigationTitle(texts(.settingsTitle))
        .task {
            await model.load()
            size = await Task.detached { PhoneFolder.size() }.value
        }
    }

    private var version: String {
        Bundle.main.infoDictionary?["CFBundleShortVersionString"] as? String ?? "–"
    }
}
