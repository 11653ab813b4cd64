import Testing

@testable import XundianKit

struct TextTests {
    @Test(arguments: Language.allCases)
    func every_text_is_there(language: Language) {
        let missing = TextKey.allCases.filter { (language.table[$0] ?? "").isEmpty }
        #expect(missing.isEmpty)
        #expect(language.table.count == TextKey.allCases.count)
    }

    @Test(arguments: Language.allCases)
    func every_light_of_a_promise_has_a_word_of_its_own(language: Language) {
        let lights: [PromiseLight] = [.none, .onPhone, .onItsWay, .delivered, .short, .late, .refused, .notReported]
        #expect(Set(lights.map { Texts(language)($0.text) }).count == lights.count)
    }

    @Test(arguments: Language.allCases)
    func every_light_of_an_order_has_a_word_of_its_own(language: Language) {
        let lights: [OrderLight] = [.onPhone, .onServer, .onSheet, .atDistributor, .delivered, .refused]
        #expect(Set(lights.map { Texts(language)($0.text) }).count == lights.count)
        #expect(lights.map(\.lit) == [1, 2, 2, 3, 4, 0], "a sheet is with the distributor who opened it; what nobody takes has no lamp")
    }

    @Test(arguments: TextKey.allCases)
    func both_languages_have_the_same_gaps(key: TextKey) {
        #expect(gaps(Language.chinese.table[key]) == gaps(Language.english.table[key]))
    }

    /// 中文用全角标点. Times, addresses and figures keep theirs: 08:30, https://, 1.5.
    @Test func chinese_has_chinese_punctuation() {
        let marks: Set<Character> = [",", "?", "!", ";", ":", "(", ")"]
        let wrong = TextKey.allCases.filter { key in
            let text = Array(Chinese.table[key] ?? "")
            return text.indices.contains { place in
                marks.contains(text[place]) && text.contains(where: isChinese)
                    && !(isOfFigures(text, place - 1) && isOfFigures(text, place + 1))
            }
        }
        #expect(wrong.isEmpty)
    }

    private func isChinese(_ letter: Character) -> Bool {
        letter.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
    }

    /// Inside a time, a figure or an address.
    private func isOfFigures(_ text: [Character], _ place: Int) -> Bool {
        text.indices.contains(place) && text[place].isASCII && (text[place].isLetter || text[place].isNumber || text[place] == "/")
    }

    /// As the office's files have them (sync-server/src/import/city/words.rs).
    @Test func a_channel_has_the_offices_word() {
        let words = Channel.allCases.map { Texts(.chinese)($0.text) }
        let office = ["士多", "食杂", "便利", "商超", "餐饮", "学校", "网吧"]
        #expect(zip(words, office).allSatisfy { $0.hasPrefix($1) } && words.count == office.count)
        #expect(Texts(.english)(Channel.kiosk.text) == "Small shop")
    }

    @Test func english_has_no_chinese_left_in_it() {
        let left = TextKey.allCases.filter { key in
            (English.table[key] ?? "").unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
        }
        #expect(left.isEmpty)
    }

    /// To the ear the buttons of two rows are told apart, and to who speaks to the phone the word that is seen works.
    @Test(arguments: [
        (.photoOf, .photo), (.suggestNoneOf, .suggestNone), (.confirmPutBackOf, .confirmPutBack), (.removeOf, .remove),
        (.undoOf, .undo),
    ] as [(TextKey, TextKey)])
    func a_button_of_a_row_says_its_subject_and_its_own_word(spoken: TextKey, seen: TextKey) {
        for texts in Language.allCases.map(Texts.init) {
            let name = texts(spoken, "冰红茶")
            #expect(name.contains("冰红茶") && name.contains(texts(seen)))
        }
    }

    @Test func two_rows_with_the_same_word_are_told_apart_by_the_ear() {
        #expect(Texts(.chinese).spoken("冰红茶", "点的没错") == "冰红茶：点的没错")
        #expect(Texts(.english).spoken("Tea", "The count stands") == "Tea: The count stands")
    }

    @Test func a_delivery_has_its_day_for_a_name_and_its_first_product() {
        let lines = ["红烧牛肉面", "冰红茶"].map { AwaitedDelivery.Line(sku: $0, name: $0, case: 24, units: 24) }
        let delivery = AwaitedDelivery(order: Sample.orderId, lines: lines, answer: nil)
        #expect(Texts(.chinese).name(delivery, on: "2026-07-28") == "7月28日 周二 红烧牛肉面")
        #expect(Texts(.english).name(delivery, on: nil) == "红烧牛肉面", "this phone does not know the day")
    }

    @Test func what_a_long_press_does_is_told_by_its_number() {
        let words: [TextKey] = [.countCaseMore, .countCaseFewer, .countFiveMore, .countFiveFewer, .countFacingsMore, .countFacingsFewer]
        for texts in Language.allCases.map(Texts.init) { #expect(Set(words.map { texts($0) }).count == words.count) }
        #expect(Texts(.chinese)(.countFiveMore) == "加五箱" && Texts(.english)(.countFacingsFewer) == "Five facings less")
    }

    /// "1 steps are open" is no English: the number stands behind its noun.
    @Test(arguments: [
        .visitOpenSteps, .suggestWithoutReason, .summaryAskMissing, .summaryUnsent, .outboxPhotos, .outboxLost,
        .outboxLeftOut, .outboxRowPhotos,
    ] as [TextKey])
    func one_of_a_thing_is_said_as_many_are(key: TextKey) {
        #expect(Texts(.english)(key, "1", "2.3 MB").contains(": 1"))
    }

    @Test func a_value_with_a_gap_in_it_fills_nothing() {
        #expect(Texts(.english)(.cardDelivered, "{1}", "{0}") == "Promised {1}, delivered {0}")
        #expect(Texts(.english)(.todayNext) == "Next: {0}", "a forgotten value is seen")
    }

    @Test func names_beyond_the_basic_plane_survive() {
        #expect(Texts(.chinese)(.todayNext, "𠮷野家🍜") == "下一家：𠮷野家🍜")
    }

    @Test func the_phones_first_known_language_is_taken() {
        #expect(Language.preferred(["fr-FR", "en-GB", "zh-Hans-CN"]) == .english)
        #expect(Language.preferred(["zh-Hant-TW"]) == .chinese)
        #expect(Language.preferred(["ja-JP"]) == .chinese)
    }

    @Test func what_the_system_writes_is_in_the_language_of_the_screen() {
        #expect(Language.allCases.map { $0.locale.language.languageCode?.identifier } == ["zh", "en"])
    }

    @Test func a_reason_is_read_in_the_language_of_the_screen() {
        let reason = Reason(code: "no_time", zh: "店内太忙", en: "shop too busy", photo: false)
        #expect(Texts(.chinese)(reason) == "店内太忙")
        #expect(Texts(.english).reason("no_time", of: [reason]) == "shop too busy")
        #expect(Texts(.english).reason("gone", of: [reason]) == "gone")
    }

    private func gaps(_ text: String?) -> Set<String> {
        let pieces = (text ?? "").split(separator: "{", omittingEmptySubsequences: false).dropFirst()
        return Set(pieces.compactMap { $0.split(separator: "}").first.map(String.init) })
    }
}
