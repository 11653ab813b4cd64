//! Opening: pragmas, migrations, and what happens to a file that cannot be used.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

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

/// What the file consists of, as endings of its name: itself, the log with its newest rows, the log's index.
const PARTS: [&str; 3] = ["", "-wal", "-shm"];

impl Store {
    /// Opens or makes the phone's file.
    ///
    /// # Errors
    /// [`StoreError::Newer`] leaves the file alone. [`StoreError::Corrupt`] puts a damaged file aside, never
    /// deletes it; the next call starts with a fresh one. [`StoreError::NotPutAside`] if that cannot be done.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            // What a crash left of a file that was put aside: SQLite deletes the log that a new file finds.
            put_aside(path)?;
        }
        match Self::open_checked(path) {
            Err(StoreError::Database(error)) if StoreError::is_damage(&error) => {
                let kept_as = put_aside(path)?;
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

/// Renames a damaged file and its companions to the first free `….damaged-n` and gives that name. Nobody may hold the file. One
/// that is not there any more was put aside by a faster call: the name is that one's, or empty if no file was ever put aside.
///
/// The file goes first: what a crash leaves of the rest lies beside no file, and follows when this is called again or a new file
/// is opened. The other way round the old file would open without its newest rows.
///
/// # Errors
/// [`StoreError::NotPutAside`]: what has no new name yet lies where it was, and the next call goes on there.
pub fn put_aside(path: &Path) -> Result<String, StoreError> {
    let kept = |n: u32| with_suffix(path, &format!(".damaged-{n}"));
    let free = (1..).find(|n| !is_taken(&kept(*n))).unwrap_or(u32::MAX);
    let is_there = path.exists();
    if !is_there && free == 1 {
        return Ok(String::new());
    }
    let kept = kept(if is_there { free } else { free - 1 });
    rename_all(path, &kept).map_err(|why| StoreError::NotPutAside { reason: why.to_string() })?;
    Ok(kept.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default())
}

/// What is there of a file, itself first; on the disk before a new one takes the name.
fn rename_all(path: &Path, kept: &Path) -> std::io::Result<()> {
    for part in PARTS {
        let (from, to) = (with_suffix(path, part), with_suffix(kept, part));
        // A log that belongs to no file takes no other one's place.
        if from.exists() && !to.exists() {
            std::fs::rename(from, to)?;
        }
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Whether anything has this name.
fn is_taken(kept: &Path) -> bool {
    PARTS.iter().any(|part| with_suffix(kept, part).exists())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
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
            assert_eq!(store.unkept_count().unwrap(), 0, "what waits is in a journal");
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
    fn a_damaged_file_is_put_aside_and_a_fresh_one_opens() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("phone.db");
        std::fs::write(&path, b"this is no database, but perhaps thirty visits").unwrap();
        let StoreError::Corrupt { kept_as } = Store::open(&path).unwrap_err() else { panic!("not seen") };
        assert_eq!(kept_as, "phone.db.damaged-1");
        let kept = std::fs::read(dir.path().join(kept_as)).unwrap();
        assert!(kept.starts_with(b"this is no database"));
        Store::open(&path).unwrap();
    }

    #[test]
    fn what_is_put_aside_replaces_nothing_and_takes_its_companions_along() {
        let (dir, path) = folder_of(&[
            ("phone.db.damaged-1", "an older one"),
            ("phone.db.damaged-2-wal", "the log of one that was taken away"),
            ("phone.db", "rows"),
            ("phone.db-wal", "newer rows"),
        ]);
        assert_eq!(put_aside(&path).unwrap(), "phone.db.damaged-3");
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(read("phone.db.damaged-1"), "an older one");
        assert_eq!(read("phone.db.damaged-2-wal"), "the log of one that was taken away");
        assert_eq!(read("phone.db.damaged-3"), "rows");
        assert_eq!(read("phone.db.damaged-3-wal"), "newer rows");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 4);
        assert_eq!(put_aside(&path).unwrap(), "phone.db.damaged-3", "somebody was faster");
    }

    #[test]
    fn a_log_that_a_crash_left_behind_goes_to_its_file_before_a_new_one_opens() {
        let (dir, path) = folder_of(&[("phone.db.damaged-1", "rows"), ("phone.db-wal", "newer rows")]);
        Store::open(&path).unwrap().set(&[("a new", "file")]).unwrap();
        let kept = std::fs::read_to_string(dir.path().join("phone.db.damaged-1-wal")).unwrap();
        assert_eq!(kept, "newer rows");
        Store::open(&path).unwrap();
        assert!(!dir.path().join("phone.db.damaged-2").exists(), "the new file is in order");
    }

    #[test]
    fn a_log_beside_no_file_takes_no_other_ones_place() {
        let (dir, path) = folder_of(&[
            ("phone.db.damaged-1", "rows"),
            ("phone.db.damaged-1-wal", "newer rows"),
            ("phone.db-wal", "of a file that somebody took away"),
        ]);
        Store::open(&path).unwrap();
        let kept = std::fs::read_to_string(dir.path().join("phone.db.damaged-1-wal")).unwrap();
        assert_eq!(kept, "newer rows");
    }

    #[test]
    fn what_cannot_be_put_aside_stays_where_it_is() {
        // The other name would be longer than a folder takes.
        let name = "p".repeat(250);
        let (dir, _) = folder_of(&[(&name, "rows")]);
        let path = dir.path().join(&name);
        assert!(matches!(put_aside(&path), Err(StoreError::NotPutAside { .. })));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "rows");
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

    fn folder_of(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let path = dir.path().join("phone.db");
        (dir, path)
    }
}
