//! SQLite's side of the layer.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params_from_iter};

use super::{Bulk, DbError, Row, Value};

/// Statements that stay prepared per connection.
const STATEMENT_CACHE: usize = 128;
/// How long a reader waits for a checkpoint, in milliseconds.
const BUSY_MS: u64 = 5_000;
/// Pages that the writer keeps, in KiB: a shared commit of many pushes must not spill into the file and be read back.
const WRITER_CACHE_KIB: i64 = 32 * 1_024;
/// Pages that the log holds before they are copied into the file, 32 MiB: most of them are written many times until then.
const LOG_PAGES: i64 = 8_192;

pub(super) fn open(path: &Path, writes: bool) -> Result<Connection, DbError> {
    let db = Connection::open(path)?;
    db.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    db.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
    if writes {
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
        db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    }
    // What a savepoint would bring back lies in memory: it is of no use after a crash.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    // An acknowledged fact must survive a dead machine: every commit is flushed.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    // Else a REPLACE would take a row of the journal away without a word to its triggers.
    db.pragma_update(None, "recursive_triggers", "ON")?;
    db.pragma_update(None, "query_only", !writes)?;
    // Else every new value of a LIMIT or of a partial index's column compiles its cached statement again.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(db)
}

/// `$1` is a *name* to SQLite, numbered by first appearance: only `?1` binds by number.
fn own_marks(sql: &str) -> String {
    sql.replace('$', "?")
}

pub(super) fn execute(db: &Connection, sql: &str, values: &[Value]) -> Result<u64, DbError> {
    let touched = db.prepare_cached(&own_marks(sql))?.execute(params_from_iter(values))?;
    Ok(u64::try_from(touched).unwrap_or(u64::MAX))
}

pub(super) fn query(db: &Connection, sql: &str, values: &[Value]) -> Result<Vec<Row>, DbError> {
    let mut statement = db.prepare_cached(&own_marks(sql))?;
    let columns = statement.column_count();
    let mut found = statement.query(params_from_iter(values))?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(read(column, row.get_ref(column)?)?);
        }
        rows.push(Row(values));
    }
    Ok(rows)
}

fn read(column: usize, value: ValueRef<'_>) -> Result<Value, DbError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Text(text) => Value::Text(match std::str::from_utf8(text) {
            Ok(text) => text.to_owned(),
            Err(_) => String::from_utf8_lossy(text).into_owned(),
        }),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Real(_) => return Err(DbError::Column { column, reason: "found a float".to_owned() }),
    })
}

pub(super) fn insert_many(db: &Connection, bulk: &Bulk, rows: &[Vec<Value>]) -> Result<(), DbError> {
    let names: Vec<_> = bulk.columns.iter().map(|(name, _)| *name).collect();
    let marks: Vec<_> = (1..=names.len()).map(|n| format!("?{n}")).collect();
    let sql = format!(
        "INSERT INTO {} ({}) VALUES ({}) {}",
        bulk.table,
        names.join(", "),
        marks.join(", "),
        bulk.tail
    );
    let mut statement = db.prepare_cached(&sql)?;
    for row in rows {
        statement.execute(params_from_iter(row))?;
    }
    Ok(())
}
