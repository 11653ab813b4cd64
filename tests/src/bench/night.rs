//! The night of a large company: what 10,000 stores × 50 SKUs remember is added up and published. What is remembered comes
//! from replays of ledgers of a year with the city's events; a hundred different ones are dealt out to all stores.

use xundian_demo::chance::Chance;
use xundian_domain::ledger::{Ledger, LedgerVisit, VisitEntry};
use xundian_domain::product::Product;
use xundian_domain::stamp::ZoneOffset;
use xundian_domain::store::Store;
use xundian_domain::suggestion::{Belief, Dispersions, LearntEvent, Market, Rates, Taught};
use xundian_domain::{BusinessDate, StoreId, Units};
use xundian_server::db::{Bulk, DbError, Kind, Value};
use xundian_tests::town::{MONDAY, Outcome, Town};

use super::table::{Table, Times, now};

const STORES: u32 = 10_000;
const SKUS: usize = 50;
const WEEKS: u32 = 52;
const LEDGERS: u32 = 100;

const MASTER: Bulk = Bulk {
    table: "master",
    columns: &[("tbl", Kind::Text), ("key", Kind::Text), ("value", Kind::Text)],
    tail: "",
};
const BELIEFS: Bulk = Bulk {
    table: "belief",
    columns: &[("store", Kind::Blob), ("value", Kind::Text), ("taught", Kind::Text)],
    tail: "",
};

pub(crate) fn on_sqlite(table: &mut Table) -> Outcome<()> {
    measure(table, &Town::new()?, "SQLite")
}

pub(crate) fn on_postgres(table: &mut Table) -> Outcome<()> {
    measure(table, &Town::on_postgres()?, "PostgreSQL")
}

fn measure(table: &mut Table, town: &Town, engine: &str) -> Outcome<()> {
    let (kept, replays) = ledgers(town)?;
    if engine == "SQLite" {
        table.row(&format!("a ledger of {WEEKS} weeks × {SKUS} SKUs replayed"), replays, "–");
    }
    fill(town, &kept)?;
    let bytes = town.count("SELECT sum(octet_length(value) + octet_length(taught)) FROM belief")?;
    let mut nights = Vec::new();
    for night in 0..3 {
        town.at(&MONDAY.parse::<BusinessDate>()?.plus_days(night).to_string(), "00:01")?;
        let start = now();
        let learnt = town.app.learn()?;
        if !learnt.night {
            return Err("it was not added up".into());
        }
        nights.push(format!("{:.1} s", start.elapsed().as_secs_f64()));
    }
    table.row(
        &format!("night of {STORES} stores × {SKUS} SKUs, {engine}"),
        format!("{} ({} MB are read)", nights.join(", "), bytes / 1_000_000),
        "≤ 30 s on 2 cores",
    );
    Ok(())
}

/// What stores remember after a year: beliefs and what was taught, as they are kept.
fn ledgers(town: &Town) -> Outcome<(Vec<(String, String)>, Times)> {
    let catalogue = town.app.catalogue();
    let products: Vec<Product> = catalogue.products.values().take(SKUS).cloned().collect();
    let unlearnt = |event: &_| LearntEvent { event: Clone::clone(event), learnt: Default::default() };
    let events: Vec<LearntEvent> = catalogue.events.iter().map(unlearnt).collect();
    let shop = catalogue.stores.get(&StoreId::from_number("QD010001".parse()?)).ok_or("no store")?;
    let (own, rates, dispersions) = (Belief::default(), Rates::default(), Dispersions::default());
    let market = Market::of(shop, &own, &products, &rates, &dispersions, &events);
    let (mut kept, mut times) = (Vec::new(), Times::default());
    for n in 0..LEDGERS {
        let ledger = ledger(&products, u64::from(n))?;
        let mut taught = Taught::default();
        let day: BusinessDate = MONDAY.parse()?;
        let belief = times.of(|| {
            Belief::default()
                .replay(&ledger, day, &products, &market, &mut |lesson| taught.learn(lesson, &market))
        });
        kept.push((serde_json::to_string(&belief)?, serde_json::to_string(&taught)?));
    }
    Ok((kept, times))
}

/// Weekly visits until the Monday before, each with less on the shelf than the one before; now and then somebody fills it.
fn ledger(products: &[Product], seed: u64) -> Outcome<Ledger> {
    let mut chance = Chance::new(seed, &[10]);
    let first = MONDAY.parse::<BusinessDate>()?.minus_days(7 * WEEKS);
    let mut ledger = Ledger::default();
    let mut shelf = vec![0; products.len()];
    for week in 0..WEEKS {
        let (mut counts, mut inflows) = (Vec::new(), Vec::new());
        for (product, left) in products.iter().zip(&mut shelf) {
            let filled = if *left < 10 { 24 } else { 0 };
            let sold = u32::try_from(chance.below(12))?.min(*left + filled);
            *left = *left + filled - sold;
            counts.push((product.sku, Units(*left)));
            inflows.push((product.sku, Units(filled)));
        }
        let date = first.plus_days(7 * week);
        let entry = VisitEntry { counts, inflows, ..VisitEntry::default() };
        ledger.visits.push(LedgerVisit { date, at: ZoneOffset::CHINA.moment(date, "09:00".parse()?), entry });
    }
    Ok(ledger)
}

/// Stores like the city's, and their beliefs.
fn fill(town: &Town, kept: &[(String, String)]) -> Outcome<()> {
    let catalogue = town.app.catalogue();
    let (mut master, mut beliefs): (Vec<Vec<Value>>, Vec<Vec<Value>>) = (Vec::new(), Vec::new());
    for (n, (like, (belief, taught))) in
        (0..STORES).zip(catalogue.stores.values().cycle().zip(kept.iter().cycle()))
    {
        let id = StoreId(uuid::Uuid::from_u128(u128::from(n) << 96 | 10));
        let store = Store { id, ..like.clone() };
        master.push(vec!["store".into(), id.to_string().into(), serde_json::to_string(&store)?.into()]);
        beliefs.push(vec![id.into(), belief.as_str().into(), taught.as_str().into()]);
    }
    town.app.db().write_now(move |tx| {
        tx.insert_many(&MASTER, master)?;
        tx.insert_many(&BELIEFS, beliefs)?;
        Ok::<_, DbError>(())
    })?;
    Ok(town.app.reload()?)
}
