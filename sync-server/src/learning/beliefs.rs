//! Beliefs follow the feed as a phone does: up to which version of a territory its ledgers were replayed is kept, and a
//! store with newer rows is replayed whole, with what its phones have no longer (`ends`). So a late result, a correction and an
//! import need no code of their own.

use std::collections::BTreeSet;

use xundian_domain::StoreId;
use xundian_domain::ledger::{Ledger, LedgerDelivery, LedgerVisit};
use xundian_domain::product::Product;
use xundian_domain::store::Store;
use xundian_domain::suggestion::{Belief, Lesson, Taught};
use xundian_protocol::tables::Table;

use super::published::Published;
use crate::db::{Bulk, Db, DbError, Kind, Tx};
use crate::ends::whole_ledger;
use crate::log::Log;
use crate::master::{Catalogue, Feed};

/// Stores whose beliefs share a commit: phones push in between.
const STORES_OF_A_COMMIT: usize = 50;
/// Stores after which a call leaves the next territory to the next call: a freeze waits no longer than that.
const STORES_AT_ONCE: usize = 500;

const BELIEFS: Bulk = Bulk {
    table: "belief",
    columns: &[("store", Kind::Blob), ("value", Kind::Text), ("taught", Kind::Text)],
    tail: "ON CONFLICT (store) DO UPDATE SET value = excluded.value, taught = excluded.taught",
};

/// How far a call came.
pub(super) struct Followed {
    /// Stores that were replayed.
    pub(super) stores: usize,
    /// No territory is left that had changed when the call began.
    pub(super) is_done: bool,
}

/// Replays the stores that changed and publishes what is believed of them.
///
/// # Errors
/// A failing database.
pub(super) fn follow(db: &Db, catalogue: &Catalogue, log: Log) -> Result<Followed, DbError> {
    let due = db.read_now(territories_due)?;
    let mut followed = Followed { stores: 0, is_done: true };
    if due.is_empty() {
        return Ok(followed);
    }
    let products = catalogue.products.values().cloned().collect();
    let published = db.read_now(|tx| Published::load(tx, log))?;
    let school = School { catalogue, products, published, log };
    for territory in due {
        if followed.stores >= STORES_AT_ONCE {
            followed.is_done = false;
            break;
        }
        followed.stores += school.follow(db, territory)?;
    }
    Ok(followed)
}

/// A territory whose scope has a newer version than was replayed.
struct Territory {
    scope: String,
    version: i64,
    believed: i64,
}

fn territories_due(tx: &mut Tx<'_>) -> Result<Vec<Territory>, DbError> {
    let rows = tx.query(
        "SELECT s.name, s.version, coalesce(b.version, 0) FROM scope s LEFT JOIN believed b ON b.scope = s.name
         WHERE s.name LIKE 'rep/%' AND s.version > coalesce(b.version, 0) ORDER BY s.name",
        &[],
    )?;
    let territory = |row: &crate::db::Row| {
        Ok(Territory { scope: row.get(0)?, version: row.get(1)?, believed: row.get(2)? })
    };
    rows.iter().map(territory).collect()
}

/// Stores whose ledger has newer rows, ended ones included. Which table a row is of is asked here and not in SQL: the
/// index goes by version.
fn stores_changed(tx: &mut Tx<'_>, territory: &Territory) -> Result<Vec<StoreId>, DbError> {
    let mut stores = BTreeSet::new();
    let sql = "SELECT tbl, key FROM scope_row WHERE scope = $1 AND version > $2";
    for row in tx.query(sql, &[territory.scope.as_str().into(), territory.believed.into()])? {
        let (table, key): (String, String) = (row.get(0)?, row.get(1)?);
        if table == LedgerVisit::NAME || table == LedgerDelivery::NAME {
            stores.extend(key.split_once('/').and_then(|(store, _)| store.parse().ok()).map(StoreId));
        }
    }
    Ok(stores.into_iter().collect())
}

/// A store's ledger as it came out.
struct Replayed {
    store: StoreId,
    /// `None` = there is no visit.
    belief: Option<String>,
    taught: String,
}

/// All that a replay needs beside the ledger.
struct School<'a> {
    catalogue: &'a Catalogue,
    products: Vec<Product>,
    published: Published,
    log: Log,
}

impl School<'_> {
    fn follow(&self, db: &Db, territory: Territory) -> Result<usize, DbError> {
        let changed = db.read_now(|tx| stores_changed(tx, &territory))?;
        let Territory { scope, version: mut seen, .. } = territory;
        for stores in changed.chunks(STORES_OF_A_COMMIT) {
            let replayed = db.read_now(|tx| self.replay_all(tx, &scope, stores))?;
            let scope = scope.clone();
            seen = db.write_now(move |tx| publish(tx, &scope, seen, replayed))?;
        }
        db.write_now(move |tx| {
            tx.execute(
                "INSERT INTO believed (scope, version) VALUES ($1, $2)
                 ON CONFLICT (scope) DO UPDATE SET version = excluded.version",
                &[scope.into(), seen.into()],
            )
        })?;
        Ok(changed.len())
    }

    /// A ledger that cannot be read leaves its store as it was, and stops nobody else's.
    fn replay_all(&self, tx: &mut Tx<'_>, scope: &str, stores: &[StoreId]) -> Result<Vec<Replayed>, DbError> {
        let mut replayed = Vec::new();
        for store in stores {
            let Some(shop) = self.catalogue.stores.get(store) else { continue };
            match whole_ledger(tx, scope, *store) {
                Ok(ledger) => replayed.push(self.replay(shop, &ledger)),
                Err(why @ DbError::Column { .. }) => {
                    self.log.say(format_args!("the ledger of store {store} teaches nothing: {why}"));
                }
                Err(why) => return Err(why),
            }
        }
        Ok(replayed)
    }

    fn replay(&self, shop: &Store, ledger: &Ledger) -> Replayed {
        let (before, mut taught) = (Belief::default(), Taught::default());
        let market = self.published.market(shop, &before, &self.products);
        let last = ledger.visits.iter().map(|visit| visit.date).max();
        let belief = last.map(|last| {
            let teach = &mut |lesson: &Lesson<'_>| taught.learn(lesson, &market);
            Belief::default().replay(ledger, last.plus_days(1), &self.products, &market, teach)
        });
        // Both types can always be written.
        let belief = belief.and_then(|belief| serde_json::to_string(&belief).ok());
        Replayed { store: shop.id, belief, taught: serde_json::to_string(&taught).unwrap_or_default() }
    }
}

/// Writes what is not there yet. Gives the version up to which the territory is replayed: its own publishing is, unless
/// somebody else wrote in between.
fn publish(tx: &mut Tx<'_>, scope: &str, seen: i64, replayed: Vec<Replayed>) -> Result<i64, DbError> {
    let (mut feed, mut kept, mut is_told) = (Feed::default(), Vec::new(), false);
    for Replayed { store, belief, taught } in replayed {
        if told(tx, scope, Store::NAME, store)?.is_none() {
            // It is in nobody's territory, or in another one, whose ledger is replayed there.
            continue;
        }
        if told(tx, scope, Belief::NAME, store)? != belief {
            is_told = true;
            feed.put_text(scope, Belief::NAME, Belief::key(store), belief.clone());
        }
        let sql = "SELECT value, taught FROM belief WHERE store = $1";
        let known: Option<(String, String)> = tx
            .first(sql, &[store.into()])?
            .map(|row| Ok::<_, DbError>((row.get(0)?, row.get(1)?)))
            .transpose()?;
        match (belief.map(|belief| (belief, taught)), known) {
            (fresh, known) if fresh == known => {}
            (Some((belief, taught)), _) => kept.push(vec![store.into(), belief.into(), taught.into()]),
            (None, _) => drop(tx.execute("DELETE FROM belief WHERE store = $1", &[store.into()])?),
        }
    }
    tx.insert_many(&BELIEFS, kept)?;
    feed.write(tx)?;
    let row = tx.first("SELECT version FROM scope WHERE name = $1", &[scope.into()])?;
    let version: i64 = row.map_or(Ok(seen), |row| row.get(0))?;
    Ok(if is_told && version == seen + 1 { version } else { seen })
}

/// A store's row in a territory, if it is there.
fn told(tx: &mut Tx<'_>, scope: &str, table: &str, store: StoreId) -> Result<Option<String>, DbError> {
    let sql = "SELECT value FROM scope_row WHERE scope = $1 AND tbl = $2 AND key = $3";
    let row = tx.first(sql, &[scope.into(), table.into(), store.to_string().into()])?;
    row.map_or(Ok(None), |row| row.get(0))
}
