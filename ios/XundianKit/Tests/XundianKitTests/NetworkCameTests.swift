import Foundation
import Testing

@testable import XundianKit

/// The system tells of every change of the way to the network.
@MainActor
struct NetworkCameTests {
    private func model(_ core: FakeCore) -> SyncModel {
        SyncModel(desk: Desk(core: core), now: { Date(timeIntervalSince1970: 1_000_000) })
    }

    @Test func a_new_network_asks_nothing_of_a_phone_that_is_in_step_and_has_nothing_to_send() async {
        let core = FakeCore { $0.outbox = Sample.answered([]) }
        let sync = model(core)
        let runs = { core.calls.count(where: { $0 == "sync" }) }
        await sync.networkCame()
        #expect(runs() == 1, "nothing is fresh yet")
        await sync.networkCame()
        #expect(runs() == 1)
        core.state.outbox.unsent = 1
        await sync.networkCame()
        #expect(runs() == 2)
        core.state.outbox.unsent = 0
        core.state.outbox.photos.count = 1
        await sync.networkCame()
        #expect(runs() == 3, "photos wait, too")
    }

    @Test func a_new_network_ends_the_wait_after_a_failure_though_nothing_is_unsent() async {
        let core = FakeCore { $0.outbox = Sample.answered([]) }
        let sync = model(core)
        await sync.occasion(.tapped)
        core.state.failing["sync"] = .Network(retryable: true, reason: "no_answer")
        await sync.occasion(.tapped)
        core.state.failing = [:]
        await sync.networkCame()
        #expect(sync.state == .idle && core.calls.suffix(3) == ["sync", "sync", "sendPhotos"])
    }
}
