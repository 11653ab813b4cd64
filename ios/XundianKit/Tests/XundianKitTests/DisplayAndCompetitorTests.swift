import Foundation
import Testing

@testable import XundianKit

@MainActor
struct DisplayAndCompetitorTests {
    @Test func the_checks_are_those_of_the_core_which_knows_the_shop() async {
        let core = Sample.visiting()
        core.state.checks = [Sample.check(1), Sample.check(2, needsCooler: true)]
        let model = DisplayModel(desk: Desk(core: core))
        await model.load()
        #expect(model.checks.map(\.no) == [1, 2])
    }

    @Test func what_is_checked_can_be_unchecked() async {
        let core = Sample.visiting()
        let model = DisplayModel(desk: Desk(core: core))
        await model.load()
        let check = model.checks[0]
        await model.checked(check, value: 2)
        #expect(model.value(of: check) == 2)
        await model.shelfTapped("21010019")
        await model.popChanged(3)
        await model.photoTaken(Data([1, 2]), .before)
        #expect(model.isOnShelf("21010019") && model.popPlaced == 3 && model.photos(.before).count == 1)
        await model.uncheckTapped(check)
        await model.shelfTapped("21010019")
        await model.photoRemoved(model.photos(.before)[0], .before)
        #expect(core.lines == [.popPlaced(3)])
    }

    @Test func a_photo_of_an_app_that_died_is_seen_again_until_the_server_has_it() async {
        let core = Sample.visiting()
        await DisplayModel(desk: Desk(core: core)).photoTaken(Data([1, 2]), .before)
        let next = DisplayModel(desk: Desk(core: core))
        await next.load()
        let photo = next.photos(.before)[0]
        #expect(await next.keptPhoto(photo) == Data([1, 2]))
        core.state.photos = [:]
        #expect(await next.keptPhoto(photo) == nil)
    }

    @Test func quick_taps_on_a_check_and_on_pop_add_up() async {
        let core = Sample.visiting()
        let model = DisplayModel(desk: Desk(core: core))
        await model.load()
        let check = model.checks[0]
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { await model.checkStepped(check, by: 1) } }
            for _ in 0..<5 { group.addTask { await model.popStepped(by: 1) } }
        }
        #expect(model.value(of: check) == 5 && model.popPlaced == 5)
        #expect(core.lines.contains(.check(CheckMade(no: check.no, value: 5))) && core.lines.contains(.popPlaced(5)))
        await model.popStepped(by: -9)
        #expect(model.popPlaced == 0, "never below zero")
    }

    @Test func percents_are_stepped_as_an_eye_can_tell_them() {
        let model = DisplayModel(desk: Desk(core: Sample.visiting()))
        #expect(model.step(of: Sample.check(1, unit: .percent)) == 10 && model.step(of: Sample.check(1)) == 1)
    }

    @Test func a_check_that_was_not_saved_is_not_shown() async {
        let core = Sample.visiting()
        let model = DisplayModel(desk: Desk(core: core))
        await model.load()
        core.state.failing["saveLine"] = .StorageFull
        await model.checkStepped(model.checks[0], by: 1)
        await model.popStepped(by: 1)
        #expect(model.value(of: model.checks[0]) == nil && model.popPlaced == 0)
    }

    @Test func a_photo_that_cannot_be_kept_is_not_named() async {
        let core = Sample.visiting()
        let model = DisplayModel(desk: Desk(core: core))
        core.state.failing["keepPhoto"] = .InvalidInput(field: "photo", reason: "photo_too_large")
        await model.photoTaken(Data([1]), .after)
        #expect(model.failure?.key == .errorPhotoTooLarge)
        #expect(core.lines.isEmpty)
    }

    /// Their buttons stand where those of the steps before stood.
    @Test func the_second_half_of_a_double_tap_ends_neither_step() async {
        let core = Sample.visiting()
        let time = HandClock()
        let display = DisplayModel(desk: Desk(core: core), now: { time.now })
        let competitor = CompetitorModel(desk: Desk(core: core), now: { time.now })
        display.appeared()
        competitor.appeared()
        await display.finishTapped()
        await competitor.finishTapped()
        #expect(core.lines.isEmpty)
        time.passes(.milliseconds(500))
        await display.finishTapped()
        await competitor.finishTapped()
        #expect(core.lines == [.finished(.display), .finished(.competitor)])
    }

    @Test func a_photo_that_is_no_picture_is_said_and_turning_back_is_not() async {
        let desk = Desk(core: Sample.visiting())
        let (display, competitor) = (DisplayModel(desk: desk), CompetitorModel(desk: desk))
        await display.load()
        await competitor.load()
        await display.shotTaken(.turnedBack, .before)
        await competitor.shotTaken(.turnedBack)
        #expect(display.failure == nil && competitor.failure == nil)
        await display.shotTaken(.unreadable, .before)
        await competitor.shotTaken(.unreadable)
        #expect(display.failure?.key == .errorPhoto && competitor.failure?.key == .errorPhoto)
        #expect(display.photos(.before).isEmpty && competitor.photo == nil)
        await display.shotTaken(.taken(Data([1, 2])), .before)
        await competitor.shotTaken(.taken(Data([1, 2])))
        #expect(display.failure == nil && competitor.failure == nil)
        #expect(display.photos(.before).map(\.len) == [2] && competitor.photo?.len == 2)
    }

    @Test func a_camera_that_does_not_open_is_said() async {
        let model = DisplayModel(desk: Desk(core: Sample.visiting()))
        await model.load()
        model.cameraMissed()
        #expect(model.failure?.key == .errorNoCamera && model.refusals == 1)
        await model.load()
        #expect(model.failure?.key == .errorNoCamera, "a reading mends nothing")
    }

    @Test func a_known_fact_takes_one_tap_and_a_new_one_five() async {
        let core = Sample.visiting()
        let model = CompetitorModel(desk: Desk(core: core))
        await model.load()
        await model.knownTapped(model.known[0])
        #expect(model.isConfirmed(model.known[0]))
        model.brandTapped("统一")
        model.itemTapped("老坛酸菜")
        model.kindTapped(.promotion)
        model.exampleTapped(model.examples[0])
        await model.saveTapped()
        #expect(model.facts.map(\.value) == ["2.5", "10搭1"])
        #expect(model.brand == nil)
        await model.knownTapped(model.known[0])
        #expect(model.facts.map(\.value) == ["10搭1"])
    }

    @Test func what_is_known_is_not_asked_over_a_photo_of_it() async {
        let photographed = CompetitorFact(
            brand: "统一", item: "老坛酸菜", kind: .price, value: "2.5", from: nil, to: nil,
            photo: PhotoRef(sha256: "ab", len: 2))
        let core = Sample.visiting([.competitor(photographed)])
        let model = CompetitorModel(desk: Desk(core: core))
        await model.load()
        #expect(model.isConfirmed(model.known[0]) && !model.isConfirmed(model.known[1]))
        await model.knownTapped(model.known[0])
        #expect(core.lines.isEmpty, "a second tap takes it back, it does not lose the photo")
    }

    @Test func a_fact_that_is_half_written_outlives_its_step_with_its_photo_and_ends_with_its_visit() async {
        let app = AppModel(desk: Desk(core: Sample.visiting()))
        let model = app.competitor(in: Sample.visitId)
        await model.load()
        model.brandTyped("今麦郎")
        model.itemTyped("大今野")
        model.kindTapped(.price)
        model.value = "2.8"
        await model.photoTaken(Data([1, 2]))
        // A tap on another bead, or Back, and the step once more.
        let again = app.competitor(in: Sample.visitId)
        await again.load()
        #expect(again.brand == "今麦郎" && again.otherItem == "大今野" && again.value == "2.8" && again.photo?.len == 2)
        await again.saveTapped()
        #expect(again.facts.map(\.value) == ["2.8"] && again.facts.first?.photo?.len == 2)
        again.brandTyped("统一")
        let next = app.competitor(in: UUID())
        #expect(next.brand == nil && next.otherBrand.isEmpty, "that was another shop's")
    }

    @Test func a_brand_that_nobody_has_seen_is_typed() async {
        let core = Sample.visiting()
        let model = CompetitorModel(desk: Desk(core: core))
        await model.load()
        model.brandTapped("统一")
        model.brandTyped("今麦郎 ")
        #expect(model.brand == "今麦郎" && model.items.isEmpty)
        model.itemTyped("  ")
        #expect(model.item == nil, "a blank is no item")
        model.itemTyped("大今野")
        model.kindTapped(.price)
        model.value = " "
        #expect(!model.canSave, "a blank says nothing")
        model.value = "2.8"
        model.brandTyped("今麦郎 ")
        #expect(model.canSave, "the keyboard closed, nothing else")
        await model.saveTapped()
        #expect(model.facts.map(\.brand) == ["今麦郎"] && model.facts.map(\.item) == ["大今野"])
        #expect(model.brand == nil && model.otherBrand.isEmpty && model.otherItem.isEmpty)
    }
}
