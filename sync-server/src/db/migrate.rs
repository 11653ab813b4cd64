//! Bringing a database to the newest schema: numbered files, each in a transaction of its own.

use super::{DbError, Tx};

/// One step: a text for both engines, and what each says in its own words.
struct Migration {
    both: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Every schema, oldest first.
const MIGRATIONS: &[Migration] = &[
    Migration { both: include_str!("../../migrations/001_start.sql"), sqlite: "", postgres: "" },
    Migration {
        both: include_str!("../../migrations/002_trust.sql"),
        sqlite: include_str!("../../migrations/002_trust.sqlite.sql"),
        postgres: include_str!("../../migrations/002_trust.postgres.sql"),
    },
    Migration { both: include_str!("../../migrations/003_held.sql"), sqlite: "", postgres: "" },
    Migration {
        both: include_str!("../../migrations/004_slip.sql"),
        sqlite: include_str!("../../migrations/004_slip.sqlite.sql"),
        postgres: include_str!("../../migrations/004_slip.postgres.sql"),
    },
    Migration {
        both: include_str!("../../migrations/005_photos.sql"),
        sqlite: include_str!("../../migrations/005_photos.sqlite.sql"),
        postgres: include_str!("../../migrations/005_photos.postgres.sql"),
    },
    Migration { both: include_str!("../../migrations/006_named.sql"), sqlite: "", postgres: "" },
    Migration {
        both: include_str!("../../migrations/007_judged.sql"),
        sqlite: include_str!("../../migrations/007_judged.sqlite.sql"),
        postgres: include_str!("../../migrations/007_judged.postgres.sql"),
    },
    Migration { both: include_str!("../../migrations/008_learning.sql"), sqlite: "", postgres: "" },
    Migration { both: include_str!("../../migrations/009_phones.sql"), sqlite: "", postgres: "" },
    Migration {
        both: include_str!("../../migrations/010_order_of_keys.sql"),
        sqlite: "",
        postgres: include_str!("../../migrations/010_order_of_keys.postgres.sql"),
    },
    Migration { both: "", sqlite: "", postgres: include_str!("../../migrations/011_truncate.postgres.sql") },
    Migration { both: include_str!("../../migrations/012_out.sql"), sqlite: "", postgres: "" },
    Migration {
        both: include_str!("../../migrations/013_private.sql"),
        sqlite: include_str!("../../migrations/013_private.sqlite.sql"),
        postgres: include_str!("../../migrations/013_private.postgres.sql"),
    },
    Migration { both: include_str!("../../migrations/014_past.sql"), sqlite: "", postgres: "" },
];

pub(super) fn migrate(tx: &mut Tx<'_>) -> Result<(), DbError> {
    migrate_by(tx, MIGRATIONS)
}

/// Whether there is nothing to do.
///
/// # Errors
/// [`DbError::Newer`]: nothing that this program could do.
pub(super) fn is_newest(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    Ok(version(tx, MIGRATIONS)? == number(MIGRATIONS))
}

/// Of the database; one that these migrations do not know is newer.
fn version(tx: &mut Tx<'_>, migrations: &[Migration]) -> Result<i64, DbError> {
    tx.batch("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")?;
    let found = tx.first("SELECT coalesce(max(version), 0) FROM schema_version", &[])?;
    let (found, known) = (found.map_or(Ok(0), |row| row.get(0))?, number(migrations));
    if found > known { Err(DbError::Newer { found, known }) } else { Ok(found) }
}

fn number(migrations: &[Migration]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

fn migrate_by(tx: &mut Tx<'_>, migrations: &[Migration]) -> Result<(), DbError> {
    let found = version(tx, migrations)?;
    for (version, migration) in (1i64..).zip(migrations).filter(|(version, _)| *version > found) {
        let text = for_engine(tx, migration);
        tx.batch(&format!("BEGIN; {text}; INSERT INTO schema_version (version) VALUES ({version}); COMMIT"))
            .inspect_err(|_| {
                let _ = tx.batch("ROLLBACK");
            })?;
    }
    Ok(())
}

/// One text for both: the names of the types differ, and only SQLite has to be told to be strict.
fn for_engine(tx: &Tx<'_>, migration: &Migration) -> String {
    match tx {
        Tx::Sqlite(_) => {
            migration.both.replace("BYTEA", "BLOB").replace("BIGINT", "INTEGER") + migration.sqlite
        }
        Tx::Postgres(_) => migration.both.replace(") STRICT;", ");") + migration.postgres,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Row;

    #[test]
    fn orders_survive_the_table_that_is_written_anew_for_slips() {
        let file = rusqlite::Connection::open_in_memory().unwrap();
        let mut tx = Tx::Sqlite(&file);
        let slip = MIGRATIONS.iter().position(|step| step.both.contains("CREATE TABLE slip (")).unwrap();
        migrate_by(&mut tx, &MIGRATIONS[..slip]).unwrap();
        tx.batch(
            "INSERT INTO store_order (id, store, distributor, rep, version, confirmed_on, promised, day, waiting, late,
                                      state, flags, body, fact)
             VALUES (x'01', x'02', 'D01', 'ZY01', 2, '2026-07-27', '2026-07-28', '2026-07-29', 1, 1, 's', 'f', 'b', x'03')",
        )
        .unwrap();
        migrate(&mut tx).unwrap();
        let rows = tx.query("SELECT * FROM store_order", &[]).unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        let texts: Vec<String> = [2, 3, 5, 6, 7, 10, 11, 12].map(|n| row.get(n).unwrap()).into();
        assert_eq!(texts, ["D01", "ZY01", "2026-07-27", "2026-07-28", "2026-07-29", "s", "f", "b"]);
        let ids: Vec<Vec<u8>> = [0, 1, 13].map(|n| row.get(n).unwrap()).into();
        assert_eq!(ids, [[1], [2], [3]]);
        assert_eq!([4, 8, 9, 15].map(|n| row.get::<i64>(n).unwrap()), [2, 1, 1, 0]);
        let indexes =
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'store_order' AND sql <> ''";
        assert_eq!(tx.query(indexes, &[]).unwrap().len(), 3);
    }

    /// The schema before the one whose text has this in it.
    fn before(text: &str) -> usize {
        MIGRATIONS.iter().position(|migration| migration.both.contains(text)).unwrap()
    }

    #[test]
    fn the_rows_of_named_photos_come_and_go_and_leave_facts_and_visits_as_they_were() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let mut tx = Tx::Sqlite(&db);
        migrate_by(&mut tx, &MIGRATIONS[..before("CREATE TABLE visit_photo")]).unwrap();
        let body = r#"{"end":"worked","steps":{"display":{"done":{"photos_before":[{"sha256":"aa","len":1}],
            "photos_after":[{"sha256":"bb","len":1},{"sha256":"aa","len":1}]}},"note":"sha256"}}"#;
        for (id, body) in [("01", body), ("02", r#"{"end":"failed","photo":null}"#)] {
            tx.batch(&format!(
                "INSERT INTO fact VALUES (x'{id}', x'09', 'ZY01', 'visit_closed', 1, '2026-07-27', x'05', 0, 0, '{body}', x'00', '{{}}');
                 INSERT INTO visit VALUES (x'1{}', x'{id}', x'05', 'ZY01', '2026-07-27', 0, 0, 1, 'complete', 1, 0)",
                &id[1..]
            ))
            .unwrap();
        }
        migrate_by(&mut tx, &MIGRATIONS[..before("DROP TABLE visit_photo")]).unwrap();
        let rows = tx.query("SELECT fact, sha256 FROM visit_photo ORDER BY sha256", &[]).unwrap();
        let named = |row: &Row| (row.get::<Vec<u8>>(0).unwrap(), row.get::<String>(1).unwrap());
        let named: Vec<_> = rows.iter().map(named).collect();
        assert_eq!(named, [(vec![1], "aa".to_owned()), (vec![1], "bb".to_owned())]);
        migrate(&mut tx).unwrap();
        let tables = "SELECT name FROM sqlite_master WHERE tbl_name = 'visit_photo'";
        assert!(tx.query(tables, &[]).unwrap().is_empty());
        let rows =
            tx.query("SELECT f.body FROM visit v JOIN fact f ON f.id = v.fact ORDER BY f.id", &[]).unwrap();
        let bodies: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        assert_eq!(bodies, [body, r#"{"end":"failed","photo":null}"#]);
    }

    #[test]
    fn private_parts_learn_how_old_they_are_and_whom_they_name() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let mut tx = Tx::Sqlite(&db);
        migrate_by(&mut tx, &MIGRATIONS[..before("CREATE TABLE forgotten")]).unwrap();
        let trail = r#"{"owner_code":"0000","fixes":[[120.3,36.1,20.0]]}"#;
        let parts =
            [("01", "'2026-07-27'", trail), ("02", "NULL", trail), ("03", "NULL", r#"{"phone":"1"}"#)];
        for (id, effective, private) in parts {
            tx.batch(&format!(
                "INSERT INTO fact VALUES (x'{id}', x'09', 'ZY01', 'visit_closed', 1, '2099-01-01', x'05', 86400000, 0, '', x'00',
                                          '{{}}', {effective}, 0);
                 INSERT INTO fact_private VALUES (x'{id}', '{private}')"
            ))
            .unwrap();
        }
        migrate(&mut tx).unwrap();
        let rows = tx.query("SELECT since, store FROM fact_private ORDER BY id", &[]).unwrap();
        let marks = |row: &Row| (row.get(0).unwrap(), row.get::<Option<Vec<u8>>>(1).unwrap());
        let marks: Vec<(Option<String>, _)> = rows.iter().map(marks).collect();
        let day = |day: &str| Some(day.to_owned());
        assert_eq!(marks, [(day("2026-07-27"), None), (day("1970-01-02"), None), (None, Some(vec![5]))]);
    }
}
