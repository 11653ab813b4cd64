import SwiftUI
import XundianKit

/// 路线图: which stores are near each other and which are left; it needs no map and no network.
struct RoutePlanView: View {
    /// A thumb's width. Half of it stays free on every side, so that the outermost circles are whole.
    private static let mark: CGFloat = 44

    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss
    @State private var chosen: StoreId?
    let model: TodayModel
    let opened: @MainActor (RouteStop) -> Void

    init(model: TodayModel, opened: @escaping @MainActor (RouteStop) -> Void) {
        (self.model, self.opened) = (model, opened)
    }

    var body: some View {
        NavigationStack {
            ScrollView {
                if let plan = model.plan { drawn(plan) }
            }
            .safeAreaInset(edge: .bottom) {
                VStack(spacing: 0) {
                    FailureBanner(model: model)
                    if let planned = model.plan?.stop(of: chosen) { named(planned) }
                }
                .frame(maxWidth: .infinity)
                .background(.bar)
            }
            .navigationTitle(texts(.todayPlan))
            .navigationBarTitleDisplayMode(.inline)
            .toolbar { Button(texts(.close)) { dismiss() } }
        }
    }

    private func drawn(_ plan: RoutePlan) -> some View {
        VStack(alignment: .leading) {
            if !plan.stops.isEmpty {
                square(plan)
                Text(texts(.todayPlanHint)).foregroundStyle(Palette.quiet).padding(.horizontal)
            }
            if let unplaced = texts.unplaced(plan) { Text(unplaced).foregroundStyle(Palette.quiet).padding() }
        }
    }

    /// Circles may lie over each other: which shop it is is read before anything opens.
    private func named(_ planned: PlannedStop) -> some View {
        let stop = planned.stop
        let isOpen = model.route(to: stop.store) == .visit
        return VStack(alignment: .leading, spacing: 8) {
            Text(texts.name(planned)).font(.headline)
            Text(stop.address).foregroundStyle(Palette.quiet)
            Deeds {
                Button(isOpen ? texts(.todayGoOn, stop.name) : texts(.cardTitle)) { opened(stop) }
                    .buttonStyle(.borderedProminent)
                Button(texts(.todayMap), systemImage: "map") { Doors.map(stop.address) { model.mapMissed() } }
            }
            .buttonStyle(.bordered)
            .controlSize(.large)
        }
        .frame(maxWidth: .infinity, alignment: .leading)
        .padding()
    }

    private func square(_ plan: RoutePlan) -> some View {
        GeometryReader { room in
            let side = room.size.width - Self.mark
            ZStack {
                ForEach(plan.legs) { line($0, side) }
                if let here = plan.here { me.position(point(here, side)) }
                ForEach(plan.drawn) { circle($0).position(point($0.spot, side)) }
            }
        }
        .aspectRatio(1, contentMode: .fit)
        .background(Palette.quiet.opacity(0.1), in: RoundedRectangle(cornerRadius: 10))
        .padding()
    }

    private func point(_ spot: Spot, _ side: CGFloat) -> CGPoint {
        CGPoint(
            x: Self.mark / 2 + side * CGFloat(spot.x) / 1_000, y: Self.mark / 2 + side * CGFloat(spot.y) / 1_000)
    }

    private func line(_ leg: RoutePlan.Leg, _ side: CGFloat) -> some View {
        let (from, to) = (point(leg.from.spot, side), point(leg.to.spot, side))
        return Path { path in
            path.move(to: from)
            path.addLine(to: to)
        }
        .stroke(Palette.quiet.opacity(0.5), lineWidth: 1)
        .accessibilityHidden(true)
    }

    /// Below the circles and wider than they are: in a store it is seen around the store's.
    private var me: some View {
        Image(systemName: "location.fill")
            .foregroundStyle(Palette.brand)
            .frame(width: Self.mark, height: Self.mark)
            .background(Palette.brand.opacity(0.25), in: Circle())
            .accessibilityLabel(texts(.todayHere))
    }

    private func circle(_ planned: PlannedStop) -> some View {
        let isChosen = planned.stop.store == chosen
        return Button { chosen = planned.stop.store } label: {
            disc(planned.number, Palette.of(planned.stop.state), isChosen)
        }
        .buttonStyle(.plain)
        .accessibilityLabel(texts.name(planned))
        .accessibilityValue(texts(planned.stop.state.text))
        .accessibilityAddTraits(isChosen ? .isSelected : [])
    }

    /// As large as its disc, whatever size the text has: the list has the name.
    private func disc(_ number: Int, _ color: Color, _ isChosen: Bool) -> some View {
        Text(String(number))
            .font(.footnote.weight(.bold))
            .lineLimit(1)
            .minimumScaleFactor(0.5)
            .frame(width: 28, height: 28)
            .background(color.opacity(0.3), in: Circle())
            .background(.bar, in: Circle())
            .overlay { Circle().stroke(isChosen ? Color.primary : color, lineWidth: isChosen ? 4 : 2) }
            .frame(width: Self.mark, height: Self.mark)
            .contentShape(Circle())
    }
}
