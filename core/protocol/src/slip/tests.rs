use proptest::prelude::*;
use xundian_domain::order::{GiftLine, OrderLine, PaymentForm, PickUp, Promise};
use xundian_domain::{CaseSize, Fen, Sku, StoreId, Units};

use super::*;

const INSTALL: InstallId = InstallId(Uuid::from_u128(7));
const SKUS: [&str; 8] =
    ["21010019", "22070012", "21020018", "21040016", "22070104", "21010026", "22010034", "22010058"];

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// Ids as unlike each other as those of phones.
fn id(n: u64) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(n.to_be_bytes()).into();
    uuid::Builder::from_unix_timestamp_millis(
        1_785_000_000_000 + n * 400_000,
        digest[..10].try_into().unwrap(),
    )
    .into_uuid()
}

fn order(n: u64) -> Order {
    let case = CaseSize::new(24).unwrap();
    let line = |k: u64| {
        let sku = SKUS[usize::try_from(k + n * 3).unwrap() % SKUS.len()].parse().unwrap();
        let units = Units(24 * (1 + u32::try_from((n * 7 + k) % 5).unwrap()) + u32::try_from(k).unwrap());
        let price = Fen(4_600 - i64::try_from(k).unwrap() * 300);
        let amount = Fen::line(price, units, case);
        OrderLine {
            sku,
            intended: units,
            confirmed: units,
            case,
            case_price: price,
            amount,
            discounted: vec![],
        }
    };
    let gift = GiftLine { sku: SKUS[1].parse().unwrap(), units: Units(3), promo: "P2601".parse().unwrap() };
    Order {
        id: OrderId(id(n)),
        store: StoreId(id(n + 10_000)),
        lines: (0..3 + n % 2).map(line).collect(),
        gifts: if n.is_multiple_of(3) { vec![gift] } else { vec![] },
        pick_ups: vec![],
        cuts: Fen(0),
        promos: vec![],
        promise: Promise { day: "2026-07-28".parse().unwrap(), window: Some("08:30-11:30".parse().unwrap()) },
        payment: PaymentForm::Cash,
    }
}

fn slip(orders: u64) -> Slip {
    let orders = (1..=orders).map(|n| SlipOrder { version: 1, order: order(n) }).collect();
    Slip { date: "2026-07-27".parse().unwrap(), rep: "ZY01".parse().unwrap(), orders }
}

fn sealed(orders: u64) -> SealedSlip {
    slip(orders).seal(INSTALL, &key()).unwrap()
}

struct Shop;

impl Names for Shop {
    fn store(&self, _: StoreId) -> Place {
        let number = Some("QD010001".parse().unwrap());
        Place { name: "寿张路小卖部".to_owned(), number, address: "贵州路177号".to_owned() }
    }

    fn goods(&self, sku: Sku) -> Goods {
        let case = CaseSize::new(15).unwrap();
        Goods { name: format!("康师傅 {sku} 500ml"), unit: "瓶".to_owned(), case }
    }
}

fn block(orders: u64) -> String {
    sealed(orders).text(&slip(orders), &Shop).unwrap()
}

fn only(text: &str) -> Result<Slip, SlipError> {
    let mut found = read(text);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)?.open()
}

// What people see.

#[test]
fn a_block_says_in_cases_and_units_what_was_ordered() {
    let mut slip = slip(1);
    let first = &mut slip.orders[0].order;
    first.lines.truncate(1);
    (first.lines[0].confirmed, first.lines[0].amount) = (Units(76), Fen(14_567));
    first.gifts = order(3).gifts;
    first.pick_ups =
        vec![PickUp { sku: SKUS[0].parse().unwrap(), units: Units(2), reason: "expired".parse().unwrap() }];
    let text = slip.seal(INSTALL, &key()).unwrap().text(&slip, &Shop).unwrap();
    let (readable, letters) = text.split_once("不要改动:\n").unwrap();
    let said = "【巡店订单】2026-07-27 业代ZY01\n共 1 单,4 箱,145.67 元\n1. 寿张路小卖部 QD010001\n\
                送货 2026-07-28 08:30-11:30,现金 145.67 元\n- 康师傅 21040016 500ml 3箱4瓶\n\
                - 赠 康师傅 22070012 500ml 3瓶\n- 取回 康师傅 21010019 500ml 2瓶\n以下字母供系统读取,请连同上文整段复制,";
    assert_eq!(readable, said);
    assert!(letters.ends_with("\n【订单结束】"));
    assert!(letters.lines().all(|line| line.chars().count() <= 64));
    assert_eq!(only(&text), Ok(slip));
}

#[test]
fn no_name_can_look_like_a_page() {
    struct Hostile;
    impl Names for Hostile {
        fn store(&self, _: StoreId) -> Place {
            let page = sealed(2).pages().unwrap().remove(0);
            Place { name: page + "\nＸＤ１／1／1／", number: None, address: "XD1/2/".to_owned() }
        }
        fn goods(&self, sku: Sku) -> Goods {
            Shop.goods(sku)
        }
    }
    let text = sealed(1).text(&slip(1), &Hostile).unwrap();
    assert_eq!(only(&text), Ok(slip(1)));
}

// Pages.

#[test]
fn a_day_of_forty_orders_is_a_handful_of_pages_and_one_chat_message() {
    let (pages, text) = (sealed(40).pages().unwrap(), block(40));
    assert!(pages.iter().all(|page| page.len() <= 888), "{pages:?}");
    assert!(
        pages
            .iter()
            .all(|page| page.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'/'))
    );
    // Measured 2026-11-26: 2,573 bytes, 5 pages, 13.0 KB of text, of it 4.2 KB letters.
    assert!(pages.len() <= 6, "{} pages, {} bytes", pages.len(), sealed(40).bytes().len());
    assert!(text.len() <= 14_000, "{} bytes of text", text.len());
}

#[test]
fn a_missing_page_is_named() {
    let mut pages = sealed(40).pages().unwrap();
    let of = pages.len();
    assert!(of > 4);
    pages.remove(3);
    pages.remove(1);
    assert_eq!(only(&pages.join("\n")), Err(SlipError::Missing { pages: vec![2, 4], of }));
}

#[test]
fn a_damaged_page_is_as_good_as_missing_and_a_whole_copy_heals_it() {
    let pages = sealed(40).pages().unwrap();
    let mut torn = pages.clone();
    torn[1] = torn[1].replacen("AA", "A", 1).replacen('B', "C", 3);
    assert_ne!(torn[1], pages[1]);
    let of = pages.len();
    assert_eq!(only(&torn.join("\n")), Err(SlipError::Missing { pages: vec![2], of }));
    torn.push(pages[1].clone());
    assert_eq!(only(&torn.join("\n")), Ok(slip(40)));
    assert_eq!(read(&pages[2][..400]), [Err(SlipError::Damaged { page: 3, of })]);
}

#[test]
fn pages_of_two_slips_are_not_mixed() {
    let (one, two) = (sealed(3), sealed(9));
    let mut pages = [one.pages().unwrap(), two.pages().unwrap()].concat();
    pages.reverse();
    let mut found = read(&pages.join(" "));
    found.sort_by_key(|found| found.as_ref().map(|slip| slip.bytes().len()).unwrap_or(0));
    assert_eq!(found, [Ok(one), Ok(two)]);
}

#[test]
fn a_torn_slip_spoils_no_other() {
    let torn = sealed(40).pages().unwrap().remove(0);
    let found = read(&format!("{}\n{torn}", block(2)));
    assert!(matches!(found.as_slice(), [Ok(_), Err(SlipError::Missing { .. })]), "{found:?}");
}

// What chats do.

#[test]
fn blanks_line_ends_quotes_and_other_messages_do_no_harm() {
    let text = block(5);
    let each_line = |f: &dyn Fn(&str) -> String| text.lines().map(f).collect::<Vec<_>>().join("\n");
    let wide = |line: &str| -> String {
        let widen = |c: char| match c {
            '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
            c => c,
        };
        line.chars().map(widen).collect()
    };
    let damages = [
        text.replace('\n', "\r\n"),
        text.replace('\n', " "),
        text.replace('\n', ""),
        text.to_lowercase(),
        each_line(&|line| format!("{line}   ")),
        each_line(&|line| format!("　　{line}　")),
        each_line(&|line| format!("> {line}")),
        each_line(&|line| format!("\u{200b}{line}\u{feff}\u{a0}")),
        each_line(&wide),
        format!("「张三:{text}」\n- - - - - - - - - - - - - - -\n收到,今晚装车"),
        format!("张三 2026/7/27 18:30\n在吗?XD1 的单\n“{text}”\n李四 18:31\nOK ABC"),
        format!("{text}\n{text}"),
        text.lines().skip(6).collect::<Vec<_>>().join("\n"),
    ];
    for damaged in damages {
        assert_eq!(only(&damaged), Ok(slip(5)), "{damaged}");
    }
}

#[test]
fn a_text_without_a_slip_says_so() {
    assert_eq!(only("今天的单呢?"), Err(SlipError::Nothing));
    assert_eq!(only(""), Err(SlipError::Nothing));
    assert_eq!(only(&"单".repeat(SLIP_TEXT_BYTES / 3 + 1)), Err(SlipError::TooLong));
    assert_eq!(only("XD2/1/1/AAAA"), Err(SlipError::Newer));
    let many: Vec<String> = (1..40).flat_map(|n| sealed(n % 3 + 1 + n / 3).pages().unwrap()).collect();
    let distinct = (0..33).map(|n| {
        let mut slip = slip(1);
        slip.orders[0].version = n + 1;
        slip.seal(INSTALL, &key()).unwrap().pages().unwrap().join("")
    });
    assert_eq!(only(&distinct.collect::<String>()), Err(SlipError::TooMany));
    assert!(read(&many.join("")).iter().all(Result::is_ok));
}

// Trust.

#[test]
fn only_the_key_of_the_install_has_signed_it() {
    let (slip, other) = (sealed(2), SigningKey::from_bytes(&[8; 32]));
    assert!(slip.is_signed_by(&key().verifying_key()));
    assert!(!slip.is_signed_by(&other.verifying_key()));
    assert_eq!(slip.install(), INSTALL);
    let mut renamed = slip.bytes().to_vec();
    renamed[INSTALL_AT + 15] = 8;
    assert!(!SealedSlip::from_bytes(renamed).unwrap().is_signed_by(&key().verifying_key()));
    let mut forged = slip.bytes().to_vec();
    *forged.last_mut().unwrap() ^= 1;
    assert!(!SealedSlip::from_bytes(forged).unwrap().is_signed_by(&key().verifying_key()));
}

#[test]
fn a_newer_form_is_not_guessed_at() {
    let mut newer = sealed(1).bytes().to_vec();
    newer[0] = 2;
    let pages = pages::write(&newer).unwrap();
    assert_eq!(read(&pages.join("\n")), [Err(SlipError::Newer)]);
}

// Bad input.

/// A text whose pages are whole and carry any bytes behind a head.
fn packed(json: &[u8], level: i32) -> String {
    let packed = zstd::bulk::compress(json, level).unwrap();
    let bytes = [&[FORM][..], &[0; 80], &packed].concat();
    pages::write(&bytes).unwrap().join("\n")
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    assert_eq!(only(&packed(&vec![b' '; 50 << 20], 19)), Err(SlipError::TooLarge));
}

#[test]
fn absurd_or_doubled_orders_are_refused_on_both_sides() {
    let mut absurd = slip(2);
    absurd.orders[1].order.lines[0].amount = Fen(i64::MAX);
    let mut doubled = slip(2);
    doubled.orders[1].order.id = doubled.orders[0].order.id;
    let mut worn = slip(1);
    worn.orders[0].version = u32::MAX;
    for bad in [absurd, doubled, worn] {
        assert!(matches!(bad.seal(INSTALL, &key()), Err(SlipError::Content(_))));
        let text = packed(&serde_json::to_vec(&bad).unwrap(), 3);
        assert!(matches!(only(&text), Err(SlipError::Content(_))), "{text}");
    }
    let crowd = Slip { orders: vec![slip(1).orders.remove(0); SLIP_ORDERS + 1], ..slip(1) };
    assert_eq!(crowd.seal(INSTALL, &key()), Err(SlipError::TooLarge));
}

proptest! {
    #[test]
    fn no_text_makes_a_panic(text in "(XD1/|[0-9]{1,3}/|[A-Z2-7]{1,20}|/|.|\n){0,60}") {
        for found in read(&text) {
            prop_assert!(found.is_err() || found.is_ok_and(|slip| slip.open().is_err()));
        }
    }

    #[test]
    fn no_bytes_behind_whole_pages_make_a_panic(bytes in prop::collection::vec(any::<u8>(), 1..3_000)) {
        let text = pages::write(&bytes).unwrap().join("\n");
        for found in read(&text) {
            prop_assert!(found.is_err() || found.is_ok_and(|slip| slip.open().is_err()));
        }
        prop_assert!(matches!(only(&packed(&bytes, 1)), Err(SlipError::Content(_))));
    }

    #[test]
    fn a_changed_byte_is_no_signed_slip(at in 0usize..10_000, with in 1u8..=255) {
        let mut bytes = sealed(6).bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] ^= with;
        if let Ok(changed) = SealedSlip::from_bytes(bytes) {
            prop_assert!(!changed.is_signed_by(&key().verifying_key()));
            // What it may unpack to is bounded all the same.
            prop_assert!(changed.open().is_ok_and(|slip| slip.orders.len() <= SLIP_ORDERS) || at >= PACKED_AT);
        }
    }

    #[test]
    fn a_changed_sign_is_never_another_slip(at in 0usize..100_000, with in any::<char>()) {
        let mut signs: Vec<char> = block(6).chars().collect();
        let at = at % signs.len();
        signs[at] = with;
        for found in read(&signs.iter().collect::<String>()) {
            prop_assert!(found.is_err() || found == Ok(sealed(6)));
        }
    }

    #[test]
    fn any_row_of_pages_gives_the_slip_or_names_what_is_missing(row in prop::collection::vec(0usize..9, 0..24)) {
        let pages = sealed(36).pages().unwrap();
        let of = pages.len();
        let row: Vec<usize> = row.into_iter().map(|n| n % of).collect();
        let text: String = row.iter().map(|n| pages[*n].as_str()).collect();
        let missing: Vec<usize> = (0..of).filter(|n| !row.contains(n)).map(|n| n + 1).collect();
        let expected = match missing.len() {
            0 => Ok(slip(36)),
            n if n == of => Err(SlipError::Nothing),
            _ => Err(SlipError::Missing { pages: missing, of }),
        };
        prop_assert_eq!(only(&text), expected);
    }
}
