//! The end of tombstones (the sync contract, 3.4): rows that went ninety days ago are told no more. They are deleted in the
//! order of their versions and in small commits; the floor of their scope rises with each, so that a phone that was not told
//! of one of them starts the scope again, wherever a server stopped in between.

use xundian_domain::BusinessDate;

use crate::db::{Db, DbError, Tx};
use crate::setting;

/// Tombstones live for so many days.
const TOMBSTONE_DAYS: u32 = 90;
/// Tombstones that one job of the writer deletes: phones that push meanwhile wait for no more than that.
const AT_ONCE: u64 = 500;
/// Tombstones after which a call leaves the others to the next one: a freeze waits no longer than that.
const OF_A_CALL: u64 = 5_000;
/// The setting that says on which business date nothing was left to end.
const DONE: &str = "tombstones_ended";

/// Notes the version of every scope once a day, and ends tombstones of versions that are too old: called at every tick, it goes
/// on until nothing is left on a business date. A phone that slept longer starts those scopes again. Blocks.
///
/// # Errors
/// A failing database; what was ended before stays so.
pub fn end_of_tombstones(db: &Db, today: BusinessDate) -> Result<(), DbError> {
    if db.read_now(|tx| setting::read::<BusinessDate>(tx, DONE))? == Some(today) {
        return Ok(());
    }
    db.write_now(move |tx| note_versions(tx, today))?;
    let (before, mut gone) = (today.minus_days(TOMBSTONE_DAYS), 0);
    for (scope, version) in db.read_now(|tx| old_scopes(tx, before))? {
        loop {
            if gone >= OF_A_CALL {
                return Ok(());
            }
            let scope = scope.clone();
            let piece = db.write_now(move |tx| end_piece(tx, &scope, version))?;
            gone += piece;
            if piece < AT_ONCE {
                break;
            }
        }
    }
    db.write_now(move |tx| {
        tx.execute("DELETE FROM scope_mark WHERE day < $1", &[before.into()])?;
        setting::keep(tx, DONE, today)
    })
}

fn note_versions(tx: &mut Tx<'_>, today: BusinessDate) -> Result<(), DbError> {
    let noted = tx.first("SELECT scope FROM scope_mark WHERE day = $1 LIMIT 1", &[today.into()])?;
    if noted.is_none() {
        tx.execute(
            "INSERT INTO scope_mark (scope, day, version) SELECT name, CAST($1 AS TEXT), version FROM scope",
            &[today.into()],
        )?;
    }
    Ok(())
}

/// Scopes with tombstones of a version that they had on that day or before, and this version.
fn old_scopes(tx: &mut Tx<'_>, before: BusinessDate) -> Result<Vec<(String, i64)>, DbError> {
    let rows = tx.query(
        "SELECT m.scope, m.version
         FROM (SELECT scope, max(version) AS version FROM scope_mark WHERE day <= $1 GROUP BY scope) m
         JOIN scope s ON s.name = m.scope
         WHERE EXISTS (SELECT 1 FROM scope_row r WHERE r.scope = m.scope AND r.version >= s.floor
                       AND r.version <= m.version AND r.value IS NULL)
         ORDER BY m.scope",
        &[before.into()],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Deletes the oldest ones; gives how many. Below the floor there are none, at it there may be.
fn end_piece(tx: &mut Tx<'_>, scope: &str, version: i64) -> Result<u64, DbError> {
    let gone = tx.query(
        "DELETE FROM scope_row WHERE scope = $1 AND (tbl, key) IN (
             SELECT tbl, key FROM scope_row
             WHERE scope = $1 AND version >= (SELECT floor FROM scope WHERE name = $1) AND version <= $2
             AND value IS NULL ORDER BY version, tbl, key LIMIT $3)
         RETURNING version",
        &[scope.into(), version.into(), AT_ONCE.into()],
    )?;
    let versions: Vec<i64> = gone.iter().map(|row| row.get(0)).collect::<Result<_, DbError>>()?;
    if let Some(last) = versions.iter().max() {
        tx.execute("UPDATE scope SET floor = $2 WHERE name = $1", &[scope.into(), (*last).into()])?;
    }
    Ok(u64::try_from(versions.len()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Address;
    use crate::db::tests::fresh;
    use crate::sync::Packs;
    use crate::sync::pull::tests::{Puller, SEALER, put};

    const SCOPE: &str = "rep/ZY01";

    fn day(n: u32) -> BusinessDate {
        "2026-01-01".parse::<BusinessDate>().unwrap().plus_days(n)
    }

    fn number(db: &Db, sql: &str) -> i64 {
        db.read_now(|tx| tx.first(sql, &[])).unwrap().map_or(0, |row| row.get(0).unwrap())
    }

    fn tombstones(db: &Db) -> i64 {
        number(db, "SELECT count(*) FROM scope_row WHERE value IS NULL")
    }

    fn floor(db: &Db) -> i64 {
        number(db, "SELECT floor FROM scope WHERE name = 'rep/ZY01'")
    }

    #[test]
    fn a_call_ends_so_many_and_the_next_ones_on_the_same_day_the_rest() {
        let (_folder, db) = fresh();
        let rows = usize::try_from(OF_A_CALL + AT_ONCE + 1).unwrap();
        put(&db, SCOPE, 0..rows, Some("1"));
        put(&db, SCOPE, 0..rows, None);
        put(&db, "rep/ZY02", 0..3, Some("1"));
        put(&db, "rep/ZY02", 0..2, None);
        end_of_tombstones(&db, day(0)).unwrap();
        put(&db, "rep/ZY02", 2..3, None);
        end_of_tombstones(&db, day(91)).unwrap();
        assert_eq!(tombstones(&db), i64::try_from(AT_ONCE).unwrap() + 1 + 3);
        end_of_tombstones(&db, day(91)).unwrap();
        assert_eq!(tombstones(&db), 1, "one is younger than the first day");
        assert_eq!(number(&db, "SELECT count(*) FROM scope_mark"), 2, "the first day's are of no more use");
        end_of_tombstones(&db, day(181)).unwrap();
        assert_eq!(tombstones(&db), 0);
    }

    /// A phone that has everything that is there now.
    fn phone(db: &Db) -> Puller {
        let mut phone = Puller::default();
        phone.drain(db, &Packs::default(), SEALER, &[SCOPE]);
        phone
    }

    #[test]
    fn whoever_stands_before_what_is_gone_starts_again_wherever_the_server_stopped() {
        let (folder, db) = fresh();
        let packs = Packs::default();
        put(&db, SCOPE, 0..900, Some("1"));
        let mut asleep = phone(&db);
        put(&db, SCOPE, 0..700, None);
        let (mut between, mut late) = (phone(&db), phone(&db));
        put(&db, SCOPE, 700..800, None);
        let mut awake = phone(&db);
        end_of_tombstones(&db, day(0)).unwrap();
        // One piece of the day, and the server stops.
        db.write_now(|tx| note_versions(tx, day(91))).unwrap();
        let found = db.read_now(|tx| old_scopes(tx, day(1))).unwrap();
        assert_eq!(found, [(SCOPE.to_owned(), 3)]);
        assert_eq!(db.write_now(|tx| end_piece(tx, SCOPE, 3)).unwrap(), AT_ONCE);
        drop(db);
        let db = Db::open(&Address::Sqlite(folder.path().join("server.db"))).unwrap();
        assert_eq!((tombstones(&db), floor(&db)), (300, 2));
        let seen = |phone: &mut Puller| phone.drain(&db, &packs, SEALER, &[SCOPE]);
        assert_eq!(seen(&mut asleep)[0], "reset rep/ZY01");
        let deleted: Vec<String> = (700..800).map(|n| format!("-{n:06}")).collect();
        assert_eq!(seen(&mut between), deleted, "what it still has to hear is there");
        assert!(seen(&mut awake).is_empty());
        // And the next one goes on.
        end_of_tombstones(&db, day(91)).unwrap();
        assert_eq!((tombstones(&db), floor(&db)), (0, 3));
        assert_eq!(seen(&mut late)[0], "reset rep/ZY01");
        for mut phone in [asleep, between, late, awake] {
            assert!(seen(&mut phone).is_empty());
            assert_eq!(phone.rows[SCOPE].len(), 100);
        }
    }
}
