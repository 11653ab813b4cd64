import SwiftUI
import XundianKit

/// 订单条 for the distributor's phone: one QR code at a time, as large as the screen is wide.
struct SlipCodesView: View {
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss
    let model: SummaryModel

    var body: some View {
        NavigationStack {
            Group {
                if let pages = model.pages { screen(pages) }
            }
            .navigationTitle(model.pages.map { texts.slip($0.slip) } ?? texts(.slipCodes))
            .navigationBarTitleDisplayMode(.inline)
            .toolbar { Button(texts(.close)) { dismiss() } }
        }
    }

    private func screen(_ pages: SlipPages) -> some View {
        ScrollView {
            code(pages)
            Text(texts(.slipHint)).foregroundStyle(Palette.quiet).padding()
        }
        .safeAreaInset(edge: .bottom) { turning(pages) }
    }

    /// Dark on white in dark mode too, with the free border that readers need. A tap on it turns the page.
    @ViewBuilder
    private func code(_ pages: SlipPages) -> some View {
        if let text = pages.text, let image = QrCode.image(text) {
            Image(uiImage: image).interpolation(.none).resizable().scaledToFit()
                .padding(20)
                .background(.white)
                .onTapGesture { if pages.hasNext { turn { model.nextPageTapped() } } }
                .accessibilityLabel(texts(.slipCodes))
                .accessibilityValue(texts.page(pages))
        }
    }

    private func turning(_ pages: SlipPages) -> some View {
        ViewThatFits(in: .horizontal) {
            HStack {
                back(pages)
                Spacer()
                place(pages)
                Spacer()
                next(pages)
            }
            VStack {
                place(pages)
                HStack {
                    back(pages)
                    Spacer()
                    next(pages)
                }
            }
        }
        .buttonStyle(.bordered)
        .controlSize(.large)
        .padding()
        .background(.bar)
    }

    private func place(_ pages: SlipPages) -> some View {
        Text(texts.page(pages)).font(.title2.monospacedDigit())
    }

    private func back(_ pages: SlipPages) -> some View {
        Button(texts(.slipBack)) { turn { model.pageBackTapped() } }.disabled(!pages.hasBack)
    }

    private func next(_ pages: SlipPages) -> some View {
        Button(texts(.slipNext)) { turn { model.nextPageTapped() } }.disabled(!pages.hasNext)
    }

    private func turn(_ page: @MainActor () -> Void) {
        Haptics.step()
        page()
    }
}
