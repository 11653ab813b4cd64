import Observation
import XundianCore

/// 3 做陈列: the checklist of the standard, photos before and after, what stands on the shelf.
@MainActor
@Observable
public final class DisplayModel: StepModel {
    public enum Moment: Sendable { case before, after }

    public private(set) var checks: [Check] = []
    /// What can stand on the shelf: the SKUs of the count.
    public private(set) var products: [NamedSku] = []
    public private(set) var lines: [Line] = []
    /// What the standard looks like, as JPEG or PNG; the checklist does not wait for it.
    public private(set) var picture: Data?
    public private(set) var isFinished = false
    /// Taps ahead of the core's answer.
    private var checkDrafts: [UInt32: UInt32] = [:]
    private var popDraft: UInt32?
    /// Taps by number, and the newest whose answer is shown.
    private var asked = 0
    private var shown = 0
    public func load() async {
        let found = await load { core in
            (checks: try core.displayStandard(), items: try core.countItems(),
             lines: try core.currentVisit()?.lines ?? [])
        }
        guard let found else { return }
        checks = found.checks
        products = found.items.map { NamedSku(sku: $0.sku, name: $0.name) }
        lines = found.lines
        phase = .ready
        await look()
    }

    /// Once in a visit; one that was not here yet may have come with a sync. The checklist is worth reading without it.
    private func look() async {
        guard picture == nil else { return }
        picture = try? await desk.ask { try $0.standardPicture() }
    }

    /// What was found; `nil` = not looked at.
    public func value(of check: Check) -> UInt32? {
        if let draft = checkDrafts[check.no] { return draft }
        for case .check(let made) in lines where made.no == check.no { return made.value }
        return nil
    }

    public func isOnShelf(_ sku: Sku) -> Bool { lines.contains(.onShelf(sku)) }

    public var popPlaced: UInt32 {
        if let popDraft { return popDraft }
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
        checkDrafts[check.no] = value
        await save(.check(CheckMade(no: check.no, value: value)))
        // A later tap has put another draft there; its own answer removes it.
        if checkDrafts[check.no] == value { checkDrafts[check.no] = nil }
    }

    /// Ten percent is what an eye can tell.
    public func step(of check: Check) -> Int32 { check.unit == .percent ? 10 : 1 }

    /// Plus or minus, from what the last tap said.
    public func checkStepped(_ check: Check, by step: Int32) async {
        await checked(check, value: Self.stepped(value(of: check) ?? 0, by: step))
    }

    public func uncheckTapped(_ check: Check) async {
        guard let value = value(of: check) else { return }
        checkDrafts[check.no] = nil
        await takeBack(.check(CheckMade(no: check.no, value: value)))
    }

    public func shelfTapped(_ sku: Sku) async {
        if isOnShelf(sku) { await takeBack(.onShelf(sku)) } else { await save(.onShelf(sku)) }
    }

    public func popChanged(_ pieces: UInt32) async {
        popDraft = pieces
        await save(.popPlaced(pieces))
        if popDraft == pieces { popDraft = nil }
    }

    public func popStepped(by step: Int32) async { await popChanged(Self.stepped(popPlaced, by: step)) }

    private static func stepped(_ start: UInt32, by step: Int32) -> UInt32 {
        UInt32(clamping: Int64(start) + Int64(step))
    }

    /// The camera came back.
    public func shotTaken(_ shot: Shot, _ moment: Moment) async {
        if let bytes = bytes(of: shot) { await photoTaken(bytes, moment) }
    }

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
        guard isSeen else { return }
        isFinished = await tap { try $0.saveLine(line: .finished(.display)) }
    }

    private func save(_ line: Line) async { await change { try $0.saveLine(line: line) } }
    private func takeBack(_ line: Line) async { await change { try $0.takeBack(line: line) } }

    private func change(_ deed: @escaping @Sendable (any Core) throws -> Void) async {
        asked += 1
        let mine = asked
        let found = await answer { core in
            try deed(core)
            return try core.currentVisit()?.lines ?? []
        }
        // An answer that comes after a later one is old.
        if let found, mine > shown {
            shown = mine
            lines = found
        }
    }
}
