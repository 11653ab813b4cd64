import SwiftUI
import UniformTypeIdentifiers
import XundianKit

/// A data file was damaged and lies aside: said until the rep gave it away and says so.
struct DamageNotice: View {
    @Environment(\.texts) private var texts
    let damage: DamageModel

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            Label(texts(.damageTold), systemImage: "exclamationmark.triangle.fill")
            ViewThatFits(in: .horizontal) {
                HStack { deeds }
                VStack(alignment: .leading) { deeds }
            }
            .buttonStyle(.bordered)
            .controlSize(.large)
        }
        .frame(maxWidth: .infinity)
        .padding()
        .background(.thinMaterial)
    }

    @ViewBuilder
    private var deeds: some View {
        DamageShare(damage: damage, files: damage.waiting)
        // There from the beginning: the sheet hangs on the button beside it, which must not move while files leave.
        Button(texts(.damageGiven)) { Task { await damage.givenTapped() } }.disabled(!damage.isShared)
    }
}

/// Gives damaged files to another app.
struct DamageShare: View {
    @Environment(\.texts) private var texts
    let damage: DamageModel
    let files: [URL]

    var body: some View {
        ShareLink(items: kept, preview: { SharePreview($0.name) }) {
            Label(texts(.damageShare), systemImage: "square.and.arrow.up")
        }
    }

    private var kept: [KeptFile] {
        files.map { file in KeptFile(url: file) { [damage] in await damage.shared(file) } }
    }
}

/// A damaged file under the name that it has in the folder. It says when somebody takes it: the share sheet itself tells nobody.
private struct KeptFile: Transferable {
    let url: URL
    let taken: @MainActor @Sendable () async -> Void

    var name: String { url.lastPathComponent }

    static var transferRepresentation: some TransferRepresentation {
        FileRepresentation(exportedContentType: .data) { (file: KeptFile) in
            await file.taken()
            return SentTransferredFile(file.url)
        }
        .suggestedFileName { (file: KeptFile) in file.name }
    }
}
