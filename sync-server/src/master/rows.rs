//! The rows of master data as they lie in the database, by table and key: what the office imports and what reps told.

use serde::de::DeserializeOwned;

use crate::db::{Bulk, DbError, Kind, Tx, Value};

const MASTER: Bulk = Bulk {
    table: "master",
    columns: &[("tbl", Kind::Text), ("key", Kind::Text), ("value", Kind::Text)],
    tail: "ON CONFLICT (tbl, key) DO UPDATE SET value = excluded.value",
};

/// Writes rows, each `[table, key, JSON]`, over those that are there.
///
/// # Errors
/// A failing database.
pub(crate) fn keep(tx: &mut Tx<'_>, rows: Vec<Vec<Value>>) -> Result<(), DbError> {
    tx.insert_many(&MASTER, rows)
}

/// Reads one row.
///
/// # Errors
/// A failing database, or a row that is not of the type.
pub(crate) fn kept<T: DeserializeOwned>(
    tx: &mut Tx<'_>,
    table: &str,
    key: &str,
) -> Result<Option<T>, DbError> {
    let sql = "SELECT value FROM master WHERE tbl = $1 AND key = $2";
    tx.first(sql, &[table.into(), key.into()])?.map(|row| row.json(0)).transpose()
}
