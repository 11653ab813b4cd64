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
];

pub(super) fn migrate(tx: &mut Tx<'_>) -> Result<(), DbError> {
    tx.batch("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")?;
    let found = tx.first("SELECT coalesce(max(version), 0) FROM schema_version", &[])?;
    let found: i64 = found.map_or(Ok(0), |row| row.get(0))?;
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(DbError::Newer { found, known });
    }
    for (version, migration) in (1i64..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
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
