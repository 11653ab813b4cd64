//! The feed: changes of pulled tables, stamped with the version of their scope. The scope's version row is bumped
//! first, so that the order of versions is the order of commits (the sync contract, 3.4).

use std::collections::{BTreeMap, BTreeSet};

use xundian_protocol::tables::Table;

use crate::db::{Bulk, DbError, Kind, Tx};

const ROWS: Bulk = Bulk {
    table: "scope_row",
    columns: &[
        ("scope", Kind::Text),
        ("tbl", Kind::Text),
        ("key", Kind::Text),
        ("version", Kind::Int),
        ("value", Kind::Text),
    ],
    tail: "ON CONFLICT (scope, tbl, key) DO UPDATE SET version = excluded.version, value = excluded.value",
};

/// Changes that are written together; of two changes of one row the later stays.
#[derive(Debug, Default)]
pub struct Feed {
    rows: BTreeMap<(String, String, String), Option<String>>,
}

impl Feed {
    /// A new or changed row.
    pub fn put<T: Table>(&mut self, scope: &str, key: T::Key<'_>, value: &T) {
        // A value that serde cannot write has no place on the wire; the tables' types all can be written.
        let text = serde_json::to_string(value).ok();
        self.put_text(scope, T::NAME, T::key(key), text);
    }

    /// The row goes.
    pub fn delete<T: Table>(&mut self, scope: &str, key: T::Key<'_>) {
        self.put_text(scope, T::NAME, T::key(key), None);
    }

    /// A row whose value is JSON already; `None` deletes it.
    pub fn put_text(&mut self, scope: &str, table: &str, key: String, value: Option<String>) {
        self.rows.insert((scope.to_owned(), table.to_owned(), key), value);
    }

    /// Writes everything.
    ///
    /// # Errors
    /// A failing database.
    pub fn write(self, tx: &mut Tx<'_>) -> Result<(), DbError> {
        let scopes: BTreeSet<&String> = self.rows.keys().map(|(scope, ..)| scope).collect();
        let mut versions: BTreeMap<String, i64> = BTreeMap::new();
        for scope in scopes {
            let bumped = tx.first(
                "INSERT INTO scope (name, version) VALUES ($1, 1)
                 ON CONFLICT (name) DO UPDATE SET version = scope.version + 1 RETURNING version",
                &[scope.as_str().into()],
            )?;
            versions.insert(scope.clone(), bumped.map_or(Ok(1), |row| row.get(0))?);
        }
        let rows = self.rows.into_iter().map(|((scope, table, key), value)| {
            let version = versions.get(&scope).copied().unwrap_or(1);
            vec![scope.into(), table.into(), key.into(), version.into(), value.into()]
        });
        tx.insert_many(&ROWS, rows.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::tests::fresh;

    fn written(feed: Feed, db: &crate::db::Db) -> Vec<(String, i64, Option<String>)> {
        db.write_now(move |tx| feed.write(tx)).unwrap();
        let rows = db.read_now(|tx| tx.query("SELECT key, version, value FROM scope_row ORDER BY key", &[]));
        rows.unwrap().iter().map(|r| (r.get(0).unwrap(), r.get(1).unwrap(), r.get(2).unwrap())).collect()
    }

    #[test]
    fn each_write_bumps_its_scope_once_and_stamps_its_rows() {
        let (_folder, db) = fresh();
        let mut first = Feed::default();
        first.put_text("rep/ZY01", "t", "a".into(), Some("1".into()));
        first.put_text("rep/ZY01", "t", "b".into(), Some("1".into()));
        assert_eq!(written(first, &db).iter().map(|row| row.1).collect::<Vec<_>>(), [1, 1]);
        let mut second = Feed::default();
        second.put_text("rep/ZY01", "t", "b".into(), None);
        let rows = written(second, &db);
        assert_eq!(rows[0], ("a".into(), 1, Some("1".into())));
        assert_eq!(rows[1], ("b".into(), 2, None), "a deleted row stays as a tombstone");
    }

    #[test]
    fn an_empty_feed_bumps_nothing() {
        let (_folder, db) = fresh();
        assert!(written(Feed::default(), &db).is_empty());
        assert!(db.read_now(|tx| tx.first("SELECT name FROM scope", &[])).unwrap().is_none());
    }
}
