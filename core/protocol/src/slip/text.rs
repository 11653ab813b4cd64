//! The block that people read. Its Chinese words are part of the form, not texts of a shell: the phone core has no table
//! of texts, and a distributor reads the same block whatever language the rep's phone speaks. Nothing here is read back;
//! only the pages below it are.

use std::fmt::Write;

use xundian_domain::order::{Order, PaymentForm};
use xundian_domain::{CaseSize, Fen, Sku, StoreId, StoreNo, Units};

use super::{Slip, SlipOrder};

const HEAD: &str = "【巡店订单】";
const REP: &str = "业代";
const ORDERS: &str = "单";
const CASE: &str = "箱";
const TOTAL: &str = "共";
const DELIVER: &str = "送货";
const ANY_TIME: &str = "不限时";
const NEW_STORE: &str = "新店";
const GIFT: &str = "赠 ";
const PICK_UP: &str = "取回 ";
const YUAN: &str = "元";
/// Said twice: whoever forwards a block must know that the letters belong to it.
const BELOW: &str = "以下字母供系统读取,请连同上文整段复制,不要改动:";
const END: &str = "【订单结束】";
/// Signs of one line of letters: short enough for every chat window.
const LINE: usize = 64;

/// What goods are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goods {
    /// 品名.
    pub name: String,
    /// The smallest unit by name (袋, 瓶).
    pub unit: String,
    /// 箱规, for goods that are no order line.
    pub case: CaseSize,
}

/// What a store is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// 门店名称.
    pub name: String,
    /// 门店编号; a store that the office has not approved has none.
    pub number: Option<StoreNo>,
    /// 地址, said of a store without a number.
    pub address: String,
}

/// Names for ids. No telephone, no receiver.
pub trait Names {
    /// A store.
    fn store(&self, store: StoreId) -> Place;
    /// Goods.
    fn goods(&self, sku: Sku) -> Goods;
}

/// The whole block.
pub(super) fn block(slip: &Slip, names: &dyn Names, pages: &[String]) -> String {
    let orders = slip.orders.iter().map(|SlipOrder { order, .. }| order);
    let cases: u32 = orders.clone().map(cases).fold(0, u32::saturating_add);
    let total: Fen = orders.clone().map(Order::total).sum();
    let mut text = format!("{HEAD}{} {REP}{}\n", slip.date, slip.rep);
    let count = slip.orders.len();
    let _ = writeln!(text, "{TOTAL} {count} {ORDERS},{cases} {CASE},{total} {YUAN}");
    for (no, order) in orders.enumerate() {
        write_order(&mut text, no + 1, order, names);
    }
    let _ = writeln!(text, "{BELOW}");
    for page in pages {
        for line in page.as_bytes().chunks(LINE) {
            let _ = writeln!(text, "{}", String::from_utf8_lossy(line));
        }
    }
    text.push_str(END);
    text
}

/// Cases on a van: a started case takes a place.
fn cases(order: &Order) -> u32 {
    order.lines.iter().map(|line| line.confirmed.0.div_ceil(line.case.get())).fold(0, u32::saturating_add)
}

fn write_order(text: &mut String, no: usize, order: &Order, names: &dyn Names) {
    let window = order.promise.window.map_or_else(|| ANY_TIME.to_owned(), |window| window.to_string());
    let _ = writeln!(text, "{no}. {}", place(&names.store(order.store)));
    let (day, payment) = (order.promise.day, payment(order.payment));
    let _ = writeln!(text, "{DELIVER} {day} {window},{payment} {} {YUAN}", order.total());
    let mut line = |mark: &str, sku, units: Units, case: Option<CaseSize>| {
        let goods = names.goods(sku);
        let said = units.split(case.unwrap_or(goods.case)).spoken(CASE, &goods.unit);
        let _ = writeln!(text, "- {mark}{} {said}", plain(&goods.name));
    };
    for of in &order.lines {
        line("", of.sku, of.confirmed, Some(of.case));
    }
    for gift in &order.gifts {
        line(GIFT, gift.sku, gift.units, None);
    }
    for pick_up in &order.pick_ups {
        line(PICK_UP, pick_up.sku, pick_up.units, None);
    }
}

fn place(place: &Place) -> String {
    let number = place.number.map(|number| number.to_string());
    let where_it_is = number.unwrap_or_else(|| format!("{NEW_STORE} {}", place.address));
    plain(&format!("{} {where_it_is}", place.name))
}

fn payment(form: PaymentForm) -> &'static str {
    match form {
        PaymentForm::Cash => "现金",
        PaymentForm::WeChat => "微信",
        PaymentForm::Transfer => "转账",
        PaymentForm::OnAccount => "挂账",
    }
}

/// A name that cannot look like a page or a new line.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || matches!(c, '/' | '\u{ff0f}') { ' ' } else { c }).collect()
}
