import SwiftUI
import XundianKit

/// 路线图: which stores are near each other and which are left; it needs no map and no network.
struct RoutePlanView: View {
    /// A thumb's width. Half of it stays free on every side, so that the outermost circles are whole.
    private static let mark: CGFloat = 44

    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss
    let plan: RoutePlan
    let tapped: @MainActor (RouteStop) -> Void

    var body: some View {
        NavigationStack {
            ScrollView {
                if !plan.stops.isEmpty { square }
                if let unplaced = texts.unplaced(plan) { Text(unplaced).foregroundStyle(Palette.quiet).padding() }
            }
            .navigationTitle(texts(.todayPlan))
            .navigationBarTitleDisplayMode(.inline)
            .toolbar { Button(texts(.close)) { dismiss() } }
        }
    }

    private var square: some View {
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
        Button { tapped(planned.stop) } label: {
            disc(planned.number, Palette.of(planned.stop.state))
        }
        .buttonStyle(.plain)
        .accessibilityLabel(String(planned.number) + " " + planned.stop.name)
        .accessibilityValue(texts(planned.stop.state.text))
    }

    /// As large as its disc, whatever size the text has: the list has the name.
    private func disc(_ number: Int, _ color: Color) -> some View {
        Text(String(number))
            .font(.footnote.weight(.bold))
            .lineLimit(1)
            .minimumScaleFactor(0.5)
            .frame(width: 28, height: 28)
            .background(color.opacity(0.3), in: Circle())
            .background(.bar, in: Circle())
            .overlay { Circle().stroke(color, lineWidth: 2) }
            .frame(width: Self.mark, height: Self.mark)
            .contentShape(Circle())
    }
}
