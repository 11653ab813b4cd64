//! What lies on the disks when a run is over: every row of every database and the bytes of every photo, whole ones and
//! the server's half ones, each by its hash, so that two runs of a seed can be compared to the byte.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};
use xundian_protocol::digest::hex;

use crate::Outcome;
use crate::photos::files_below;

/// A hash for every table and every photo, by its file.
pub type Remains = BTreeMap<String, String>;

/// Tables of a database, and whether they lie in the order of a key instead of that of their rowids.
const TABLES: &str = "SELECT name, wr FROM pragma_table_list
                      WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'";

/// Of a folder in which nothing is open any more. What a restore put aside has another ending and is left out.
pub(crate) fn remains(folder: &Path) -> Outcome<Remains> {
    let mut remains = Remains::new();
    for file in files_below(folder)? {
        let name = file.strip_prefix(folder)?.display().to_string();
        match file.extension().and_then(OsStr::to_str) {
            Some("db") => add_tables(&mut remains, &file, &name)?,
            Some(_) => {}
            None => drop(remains.insert(name, hex(&Sha256::digest(std::fs::read(&file)?)))),
        }
    }
    Ok(remains)
}

fn add_tables(remains: &mut Remains, file: &Path, name: &str) -> Outcome<()> {
    let db = Connection::open(file)?;
    let mut known = db.prepare(TABLES)?;
    let tables = known.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
    for table in tables {
        let (table, is_by_key) = table?;
        let order = if is_by_key { "" } else { "ORDER BY rowid" };
        let (rows, hash) = rows(&db, &format!("SELECT * FROM \"{table}\" {order}"))?;
        remains.insert(format!("{name} {table}"), format!("{rows} rows, {hash}"));
    }
    Ok(())
}

fn rows(db: &Connection, sql: &str) -> Outcome<(u64, String)> {
    let mut statement = db.prepare(sql)?;
    let columns = statement.column_count();
    let mut found = statement.query([])?;
    let (mut rows, mut hash) = (0, Sha256::new());
    while let Some(row) = found.next()? {
        rows += 1;
        for column in 0..columns {
            add(&mut hash, row.get_ref(column)?);
        }
    }
    Ok((rows, hex(&hash.finalize())))
}

/// With kind and length, so that no two rows are spelt alike.
fn add(hash: &mut Sha256, value: ValueRef<'_>) {
    let mut put = |kind: u8, bytes: &[u8]| {
        hash.update([kind]);
        hash.update(bytes.len().to_be_bytes());
        hash.update(bytes);
    };
    match value {
        ValueRef::Null => put(0, &[]),
        ValueRef::Integer(n) => put(1, &n.to_be_bytes()),
        ValueRef::Real(x) => put(2, &x.to_be_bytes()),
        ValueRef::Text(text) => put(3, text),
        ValueRef::Blob(bytes) => put(4, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is left of a table that these statements made.
    fn left(sql: &str) -> Remains {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("photos")).unwrap();
        std::fs::write(folder.path().join("photos/01ab"), b"a picture").unwrap();
        std::fs::write(folder.path().join("server.db.before-restore-1"), b"put aside").unwrap();
        let db = Connection::open(folder.path().join("server.db")).unwrap();
        db.execute_batch("CREATE TABLE t (a, b); CREATE TABLE k (a PRIMARY KEY, b) WITHOUT ROWID").unwrap();
        db.execute_batch(sql).unwrap();
        drop(db);
        remains(folder.path()).unwrap()
    }

    #[test]
    fn every_value_and_the_order_of_rows_count() {
        let one = left("INSERT INTO t VALUES (1, 'x'), (2, NULL); INSERT INTO k VALUES (1, 'x'), (2, 'y')");
        assert_eq!(one.keys().collect::<Vec<_>>(), ["photos/01ab", "server.db k", "server.db t"]);
        assert_eq!(
            one,
            left("INSERT INTO k VALUES (2, 'y'), (1, 'x'); INSERT INTO t VALUES (1, 'x'), (2, NULL)")
        );
        for other in [
            "INSERT INTO t VALUES (2, NULL), (1, 'x'); INSERT INTO k VALUES (1, 'x'), (2, 'y')",
            "INSERT INTO t VALUES (1, 'x'), (2, ''); INSERT INTO k VALUES (1, 'x'), (2, 'y')",
            "INSERT INTO t VALUES ('1', 'x'), (2, NULL); INSERT INTO k VALUES (1, 'x'), (2, 'y')",
            "INSERT INTO t VALUES (1, 'x'), (2, NULL); INSERT INTO k VALUES (1, 'x'), (2, 'z')",
        ] {
            assert_ne!(one, left(other), "{other}");
        }
    }
}
