import Foundation
import Testing

@testable import XundianKit

@MainActor
struct NewStoreModelTests {
    @Test func a_new_store_needs_its_name_street_and_address() async {
        let core = FakeCore()
        let model = NewStoreModel(desk: Desk(core: core))
        model.name = "新店"
        await model.saveTapped()
        #expect(model.opened == nil)
        (model.street, model.address) = ("370202001", "江西路2号")
        await model.saveTapped()
        #expect(model.opened == Sample.store2)
        #expect(core.state.opened?.receivingHours == "", "nobody was asked")
    }

    @Test func a_form_that_is_half_filled_outlives_its_screen_and_is_empty_once_it_is_saved() async {
        let core = FakeCore { $0.failing["openStore"] = .StorageFull }
        let app = AppModel(desk: Desk(core: core))
        app.go(.newStore)
        (app.newStore.name, app.newStore.street, app.newStore.channel) = ("新店", "370202001", .kiosk)
        app.path = []
        app.go(.newStore)
        let model = app.newStore
        #expect(model.name == "新店" && model.street == "370202001" && model.channel == .kiosk)
        (model.address, model.hours, model.owner, model.phone) = ("江西路2号", "08:30-11:30", "王老板", "0532")
        await model.saveTapped()
        #expect(model.opened == nil && model.name == "新店" && model.phone == "0532", "what was refused stays")
        core.state.failing = [:]
        await model.saveTapped()
        #expect(model.opened == Sample.store2 && core.state.opened?.owner == "王老板")
        let left = [model.name, model.street, model.address, model.hours, model.owner, model.phone]
        #expect(left.allSatisfy(\.isEmpty) && model.channel == .grocery && !model.canSave)
    }

    @Test func a_form_that_is_refused_does_not_lead_to_the_store_before() async {
        let core = FakeCore()
        let model = NewStoreModel(desk: Desk(core: core))
        (model.name, model.street, model.address) = ("新店", "370202001", "江西路2号")
        await model.saveTapped()
        #expect(model.opened == Sample.store2)
        (model.name, model.street, model.address) = ("又一家", "370202001", "江西路3号")
        core.state.failing["openStore"] = .StorageFull
        await model.saveTapped()
        #expect(model.opened == nil && model.name == "又一家")
    }

    @Test func a_street_is_picked_from_those_of_the_core_or_its_code_is_typed() async {
        let core = FakeCore()
        let model = NewStoreModel(desk: Desk(core: core))
        await model.load()
        #expect(model.streets == Sample.streets && model.picked.isEmpty && model.street.isEmpty)
        model.picked = "370202004"
        #expect(model.street == "370202004" && model.picked == "370202004")
        (model.name, model.address) = ("新店", "江西路2号")
        await model.saveTapped()
        #expect(core.state.opened?.street == "370202004")
        model.street = "370202009"
        #expect(model.picked.isEmpty, "it is none of the list")
    }

    @Test func streets_of_one_name_say_their_districts() async {
        let twin = Street(code: "370203001", name: "云南路街道", district: "市北区", stores: 2, distanceM: nil)
        let nowhere = Street(code: "370203002", name: "云南路街道", district: "", stores: 1, distanceM: nil)
        let model = NewStoreModel(desk: Desk(core: FakeCore { $0.streets += [twin, nowhere] }))
        await model.load()
        let names = model.streets.map { model.label($0) }
        #expect(names == ["香港中路街道", "云南路街道 · 市南区", "云南路街道 · 市北区", "云南路街道 · 370203002"])
    }

    @Test func streets_that_cannot_be_read_leave_those_that_were_and_nothing_is_said() async {
        let core = FakeCore()
        let model = NewStoreModel(desk: Desk(core: core))
        await model.load()
        core.state.failing["streets"] = .Internal(reason: "fault")
        await model.load()
        #expect(model.streets == Sample.streets && model.failure == nil)
    }

    @Test func hours_go_to_the_core_as_they_are_typed() async {
        let core = FakeCore()
        let model = NewStoreModel(desk: Desk(core: core))
        (model.name, model.street, model.address) = ("新店", "370202001", "江西路2号")
        model.hours = " 08：30～11：30；14:00-18:00 "
        await model.saveTapped()
        #expect(core.state.opened?.receivingHours == "08：30～11：30；14:00-18:00", "it understands a Chinese keyboard")
    }

    @Test func what_is_half_written_is_there_after_the_rep_enrolled_again_and_not_for_the_next_one() async {
        let core = FakeCore { $0.rep = "ZY01" }
        let app = AppModel(desk: Desk(core: core))
        await app.start()
        app.newStore.name = "海边小铺"
        app.enrolAgainTapped()
        await app.enrolled()
        #expect(app.newStore.name == "海边小铺")
        core.state.rep = "ZY02"
        app.enrolAgainTapped()
        await app.enrolled()
        #expect(app.newStore.name.isEmpty)
        app.newStore.name = "山上小铺"
        core.state.failing["rep"] = .Internal(reason: "fault")
        await app.enrolled()
        #expect(app.newStore.name.isEmpty, "nobody knows whose phone it is")
    }

    @Test func a_line_that_is_being_put_right_is_called_wrong_no_more() async {
        let core = FakeCore()
        let model = NewStoreModel(desk: Desk(core: core))
        (model.name, model.street, model.address) = ("新店", "370202001", "江西路2号")
        model.owner = String(repeating: "王", count: 61)
        core.state.failing["openStore"] = .InvalidInput(field: "owner", reason: "too_long")
        await model.saveTapped()
        #expect(model.refusal(of: .owner) == .errorNameTooLong)
        model.phone = "1"
        #expect(model.refusal(of: .owner) == .errorNameTooLong, "another line")
        model.owner = "王"
        #expect(model.refusal(of: .owner) == nil && model.failure == nil)
    }
}
