import Foundation
import Testing

@testable import XundianKit

@MainActor
struct StoreCardModelTests {
    private func model(_ core: FakeCore) async -> StoreCardModel {
        let model = StoreCardModel(desk: Desk(core: core), store: Sample.store1)
        await model.load()
        return model
    }

    @Test func a_note_is_written_and_stands_on_the_card() async {
        let core = FakeCore()
        let model = await model(core)
        #expect(model.card?.note == nil && model.noteDraft == nil)
        model.noteTapped()
        #expect(model.noteDraft == "")
        model.noteDraft = " 后门送货，先打电话\n"
        await model.noteSaved()
        #expect(model.noteDraft == nil && model.failure == nil && !model.isBusy)
        #expect(model.card?.note?.text == "后门送货，先打电话")
        #expect(core.calls.suffix(4) == ["noteStore", "storeCard", "currentVisit", "seenAround"])
    }

    @Test func a_note_is_changed_from_its_own_text_and_taken_away() async {
        let core = FakeCore { $0.note = Sample.note("养狗", rep: "ZY02") }
        let model = await model(core)
        model.noteTapped()
        #expect(model.noteDraft == "养狗")
        model.noteDraft = "养狗，拴着"
        await model.noteSaved()
        #expect(core.state.note?.text == "养狗，拴着")
        model.noteTapped()
        await model.noteRemoved()
        #expect(core.state.note == nil && model.card?.note == nil && model.noteDraft == nil)
    }

    @Test func a_note_that_is_too_long_stays_in_the_editor() async {
        let core = FakeCore { $0.failing["noteStore"] = .InvalidInput(field: "text", reason: "too_long") }
        let model = await model(core)
        model.noteTapped()
        let long = String(repeating: "长", count: 201)
        model.noteDraft = long
        await model.noteSaved()
        #expect(model.failure?.key == .errorNoteTooLong)
        #expect(model.noteDraft == long && model.card?.note == nil)
        model.noteDropped()
        #expect(model.failure == nil && model.noteDraft == nil)
    }

    @Test func what_is_cancelled_or_unchanged_is_no_record() async {
        let core = FakeCore { $0.note = Sample.note("养狗") }
        let model = await model(core)
        model.noteTapped()
        model.noteDraft = "别的"
        model.noteDropped()
        model.noteTapped()
        #expect(model.noteDraft == "养狗", "what was dropped does not come back")
        await model.noteSaved()
        model.contactTapped()
        model.contactDraft?.phone = "139"
        model.contactDropped()
        model.contactTapped()
        await model.contactSaved()
        #expect(model.noteDraft == nil && model.contactDraft == nil)
        #expect(!core.calls.contains("noteStore") && !core.calls.contains("changeContact"))
    }

    @Test func another_contact_is_saved_and_read_again() async {
        let core = FakeCore()
        let model = await model(core)
        #expect(model.hasContact)
        model.contactTapped()
        #expect(model.contactDraft == Sample.contact)
        model.contactDraft?.owner = " 王姐 "
        model.contactDraft?.receiver = ""
        await model.contactSaved()
        #expect(model.contactDraft == nil && model.failure == nil)
        #expect(model.card?.contact == Contact(owner: "王姐", phone: "000", receiver: ""))
    }

    @Test func a_contact_that_is_too_long_stays_in_the_editor() async {
        let core = FakeCore { $0.failing["changeContact"] = .InvalidInput(field: "owner", reason: "too_long") }
        let model = await model(core)
        model.contactTapped()
        model.contactDraft?.owner = String(repeating: "长", count: 61)
        await model.contactSaved()
        #expect(model.refusal(of: .owner) == .errorNameTooLong && model.refusal(of: .phone) == nil, "below its own line")
        #expect(model.contactDraft?.owner.count == 61 && model.card?.contact == Sample.contact)
    }

    @Test func the_last_order_opens_where_this_phone_has_it() async {
        let last = LastOrder(order: Sample.orderId, state: .held, light: .onServer)
        let core = FakeCore { $0.lastOrder = last }
        let model = await model(core)
        #expect(model.phase == .ready && model.lastOrder == Sample.orderCard)
        core.state.failing["orderCard"] = .NotFound(reason: "unknown_order")
        let elsewhere = await self.model(core)
        #expect(elsewhere.lastOrder == nil && elsewhere.failure == nil)
        #expect(elsewhere.card?.lastOrder == last, "its state is told")
    }

    @Test func the_last_order_is_looked_for_once_until_it_may_be_another() async {
        let core = FakeCore { $0.lastOrder = LastOrder(order: Sample.orderId, state: .held, light: .onServer) }
        let searches = { core.calls.count(where: { $0 == "orderCard" }) }
        let model = await model(core)
        await model.load()
        #expect(searches() == 1 && model.lastOrder == Sample.orderCard)
        model.lastOrderOpened()
        await model.load()
        #expect(searches() == 2, "it may have been changed")
        core.state.lastOrder = LastOrder(order: Sample.orderId, state: .cancelled(cause: .held), light: .onServer)
        core.state.failing["orderCard"] = .NotFound(reason: "unknown_order")
        await model.load()
        await model.load()
        #expect(searches() == 3 && model.lastOrder == nil, "nor is what is not here looked for again")
    }

    @Test func a_store_without_a_contact_says_so() async {
        let model = await model(FakeCore { $0.contact = Contact(owner: "", phone: "", receiver: "") })
        #expect(!model.hasContact)
    }
}
