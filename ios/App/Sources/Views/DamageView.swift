import SwiftUI
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
        // There from the beginning: the sheet hangs on the button beside it, which must not move while it is open.
        Button(texts(.damageGiven)) { Task { await damage.givenTapped() } }.disabled(!damage.isShared)
    }
}

/// Gives damaged files to another app.
struct DamageShare: View {
    @Environment(\.texts) private var texts
    let damage: DamageModel
    let files: [URL]

    var body: some View {
        ShareFiles(title: texts(.damageShare)) {
            files
        } closed: { files, isTaken in
            await damage.sheetClosed(files, isTaken: isTaken)
        }
    }
}
