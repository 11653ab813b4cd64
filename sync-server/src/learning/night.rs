//! Every night, and after an import, what is kept of the stores is added up: one pass, nothing is replayed. What it says
//! of rates, weeks and events goes to every phone; what stayed the same is not written.

use xundian_domain::product::Product;
use xundian_domain::store::Store;
use xundian_domain::suggestion::event::EventPrior;
use xundian_domain::suggestion::{Belief, Dispersions, LearntEvent, MarketEvent, MarketSums, Rates, Taught};
use xundian_domain::{BusinessDate, StoreId};
use xundian_protocol::tables::{RatesDay, Table, scope};

use super::published::{Rows, rows};
use crate::db::{Db, DbError, Row, Tx};
use crate::log::Log;
use crate::master::{Catalogue, Feed};
use crate::setting;

/// Stores that are read at a time: memory, not speed.
const STORES_OF_A_PAGE: u32 = 500;
/// Events that ended longer ago are no part of what is replayed: that reaches a year back from the last visit.
const ENDED_DAYS_MAX: u32 = 400;
/// Events that begin later are no part of what is ordered for.
const AHEAD_DAYS_MAX: u32 = 120;
/// Name of the setting that says of which date and import the published sums are.
const SUMMED_UP: &str = "summed_up";

/// Adds up if it was not done on this date with these master data; says whether it did.
///
/// # Errors
/// A failing database; then nothing was published.
pub(super) fn sum_up(
    db: &Db,
    catalogue: &Catalogue,
    master_version: i64,
    today: BusinessDate,
    log: Log,
) -> Result<bool, DbError> {
    let mark = format!("{today}/{master_version}");
    if db.read_now(|tx| setting::read::<String>(tx, SUMMED_UP))?.as_ref() == Some(&mark) {
        return Ok(false);
    }
    let sums = add_up(db, catalogue, today, log)?;
    let wanted = wanted(&sums, catalogue, today);
    db.write_now(move |tx| {
        publish(tx, wanted)?;
        setting::keep(tx, SUMMED_UP, mark)
    })?;
    Ok(true)
}

/// Store by store in the order of their ids: the same beliefs give the same sums to the last bit.
fn add_up(db: &Db, catalogue: &Catalogue, today: BusinessDate, log: Log) -> Result<MarketSums, DbError> {
    let (mut sums, mut behind) = (MarketSums::default(), Vec::new());
    loop {
        let page = db.read_now(|tx| {
            tx.query(
                "SELECT store, value, taught FROM belief WHERE store > $1 ORDER BY store LIMIT $2",
                &[behind.clone().into(), STORES_OF_A_PAGE.into()],
            )
        })?;
        for row in &page {
            match read(catalogue, row) {
                Ok(Some((shop, belief, taught))) => sums.add(shop, &belief, &taught, today),
                Ok(None) => {}
                Err(why) => log.say(format_args!("a kept belief teaches nobody: {why}")),
            }
        }
        match page.last() {
            Some(last) => behind = last.get(0)?,
            None => return Ok(sums),
        }
    }
}

/// `None` for a store that is gone.
fn read<'a>(catalogue: &'a Catalogue, row: &Row) -> Result<Option<(&'a Store, Belief, Taught)>, DbError> {
    let store: StoreId = row.get(0)?;
    let Some(shop) = catalogue.stores.get(&store) else { return Ok(None) };
    Ok(Some((shop, row.json(1)?, row.json(2)?)))
}

/// Everything that phones shall have.
fn wanted(sums: &MarketSums, catalogue: &Catalogue, today: BusinessDate) -> Rows {
    let products: Vec<Product> = catalogue.products.values().cloned().collect();
    let mut wanted = Rows::new();
    for (class, rates) in sums.rates(&products) {
        put(&mut wanted, Rates::key(class), &rates);
        put(&mut wanted, RatesDay::key(()), &RatesDay(today));
    }
    let dispersions = sums.dispersions(&products);
    if !dispersions.0.is_empty() {
        put(&mut wanted, Dispersions::key(()), &dispersions);
    }
    let prior =
        catalogue.settings.as_ref().map_or(EventPrior::Learned, |settings| settings.suggestion.events);
    for event in catalogue.events.iter().filter(|event| concerns(event, today)) {
        put(&mut wanted, LearntEvent::key((&event.id, &event.of)), &sums.learnt(event, &products, prior));
    }
    wanted
}

fn put<T: Table>(rows: &mut Rows, key: String, value: &T) {
    // The tables' types all can be written.
    rows.extend(serde_json::to_string(value).ok().map(|text| ((T::NAME.to_owned(), key), text)));
}

fn concerns(event: &MarketEvent, today: BusinessDate) -> bool {
    event.to > today.minus_days(ENDED_DAYS_MAX) && event.from < today.plus_days(AHEAD_DAYS_MAX)
}

/// Writes what is new or different, and ends what is gone.
fn publish(tx: &mut Tx<'_>, mut wanted: Rows) -> Result<(), DbError> {
    let mut feed = Feed::default();
    for ((table, key), value) in rows(tx)? {
        match wanted.remove(&(table.clone(), key.clone())) {
            Some(same) if same == value => {}
            fresh => feed.put_text(scope::COMPANY, &table, key, fresh),
        }
    }
    for ((table, key), value) in wanted {
        feed.put_text(scope::COMPANY, &table, key, Some(value));
    }
    feed.write(tx)
}
