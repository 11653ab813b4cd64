//! The phone: taps, check-out, screens with a year of history, opening, suggestions.

use std::str::FromStr as _;

use serde_json::json;
use xundian_demo::chance::Chance;
use xundian_device::phone::Phone;
use xundian_device::store::{Change, Heard, MasterRow, NewFact, Store};
use xundian_device::visit_loop::Line;
use xundian_domain::id::RecordId;
use xundian_domain::ledger::LedgerVisit;
use xundian_domain::product::Product;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::store::Store as Shop;
use xundian_domain::suggestion::{Coefficient, Inputs, PreviousCount, Rate, Rates, Rounding, one_and_a_half};
use xundian_domain::visit::stock_count::RequiredPlaces;
use xundian_domain::{BusinessDate, Pack, Sku, StoreId, Units};
use xundian_protocol::tables::Table as _;
use xundian_tests::town::{Outcome, Town, TownPhone};

use super::sample::Sample;
use super::table::{Table, Times};

/// Visits of one rep in a year: 260 days.
pub(crate) const YEAR: u32 = 260 * DAY;
/// Of a day.
pub(crate) const DAY: u32 = 30;
/// The first day.
pub(crate) const FIRST: &str = "2025-07-27";
/// What all of them say of the clocks.
pub(crate) const STAMP: Stamp =
    Stamp { wall: Millis(1_785_117_600_000), mono_ms: 0, boot: uuid::Uuid::nil(), server_offset_ms: Some(0) };

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let town = Town::new()?;
    let mut rep = town.phone("ZY01")?;
    let skus: Vec<Sku> = town.app.catalogue().products.keys().copied().collect();
    let stores = rep.route()?;
    fill_a_year(&rep.file, &skus, &stores)?;
    let mut opened = Times::default();
    for _ in 0..20 {
        let machine = Box::new(rep.machine.clone());
        drop(opened.of(|| Phone::open(&rep.file, machine)));
    }
    table.row("open with a year of history", opened, "≤ 50 ms");
    rep.phone = Phone::open(&rep.file, Box::new(rep.machine.clone()))?;

    let (mut today, mut card) = (Times::default(), Times::default());
    rep.phone.today()?;
    for store in stores.iter().cycle().take(300) {
        today.of(|| rep.phone.today().map(drop))?;
        card.of(|| rep.phone.store_card(*store).map(drop))?;
    }
    table.row("today's route, a year of history", today, "p99 ≤ 5 ms");
    table.row("store card, a year of history", card, "p99 ≤ 5 ms");
    one_card(table, &mut rep.phone)?;

    let (mut tap, mut out, mut suggest) = (Times::default(), Times::default(), Times::default());
    let mut sample = Sample { skus: &skus, chance: Chance::new(1, &[]) };
    for store in stores.iter().cycle().take(60) {
        rep.phone.begin_visit(*store)?;
        for sku in skus.iter().take(30) {
            let line = Line::Count(sample.count(*sku));
            tap.of(|| rep.phone.save_line(&line))?;
        }
        suggest.of(|| rep.phone.suggestions().map(drop))?;
        for sku in skus.iter().take(8) {
            let line = Line::Intention { sku: *sku, units: Units(24), reason: None };
            tap.of(|| rep.phone.save_line(&line))?;
        }
        rep.machine.pass(400_000);
        out.of(|| rep.phone.check_out().map(drop))?;
    }
    table.row("one changed line saved", tap, "p99 ≤ 10 ms");
    table.row("check-out commit", out, "p99 ≤ 25 ms");
    table.row("suggestion screen with its commit", suggest, "–");
    arithmetic(table, &skus);
    large_shop(table, &mut rep, &stores)
}

/// SKUs of a large shop.
const SHOP: u32 = 300;

/// A shop that counts 300 SKUs and whose market is known: both policies, the visits of a quarter replayed.
fn large_shop(table: &mut Table, rep: &mut TownPhone, stores: &[StoreId]) -> Outcome<()> {
    let store = *stores.first().ok_or("no store on the route")?;
    let mut db = Store::open(&rep.file)?;
    let shop: Shop =
        serde_json::from_str(&db.master(Shop::NAME, &Shop::key(store))?.ok_or("no such store")?)?;
    let known = db.masters(Product::NAME, "")?;
    let model: Product = serde_json::from_str(&known.first().ok_or("no product")?.value)?;
    let (mut changes, mut rates, mut skus) = (Vec::new(), Rates::default(), Vec::new());
    for n in 0..SHOP {
        let sku: Sku = format!("9{n:07}").parse()?;
        let product = Product { sku, position: 10_000 + n, ..model.clone() };
        changes.push(put(Product::NAME, Product::key(sku), serde_json::to_string(&product)?));
        rates.rows.push(Rate(sku, 60_000, 100_000));
        skus.push(sku);
    }
    let mut sample = Sample { skus: &skus, chance: Chance::new(3, &[]) };
    changes.append(&mut weeks(&mut sample, store)?);
    for id in ["E98", "E99"] {
        let event = json!({"id": id, "name": "啤酒节", "kind": "festival", "from": "2026-07-24", "to": "2026-08-16",
            "of": model.category, "multiplier": 100, "prior_weight": 25, "learnt": {skus[0].as_str(): 1_500}});
        changes.push(put("event", id.to_owned(), event.to_string()));
    }
    let key = Rates::key((shop.channel, shop.class));
    changes.push(put(Rates::NAME, key, serde_json::to_string(&rates)?));
    db.apply_page("rep/ZY01", &changes, "large")?;
    drop(db);
    rep.phone = Phone::open(&rep.file, Box::new(rep.machine.clone()))?;
    rep.phone.begin_visit(store)?;
    for sku in &skus {
        rep.phone.save_line(&Line::Count(sample.count(*sku)))?;
    }
    let (mut suggest, mut count) = (Times::default(), Times::default());
    for _ in 0..50 {
        suggest.of(|| rep.phone.suggestions().map(drop))?;
        count.of(|| rep.phone.count_items().map(drop))?;
    }
    table.row(
        "suggestion screen of 300 SKUs with 13 visits and two events, both policies, with its commit",
        suggest,
        "–",
    );
    table.row("count screen of 300 SKUs with its questions", count, "–");
    Ok(())
}

/// The rule alone, for 80 SKUs.
fn arithmetic(table: &mut Table, skus: &[Sku]) {
    let mut times = Times::default();
    let pack = Pack::new(24).unwrap_or(Pack::ONE);
    for round in 0..2_000u32 {
        times.of(|| {
            for (n, _) in (0u32..).zip(skus) {
                let previous = PreviousCount {
                    count: Units(40 + n),
                    days_since: 7,
                    received: Some(Units(24)),
                    returned: Units::ZERO,
                };
                let inputs = Inputs {
                    previous: Some(previous),
                    count_now: Units(round % 40),
                    in_transit: Units(0),
                    cycle_days: 7,
                };
                let inputs = std::hint::black_box(inputs);
                std::hint::black_box(one_and_a_half(&inputs, Coefficient(150), pack, Rounding::Up));
            }
        });
    }
    table.row("the rule alone, 80 SKUs", times, "≤ 0.2 ms");
}

/// The call that the shells make over their border (TapBench): the difference is what the border costs.
fn one_card(table: &mut Table, phone: &mut Phone) -> Outcome<()> {
    let mut card = Times::default();
    let route = phone.today()?;
    let first = route.stops.first().ok_or("no stop today")?.store;
    for _ in 0..300 {
        phone.store_card(first)?;
    }
    for _ in 0..1_000 {
        card.of(|| phone.store_card(first).map(drop))?;
    }
    table.row("the first store's card, again and again", card, "–");
    Ok(())
}

/// A phone's file with a year of ZY01 on Monday morning: enrolled, pulled, everything acknowledged.
pub(crate) fn a_year(file: &std::path::Path) -> Outcome<()> {
    let town = Town::new()?;
    let mut rep = town.phone("ZY01")?;
    let skus: Vec<Sku> = town.app.catalogue().products.keys().copied().collect();
    let stores = rep.route()?;
    let from = rep.file.clone();
    drop(rep);
    fill_a_year(&from, &skus, &stores)?;
    for suffix in ["", "-wal"] {
        let of = |path: &std::path::Path| std::path::PathBuf::from(format!("{}{suffix}", path.display()));
        if of(&from).exists() {
            std::fs::copy(of(&from), of(file))?;
        }
    }
    Ok(())
}

/// Facts of a year, and the ledger of 13 visits per store as the server sends it.
fn fill_a_year(file: &std::path::Path, skus: &[Sku], stores: &[xundian_domain::StoreId]) -> Outcome<()> {
    let mut store = Store::open(file)?;
    let mut sample = Sample { skus, chance: Chance::new(2, &[]) };
    let first: BusinessDate = FIRST.parse()?;
    let mut verdicts = Vec::new();
    for (n, shop) in (0..YEAR).zip(stores.iter().cycle()) {
        let visit = sample.visit(*shop, first.plus_days(n / DAY), STAMP);
        let fact = NewFact {
            id: RecordId(visit.id.0),
            kind: "visit_closed".into(),
            version: 1,
            date: visit.date,
            captured: STAMP,
            body: serde_json::to_string(&visit)?,
            private: None,
        };
        store.seal(&fact, &[])?;
        verdicts.push((fact.id, "{\"verdict\":\"applied\"}".to_owned()));
    }
    let heard = Heard {
        epoch: uuid::Uuid::nil(),
        acked_dseq: u64::from(YEAR),
        durable_upto: 0,
        server_time: 0,
        at_boot: "0/0".into(),
    };
    store.record_verdicts(&verdicts, &heard)?;
    for shop in stores {
        store.apply_page("rep/ZY01", &weeks(&mut sample, *shop)?, "c")?;
    }
    Ok(())
}

/// A store's ledger of 13 visits, a week apart, as the server sends it.
fn weeks(sample: &mut Sample<'_>, store: StoreId) -> Outcome<Vec<Change>> {
    let (monday, places) =
        (BusinessDate::from_str("2026-07-27")?, RequiredPlaces { backroom: true, cooler: false });
    let mut changes = Vec::new();
    for week in 1..=13u32 {
        let date = monday.minus_days(7 * week);
        let visit = sample.visit(store, date, STAMP);
        let at = Millis(STAMP.wall.0 - i64::from(week) * 7 * 86_400_000);
        if let Some(row) = LedgerVisit::of(&visit, places, date, at) {
            let key = LedgerVisit::key((store, RecordId(visit.id.0)));
            changes.push(put(LedgerVisit::NAME, key, serde_json::to_string(&row)?));
        }
    }
    Ok(changes)
}

fn put(table: &str, key: String, value: String) -> Change {
    Change::Put { table: table.to_owned(), row: MasterRow { key, value } }
}
