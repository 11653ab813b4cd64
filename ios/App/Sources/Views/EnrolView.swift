import SwiftUI
import XundianKit

/// 登记: two fields, filled by a scan.
struct EnrolView: View {
    @Environment(\.texts) private var texts
    @State private var model: EnrolModel
    @State private var isScanning = false
    let app: AppModel

    init(app: AppModel) {
        self.app = app
        _model = State(initialValue: EnrolModel(desk: app.desk))
    }

    var body: some View {
        NavigationStack {
            PhaseView(model: model, reload: { await model.load() }, both: { form })
                .navigationTitle(texts(.enrolTitle))
                .toolbar {
                    if app.canLeaveEnrolment { Button(texts(.cancel)) { app.enrolmentLeft() } }
                }
        }
        .task {
            await model.load()
            if model.server.isEmpty { model.server = KeychainBox.server.read() ?? "" }
        }
        .sheet(isPresented: $isScanning) {
            QrScanner { text in
                isScanning = false
                model.scanned(text)
            }
        }
    }

    private var form: some View {
        Form {
            Section {
                TextField(texts(.enrolServer), text: $model.server)
                    .keyboardType(.URL)
                    .textContentType(.URL)
                TextField(texts(.enrolCode), text: $model.code)
                    .textInputAutocapitalization(.characters)
                if QrScanner.isThere {
                    Button(texts(.enrolScan), systemImage: "qrcode.viewfinder") { isScanning = true }
                }
            } footer: {
                Text(texts(.enrolHint))
            }
            .autocorrectionDisabled()
            .textInputAutocapitalization(.never)
            MainButton(title: texts(.enrolDo), isBusy: model.isBusy) { await enrol() }
                .disabled(!model.canEnrol)
        }
    }

    private func enrol() async {
        await model.enrolTapped()
        guard model.isEnrolled else { return }
        KeychainBox.server.write(model.server)
        await app.enrolled()
    }
}
