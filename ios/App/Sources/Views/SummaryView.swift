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
            texts(.summaryAskMissing, String(model.notVisited.count)), isPresented: $model.isAskingToSeal,
            titleVisibility: .visible
        ) {
            Button(texts(.summarySeal)) {
                Task {
                    await model.sealAnywayTapped()
                    await app.sync.occasion(.visitEnded)
                }
            }
        }
        .task(id: app.changes) { await model.load() }
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
            if !model.notVisited.isEmpty {
                Section(texts(.summaryMissing)) {
                    ForEach(model.notVisited, id: \.store) { stop in
                        Button(stop.name) { app.go(.card(stop.store)) }
                    }
                }
            }
            Section {
                ShareLink(texts(.share), item: texts.share(report, reasons: model.noOrderReasons))
                Button(texts(.summarySlips)) { Task { await model.slipsTapped() } }
                ForEach(Array(model.slips.enumerated()), id: \.offset) { _, slip in
                    ShareLink(slip.distributor ?? texts(.share), item: slip.text)
                }
            }
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
