import Observation
import XundianCore

/// 3 做陈列: the checklist of the standard, photos before and after, what stands on the shelf.
@MainActor
@Observable
public final class DisplayModel: ScreenModel {
    public enum Moment: Sendable { case before, after }

    public private(set) var checks: [Check] = []
    /// What can stand on the shelf: the SKUs of the count.
    public private(set) var products: [NamedSku] = []
    public private(set) var lines: [Line] = []
    public private(set) var isFinished = false
    private let shop: Store

    public init(desk: Desk, shop: Store) {
        self.shop = shop
        super.init(desk: desk)
    }

    public func load() async {
        let found = await load { core in
            (checks: try core.displayStandard(), items: try core.countItems(),
             lines: try core.currentVisit()?.lines ?? [])
        }
        guard let found else { return }
        // A check that needs a cooler means nothing in a shop without one.
        checks = found.checks.filter { shop.hasCooler || !$0.needsCooler }
        products = found.items.map { NamedSku(sku: $0.sku, name: $0.name) }
        lines = found.lines
        phase = .ready
    }

    /// What was found; `nil` = not looked at.
    public func value(of check: Check) -> UInt32? {
        for case .check(let made) in lines where made.no == check.no { return made.value }
        return nil
    }

    public func isOnShelf(_ sku: Sku) -> Bool { lines.contains(.onShelf(sku)) }

    public var popPlaced: UInt32 {
        for case .popPlaced(let pieces) in lines { return pieces }
        return 0
    }

    public func photos(_ moment: Moment) -> [PhotoRef] {
        lines.compactMap { line in
            switch (line, moment) {
            case (.photoBefore(let photo), .before), (.photoAfter(let photo), .after): photo
            default: nil
            }
        }
    }

    public func checked(_ check: Check, value: UInt32) async {
        await save(.check(CheckMade(no: check.no, value: value)))
    }

    public func uncheckTapped(_ check: Check) async {
        guard let value = value(of: check) else { return }
        await takeBack(.check(CheckMade(no: check.no, value: value)))
    }

    public func shelfTapped(_ sku: Sku) async {
        if isOnShelf(sku) { await takeBack(.onShelf(sku)) } else { await save(.onShelf(sku)) }
    }

    public func popChanged(_ pieces: UInt32) async { await save(.popPlaced(pieces)) }

    /// The bytes are on the disk before the visit names them.
    public func photoTaken(_ bytes: Data, _ moment: Moment) async {
        await change { core in
            let photo = try core.keepPhoto(bytes: bytes)
            try core.saveLine(line: moment == .before ? .photoBefore(photo) : .photoAfter(photo))
        }
    }

    public func photoRemoved(_ photo: PhotoRef, _ moment: Moment) async {
        await takeBack(moment == .before ? .photoBefore(photo) : .photoAfter(photo))
    }

    public func finishTapped() async {
        isFinished = await tap { try $0.saveLine(line: .finished(.display)) }
    }

    private func save(_ line: Line) async { await change { try $0.saveLine(line: line) } }
    private func takeBack(_ line: Line) async { await change { try $0.takeBack(line: line) } }

    private func change(_ deed: @escaping @Sendable (any Core) throws -> Void) async {
        let found = await answer { core in
            try deed(core)
            return try core.currentVisit()?.lines ?? []
        }
        if let found { lines = found }
    }
}
