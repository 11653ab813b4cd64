import SwiftUI
import UniformTypeIdentifiers
import XundianKit

/// 待上传: every record with the server's word about it.
struct OutboxView: View {
    @Environment(\.texts) private var texts
    @State private var isPicking = false
    @State private var code = ""
    /// The record whose details were copied last.
    @State private var copied: UUID?
    let app: AppModel
    /// The app's: the code of a journal outlives this view.
    private let model: OutboxModel

    init(app: AppModel) {
        (self.app, model) = (app, app.outbox)
    }

    var body: some View {
        PhaseView(model: model, reload: { await model.load() }, both: { list })
            .navigationTitle(texts(.outboxTitle))
            .safeAreaInset(edge: .bottom) {
                MainButton(title: texts(.todaySync), isBusy: app.sync.state == .running) { await model.retryTapped() }
            }
            .fileImporter(isPresented: $isPicking, allowedContentTypes: [.data]) { file in
                Task { await read(file) }
            }
            .alert(texts(.outboxImport), isPresented: isAskingForCode) {
                TextField(texts(.outboxRecoveryCode), text: $code)
                    .textInputAutocapitalization(.characters)
                    .autocorrectionDisabled()
                if let bytes = model.picked { Button(texts(.ok)) { take(bytes) } }
                Button(texts(.cancel), role: .cancel) {}
            }
            .task(id: app.changes) { await model.load() }
    }

    private var list: some View {
        List {
            if let outbox = model.outbox { head(outbox) }
            Section {
                if model.outbox?.rows.isEmpty == true { Text(texts(.outboxEmpty)) }
                ForEach(model.outbox?.rows ?? [], id: \.id) { record($0) }
            }
            journal
        }
    }

    /// One that made or changed an order leads to it, on later days too.
    @ViewBuilder
    private func record(_ row: OutboxRow) -> some View {
        if let order = row.receipt?.order {
            Button { app.go(.order(order)) } label: { words(row) }.contextMenu { copy(row) }
        } else {
            words(row).contextMenu { copy(row) }
        }
    }

    private func copy(_ row: OutboxRow) -> some View {
        Button(texts(.copyDetails)) {
            Doors.copy(model.details(of: row), texts)
            copied = row.id
        }
    }

    private func words(_ row: OutboxRow) -> some View {
        VStack(alignment: .leading) {
            Text(texts.record(row)).font(.headline)
            Text(texts.moment(row.at)).font(.caption.monospacedDigit()).foregroundStyle(Palette.quiet)
            Text(texts.verdict(row.verdict)).foregroundStyle(Palette.of(row.verdict))
            if row.photos > 0 { Text(texts(.outboxRowPhotos, String(row.photos))).font(.caption) }
            // The menu is gone by then.
            if row.id == copied { Text(texts(.copied)).font(.caption).foregroundStyle(Palette.quiet) }
        }
        .accessibilityElement(children: .combine)
    }

    private func head(_ outbox: Outbox) -> some View {
        Section {
            SyncLine(sync: app.sync, unsent: outbox.unsent, opened: nil, enrolAgain: app.enrolAgainTapped)
            Text(texts(.outboxContact, texts.ago(outbox.lastContact, now: Date())))
            if case .waiting(let moment?) = app.sync.state { Text(texts.nextTry(moment, now: Date())) }
            if outbox.photos.count > 0 {
                Text(texts(.outboxPhotos, String(outbox.photos.count), texts.bytes(outbox.photos.bytes)))
            }
            if outbox.photos.lost > 0 {
                Text(texts(.outboxLost, String(outbox.photos.lost))).foregroundStyle(Palette.bad)
            }
            CopyButton(model.details)
        }
    }

    @ViewBuilder
    private var journal: some View {
        Section {
            Button(texts(.outboxExport)) { Task { await model.exportTapped() } }.disabled(model.isBusy)
            // The code is shown, never put into the file's name or message: it goes another way.
            if let code = model.recoveryCode {
                Text(texts(.outboxExportCode, code)).font(.headline).textSelection(.enabled)
            }
            if let export = model.export {
                if export.leftOut > 0 { Text(texts(.outboxLeftOut, String(export.leftOut))) }
                ShareFiles(title: texts(.share)) {
                    await model.shareTapped().map { [$0] } ?? []
                } closed: { _, isTaken in
                    await model.sheetClosed(isTaken: isTaken)
                }
            }
            Button(texts(.outboxImport)) { isPicking = true }.disabled(model.isBusy)
            if model.isImporting { ProgressView(texts(.outboxImporting)) }
            if let taken = model.imported {
                Text(texts(.outboxImported, String(taken.taken), String(taken.known)))
            }
        }
    }

    private var isAskingForCode: Binding<Bool> {
        Binding(get: { model.picked != nil }, set: { if !$0 { model.picked = nil } })
    }

    private func take(_ bytes: Data) {
        let code = code
        Task { await model.importTapped(bytes, code: code) }
    }

    /// Files of other apps open only while the system is told so.
    private func read(_ file: Result<URL, any Error>) async {
        let url = try? file.get()
        let isLent = url?.startAccessingSecurityScopedResource() == true
        await model.filePicked(file)
        if isLent { url?.stopAccessingSecurityScopedResource() }
    }
}
