//! The install's row: which place every fact has in it (3-sync 3.1). The row of a new install is made beside the one that
//! counts, in pieces, and takes its place in the commit that adopts the install (docs/adr/0015).

use rusqlite::{OptionalExtension, Transaction, params};
use xundian_domain::RecordId;

use super::install::{Told, forget};
use super::setting::put;
use super::{Store, StoreError};

/// Facts that get a place in one commit: a tap waits for so many, not for a year of them.
pub(super) const PLACED_AT_ONCE: usize = 200;

/// The row in the making: as `place` (`007_places.sql`), whose name it gets. It is no part of the schema: nobody but this
/// file knows it, and a phone that adopts no install has none.
const NEXT_ROW: &str = "CREATE TABLE IF NOT EXISTS next_place (
    dseq INTEGER NOT NULL PRIMARY KEY,
    fact INTEGER NOT NULL UNIQUE REFERENCES fact (n) ON DELETE CASCADE
) STRICT";

impl Store {
    /// What a kill left of a row in the making goes: the old install went on since.
    pub(super) fn drop_next_row(&mut self) -> Result<(), StoreError> {
        let tx = self.writing()?;
        tx.execute_batch("DROP TABLE IF EXISTS next_place")?;
        tx.commit()
    }

    /// The next piece of what waits gets its places in the row in the making, in the order of capture. Gives how many facts.
    pub(super) fn place_next(&mut self, most: usize) -> Result<usize, StoreError> {
        let tx = self.writing()?;
        tx.execute_batch(NEXT_ROW)?;
        let placed = tx.execute(
            "INSERT INTO next_place (dseq, fact)
             SELECT (SELECT coalesce(max(dseq), 0) FROM next_place) + row_number() OVER (ORDER BY n), n FROM fact
             WHERE verdict IS NULL AND left_by IS NULL AND n > (SELECT coalesce(max(fact), 0) FROM next_place)
             ORDER BY n LIMIT ?1",
            params![most],
        )?;
        tx.commit()?;
        Ok(placed)
    }
}

/// A new row: everything that waits has its place from 1, in the order of capture. What has come to wait since the row was
/// made in pieces stands at its end.
pub(super) fn place_what_waits(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute_batch(NEXT_ROW)?;
    tx.execute(
        "INSERT INTO next_place (dseq, fact)
         SELECT (SELECT coalesce(max(dseq), 0) FROM next_place) + row_number() OVER (ORDER BY n), n FROM fact
         WHERE verdict IS NULL AND left_by IS NULL
         AND NOT EXISTS (SELECT 1 FROM next_place WHERE next_place.fact = fact.n) ORDER BY n",
        [],
    )?;
    tx.execute_batch("DROP TABLE place; ALTER TABLE next_place RENAME TO place")?;
    let last: i64 = tx.query_row("SELECT coalesce(max(dseq), 0) FROM place", [], |row| row.get(0))?;
    put(tx, &[("last_dseq", &last.to_string())])
}

/// Facts of which the server lost what it had acknowledged go to the end of the row.
pub(super) fn place_again(tx: &Transaction<'_>, missing: &[RecordId]) -> Result<(), StoreError> {
    let forget = forget(Told::Before);
    let sql = format!(
        "UPDATE fact SET {forget} WHERE id = ?1 AND verdict IS NOT NULL AND left_by IS NULL RETURNING n"
    );
    let mut rows = Vec::new();
    for id in missing {
        let known = tx.prepare_cached(&sql)?.query_row(params![id.0], |row| row.get::<_, i64>(0));
        rows.extend(known.optional()?);
    }
    for n in &rows {
        tx.prepare_cached("DELETE FROM place WHERE fact = ?1")?.execute([n])?;
    }
    give_places(tx, &rows)?;
    Ok(())
}

/// Puts facts at the end of the row; gives the highest place.
pub(super) fn give_places(tx: &Transaction<'_>, rows: &[i64]) -> Result<u64, StoreError> {
    let mut last = last_place(tx)?;
    for n in rows {
        last += 1;
        tx.prepare_cached("INSERT INTO place (dseq, fact) VALUES (?1, ?2)")?.execute(params![last, n])?;
    }
    put(tx, &[("last_dseq", &last.to_string())])?;
    Ok(last)
}

/// The highest place ever given to this install.
pub(super) fn last_place(db: &rusqlite::Connection) -> Result<u64, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'last_dseq'), 0)",
    )?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::fact::tests::fact;
    use super::super::install::tests::{acknowledge, heard, renewed, row, store};
    use super::*;

    #[test]
    fn a_row_in_the_making_that_was_cut_after_any_piece_leaves_the_old_one_and_is_made_anew() {
        for pieces in 0..=4 {
            let (dir, mut cut) = store(7);
            acknowledge(&mut cut, 2);
            let before = row(&cut);
            for _ in 0..pieces {
                cut.place_next(2).unwrap();
            }
            drop(cut);
            let mut store = Store::open(&dir.path().join("phone.db")).unwrap();
            assert_eq!(row(&store), before, "the old install goes on after {pieces} pieces");
            assert_eq!(store.seal(&fact(8, "a"), &[]).unwrap().dseq, 8);
            acknowledge(&mut store, 4);
            assert_eq!(store.waiting_count().unwrap(), 4);
            store.adopt(&renewed(), &heard(9), false).unwrap();
            assert_eq!(row(&store), [(1, 5), (2, 6), (3, 7), (4, 8)], "after {pieces} pieces");
            assert_eq!(store.seal(&fact(9, "a"), &[]).unwrap().dseq, 5);
        }
    }

    #[test]
    fn a_year_gets_its_places_in_several_pieces_and_stays_in_order() {
        let facts = 2 * u128::try_from(PLACED_AT_ONCE).unwrap() + 1;
        let (_dir, mut store) = store(facts);
        for round in 0..2 {
            store.adopt(&renewed(), &heard(0), round == 1).unwrap();
            let row = store.facts_after(0, 1_000).unwrap();
            let row: Vec<_> = row.iter().map(|f| (u128::from(f.dseq), f.sealed.id.0.as_u128())).collect();
            assert_eq!(row, (1..=facts).map(|n| (n, n)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_comes_to_wait_between_two_pieces_stands_behind_them_once() {
        let (_dir, mut store) = store(5);
        acknowledge(&mut store, 2);
        store.place_next(2).unwrap();
        store.day_listed(RecordId(Uuid::nil()), &[RecordId(Uuid::from_u128(1))]).unwrap();
        store.seal(&fact(6, "a"), &[]).unwrap();
        let tx = store.writing().unwrap();
        place_what_waits(&tx).unwrap();
        tx.commit().unwrap();
        assert_eq!(row(&store), [(1, 3), (2, 4), (3, 1), (4, 5), (5, 6)]);
        assert_eq!(store.last_dseq().unwrap(), 5);
    }

    #[test]
    fn a_row_in_the_making_is_in_nobodys_way() {
        let (dir, mut store) = store(4);
        acknowledge(&mut store, 4);
        store.seal(&fact(5, "a"), &[]).unwrap();
        store.place_next(2).unwrap();
        let mut beside = Store::open(&dir.path().join("phone.db")).unwrap();
        let old = "2026-09-20".parse().unwrap();
        assert_eq!(beside.prune(old).unwrap(), 4);
        beside.adopt(&renewed(), &heard(0), false).unwrap();
        assert_eq!((row(&beside), row(&store)), (vec![(1, 5)], vec![(1, 5)]), "both connections see it");
        assert_eq!(store.place_next(2).unwrap(), 1, "of a second adoption that began before");
        store.adopt(&renewed(), &heard(0), false).unwrap();
        assert_eq!(row(&store), [(1, 5)]);
    }
}
