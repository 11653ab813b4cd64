import Foundation
import Testing

@testable import XundianKit

/// Waits for what other threads do. What does not come in ten seconds fails the test, which would stand still for ever.
@MainActor
func until(sourceLocation: SourceLocation = #_sourceLocation, _ isThere: @MainActor () -> Bool) async {
    let end = ContinuousClock.now + .seconds(10)
    while !isThere() {
        guard ContinuousClock.now < end else {
            Issue.record("what is waited for did not come in ten seconds", sourceLocation: sourceLocation)
            return
        }
        await Task.yield()
    }
}

/// A clock that a test moves.
@MainActor
final class HandClock {
    private(set) var now = ContinuousClock.now

    func passes(_ time: Duration) { now = now + time }
}

/// What was asked on the main actor is on its way.
@MainActor
func letRun() async {
    for _ in 0..<20 { await Task.yield() }
}

extension FakeCore {
    /// The next syncs do not end before they are told to; in time, that the test may fail.
    func holdSync(_ outcome: SyncOutcome = .inStep) -> DispatchSemaphore {
        let isOver = DispatchSemaphore(value: 0)
        onSync = {
            _ = isOver.wait(timeout: .now() + 20)
            return SyncReport(outcome: outcome, progress: Sample.progress)
        }
        return isOver
    }

    /// The next lines are not saved before they are told to; in time, that the test may fail.
    func holdSaving() -> DispatchSemaphore {
        let (save, isOver) = (onSaveLine, DispatchSemaphore(value: 0))
        onSaveLine = { line in
            _ = isOver.wait(timeout: .now() + 20)
            try save(line)
        }
        return isOver
    }
}
