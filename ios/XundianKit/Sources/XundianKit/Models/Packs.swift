import XundianCore

/// The steps of a quantity that is ordered in packs; what a pack is, is the core's.
enum Packs {
    /// A long press: a whole case, of which only whole packs can be ordered, and at least one.
    static func inCase(_ size: CaseSize, pack: Pack) -> Units {
        let pack = max(1, pack)
        return max(pack, size - size % pack)
    }
}
