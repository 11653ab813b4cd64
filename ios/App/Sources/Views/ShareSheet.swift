import SwiftUI
import UIKit

/// Offers files to other apps and says whether one took them, which a ShareLink tells nobody.
struct ShareFiles: View {
    let title: String
    /// Made when they are wanted; none = the screen says why.
    let files: @MainActor () async -> [URL]
    let closed: @MainActor (_ files: [URL], _ isTaken: Bool) async -> Void
    @State private var offered: Offered?

    init(
        title: String, files: @escaping @MainActor () async -> [URL],
        closed: @escaping @MainActor (_ files: [URL], _ isTaken: Bool) async -> Void
    ) {
        (self.title, self.files, self.closed) = (title, files, closed)
    }

    var body: some View {
        Button(title, systemImage: "square.and.arrow.up") { Task { await offer() } }
            .sheet(item: $offered) { offered in
                ShareSheet(files: offered.files) { isTaken in
                    self.offered = nil
                    Task { await closed(offered.files, isTaken) }
                }
                .ignoresSafeArea()
                .presentationDetents([.medium, .large])
            }
    }

    private func offer() async {
        let files = await files()
        if !files.isEmpty { offered = Offered(files: files) }
    }
}

private struct Offered: Identifiable {
    let id = UUID()
    let files: [URL]
}

/// The system's own sheet. It says at its end whether an app took the files; that the bytes were read says nothing.
private struct ShareSheet: UIViewControllerRepresentable {
    let files: [URL]
    let closed: @MainActor (_ isTaken: Bool) -> Void

    func makeUIViewController(context: Context) -> UIActivityViewController {
        let sheet = UIActivityViewController(activityItems: files, applicationActivities: nil)
        // What nobody pastes is with nobody.
        sheet.excludedActivityTypes = [.copyToPasteboard]
        sheet.completionWithItemsHandler = { _, isCompleted, _, _ in closed(isCompleted) }
        return sheet
    }

    func updateUIViewController(_ sheet: UIActivityViewController, context: Context) {}
}
