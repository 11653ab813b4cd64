//! 竞品动态: what reps saw at competitors, merged by the area of a distributor and told to everybody who serves stores of it
//! (docs/adr/0016). Every night and after an import in one pass over the visits of the last weeks; what stayed the same is not
//! written. What is merged how is the domain's `competitor_merge`.

#[cfg(test)]
mod tests;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::visit::competitor::CompetitorFact;
use xundian_domain::visit::competitor_merge::{SeenFact, Sightings, window_start};
use xundian_domain::{BusinessDate, DistributorNo, StoreId};
use xundian_protocol::tables::{SeenIn, Table, fact_mark, scope};

pub(crate) use told::{Place, Told, told_behind};

use crate::db::{Db, DbError, Tx, json};
use crate::log::Log;
use crate::master::{Catalogue, Feed};
use crate::setting;

/// Facts of one rep's day that are heard: nobody sees more in thirty stores, and a mad phone must not fill the memory of the night.
const FACTS_OF_A_DAY: usize = 300;
/// Bytes of a fact's words that go to the phones of others.
const WORDS_MAX: usize = 600;

/// Name of the setting that says of which date and import the told lines are.
const MERGED: &str = "competitors_merged";

/// What the phones of a territory shall have: table and key → JSON.
type Rows = BTreeMap<(&'static str, String), String>;
/// A row that is new or different; without a value it goes.
type Change = (&'static str, String, Option<String>);

/// Merges if it was not done on this date with these master data; says whether it did. Blocks; the writer is held for one
/// territory at a time.
///
/// # Errors
/// A failing database; what was told before stays, and the next call does the rest.
pub fn merge(
    db: &Db,
    catalogue: &Catalogue,
    master_version: i64,
    today: BusinessDate,
    log: Log,
) -> Result<bool, DbError> {
    let mark = format!("{today}/{master_version}");
    if db.read_now(|tx| setting::read::<String>(tx, MERGED))?.as_ref() == Some(&mark) {
        return Ok(false);
    }
    let mut wanted = wanted(catalogue, sightings(db, catalogue, today, log)?)?;
    // Who has no store any more is told nothing any more.
    for territory in db.read_now(territories)? {
        wanted.entry(territory).or_default();
    }
    for (territory, rows) in wanted {
        // Nobody else writes these rows: what is read here is what will be there.
        let changes = db.read_now(|tx| changes(tx, &territory, rows))?;
        if !changes.is_empty() {
            db.write_now(move |tx| write(tx, &territory, changes))?;
        }
    }
    db.write_now(move |tx| setting::keep(tx, MERGED, mark))?;
    Ok(true)
}

/// Everything that was seen within the window, by the area in which its store is now.
fn sightings(
    db: &Db,
    catalogue: &Catalogue,
    today: BusinessDate,
    log: Log,
) -> Result<BTreeMap<DistributorNo, Sightings>, DbError> {
    let mut areas: BTreeMap<DistributorNo, Sightings> = BTreeMap::new();
    let (mut place, mut day) = (Place::before(window_start(today)), Day::default());
    while let Some(visits) = db.read_now(|tx| told_behind(tx, &mut place))? {
        for visit in visits {
            if let Some(why) = &visit.unread {
                log.say(format_args!("a visit tells nothing of competitors: {why}"));
            }
            let heard = day.hear(&visit);
            // A store that is gone is in nobody's area.
            let Some(shop) = catalogue.stores.get(&visit.store) else { continue };
            let area = areas.entry(shop.distributor).or_insert_with(|| Sightings::new(today));
            heard.into_iter().for_each(|fact| area.add(fact, visit.store, visit.date));
        }
    }
    Ok(areas)
}

/// How much of one rep's day was heard; visits come by day and rep.
#[derive(Debug, Default)]
struct Day {
    of: Option<(BusinessDate, String)>,
    heard: usize,
}

impl Day {
    /// The facts of a visit that count.
    fn hear<'a>(&mut self, visit: &'a Told) -> Vec<&'a CompetitorFact> {
        let of = Some((visit.date, visit.rep.clone()));
        if self.of != of {
            *self = Self { of, heard: 0 };
        }
        let is_short =
            |fact: &&CompetitorFact| fact.brand.len() + fact.item.len() + fact.value.len() <= WORDS_MAX;
        let left = FACTS_OF_A_DAY.saturating_sub(self.heard);
        let heard: Vec<_> = visit.facts.iter().filter(is_short).take(left).collect();
        self.heard += heard.len();
        heard
    }
}

/// What the phones of each territory shall have: the lines of its areas, and which of them each of its stores has shown.
fn wanted(
    catalogue: &Catalogue,
    areas: BTreeMap<DistributorNo, Sightings>,
) -> Result<BTreeMap<String, Rows>, DbError> {
    let served = served(catalogue);
    let mut wanted: BTreeMap<String, Rows> = BTreeMap::new();
    let mut seen_in: BTreeMap<StoreId, SeenIn> = BTreeMap::new();
    for (area, sightings) in areas {
        for (fact, stores) in sightings.merged() {
            let (key, value) = (SeenFact::key((area, fact.fact_key())), json(&fact)?);
            for territory in served.get(&area).into_iter().flatten() {
                let rows = wanted.entry(territory.clone()).or_default();
                rows.insert((SeenFact::NAME, key.clone()), value.clone());
            }
            let mark = fact_mark(fact.fact_key());
            for store in stores {
                seen_in.entry(store).or_default().0.insert(mark.clone());
            }
        }
    }
    for (store, seen) in seen_in {
        if let Some(rep) = catalogue.keeper_of(store) {
            let rows = wanted.entry(scope::territory(rep)).or_default();
            rows.insert((SeenIn::NAME, SeenIn::key(store)), json(&seen)?);
        }
    }
    Ok(wanted)
}

/// The territories that have stores of each area.
fn served(catalogue: &Catalogue) -> BTreeMap<DistributorNo, BTreeSet<String>> {
    let mut served: BTreeMap<DistributorNo, BTreeSet<String>> = BTreeMap::new();
    for (id, store) in &catalogue.stores {
        if let Some(rep) = catalogue.keeper_of(*id) {
            served.entry(store.distributor).or_default().insert(scope::territory(rep));
        }
    }
    served
}

fn territories(tx: &mut Tx<'_>) -> Result<Vec<String>, DbError> {
    tx.query("SELECT name FROM scope WHERE name LIKE 'rep/%'", &[])?.iter().map(|row| row.get(0)).collect()
}

fn changes(tx: &mut Tx<'_>, territory: &str, mut wanted: Rows) -> Result<Vec<Change>, DbError> {
    let mut changes = Vec::new();
    for table in [SeenFact::NAME, SeenIn::NAME] {
        let sql = "SELECT key, value FROM scope_row WHERE scope = $1 AND tbl = $2 AND value IS NOT NULL";
        for row in tx.query(sql, &[territory.into(), table.into()])? {
            let key: String = row.get(0)?;
            match wanted.remove(&(table, key.clone())) {
                Some(same) if same == row.get::<String>(1)? => {}
                fresh => changes.push((table, key, fresh)),
            }
        }
    }
    changes.extend(wanted.into_iter().map(|((table, key), value)| (table, key, Some(value))));
    Ok(changes)
}

fn write(tx: &mut Tx<'_>, territory: &str, changes: Vec<Change>) -> Result<(), DbError> {
    let mut feed = Feed::default();
    for (table, key, value) in changes {
        feed.put_text(territory, table, key, value);
    }
    feed.write(tx)
}
