import Foundation
import Testing

@testable import XundianKit

/// The day and the hours of the delivery, by a thumb that is quicker than the core.
@MainActor
struct PromiseTests {
    private let both = Promise(day: "2026-08-03", window: "14:00-17:00")

    private func confirming(_ core: FakeCore) async -> ConfirmModel {
        let model = ConfirmModel(desk: Desk(core: core))
        await model.load()
        return model
    }

    private func tap(_ model: ConfirmModel, isDay: Bool) async {
        if isDay { await model.dayTapped(both.day) } else { await model.windowTapped(both.window) }
    }

    @Test(arguments: [true, false])
    func a_day_and_a_window_that_are_tapped_before_the_first_of_them_is_saved_are_both_promised(dayFirst: Bool) async {
        let core = Sample.visiting()
        let (model, isOver) = (await confirming(core), core.holdSaving())
        let first = Task { await tap(model, isDay: dayFirst) }
        await until { core.calls.contains("saveLine") }
        let second = Task { await tap(model, isDay: !dayFirst) }
        // Shown before it is saved.
        await until { model.promise == both }
        #expect(core.lines.isEmpty && model.quote?.promise == Sample.quote().promise)
        isOver.signal()
        await first.value
        #expect(model.promise == both, "the first answer takes nothing back")
        isOver.signal()
        await second.value
        #expect(core.lines == [.promise(both)] && model.promise == both && model.quote?.promise == both)
    }

    @Test func a_day_that_could_not_be_saved_is_not_shown() async {
        let core = Sample.visiting()
        let model = await confirming(core)
        core.state.failing["saveLine"] = .StorageFull
        await model.dayTapped(both.day)
        #expect(model.promise == Sample.quote().promise && model.failure?.key == .errorStorageFull)
    }
}
