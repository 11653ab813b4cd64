import SwiftUI
import XundianKit

/// 登记: one picture of the office's QR, or two fields.
struct EnrolView: View {
    @Environment(\.texts) private var texts
    @State private var model: EnrolModel
    @State private var isScanning = false
    @Binding var language: String
    let app: AppModel

    init(app: AppModel, language: Binding<String>) {
        self.app = app
        _language = language
        _model = State(initialValue: EnrolModel(desk: app.desk))
    }

    var body: some View {
        NavigationStack {
            PhaseView(model: model, reload: { await model.load() }, both: { form })
                .safeAreaInset(edge: .bottom) { thumb }
                .navigationTitle(texts(.enrolTitle))
                .toolbar {
                    if app.canLeaveEnrolment { Button(texts(.cancel)) { leave() } }
                }
        }
        .task {
            await model.load()
            if model.server.isEmpty { model.server = KeychainBox.server.read() ?? "" }
        }
        .fullScreenCover(isPresented: $isScanning) {
            Camera { shot in
                isScanning = false
                Task { await scanned(shot) }
            }
            .ignoresSafeArea()
        }
    }

    private var form: some View {
        Form {
            scan
            Section {
                NamedField(name: .enrolServer, text: $model.server)
                    .keyboardType(.URL)
                    .textContentType(.URL)
                NamedField(name: .enrolCode, text: $model.code)
                    .textInputAutocapitalization(.characters)
            } footer: {
                Text(texts(.enrolHint))
            }
            .autocorrectionDisabled()
            .textInputAutocapitalization(.never)
            LanguagePicker(language: $language)
        }
    }

    private var scan: some View {
        Section {
            if Camera.isDenied { Button(texts(.enrolNoCamera), systemImage: "gear") { Doors.settings() } }
        } footer: {
            Text(texts(.enrolScanHint))
        }
    }

    /// The camera, until somebody types a code: no dead button lies under the thumb.
    private var thumb: some View {
        VStack {
            if model.isBusy { Button(texts(.cancel)) { model.cancelTapped() }.buttonStyle(.bordered).controlSize(.large) }
            if model.isCodeTyped || Camera.isDenied {
                MainButton(title: texts(.enrolDo), isBusy: model.isBusy) { await enrol() }
                    .disabled(!model.canEnrol)
            } else {
                MainButton(title: texts(.enrolScan), isBusy: model.isBusy) { isScanning = true }
            }
        }
    }

    /// What is asked for is not done behind the back of who leaves.
    private func leave() {
        model.cancelTapped()
        app.enrolmentLeft()
    }

    /// Who turned back from the camera is not told that no code was found.
    private func scanned(_ shot: Shot) async {
        guard shot != .turnedBack else { return }
        await model.scanned(await QrCode.text(in: shot.photo ?? Data()))
        await goOn()
    }

    private func enrol() async {
        await model.enrolTapped()
        await goOn()
    }

    private func goOn() async {
        guard model.isEnrolled else { return }
        KeychainBox.server.write(model.server)
        await app.enrolled()
    }
}
