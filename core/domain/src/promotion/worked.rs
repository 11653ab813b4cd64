//! Judges the promotions on the demo city's own files: the worked orders of the data set's README with every promotion
//! live at once, its count of stores that each promotion names, and what must hold for any order of any store.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::money::PayShare;
use crate::store::{Channel, StoreClass};

macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("../../../../demo/data/qingdao/", $name))
    };
}

#[test]
fn worked_order_qd040093_the_combo_takes_its_units_and_the_gift_is_computed_on_the_rest() {
    let priced = CITY.priced("QD040093", "2026-07-28", &[("21010019", 1), ("22070012", 6)]);
    assert_eq!(times(&priced), [("P2605".to_owned(), 1), ("P2601".to_owned(), 1)]);
    assert_eq!((priced.cuts, gifts(&priced)), (Fen(300), vec![("22070012".to_owned(), 6)]));
    assert_eq!(priced.total(), Fen(22_300));
}

#[test]
fn worked_order_qd010002_gift_discount_and_cut_on_the_sum() {
    let priced = CITY.priced("QD010002", "2026-07-28", &[("21020018", 6), ("22070012", 10)]);
    assert_eq!(times(&priced), [("P2601".to_owned(), 2), ("P2603".to_owned(), 1), ("P2602".to_owned(), 1)]);
    assert_eq!(gifts(&priced), [("22070012".to_owned(), 12)]);
    assert_eq!(priced.amounts, [Fen(21_489), Fen(30_600)]);
    assert_eq!((priced.cuts, priced.total()), (Fen(2_000), Fen(50_089)));
}

#[test]
fn worked_order_qd010182_the_best_of_the_group_is_the_gift() {
    let priced = CITY.priced("QD010182", "2026-07-28", &[("22080011", 2), ("22080059", 4)]);
    assert_eq!(times(&priced), [("P2610".to_owned(), 1)], "11.67 against 10.80");
    assert_eq!(gifts(&priced), [("22080011".to_owned(), 4)]);
    assert_eq!(priced.total(), Fen(17_800));
}

#[test]
fn worked_order_qd030129_the_best_of_the_group_is_the_discount() {
    let priced = CITY.priced("QD030129", "2026-09-08", &[("22080011", 2), ("22080059", 4)]);
    assert_eq!(times(&priced), [("P2607".to_owned(), 1)]);
    assert_eq!((priced.amounts[1], priced.total()), (Fen(8_640), Fen(15_840)));
}

#[test]
fn worked_order_qd010030_the_cap_ends_the_discount_inside_a_line() {
    let priced = CITY.priced("QD010030", "2026-07-28", &[("21020018", 15), ("21020117", 7)]);
    assert_eq!(times(&priced), [("P2603".to_owned(), 1), ("P2602".to_owned(), 1)]);
    assert_eq!(priced.amounts, [Fen(53_723), Fen(20_993)]);
    assert_eq!(priced.discounted[1], [(Units(60), PayShare::percent(95))]);
    assert_eq!((priced.uses[0].used.qty_thousandths, priced.total()), (20_000, Fen(72_716)));
}

#[test]
fn every_promotion_names_as_many_stores_as_the_data_set_says() {
    let named = |promotion: &Promotion| {
        let on = promotion.valid_from;
        CITY.stores.values().filter(|store| promotion.applies_to(&Buyer { date: on, ..store.buyer })).count()
    };
    let counts: Vec<usize> = CITY.promotions.iter().map(named).collect();
    assert_eq!(counts, [1278, 1386, 459, 275, 936, 1800, 287, 474, 1026, 1026]);
}

proptest! {
    #[test]
    fn whatever_a_store_orders_it_pays_between_nothing_and_the_list(
        who: Index, day in 1u32..120, picked in prop::collection::vec((any::<Index>(), 0u32..400), 0..12),
    ) {
        let stores: Vec<&Store> = CITY.stores.values().collect();
        let skus: Vec<&String> = CITY.products.keys().collect();
        let store = who.get(&stores);
        let date = parse::<BusinessDate>("2026-06-15").plus_days(day);
        let units: BTreeMap<&String, u32> = picked.iter().map(|(sku, units)| (*sku.get(&skus), *units)).collect();
        let wanted: Vec<Wanted> =
            units.iter().map(|(sku, units)| CITY.wanted(store, sku, Units(*units), date)).collect();
        let priced = CITY.price(&CITY.promotions, store, date, &wanted);

        for ((line, amount), runs) in wanted.iter().zip(&priced.amounts).zip(&priced.discounted) {
            prop_assert!(Fen::ZERO <= *amount && *amount <= Fen::line(line.case_price, line.units, line.case));
            prop_assert!(runs.iter().map(|(units, _)| *units).sum::<Units>() <= line.units);
        }
        let handed: Vec<Handed> = wanted.iter().map(|line| Handed { delivered: line.units }).collect();
        prop_assert_eq!(to_collect(&wanted, &priced, &handed), priced.total());
        let backwards: Vec<Promotion> = CITY.promotions.iter().rev().cloned().collect();
        prop_assert_eq!(CITY.price(&backwards, store, date, &wanted), priced);
    }
}

static CITY: LazyLock<City> = LazyLock::new(City::read);

struct Store {
    buyer: Buyer,
    price_list: String,
}

struct Product {
    case: CaseSize,
    order_unit: u32,
    position: u32,
}

struct City {
    promotions: Vec<Promotion>,
    products: BTreeMap<String, Product>,
    prices: Vec<Row>,
    stores: BTreeMap<String, Store>,
}

impl City {
    fn read() -> Self {
        let products: BTreeMap<String, Product> = (0..).zip(rows(file!("skus.csv"))).map(product).collect();
        Self {
            promotions: rows(file!("promotions.csv")).iter().map(|row| promotion(row, &products)).collect(),
            prices: rows(file!("price_list_items.csv")),
            stores: rows(file!("stores.csv")).iter().map(store).collect(),
            products,
        }
    }

    /// `cases` of each SKU for a store, nothing used before.
    fn priced(&self, store: &str, date: &str, cases: &[(&str, u32)]) -> Priced {
        let (store, date) = (&self.stores[store], parse(date));
        let line = |(sku, cases): &(&str, u32)| {
            self.wanted(store, sku, self.products[*sku].case.cases(*cases), date)
        };
        self.price(&self.promotions, store, date, &cases.iter().map(line).collect::<Vec<_>>())
    }

    fn price(
        &self,
        promotions: &[Promotion],
        store: &Store,
        date: BusinessDate,
        wanted: &[Wanted],
    ) -> Priced {
        let gift_price = |sku: Sku| {
            let price = self.case_price(store, &sku.to_string(), date)?;
            Some((price, self.products[&sku.to_string()].case))
        };
        price_order(promotions, &Buyer { date, ..store.buyer }, wanted, |_| Used::default(), gift_price)
    }

    fn wanted(&self, store: &Store, sku: &str, units: Units, date: BusinessDate) -> Wanted {
        let Product { case, order_unit, position } = self.products[sku];
        let case_price = self.case_price(store, sku, date).unwrap_or_default();
        Wanted { sku: parse(sku), units, case, order_unit, case_price, position }
    }

    fn case_price(&self, store: &Store, sku: &str, date: BusinessDate) -> Option<Fen> {
        let holds = |row: &&Row| {
            row["price_list"] == store.price_list
                && row["sku"] == sku
                && parse::<BusinessDate>(row["valid_from"]) <= date
                && date <= parse::<BusinessDate>(row["valid_to"])
        };
        self.prices.iter().find(holds).map(|row| parse(row["case_price"]))
    }
}

type Row = BTreeMap<&'static str, &'static str>;

fn rows(file: &'static str) -> Vec<Row> {
    let mut lines = file.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines.map(|line| names.iter().copied().zip(line.split(',')).collect()).collect()
}

fn parse<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("`{text}` in the demo city"))
}

fn optional<T: FromStr>(text: &str) -> Option<T> {
    (!text.is_empty()).then(|| parse(text))
}

fn list<T>(text: &str, of: impl Fn(&str) -> T) -> Vec<T> {
    text.split('|').filter(|part| !part.is_empty()).map(of).collect()
}

fn channel(word: &str) -> Channel {
    let words = ["士多", "食杂", "便利", "商超", "餐饮", "学校", "网吧"];
    Channel::ALL[words.iter().position(|of| *of == word).unwrap()]
}

fn qty_unit(word: &str) -> QtyUnit {
    if word == "箱" { QtyUnit::Case } else { QtyUnit::Unit }
}

fn product((position, row): (u32, Row)) -> (String, Product) {
    let case = CaseSize::new(parse(row["units_per_case"])).unwrap();
    let order_unit = if row["order_unit"] == "箱" { case.get() } else { 1 };
    (row["sku"].to_owned(), Product { case, order_unit, position })
}

fn store(row: &Row) -> (String, Store) {
    let buyer = Buyer {
        date: parse("2026-06-01"),
        channel: channel(row["channel"]),
        class: parse::<StoreClass>(row["class"]),
        distributor: parse(row["distributor_no"]),
    };
    (row["store_no"].to_owned(), Store { buyer, price_list: row["price_list"].to_owned() })
}

fn promotion(row: &Row, products: &BTreeMap<String, Product>) -> Promotion {
    Promotion {
        no: parse(row["promo_id"]),
        name: row["name"].to_owned(),
        benefit: benefit(row, products),
        valid_from: parse(row["valid_from"]),
        valid_to: parse(row["valid_to"]),
        skus: list(row["skus"], parse),
        channels: list(row["channels"], channel),
        classes: list(row["classes"], parse),
        distributors: list(row["distributors"], parse),
        mix: row["mix"] == "Y",
        cap_times: optional(row["cap_times"]),
        cap_qty: optional(row["cap_qty"]),
        cap_period: optional(row["cap_period"]).unwrap_or(CapPeriod::Order),
        group: optional(row["stack_group"]),
        rule: parse(row["stack_rule"]),
        priority: parse(row["priority"]),
        payer: None,
    }
}

fn benefit(row: &Row, products: &BTreeMap<String, Product>) -> Benefit {
    let number = |column| optional(row[column]).unwrap_or(0);
    let (min_qty, unit) = (number("min_qty"), qty_unit(row["qty_unit"]));
    let cut = optional(row["cut_amount"]).unwrap_or_default();
    let of_one = match qty_unit(row["gift_unit"]) {
        QtyUnit::Case => products.get(row["gift_sku"]).map_or(0, |product| product.case.get()),
        QtyUnit::Unit => 1,
    };
    let gift_units = Units(number("gift_qty") * of_one);
    match row["type"] {
        "BUY_GIFT" => Benefit::BuyGift { min_qty, unit, gift: parse(row["gift_sku"]), gift_units },
        "DISCOUNT" => Benefit::Discount { min_qty, unit, pay_pct: parse(row["pay_pct"]) },
        "FULL_CUT" => Benefit::FullCut { min_amount: parse(row["min_amount"]), cut },
        "COMBO" => {
            let part = |text: &str| text.split_once(':').map(|(sku, n)| (parse(sku), parse(n))).unwrap();
            Benefit::Combo { set: list(row["combo_qty"], part), cut }
        }
        _ => Benefit::DisplayReward { gift: parse(row["gift_sku"]), gift_units },
    }
}

fn times(priced: &Priced) -> Vec<(String, u32)> {
    priced.uses.iter().map(|of| (of.promo.to_string(), of.used.times)).collect()
}

fn gifts(priced: &Priced) -> Vec<(String, u32)> {
    priced.gifts.iter().map(|gift| (gift.sku.to_string(), gift.units.0)).collect()
}
