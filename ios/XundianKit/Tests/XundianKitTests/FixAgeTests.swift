import Foundation
import Testing

@testable import XundianKit

/// A clock that a test moves, for any thread.
private final class MovedClock: @unchecked Sendable {
    private let lock = NSLock()
    private var instant = ContinuousClock.now

    var now: ContinuousClock.Instant { lock.withLock { instant } }
    func passes(_ time: Duration) { lock.withLock { instant = instant + time } }
}

/// The system says nothing when fixes stop coming.
@MainActor
struct FixAgeTests {
    private let clock = MovedClock()
    private let position: NewestFix
    private let signs: PositionSigns

    init() {
        let clock = clock
        position = NewestFix { clock.now }
        signs = PositionSigns(of: position) { clock.now }
    }

    private func fix(mock: Bool = false) -> Fix { Fix(latitude: 36.06, longitude: 120.32, accuracyM: 12, mock: mock) }

    private func comes(_ fix: Fix, age: TimeInterval = 0) throws {
        position.keep(fix, age: age)
        signs.heard(try position.now())
    }

    @Test(arguments: [false, true])
    func a_signal_that_is_lost_is_told_as_soon_as_the_core_hears_of_no_position(isMock: Bool) throws {
        try comes(fix(mock: isMock))
        clock.passes(.seconds(59))
        signs.aged()
        #expect(try position.now() != nil && signs.state == (isMock ? .mock : .fixed))
        clock.passes(.seconds(1))
        signs.aged()
        #expect(try position.now() == nil && signs.state == .noFix && signs.state.line == .positionNoFix)
        try comes(fix())
        #expect(signs.state == .fixed)
    }

    @Test func a_fix_that_was_old_when_it_came_is_old_sooner_and_a_clock_that_was_set_makes_none_younger() throws {
        try comes(fix(), age: 50)
        clock.passes(.seconds(10))
        #expect(try position.now() == nil)
        try comes(fix(), age: -3_600)
        #expect(try position.now() != nil, "the phone's clock was set back")
        clock.passes(.seconds(60))
        #expect(try position.now() == nil)
    }

    @Test func a_phone_that_finds_nothing_says_so_after_a_while_and_not_before_it_was_asked() throws {
        clock.passes(.seconds(600))
        signs.aged()
        #expect(signs.state == .seeking, "nobody asked")
        signs.seeking()
        clock.passes(.seconds(19))
        signs.seeking()
        signs.aged()
        #expect(signs.state == .seeking)
        clock.passes(.seconds(1))
        signs.aged()
        #expect(signs.state == .noFix)
    }

    @Test func where_the_phone_was_at_the_last_shop_is_not_said_of_this_one() throws {
        signs.seeking()
        try comes(fix())
        signs.rested()
        clock.passes(.seconds(600))
        signs.seeking()
        #expect(signs.state == .seeking)
        try comes(fix())
        signs.rested()
        signs.seeking()
        #expect(signs.state == .fixed, "it is still fresh")
    }

    @Test func what_is_not_allowed_stays_so_however_long_it_takes() {
        signs.permitted(false)
        signs.seeking()
        clock.passes(.seconds(600))
        signs.aged()
        #expect(signs.state == .denied)
    }

    @Test func nobody_has_to_ask_for_it_while_the_screen_is_there() async throws {
        try comes(fix())
        let signs = signs
        let ageing = Task { await signs.keepAgeing(every: .milliseconds(1)) }
        await letRun()
        #expect(signs.state == .fixed)
        clock.passes(.seconds(61))
        await until { signs.state == .noFix }
        ageing.cancel()
        await ageing.value
    }
}
