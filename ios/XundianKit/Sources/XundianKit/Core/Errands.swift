import XundianCore

/// The calls to the server: one runs, others wait. Who stops an errand means neither another's calls nor what is asked for later.
final class Errands: @unchecked Sendable {
    private struct Call {
        let errand: Desk.Errand
        /// Tells who waits for it.
        let stopped: @Sendable () -> Void
    }

    private let core: any Core
    private let lock = NSLock()
    private var stops: [Desk.Errand: Int] = [:]
    private var waiting: [Int: Call] = [:]
    private var running: Desk.Errand?
    private var last = 0

    init(_ core: any Core) {
        self.core = core
    }

    /// How often somebody has stopped an errand.
    func stops(of errand: Desk.Errand) -> Int { lock.withLock { stops[errand, default: 0] } }

    /// Gives the number with which the call begins. `began` = the stops when the work began of which the call is a part: who has
    /// stopped that since has stopped the call, too.
    func join(_ errand: Desk.Errand, since began: Int?, stopped: @escaping @Sendable () -> Void) -> Int {
        let (number, waits): (Int, Bool) = lock.withLock {
            last += 1
            let now = stops[errand, default: 0]
            guard (began ?? now) == now else { return (last, false) }
            waiting[last] = Call(errand: errand, stopped: stopped)
            return (last, true)
        }
        if !waits { stopped() }
        return number
    }

    /// Whether it may: it was not stopped while it waited.
    func begin(_ number: Int) -> Bool {
        lock.withLock {
            guard let call = waiting.removeValue(forKey: number) else { return false }
            running = call.errand
            return true
        }
    }

    func end() {
        lock.withLock { running = nil }
    }

    /// Ends the one that runs, and those that wait hear of it now. It cannot fail for the person who tapped: there may be nothing
    /// to end.
    func stop(_ errand: Desk.Errand) {
        let left: [Call] = lock.withLock {
            stops[errand, default: 0] += 1
            // Under the lock: what begins next may be another's.
            if running == errand { try? core.cancel() }
            let calls = waiting.filter { $0.value.errand == errand }
            for number in calls.keys { waiting[number] = nil }
            return Array(calls.values)
        }
        for call in left { call.stopped() }
    }
}
