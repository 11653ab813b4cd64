import SwiftUI
import XundianKit

/// The order as the owner sees it, where it stands, and changing it afterwards.
struct OrderView: View {
    @Environment(\.texts) private var texts
    @State private var model: OrderModel
    let app: AppModel

    init(app: AppModel, order: OrderId) {
        self.app = app
        _model = State(initialValue: OrderModel(desk: app.desk, sync: app.sync, order: order))
    }

    var body: some View {
        PhaseView(model: model, reload: { await model.load() }, both: {
            if let card = model.card { screen(card) }
        })
        .navigationTitle(texts(.orderCardTitle))
        .navigationBarTitleDisplayMode(.inline)
        .task(id: app.changes) { await model.load() }
    }

    private func screen(_ card: OrderCard) -> some View {
        ScrollView {
            standing(card)
            if let moved = model.moved {
                Label(texts.moved(moved), systemImage: "calendar.badge.exclamationmark").foregroundStyle(Palette.doubt)
            }
            if model.draft == nil {
                picture(of: card).padding()
                deeds(card)
            } else {
                amendment
            }
        }
    }

    @ViewBuilder
    private func standing(_ card: OrderCard) -> some View {
        if let word = texts.unsettled(card.state, light: card.light) {
            Mark(text: word, color: Palette.of(card.state, light: card.light))
        } else if let order = model.standing, texts.stopped(order) != nil {
            OrderStanding(order: order)
        } else if model.isCancelled {
            Mark(text: texts.cancelled(model.state), color: Palette.bad)
        } else if let order = model.standing {
            OrderStanding(order: order)
        } else if let state = model.state {
            Mark(text: texts.state(state, light: card.light), color: Palette.of(state, light: card.light))
        } else if let receipt = model.receipt, model.moved == nil {
            Mark(text: texts.effect(receipt))
        }
    }

    private func deeds(_ card: OrderCard) -> some View {
        VStack {
            if let picture = picture(card) {
                ShareLink(item: picture, preview: SharePreview(card.storeName, image: picture)) {
                    Label(texts(.share), systemImage: "square.and.arrow.up").frame(maxWidth: .infinity)
                }
            }
            ShareLink(item: texts.share(card, moved: model.moved, bringsNothing: model.bringsNothing)) {
                Label(texts(.summarySlips), systemImage: "text.bubble").frame(maxWidth: .infinity)
            }
            if !model.isOver {
                Button(texts(.orderCardAmend)) { model.amendTapped() }
                ReasonMenu(reasons: model.cancelReasons) { await model.cancelTapped($0.code) } label: {
                    Text(texts(.orderCardCancel)).foregroundStyle(Palette.bad)
                }
            }
        }
        .buttonStyle(.bordered)
        .controlSize(.large)
        .padding()
    }

    private var amendment: some View {
        VStack {
            ForEach(model.changeable, id: \.sku) { line in
                let units = model.draft?[line.sku] ?? line.confirmed
                Beside {
                    Text(line.name)
                } trailing: {
                    ThumbStepper(value: texts.quantity(units, case: line.case), label: line.name) { packs in
                        model.stepTapped(line, packs: packs)
                    } hold: { up in
                        model.caseTapped(line, up: up)
                    }
                }
            }
            ProductField(text: $model.searchText, hits: model.hits) {
                await model.searched()
            } chosen: { hit in
                model.hitTapped(hit)
            }
            MainButton(title: texts(.save), isBusy: model.isBusy) { await model.amendSaved() }
                .disabled(!model.canSaveAmendment)
            // Not "cancel": on an order that is another deed.
            Button(texts(.orderCardKeep)) { model.amendDropped() }.buttonStyle(.bordered).controlSize(.large)
        }
        .padding()
    }

    private func picture(of card: OrderCard) -> OrderPicture {
        OrderPicture(
            card: card, moved: model.moved, proof: model.proof, bringsNothing: model.bringsNothing,
            leavesPickUps: model.leavesPickUps)
    }

    /// As a picture for the owner, who has no app.
    @MainActor
    private func picture(_ card: OrderCard) -> Image? {
        let renderer = ImageRenderer(
            content: picture(of: card).environment(\.texts, texts)
                .frame(width: 360).padding().background(.white).environment(\.colorScheme, .light))
        renderer.scale = 2
        return renderer.uiImage.map(Image.init(uiImage:))
    }
}

/// Day, QR and the four digits that the driver asks for, then goods and money.
struct OrderPicture: View {
    @Environment(\.texts) private var texts
    let card: OrderCard
    /// The owner waits on the day that the server took.
    let moved: MovedDay?
    /// `nil` = the order does not come, or came.
    let proof: OwnerPicture?
    let bringsNothing: Bool
    /// Nobody comes for what was to be taken back.
    let leavesPickUps: Bool

    var body: some View {
        VStack(alignment: .leading, spacing: 8) {
            Text(card.storeName).font(.title2.bold())
            Text(texts.promise(card.promise, moved: moved)).font(.headline)
            if let moved { Text(texts.moved(moved)).foregroundStyle(Palette.doubt) }
            if let proof {
                code(proof)
            } else if bringsNothing {
                Text(texts.takeNothing(card)).font(.title3.bold()).foregroundStyle(Palette.bad)
            }
            Divider()
            goods
            Divider()
            Text(texts(.confirmTotal, texts.yuan(card.total)) + " · " + texts(card.payment.text)).font(.title3.bold())
        }
    }

    /// First of all: a photo of the screen must have it without scrolling.
    private func code(_ proof: OwnerPicture) -> some View {
        Beside(isSpread: false) {
            if let image = QrCode.image(proof.qr) {
                // Dark on white in dark mode too, with the free border that readers need.
                Image(uiImage: image).interpolation(.none).resizable().scaledToFit().frame(width: 156, height: 156)
                    .padding(16)
                    .background(.white)
                    .accessibilityHidden(true)
            }
        } trailing: {
            if let code = proof.code {
                VStack(alignment: .leading) {
                    Text(texts(.orderCardCode)).font(.caption)
                    Text(code).font(.system(.largeTitle, design: .monospaced).bold())
                        .accessibilityLabel(proof.spokenCode)
                    Text(texts(.orderCardCodeHint)).font(.caption).foregroundStyle(Palette.quiet)
                }
            }
        }
    }

    @ViewBuilder
    private var goods: some View {
        ForEach(card.lines, id: \.sku) { line in
            Beside {
                Text(line.name)
            } trailing: {
                HStack {
                    Text(texts.quantity(line.confirmed, case: line.case))
                    Text(texts.yuan(line.amount)).monospacedDigit()
                }
            }
        }
        // Two promotions may give the same.
        ForEach(Array(card.gifts.enumerated()), id: \.offset) { _, gift in
            Beside {
                Text(texts(.confirmGifts) + " " + gift.name)
            } trailing: {
                Text(texts.quantity(gift))
            }
        }
        ForEach(Array(card.pickUps.enumerated()), id: \.offset) { _, goods in
            Beside {
                Text(texts(.confirmPickUps) + " " + goods.name)
            } trailing: {
                Text(texts.quantity(goods))
            }
        }
        if leavesPickUps { Text(texts(.confirmNoStop)).foregroundStyle(Palette.doubt) }
        if card.cuts != 0 { Text(texts(.confirmCuts, texts.yuan(card.cuts))) }
    }
}
