//! Opening: pragmas, migrations, and what happens to a file that cannot be used.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::aside::{door, put_aside_now};
use super::turn::Queue;
use super::{Store, StoreError};

/// Every schema of the phone, oldest first; `user_version` is how many of them a file has.
const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/001_start.sql"),
    include_str!("../../migrations/002_installs.sql"),
    include_str!("../../migrations/003_handed_over.sql"),
    include_str!("../../migrations/004_told.sql"),
    include_str!("../../migrations/005_answered.sql"),
    include_str!("../../migrations/006_visited.sql"),
    include_str!("../../migrations/007_places.sql"),
];

/// How many statements stay prepared: every text of this room, so that a tap never compiles SQL.
const STATEMENT_CACHE: usize = 64;

impl Store {
    /// Opens or makes the phone's file.
    ///
    /// # Errors
    /// [`StoreError::Newer`] leaves the file alone. [`StoreError::Corrupt`] puts a damaged file aside, never
    /// deletes it; the next call starts with a fresh one. [`StoreError::NotPutAside`] if that cannot be done.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let _door = door();
        // A place that cannot be looked at is SQLite's to refuse.
        if matches!(path.try_exists(), Ok(false)) {
            // What a crash left of a file that was put aside: SQLite deletes the log that a new file finds.
            put_aside_now(path)?;
        }
        match Self::open_checked(path) {
            Err(StoreError::Database(error)) if StoreError::is_damage(&error) => {
                let kept_as = put_aside_now(path)?;
                Err(StoreError::Corrupt { kept_as })
            }
            other => other,
        }
    }

    /// Changes when another connection (sync beside the screens) has written into the file.
    ///
    /// # Errors
    /// A failing file.
    pub fn foreign_version(&self) -> Result<i64, StoreError> {
        Ok(self.db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
    }

    fn open_checked(path: &Path) -> Result<Self, StoreError> {
        let mut db = Connection::open(path)?;
        db.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
        prepare(&db)?;
        migrate(&mut db)?;
        Ok(Self { db, queue: Queue::of(path) })
    }
}

/// `synchronous=FULL`, and on Apple a real flush: "saved" must survive a dead battery (3-sync 3.1).
fn prepare(db: &Connection) -> Result<(), StoreError> {
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    // Else every new value of a LIMIT or of a partial index's column compiles its cached statement again.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    if cfg!(target_vendor = "apple") {
        db.pragma_update(None, "fullfsync", "ON")?;
        db.pragma_update(None, "checkpoint_fullfsync", "ON")?;
    }
    Ok(())
}

fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let found: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (version, sql) in (1u32..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Change, MasterRow};
    use super::*;

    #[test]
    fn a_new_file_is_durable_and_current() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("phone.db")).unwrap();
        let pragma =
            |name: &str| store.db.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(pragma("synchronous"), 2, "FULL");
        assert_eq!(pragma("user_version"), 7);
        let mode: String = store.db.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    #[test]
    fn a_file_of_the_first_schema_keeps_its_facts_and_pulls_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phone.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.execute_batch(
            "PRAGMA user_version = 1;
             INSERT INTO fact VALUES (1, x'01', 'k', 1, '2026-07-27', '{}', x'61', x'00', NULL, '\"applied\"');
             INSERT INTO fact VALUES (2, x'02', 'k', 1, '2026-07-27', '{}', x'62', x'00', NULL, NULL);
             INSERT INTO setting VALUES ('cursor', 'old')",
        )
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        assert_eq!((store.last_dseq().unwrap(), store.waiting_count().unwrap()), (2, 1));
        assert_eq!(store.setting("cursor").unwrap(), None);
        assert!(store.cursors().unwrap().is_empty());
    }

    #[test]
    fn a_file_of_the_second_schema_keeps_its_facts_as_its_reps_own() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phone.db");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.execute_batch(MIGRATIONS[1]).unwrap();
        let closing = r#"{"verdict":"applied","flags":["day_differs"]}"#;
        old.execute_batch(&format!(
            "PRAGMA user_version = 2;
             INSERT INTO fact VALUES (1, 1, x'00000000000000000000000000000001', 'day_closed', 1, '2026-07-27', '{{}}', x'61',
                                      x'00', NULL, '{closing}');
             INSERT INTO fact VALUES (2, 2, x'00000000000000000000000000000002', 'k', 1, '2026-07-28', '{{}}', x'62', x'00',
                                      NULL, NULL);
             INSERT INTO scope_cursor (scope, cursor) VALUES ('rep/ZY01', 'where it stands');
             INSERT INTO master_row (tbl, key, scope, value) VALUES ('of a newer app', 'k', 'rep/ZY01', '{{}}')"
        ))
        .unwrap();
        drop(old);
        let store = Store::open(&path).unwrap();
        assert_eq!((store.waiting_count().unwrap(), store.unlisted_days().unwrap().len()), (1, 1));
        assert_eq!(store.cursors().unwrap().len(), 1, "nothing is asked for twice");
        assert_eq!(store.master("of a newer app", "k").unwrap().as_deref(), Some("{}"));
    }

    #[test]
    fn own_rows_of_the_fourth_schema_end_with_the_servers_as_they_did() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phone.db");
        let old = Connection::open(&path).unwrap();
        MIGRATIONS[..4].iter().for_each(|sql| old.execute_batch(sql).unwrap());
        old.execute_batch(
            "PRAGMA user_version = 4;
             INSERT INTO master_row (tbl, key, scope, value) VALUES ('price', 'TR/1', 'own', 'own')",
        )
        .unwrap();
        drop(old);
        let mut store = Store::open(&path).unwrap();
        assert_eq!(store.master("price", "TR/1").unwrap().as_deref(), Some("own"));
        let row = MasterRow { key: "TR/1".into(), value: "new".into() };
        store.apply_page("a", &[Change::Put { table: "price".into(), row }], "c").unwrap();
        assert_eq!(store.master("price", "TR/1").unwrap().as_deref(), Some("new"));
    }

    #[test]
    fn the_store_of_a_visit_that_was_open_in_the_fifth_schema_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phone.db");
        let old = Connection::open(&path).unwrap();
        MIGRATIONS[..5].iter().for_each(|sql| old.execute_batch(sql).unwrap());
        let store = xundian_domain::StoreId(uuid::Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef));
        old.execute_batch(&format!(
            "PRAGMA user_version = 5;
             INSERT INTO master_row (tbl, key, scope, value) VALUES ('store', '{store}', 'rep/ZY01', 'its row');
             INSERT INTO open_visit VALUES (1, x'01', x'{}', 1, '2026-07-27', '{{}}')",
            store.0.simple()
        ))
        .unwrap();
        drop(old);
        assert_eq!(Store::open(&path).unwrap().visited(store).unwrap().as_deref(), Some("its row"));
    }

    #[test]
    fn facts_of_the_third_and_the_sixth_schema_keep_their_bytes_places_and_what_was_said() {
        for schema in [3, 6] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("phone.db");
            let old = Connection::open(&path).unwrap();
            MIGRATIONS[..schema].iter().for_each(|sql| old.execute_batch(sql).unwrap());
            let clocks = r#"[0,0,"00000000-0000-0000-0000-000000000000",null]"#;
            for (places, id, verdict) in
                [("1, NULL", 1, "'\"applied\"'"), ("2, 7", 2, "NULL"), ("3, 4", 3, "NULL")]
            {
                old.execute_batch(&format!(
                    "INSERT INTO fact (n, dseq, id, kind, version, business_date, captured, body, hash, private, verdict)
                     VALUES ({places}, x'{id:032x}', 'visit_closed', 1, '2026-07-27', '{clocks}', x'6{id}', x'{id:064x}',
                             'beside {id}', {verdict})"
                ))
                .unwrap();
            }
            old.execute_batch(&format!(
                "UPDATE fact SET left_by = 'ZY09' WHERE n = 3;
                 UPDATE fact SET journaled = 1 WHERE n = 2;
                 UPDATE setting SET value = '7' WHERE name = 'last_dseq';
                 PRAGMA user_version = {schema};"
            ))
            .unwrap();
            if schema == 6 {
                old.execute_batch(
                    "UPDATE fact SET told = 'then', answered = '2026-07-29', listed = 2 WHERE n = 1",
                )
                .unwrap();
            }
            drop(old);
            let store = Store::open(&path).unwrap();
            let facts = store.all_facts().unwrap();
            let told: Vec<_> = facts
                .iter()
                .map(|fact| (fact.dseq, fact.sealed.body.as_str(), fact.sealed.private.as_deref()))
                .collect();
            assert_eq!(told, [(0, "a", Some("beside 1")), (7, "b", Some("beside 2"))]);
            assert_eq!((store.last_dseq().unwrap(), store.waiting_count().unwrap()), (7, 1));
            assert_eq!(store.unkept_count(false).unwrap(), 0, "what waits is in a journal");
            let said = "SELECT verdict, told, answered, listed FROM fact WHERE n = 1";
            let said: (String, Option<String>, Option<String>, i64) = store
                .db
                .query_row(said, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
                .unwrap();
            let later = (schema == 6).then(|| ("then".to_owned(), "2026-07-29".to_owned())).unzip();
            assert_eq!(said, ("\"applied\"".to_owned(), later.0, later.1, if schema == 6 { 2 } else { 0 }));
        }
    }

    #[test]
    fn a_newer_file_is_refused_and_untouched() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phone.db");
        Store::open(&path).unwrap().db.pragma_update(None, "user_version", 99).unwrap();
        let refused = Store::open(&path).unwrap_err();
        assert!(matches!(refused, StoreError::Newer { found: 99, known: 7 }), "{refused}");
        assert!(path.exists());
    }

    #[test]
    fn a_full_disk_is_said_and_what_was_saved_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phone.db");
        let mut store = Store::open(&path).unwrap();
        store.set(&[("kept", "yes")]).unwrap();
        let pages: i64 = store.db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
        store.db.pragma_update(None, "max_page_count", pages).unwrap();
        let long = "x".repeat(1 << 20);
        assert!(matches!(store.set(&[("too", "much"), ("long", &long)]), Err(StoreError::Full)));
        assert_eq!(store.setting("kept").unwrap().as_deref(), Some("yes"));
        assert_eq!(store.setting("too").unwrap(), None, "nothing of a failed call stays");
        drop(store);
        assert_eq!(Store::open(&path).unwrap().setting("kept").unwrap().as_deref(), Some("yes"));
    }
}
