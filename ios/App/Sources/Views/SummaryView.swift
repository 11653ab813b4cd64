import SwiftUI
import XundianKit

/// 6 信息汇总.
struct SummaryView: View {
    @Environment(\.texts) private var texts
    @State private var model: SummaryModel
    let app: AppModel

    init(app: AppModel) {
        self.app = app
        _model = State(initialValue: SummaryModel(desk: app.desk))
    }

    var body: some View {
        PhaseView(model: model, reload: { await model.load() }, both: {
            if let report = model.report { list(report) }
        })
        .navigationTitle(texts(.summaryTitle))
        .safeAreaInset(edge: .bottom) {
            MainButton(title: texts(model.isSealed ? .summarySealAgain : .summarySeal), isBusy: model.isBusy) {
                await model.sealTapped()
                await app.sync.occasion(.visitEnded)
            }
        }
        .confirmationDialog(
            texts.unfinished(openVisit: model.openVisit, notVisited: model.notBegun, unsent: model.unsent),
            isPresented: $model.isAskingToSeal, titleVisibility: .visible
        ) {
            if model.openVisit != nil { Button(texts(.cardContinueThere)) { app.checkedIn() } }
            Button(texts(.summarySeal)) {
                Task {
                    await model.sealAnywayTapped()
                    await app.sync.occasion(.visitEnded)
                }
            }
            Button(texts(.cancel), role: .cancel) {}
        }
        .fullScreenCover(isPresented: isShowingCodes) { SlipCodesView(model: model) }
        .task(id: app.changes) { await model.load() }
    }

    private var isShowingCodes: Binding<Bool> {
        Binding(get: { model.pages != nil }, set: { if !$0 { model.codesDropped() } })
    }

    private func list(_ report: DayReport) -> some View {
        List {
            if model.isSealed { Mark(text: texts(.summarySealed), color: Palette.good) }
            SyncLine(sync: app.sync, unsent: report.unsent, opened: { app.go(.outbox) }, enrolAgain: app.enrolAgainTapped)
            figures(report.summary)
            if !report.summary.noOrder.isEmpty {
                Section(texts(.summaryNoOrder)) {
                    ForEach(report.summary.noOrder.sorted { $0.key < $1.key }, id: \.key) { code, count in
                        LabeledContent(texts.reason(code, of: model.noOrderReasons), value: String(count))
                    }
                }
            }
            orders
            earlier
            if !model.missing.isEmpty {
                Section(texts(.summaryMissing)) {
                    ForEach(model.missing, id: \.store) { stop in
                        Button { app.go(.card(stop.store)) } label: { MissedRow(stop: stop, reasons: model.skipReasons) }
                    }
                }
            }
            Section {
                ShareLink(texts(.share), item: texts.share(report, reasons: model.noOrderReasons))
            }
        }
    }

    @ViewBuilder
    private var orders: some View {
        if !model.orders.isEmpty {
            Section(texts(.summaryOrders)) {
                ForEach(model.orders, id: \.order) { order in
                    Button { app.go(.order(order.order)) } label: { OrderRow(order: order, moved: model.moved(order)) }
                }
                Button(texts(.summarySlipsMake)) { Task { await model.slipsTapped() } }
            }
            ForEach(Array(model.slips.enumerated()), id: \.offset) { _, slip in
                Section(texts.slip(slip)) {
                    ShareLink(texts(.summarySlips), item: slip.text)
                    Button(texts(.slipCodes), systemImage: "qrcode") { model.codesTapped(slip) }
                }
            }
        }
    }

    /// What became of the order before, in every shop of the route.
    @ViewBuilder
    private var earlier: some View {
        if model.isShowingEarlier {
            Section(texts(.summaryEarlier)) {
                if let found = model.earlier {
                    if found.isEmpty { Text(texts(.summaryEarlierNone)).foregroundStyle(Palette.quiet) }
                    ForEach(found, id: \.order) { order in
                        Button { app.go(.order(order.order)) } label: { EarlierRow(order: order) }
                    }
                } else {
                    ProgressView(texts(.loading))
                }
            }
        } else {
            Section { Button(texts(.summaryEarlier)) { Task { await model.showEarlier() } } }
        }
    }

    private func figures(_ sum: DaySummary) -> some View {
        Section {
            LabeledContent(texts(.summaryPlanned), value: String(sum.planned))
            LabeledContent(texts(.summaryVisited), value: String(sum.visited))
            LabeledContent(texts(.summaryFailed), value: String(sum.failed))
            LabeledContent(texts(.summaryEffective), value: String(sum.effective))
            LabeledContent(texts(.summaryLines), value: String(sum.lines))
            LabeledContent(texts(.summaryCases), value: texts.cases(sum))
            LabeledContent(texts(.summaryAmount), value: texts.yuan(sum.amount))
            LabeledContent(texts(.summaryGifts), value: String(sum.gifts))
            LabeledContent(texts(.summaryNewStores), value: String(sum.newStores))
            LabeledContent(texts(.summaryFacts), value: String(sum.competitorFacts))
        }
    }
}

private struct MissedRow: View {
    @Environment(\.texts) private var texts
    let stop: MissedStop
    let reasons: [Reason]

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            Text(stop.storeName)
            Text(texts.why(stop.why, reasons: reasons)).font(.caption).foregroundStyle(Palette.quiet)
        }
        .frame(minHeight: 52)
        .accessibilityElement(children: .combine)
    }
}

private struct EarlierRow: View {
    @Environment(\.texts) private var texts
    let order: EarlierOrder

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            Text(order.storeName)
            Mark(text: texts.state(order.state, light: order.light), color: Palette.of(order.state, light: order.light))
            if let moved = order.moved {
                Text(texts.moved(moved)).font(.caption).foregroundStyle(Palette.doubt)
            }
        }
        .frame(minHeight: 52)
        .accessibilityElement(children: .combine)
    }
}

private struct OrderRow: View {
    @Environment(\.texts) private var texts
    let order: OrderOfDay
    let moved: MovedDay?

    var body: some View {
        Beside {
            VStack(alignment: .leading, spacing: 4) {
                Text(order.storeName)
                OrderStanding(order: order)
                if let moved { Text(texts.moved(moved)).font(.caption).foregroundStyle(Palette.doubt) }
            }
        } trailing: {
            Text(texts.yuan(order.total)).monospacedDigit()
        }
        .frame(minHeight: 52)
        .accessibilityElement(children: .combine)
    }
}
