import Foundation
import Testing

@testable import XundianKit

@MainActor
struct EnrolModelTests {
    private static let invitation = "XUNDIAN1 https://invited.example ABCD2345 00ff"

    @Test func the_offices_qr_enrols_at_once() async {
        let core = FakeCore()
        let model = EnrolModel(desk: Desk(core: core))
        await model.scanned(Self.invitation)
        #expect(core.calls == ["enrolInvited", "server"])
        #expect(model.isEnrolled && !model.isBusy && model.failure == nil)
        #expect(model.server == "https://invited.example", "the next enrolment knows it")
    }

    @Test func a_picture_without_a_qr_says_what_to_do() async {
        let core = FakeCore()
        let model = EnrolModel(desk: Desk(core: core))
        await model.scanned(nil)
        #expect(model.failure?.key == .enrolNoQr)
        #expect(core.calls.isEmpty && !model.isEnrolled)
    }

    @Test(arguments: [
        (.InvalidInput(field: "invitation", reason: "unreadable"), .errorUnreadable, .nothing),
        (.InvalidInput(field: "invitation", reason: "other_company"), .errorOtherCompanysCode, .findOffice),
        (.Unauthorized(reason: "other_company"), .errorOtherCompany, .findOffice),
        (.Unauthorized(reason: "wrong_code"), .errorWrongEnrolmentCode, .enrol),
    ] as [(CoreError, TextKey, Remedy)])
    func a_qr_that_does_not_enrol_is_explained(error: CoreError, key: TextKey, remedy: Remedy) async {
        let model = EnrolModel(desk: Desk(core: FakeCore { $0.failing["enrolInvited"] = error }))
        model.server = "https://typed.example"
        await model.scanned("https://u.wechat.example/abc")
        #expect(model.failure?.key == key && model.failure?.remedy == remedy)
        #expect(!model.isEnrolled && !model.isBusy && model.server == "https://typed.example")
    }

    @Test func an_enrolment_that_is_stopped_says_so_and_the_form_stays() async {
        let (core, stopped) = (FakeCore(), DispatchSemaphore(value: 0))
        core.onEnrol = { _, _ in
            // A server that is silent; in time, that the test may fail.
            guard stopped.wait(timeout: .now() + 20) == .success else { return }
            throw CoreError.Cancelled
        }
        core.onCancel = { stopped.signal() }
        let model = EnrolModel(desk: Desk(core: core))
        (model.server, model.code) = ("https://xundian.example", "ABCD2345")
        let enrolment = Task { await model.enrolTapped() }
        await until { core.calls.contains("enrol") }
        #expect(model.isBusy && !model.canEnrol)
        model.cancelTapped()
        await enrolment.value
        #expect(core.calls == ["enrol", "cancel"])
        #expect(model.failure?.key == .errorCancelled && model.canEnrol && !model.isEnrolled)
    }

    @Test func enrolling_trims_what_was_typed() async {
        let core = FakeCore()
        let model = EnrolModel(desk: Desk(core: core))
        await model.enrolTapped()
        #expect(core.calls.isEmpty, "empty fields ask nothing")
        model.code = "  "
        #expect(!model.isCodeTyped)
        (model.server, model.code) = (" https://xundian.example ", "ABCD")
        await model.enrolTapped()
        #expect(core.state.server == "https://xundian.example")
        #expect(model.isEnrolled && !model.isBusy)
    }

    @Test(arguments: [
        ("xundian.example", "https://xundian.example"), (" xundian.example:8443/a\n", "https://xundian.example:8443/a"),
        ("https://xundian.example", "https://xundian.example"), ("http://127.0.0.1:9", "http://127.0.0.1:9"),
    ])
    func an_address_is_asked_by_https_where_nobody_said_how(typed: String, asked: String) async {
        let core = FakeCore()
        let model = EnrolModel(desk: Desk(core: core))
        (model.server, model.code) = (typed, "ABCD")
        await model.enrolTapped()
        #expect(core.state.server == asked && model.server == asked && model.isEnrolled)
    }

    @Test(arguments: Language.allCases)
    func what_an_address_looks_like_is_said_before_and_after(language: Language) {
        let texts = Texts(language)
        for key in [TextKey.enrolHint, .errorServerAddress] { #expect(texts(key).contains("xundian.example.com")) }
    }

    @Test(arguments: [
        (.Unauthorized(reason: "wrong_code"), .errorWrongEnrolmentCode),
        (.Network(retryable: false, reason: "puzzled"), .errorPuzzled),
        (.Network(retryable: true, reason: "no_answer"), .errorNoAnswer),
        (.InvalidInput(field: "server", reason: "bad_address"), .errorServerAddress),
        (.Network(retryable: false, reason: "refused"), .errorRefused),
        (.Conflict(reason: "others_wait"), .errorOthersWait),
        (.Conflict(reason: "visit_open"), .errorVisitOpen),
    ] as [(CoreError, TextKey)])
    func what_stands_in_the_way_of_enrolment_is_said(error: CoreError, key: TextKey) async {
        let model = EnrolModel(desk: Desk(core: FakeCore { $0.failing["enrol"] = error }))
        (model.server, model.code) = ("https://xundian.example", "XXXX")
        await model.enrolTapped()
        #expect(model.failure?.key == key)
        #expect(!model.isEnrolled)
    }

    @Test(arguments: [
        (.errorPuzzled, ["登录无线网", "流量", "地址是手填的，请核对"], ["log in there", "mobile data", "address, check it"]),
        (.errorRefused, ["请联系内勤"], ["ask the office"]),
        (.errorOthersWait, ["先同步", Texts(.chinese)(.outboxExport), "再登记"], ["sync", "export the journal", "then enrol"]),
        (.errorVisitOpen, ["先在那里离店"], ["check out there first"]),
    ] as [(TextKey, [String], [String])])
    func what_stands_in_the_way_of_enrolment_says_the_way_out(key: TextKey, chinese: [String], english: [String]) {
        for (language, words) in [(Language.chinese, chinese), (.english, english)] {
            for word in words { #expect(Texts(language)(key).contains(word)) }
        }
    }
}
