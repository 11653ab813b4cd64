//! Rows of ledgers that phones have no longer. The whole ledger of a store is what is in the feed and what is here; of a row that is
//! in both (a late result, a count that was imported again) the feed's is the newer one.

use std::collections::{BTreeMap, HashSet};

use xundian_domain::StoreId;
use xundian_domain::ledger::Ledger;
use xundian_protocol::tables::Table;

use crate::db::{Bulk, DbError, Kind, Row, Tx, Value};

const ROWS: Bulk = Bulk {
    table: "past",
    columns: &[("store", Kind::Blob), ("tbl", Kind::Text), ("key", Kind::Text), ("value", Kind::Text)],
    tail: "ON CONFLICT (store, tbl, key) DO UPDATE SET value = excluded.value",
};

/// Keeps rows, each `[store, table, key, JSON]`, over those that are there.
pub(super) fn keep(tx: &mut Tx<'_>, rows: Vec<Vec<Value>>) -> Result<(), DbError> {
    tx.insert_many(&ROWS, rows)
}

/// The ledger of a store as far back as anybody was told of it, each list by key.
///
/// # Errors
/// A failing database, or a row that cannot be read.
pub(crate) fn whole_ledger(tx: &mut Tx<'_>, scope: &str, store: StoreId) -> Result<Ledger, DbError> {
    Ok(Ledger { visits: of_store(tx, scope, store)?, deliveries: of_store(tx, scope, store)? })
}

fn of_store<T: Table>(tx: &mut Tx<'_>, scope: &str, store: StoreId) -> Result<Vec<T>, DbError> {
    let (first, behind) = (format!("{store}/"), format!("{store}0"));
    // The feed first: what ends in between is found twice, and not missed.
    let has = tx.query(
        "SELECT key, value FROM scope_row WHERE scope = $1 AND tbl = $2 AND key > $3 AND key < $4
         AND value IS NOT NULL",
        &[scope.into(), T::NAME.into(), first.into(), behind.into()],
    )?;
    let had = tx.query(
        "SELECT key, value FROM past WHERE store = $1 AND tbl = $2",
        &[store.into(), T::NAME.into()],
    )?;
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for row in has.into_iter().chain(had) {
        rows.entry(row.get(0)?).or_insert(row);
    }
    rows.values().map(|row| row.json(1)).collect()
}

/// A row of a ledger, wherever it is.
pub(crate) struct Entry<T> {
    /// Of the store and the fact or order.
    pub(crate) key: String,
    /// What it says.
    pub(crate) value: T,
    /// The territory whose phones have it; `None` = they have it no longer.
    pub(crate) scope: Option<String>,
}

impl<T> Entry<T> {
    /// Phones have it no longer.
    pub(crate) fn is_past(&self) -> bool {
        self.scope.is_none()
    }
}

/// The rows of all ledgers: those of the feed, and those that are here alone.
///
/// # Errors
/// A failing database, or a row that cannot be read.
pub(crate) fn entries<T: Table>(tx: &mut Tx<'_>) -> Result<Vec<Entry<T>>, DbError> {
    let (mut entries, mut told) = (Vec::new(), HashSet::new());
    let has = "SELECT key, value, scope FROM scope_row WHERE tbl = $1 AND value IS NOT NULL";
    for row in tx.query(has, &[T::NAME.into()])? {
        let key: String = row.get(0)?;
        told.insert(key.clone());
        entries.push(Entry { key, value: row.json(1)?, scope: Some(row.get(2)?) });
    }
    for row in tx.query("SELECT key, value FROM past WHERE tbl = $1", &[T::NAME.into()])? {
        let key: String = row.get(0)?;
        if !told.contains(&key) {
            entries.push(Entry { key, value: row.json(1)?, scope: None });
        }
    }
    Ok(entries)
}
