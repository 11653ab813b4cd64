import SwiftUI
import XundianKit

/// 门店卡: read in the doorway.
struct StoreCardView: View {
    @Environment(\.texts) private var texts
    @State private var model: StoreCardModel
    let app: AppModel

    init(app: AppModel, store: StoreId) {
        self.app = app
        _model = State(initialValue: StoreCardModel(desk: app.desk, store: store, locator: app.locator))
    }

    var body: some View {
        PhaseView(model: model, isCovered: isEditing, reload: { await model.load() }, both: {
            if let card = model.card { list(card) }
        })
        .navigationTitle(texts(.cardTitle))
        .navigationBarTitleDisplayMode(.inline)
        .safeAreaInset(edge: .bottom) {
            if model.card != nil {
                MainButton(title: texts(.cardCheckIn), isBusy: model.isBusy) {
                    await model.checkInTapped()
                    goOn()
                }
            }
        }
        .confirmationDialog(
            texts.otherOpen(model.otherName, goingOut: model.otherGoingOut), isPresented: $model.isAskingToClose,
            titleVisibility: .visible
        ) {
            Button(texts(.cardContinueThere)) { app.checkedIn() }
            Button(texts(.cardCheckIn)) {
                Task {
                    await model.closeOtherTapped()
                    goOn()
                    if model.isCheckedIn { await app.sent() }
                }
            }
            Button(texts(.cancel), role: .cancel) {}
        }
        .sheet(isPresented: isNoting) { NoteEditor(model: model) }
        .sheet(isPresented: isChangingContact) { ContactEditor(model: model) }
        .task(id: app.changes) { await model.load() }
    }

    private var isEditing: Bool { model.noteDraft != nil || model.contactDraft != nil }

    private var isNoting: Binding<Bool> {
        Binding(get: { model.noteDraft != nil }, set: { if !$0 { model.noteDropped() } })
    }

    private var isChangingContact: Binding<Bool> {
        Binding(get: { model.contactDraft != nil }, set: { if !$0 { model.contactDropped() } })
    }

    private func goOn() {
        guard model.isCheckedIn else { return }
        app.checkedIn()
    }

    private func list(_ card: StoreCard) -> some View {
        List {
            head(card)
            note(card)
            contact(card)
            delivery(card)
            names(card.newProducts, .cardNew)
            names(card.mustSellGaps, .cardGaps)
            counts(card)
            competitors
        }
    }

    private func head(_ card: StoreCard) -> some View {
        Section {
            Text(card.shop.name).font(.title2.bold())
            PositionLine(position: model.position)
            if model.isVisitUnread {
                Text(texts(.visitUnread)).foregroundStyle(Palette.doubt)
                Button(texts(.cardContinueThere)) { app.checkedIn() }
            }
            Button(card.shop.address, systemImage: "map") {
                Doors.map(card.shop.address) { model.mapMissed() }
            }
            Text(texts(card.shop.channel.text) + " · " + texts(.cardClass, card.shop.class.letter))
            Text(texts.hours(card.shop))
            LabeledContent(texts(.cardTerms), value: texts(card.shop.terms.text))
            if let owed = texts.outstanding(card.shop) { LabeledContent(texts(.cardOutstanding), value: owed) }
            if card.shop.status == .proposed { Mark(text: texts(.cardProposed), color: Palette.doubt) }
        }
    }

    private func note(_ card: StoreCard) -> some View {
        Section(texts(.cardNote)) {
            if let note = card.note {
                VStack(alignment: .leading) {
                    Text(note.text)
                    Text(texts.author(note)).font(.caption).foregroundStyle(Palette.quiet)
                }
                .accessibilityElement(children: .combine)
            }
            Button(texts(card.note == nil ? .cardNoteWrite : .cardNoteChange), systemImage: "square.and.pencil") {
                model.noteTapped()
            }
        }
    }

    private func contact(_ card: StoreCard) -> some View {
        Section(texts(.cardContact)) {
            if !card.contact.owner.isEmpty { Text(texts(.cardOwner, card.contact.owner)) }
            if !card.contact.phone.isEmpty {
                Button(card.contact.phone, systemImage: "phone") {
                    Doors.call(card.contact.phone) { model.callMissed() }
                }
            }
            if !card.contact.receiver.isEmpty { Text(texts(.cardReceiver, card.contact.receiver)) }
            Button(
                texts(model.hasContact ? .cardContactChange : .cardContactAdd), systemImage: "person.crop.circle"
            ) { model.contactTapped() }
        }
    }

    @ViewBuilder
    private func delivery(_ card: StoreCard) -> some View {
        Section(texts(.cardLastDelivery)) {
            Mark(text: texts(card.promise.text), color: Palette.of(card.promise))
            ForEach(card.lastDelivery, id: \.sku) { line in
                LabeledContent(line.name, value: texts.delivered(line))
            }
        }
        if let order = card.lastOrder { lastOrder(order) }
    }

    /// It opens where this phone has it; of another's there is its state alone.
    private func lastOrder(_ order: LastOrder) -> some View {
        let standing = texts.state(order.state, light: order.light)
        return Section(texts(.cardLastOrder)) {
            if let last = model.lastOrder {
                Button {
                    model.lastOrderOpened()
                    app.go(.order(order.order))
                } label: {
                    LabeledContent(standing, value: texts.yuan(last.total))
                }
            } else {
                Text(standing)
            }
        }
    }

    @ViewBuilder
    private func names(_ products: [NamedSku], _ title: TextKey) -> some View {
        if !products.isEmpty {
            Section(texts(title)) { ForEach(products, id: \.sku) { Text($0.name) } }
        }
    }

    @ViewBuilder
    private func counts(_ card: StoreCard) -> some View {
        if let counts = card.lastCounts {
            Section(texts(.cardLastCounts, texts.day(counts.date))) {
                ForEach(counts.rows, id: \.sku) { LabeledContent($0.name, value: texts.quantity($0)) }
            }
        } else {
            Section { Text(texts(.cardNeverCounted)) }
        }
    }

    @ViewBuilder
    private var competitors: some View {
        if !model.nearby.isEmpty {
            Section(texts(.cardCompetitors)) {
                ForEach(Array(model.nearby.seen.enumerated()), id: \.offset) { _, fact in
                    LabeledContent(fact.brand + " " + fact.item, value: texts.seenShort(fact))
                }
                ForEach(Array(model.nearby.lookOut.prefix(8).enumerated()), id: \.offset) { _, item in
                    LabeledContent(item.brand + " " + item.item, value: item.example)
                }
            }
        }
    }
}
