import Foundation
import Testing

@testable import XundianKit

struct FormatTests {
    private let zh = Texts(.chinese)
    private let en = Texts(.english)

    @Test(arguments: [
        (31, 12, "2箱7个", "2 cs 7 pc"), (36, 12, "3箱", "3 cs"), (7, 12, "7个", "7 pc"), (0, 12, "0个", "0 pc"),
        (5, 1, "5个", "5 pc"),
    ] as [(Units, CaseSize, String, String)])
    func units_are_shown_as_cases_and_units(units: Units, size: CaseSize, chinese: String, english: String) {
        #expect(zh.quantity(units, case: size) == chinese)
        #expect(en.quantity(units, case: size) == english)
    }

    @Test func each_sku_counts_by_its_own_case() {
        #expect(zh.quantity(cases: 3, loose: 12) == "3箱12个")
        #expect(zh.quantity(cases: 0, loose: 0) == "0个")
    }

    @Test func a_count_has_its_cases_and_what_is_loose_apart() {
        #expect(zh.stepped(31, case: 12) == ("2箱", "7个") && en.stepped(31, case: 12) == ("2 cs", "7 pc"))
        #expect(zh.stepped(0, case: 12) == ("0箱", "0个"))
        #expect(zh.stepped(5, case: 1).loose == "5个", "there are no cases to step")
        #expect(zh.stepped(nil, case: 12) == ("–箱", "–个"), "nobody counted, which is not zero")
        #expect(en.stepped(nil, case: 12) == ("– cs", "– pc"), "and one stepper is told from the other")
    }

    @Test func what_nobody_has_said_yet_is_told_to_the_ear_too() {
        #expect(zh(.notSaid, "3箱") == "3箱，未确认" && en(.notSaid, "3 cs") == "3 cs, not confirmed")
    }

    @Test func a_store_card_and_gifts_are_read_in_cases_and_units_as_an_order_is() {
        #expect(zh.quantity(NamedUnits(sku: "1", name: "冰红茶", units: 31, case: 12)) == "2箱7个")
        let line = { (delivered: Units?) in
            DeliveredLine(sku: "1", name: "冰红茶", promised: 24, delivered: delivered, case: 12)
        }
        #expect(zh.delivered(line(7)) == "应送2箱，实送7个" && en.delivered(line(24)) == "Promised 2 cs, delivered 2 cs")
        #expect(zh.delivered(line(nil)) == "应送2箱，未回报")
        var card = Sample.orderCard
        card.gifts[0].units = 16
        #expect(zh.share(card).contains("赠品 冰红茶 1箱1个"))
    }

    @Test func the_total_has_the_money_of_what_was_said() {
        #expect(zh.total((6, 7), said: 6900) == "合计 6箱7个 · 已定 ¥69.00")
        #expect(en.total((6, 0), said: 6900) == "Total 6 cs · agreed so far ¥69.00")
        #expect(zh.total((6, 0), said: 0) == "合计 6箱", "nobody has said anything yet")
    }

    @Test(arguments: [
        (0, "¥0.00"), (5, "¥0.05"), (4600, "¥46.00"), (123_456_789, "¥1,234,567.89"), (-3600, "−¥36.00"),
    ] as [(Fen, String)])
    func money_never_passes_through_a_float(fen: Fen, text: String) {
        #expect(zh.yuan(fen) == text)
    }

    @Test(arguments: [(4, "0米", "0 m"), (86, "90米", "90 m"), (996, "1公里", "1 km"), (1_240, "1.2公里", "1.2 km")] as [(UInt32, String, String)])
    func a_distance_is_as_precise_as_a_phone_knows_it(metres: UInt32, chinese: String, english: String) {
        #expect(zh.distance(metres) == chinese && en.distance(metres) == english)
    }

    @Test func a_day_has_its_weekday() {
        #expect(zh.day("2026-07-27") == "7月27日 周一")
        #expect(en.day("2026-07-27") == "Mon 27 Jul")
        #expect(en.day("2028-02-29") == "Tue 29 Feb")
        #expect(en.day("2026-01-01") == "Thu 1 Jan")
        #expect(en.day("2026-13-01") == "2026-13-01", "what is no day stays as it is")
    }

    @Test func a_day_months_away_has_its_year() {
        #expect(zh.date("2027-01-20") == "2027年1月20日")
        #expect(en.date("2027-01-20") == "20 Jan 2027")
        #expect(en.date("2027-01") == "2027-01", "what is no day stays as it is")
    }

    @Test(arguments: Language.allCases)
    func a_translator_has_every_word_of_a_date(language: Language) {
        let texts = Texts(language)
        let weekdays: [TextKey] = [.monday, .tuesday, .wednesday, .thursday, .friday, .saturday, .sunday]
        for (place, weekday) in weekdays.enumerated() {
            let day = Days.later("2026-07-06", by: place)
            #expect(texts.day(day) == texts(.day, texts(.july), String(6 + place), texts(weekday)))
        }
        let months: [TextKey] = [
            .january, .february, .march, .april, .may, .june, .july, .august, .september, .october, .november, .december,
        ]
        for (place, month) in months.enumerated() {
            let number = place < 9 ? "0\(place + 1)" : "\(place + 1)"
            #expect(texts.date("2027-\(number)-20") == texts(.date, "2027", texts(month), "20"))
        }
        #expect(Set((weekdays + months).map { texts($0) }).count == 19)
    }

    @Test func days_are_added_over_the_end_of_a_month() {
        #expect(Days.later("2026-07-30", by: 4) == "2026-08-03")
        #expect(Days.later("2028-02-28", by: 1) == "2028-02-29")
        #expect(Days.later("soon", by: 1) == "soon")
    }

    @Test func times_are_short() {
        let now = Date(timeIntervalSince1970: 10_000)
        #expect(zh.duration(65) == "01:05")
        #expect(zh.duration(3725) == "1:02:05")
        #expect(zh.ago(nil, now: now) == "从未")
        #expect(zh.ago(10_000_000, now: now) == "刚刚")
        #expect(zh.ago(9_400_000, now: now) == "10分钟前")
        #expect(en.ago(2_000_000, now: now) == "2 h ago")
        #expect(zh.nextTry(now + 61, now: now) == "2分钟后自动重试")
        #expect(en.nextTry(now - 5, now: now) == "Tried again in 1 min", "it is about to be")
    }

    @Test func sizes_are_rounded_down() {
        #expect(en.bytes(999) == "999 B")
        #expect(en.bytes(999_999) == "999 kB")
        #expect(en.bytes(2_340_000) == "2.3 MB")
    }

    // MARK: The arithmetic

    @Test func the_line_is_the_one_the_owner_can_check() {
        #expect(zh.arithmetic(Sample.why()) == "每周卖26·到下次送货8天·安全备货9·架上8 → 建议31，按箱36")
        #expect(zh.arithmetic(Sample.why(), unit: "包").hasPrefix("每周卖26包·到下次送货8天·"))
        #expect(
            en.arithmetic(Sample.why())
                == "Sells 26 a week, 8 days to the next delivery, 9 in reserve, 8 here → suggest 31, in packs 36")
    }

    @Test func tenths_less_and_goods_on_the_way_are_told() {
        let why = Sample.why(safety: -3, inTransit: 12, weeklyTenths: 265)
        #expect(zh.arithmetic(why) == "每周卖26.5·到下次送货8天·少备3·架上8·在途12 → 建议31，按箱36")
    }

    @Test func what_is_not_ordered_by_the_case_is_rounded_to_whole_packs() {
        var row = Sample.row("1", suggested: 36)
        #expect(zh.line(row).hasSuffix(" → 建议31，按箱36"))
        row.pack = 6
        #expect(zh.line(row) == "每周卖26·到下次送货8天·安全备货9·架上8 → 建议31，凑整36")
        #expect(en.line(row).hasSuffix(" → suggest 31, rounded to 36"))
    }

    @Test(arguments: [true, false])
    func a_suggestion_that_needs_no_rounding_is_said_once(isByCase: Bool) {
        var why = Sample.why()
        why.suggest = why.quantity
        #expect(zh.arithmetic(why, isByCase: isByCase) == "每周卖26·到下次送货8天·安全备货9·架上8 → 建议36")
        #expect(en.arithmetic(why, isByCase: isByCase).hasSuffix("8 here → suggest 36"))
        (why.suggest, why.quantity) = (0, 0)
        #expect(zh.arithmetic(why, isByCase: isByCase).hasSuffix(" → 建议0"))
    }

    @Test func a_new_product_that_nothing_opens_has_no_sales_yet() {
        var row = Sample.gap("1", .launch)
        row.isNew = true
        #expect(zh.marks(row, reasons: []) == ["新品，还没有销量"] && en.marks(row, reasons: []) == ["New, no sales yet"])
        row.opening = Opening(gap: .launch, target: 30, quantity: 24, isCapped: false, limit: nil)
        #expect(zh.marks(row, reasons: []) == ["新品"])
    }

    @Test func no_number_has_a_sentence() {
        let line = { (advice: Advice) in self.zh.line(Sample.row("1", suggested: nil, why: nil, advice: advice)) }
        #expect(line(.firstCount).contains("必卖清单"))
        #expect(line(.negativeSales(-4)).contains("4"))
        #expect(line(.receiptUnknown).contains("未回答"))
    }

    @Test func a_gap_without_a_number_says_so_and_never_nought() {
        #expect(zh.line(Sample.gap("1")) == "必卖缺货：没有销量可算，问店主要多少")
        #expect(en.line(Sample.gap("1")) == "Must-sell, none left: no sales to go by, ask the owner")
        #expect(zh.line(Sample.gap("1", inTransit: 12)) == "必卖缺货·在途12：没有销量可算，问店主要多少")
        #expect(en.line(Sample.gap("1", .launch, countNow: 3)) == "New, 3 here: no sales to go by, ask the owner")
        var first = Sample.gap("1")
        first.advice = .firstCount
        #expect(zh.line(first) == zh.line(Sample.gap("1")))
        #expect(zh.wanted(nil, case: 12) == "待定" && zh.wanted(0, case: 12) == "0个" && zh.wanted(36, case: 12) == "3箱")
    }

    @Test func a_gap_with_a_number_keeps_its_line() {
        var row = Sample.row("1", suggested: 36)
        row.gap = .mustSell
        #expect(zh.line(row) == zh.arithmetic(Sample.why()))
        row.opening = Opening(gap: .mustSell, target: 30, quantity: 24, isCapped: true, limit: nil)
        #expect(zh.line(row) == "首次铺货：目标30 → 建议2箱")
    }

    @Test func an_earlier_no_stands_beside_the_number() {
        let row = Sample.row("1", suggested: 12, declined: Declined(date: "2026-07-20", reason: "shelf_space"))
        let reasons = [Reason(code: "shelf_space", zh: "放不下", en: "no room", photo: false)]
        #expect(zh.marks(row, reasons: reasons) == ["7月20日 周一店主不要：放不下"])
        #expect(en.marks(row, reasons: []) == ["Declined on Mon 20 Jul: shelf_space"])
    }

    // MARK: Sentences

    @Test func what_is_missing_for_the_next_benefit_is_said() {
        #expect(zh.missing("满500减30", .amount(3600)) == "满500减30还差¥36.00")
        #expect(zh.missing("满10送1", .quantity(1500)) == "满10送1还差1.5件")
        let hint = Hint.nextBenefit(promo: "P2602", missing: .quantity(2000), gives: .gift("22070012", 15))
        let told = zh.hint(hint, promo: { $0 == "P2602" ? "满10送1" : $0 }, name: { _ in "冰红茶" })
        #expect(told == "满10送1还差2件 → 送冰红茶 15个")
    }

    @Test func sent_is_said_only_with_a_receipt() {
        #expect(zh.verdict(nil) == "未到服务器")
        #expect(zh.verdict(.applied(order: nil, flags: [.overCredit])) == "服务器已收 · 超信用额度")
        let effect = OrderEffect(
            order: Sample.orderId, went: .waiting(day: "2026-07-29", late: true), insteadOf: "2026-07-28")
        #expect(zh.verdict(.applied(order: effect, flags: [])) == "改到7月29日 周三配送（原7月28日 周二）")
    }

    @Test(arguments: [
        ("undecodable", "未被接受：服务器读不懂这条记录，已留存，请联系内勤", "Not accepted: the server cannot read it; kept, ask the office"),
        ("unauthorised", "未被接受：这家店或这张订单不归本人，已留存", "Not accepted: the store or the order is not yours; kept"),
        ("stale_base", "未被接受：订单在别处改过了，请打开订单重新改", "Not accepted: the order was changed elsewhere; open it and change it again"),
        ("refused", "内勤没有接受，已留存", "The office did not accept it; kept"),
        ("of_a_newer_server", "未被接受，已留存", "Not accepted; kept"),
    ] as [(ReasonCode, String, String)])
    func a_record_that_was_not_accepted_says_what_to_do_and_shows_no_code(code: ReasonCode, chinese: String, english: String) {
        let verdict = Verdict.rejected(code: code, current: nil)
        #expect(zh.verdict(verdict) == chinese && en.verdict(verdict) == english)
        #expect(!zh.verdict(verdict).contains(code) && !en.verdict(verdict).contains(code))
    }

    @Test func every_record_in_the_outbox_has_a_name() {
        #expect(Texts(.chinese).kind("store_note") == "门店备注")
        #expect(Texts(.english).kind("store_contact_changed") == "Contact changed")
        #expect(Texts(.chinese).kind("from_a_newer_app") == "记录")
    }

    @Test func a_record_says_of_which_shop_it_is_or_has_its_number() {
        #expect(zh.record(Sample.record("visit_closed", nil)) == "拜访 · 利民超市")
        let china = TimeZone(secondsFromGMT: 8 * 3600)!
        #expect(zh.moment(Sample.at, in: china) == "7月27日 周一 08:00" && zh.moment(Sample.at, in: .gmt).hasSuffix("00:00"))
        #expect(Texts(.english).moment(Sample.at + 65_000 * 60, in: china) == "Mon 27 Jul 09:05")
        #expect(en.record(Sample.record("day_closed", nil, dseq: 8, storeName: nil)) == "Day summary · #8")
        #expect(en.record(Sample.record("day_closed", nil, dseq: 0, storeName: nil)) == "Day summary")
    }

    @Test func what_the_server_does_not_have_is_counted() {
        #expect(zh.unsent(0) == "记录已全部上传" && zh.unsent(3) == "3条尚未上传")
        #expect(en.unsent(0) == "All records on the server", "photos may still wait")
    }

    @Test func names_in_a_row_are_parted_as_each_language_does() {
        #expect(zh.list(["红烧牛肉面", "冰红茶"]) == "红烧牛肉面、冰红茶" && en.list(["A", "B"]) == "A, B")
    }

    @Test func a_note_says_who_wrote_it_and_when() {
        #expect(Texts(.chinese).author(Sample.note("养狗")) == "ZY01 写于7月27日 周一")
        #expect(Texts(.english).author(Sample.note("养狗")) == "Written by ZY01 on Mon 27 Jul")
    }

    @Test func hours_that_nobody_knows_are_no_limit_and_credit_is_told_where_there_is_some() {
        var shop = Sample.shop()
        #expect(zh.hours(shop) == "收货时间 08:30-11:30" && zh.outstanding(shop) == nil)
        (shop.receivingHours, shop.outstanding, shop.creditLimit) = ("", 12_000, 50_000)
        #expect(zh.hours(shop) == "收货时间 不限时" && zh.outstanding(shop) == "¥120.00 / ¥500.00")
        #expect(zh(PaymentTerms.monthly30.text) == "月结30天" && zh(.cardClass, shop.class.letter) == "B类")
    }

    @Test func a_receiver_is_told_with_the_telephone() {
        #expect(zh.receiver(Receiver(name: "王老板娘", phone: "0532-80000001")) == "王老板娘 0532-80000001")
        #expect(zh.receiver(Receiver(name: "王老板娘", phone: "")) == "王老板娘")
        #expect(en.receiver(Receiver(name: "", phone: "")) == "None")
    }

    @Test func the_shared_order_does_not_hold_the_code() {
        let text = zh.share(Sample.orderCard)
        #expect(text.contains("红烧牛肉面 1箱12个 ¥69.00") && text.contains("赠品 冰红茶 1个"))
        #expect(text.contains("应付 ¥68.00"))
        #expect(!text.contains("0427"))
    }

    @Test func the_card_has_the_day_that_the_server_took() {
        let (promise, moved) = (Sample.orderCard.promise, MovedDay(from: "2026-07-28", to: "2026-07-29"))
        #expect(zh.promise(promise) == "7月28日 周二 不限时")
        #expect(zh.promise(promise, moved: moved) == "7月29日 周三 不限时")
        let lines = zh.share(Sample.orderCard, moved: moved).split(separator: "\n")
        #expect(lines.suffix(2) == ["7月29日 周三 不限时 微信", "改到7月29日 周三配送（原7月28日 周二）"])
    }

    @Test func who_is_sent_a_cancelled_order_is_told_to_take_nothing() {
        let told = zh.share(Sample.orderCard, bringsNothing: true).split(separator: "\n")
        #expect(told.prefix(2) == ["利民超市", "此订单已取消，请不要收货"], "before any goods")
        #expect(en.share(Sample.orderCard, bringsNothing: true).contains("This order is cancelled: take no goods"))
        #expect(!zh.share(Sample.orderCard).contains("取消"))
    }

    @Test func a_slip_says_whose_orders_it_has_and_which_page_is_shown() {
        let slip = Sample.slip(["XD1/1/2", "XD1/2/2"])
        #expect(zh.slip(slip) == "D01 · 3张订单" && en.slip(slip) == "D01 · Orders: 3")
        #expect(zh.slip(Sample.slip(of: nil)) == "3张订单", "its stores have left this phone")
        #expect(zh.page(SlipPages(slip)) == "1 / 2" && en.page(SlipPages(slip)) == "1 / 2")
    }

    @Test func an_order_that_does_not_come_says_why_where_that_is_known() {
        #expect(zh.cancelled(.cancelled(cause: .owner)) == "店主已取消")
        #expect(zh.cancelled(nil) == "订单已取消" && zh.cancelled(.held) == "订单已取消")
    }

    @Test func the_number_of_a_sheet_says_its_day() {
        #expect(Days.on(sheet: "D01-20260728") == "2026-07-28")
        #expect(Days.on(sheet: "D-01-20260728.2") == "2026-07-28")
        for strange in ["", "12", "D01", "D01-2026", "D01-20261328", "D01-2026072x", "D01-２０２６０７２８"] {
            #expect(Days.on(sheet: strange) == nil, "\(strange)")
        }
    }

    @Test func the_shared_day_says_what_is_unsent() {
        let text = zh.share(Sample.report(), reasons: [])
        #expect(text.contains("数量 1箱12个"))
        #expect(text.contains("2条尚未上传"))
    }
}
