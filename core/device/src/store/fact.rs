//! Facts and the outbox: a fact is serialised once and kept as exactly those bytes; it gets its place in the row of
//! sent things in the same transaction (3-sync 3.1, 3.2).

use rusqlite::{OptionalExtension, Row, Transaction, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use xundian_domain::stamp::Stamp;
use xundian_domain::{BusinessDate, RecordId, VisitId};
use xundian_protocol::limits::RECORD_BYTES;
use xundian_protocol::push::wire_len;

use super::{Store, StoreError};

/// Something to be sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFact {
    /// Its id.
    pub id: RecordId,
    /// What it is, e.g. `visit_closed`.
    pub kind: String,
    /// Version of the kind's schema.
    pub version: u32,
    /// The business date it belongs to.
    pub date: BusinessDate,
    /// The clocks at sealing.
    pub captured: Stamp,
    /// The bytes, for good.
    pub body: String,
    /// JSON that travels beside the fact and can be deleted.
    pub private: Option<String>,
}

/// Where a fact went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Its place in the install's row of facts, from 1, without gaps.
    pub dseq: u64,
}

/// A sealed fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Place in the row; 0 = an earlier install pushed it.
    pub dseq: u64,
    /// What was sealed.
    pub sealed: NewFact,
    /// SHA-256 of the body.
    pub hash: [u8; 32],
    /// The server's first word about it as JSON; `None` = not known to be on the server.
    pub verdict: Option<String>,
    /// Its word before it was restored.
    pub told: Option<String>,
}

/// What became of facts that another phone sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct ImportReport {
    /// Not here before; they wait for the next sync.
    pub taken: u32,
    /// Here already.
    pub known: u32,
    /// Here with other bytes: those that are here stay.
    pub differing: u32,
}

impl Fact {
    /// Whether a closing of its day counts it: it has a place in this install's row, or waits for one while a new row is made.
    pub(crate) fn is_counted(&self) -> bool {
        self.dseq > 0 || self.verdict.is_none()
    }
}

impl Store {
    /// Seals a fact together with the rows that it changes on the phone itself. On the disk when this returns. Sealing
    /// the same fact again returns the first receipt.
    ///
    /// # Errors
    /// [`StoreError::Sealed`] if the id has other bytes; then nothing changes.
    pub fn seal(&mut self, fact: &NewFact, own: &[OwnRow]) -> Result<Receipt, StoreError> {
        let tx = self.writing()?;
        let (receipt, new) = insert(&tx, fact)?;
        if new {
            put_own(&tx, fact.id, own)?;
        }
        tx.commit()?;
        Ok(receipt)
    }

    /// Facts that another phone sealed come to the end of the row, in their order, each with the rows that it changes
    /// here. One commit.
    ///
    /// # Errors
    /// A failing file; then none is taken.
    pub fn take_over(&mut self, facts: &[(NewFact, Vec<OwnRow>)]) -> Result<ImportReport, StoreError> {
        let tx = self.writing()?;
        let mut report = ImportReport::default();
        for (fact, own) in facts {
            match insert(&tx, fact) {
                Ok((_, true)) => {
                    put_own(&tx, fact.id, own)?;
                    report.taken += 1;
                }
                Ok((_, false)) => report.known += 1,
                Err(StoreError::Sealed(_)) => report.differing += 1,
                Err(why) => return Err(why),
            }
        }
        tx.commit()?;
        Ok(report)
    }

    /// Check-out: seals the visit, forgets its drafts and closes it, in one commit.
    ///
    /// # Errors
    /// [`StoreError::NoVisit`] if this visit is not open and was not sealed before.
    pub fn check_out(
        &mut self,
        visit: VisitId,
        fact: &NewFact,
        own: &[OwnRow],
    ) -> Result<Receipt, StoreError> {
        let tx = self.writing()?;
        let closed = tx.prepare_cached("DELETE FROM open_visit WHERE id = ?1")?.execute(params![visit.0])?;
        let (receipt, new) = insert(&tx, fact)?;
        if closed == 0 && new {
            return Err(StoreError::NoVisit);
        }
        if new {
            put_own(&tx, fact.id, own)?;
        }
        tx.prepare_cached("DELETE FROM draft WHERE visit = ?1")?.execute(params![visit.0])?;
        tx.commit()?;
        Ok(receipt)
    }

    /// The facts behind a place in the row, oldest first, at most `limit`, whatever the server said about them.
    ///
    /// # Errors
    /// A failing file.
    pub fn facts_after(&self, dseq: u64, limit: usize) -> Result<Vec<Fact>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.db.prepare_cached(
            "SELECT dseq, id, kind, version, business_date, captured, body, hash, private, verdict, told
             FROM place JOIN fact ON fact.n = place.fact JOIN sealed ON sealed.n = place.fact
             WHERE dseq > ?1 ORDER BY dseq LIMIT ?2",
        )?;
        let rows = statement.query_map(params![dseq, limit], read)?;
        rows.map(|row| row?.map_err(|why| super::draft::unreadable("fact", &why))).collect()
    }

    /// Every fact of this phone's rep that is still here, by its place; those of earlier installs, which have none, first.
    ///
    /// # Errors
    /// A failing file.
    pub fn all_facts(&self) -> Result<Vec<Fact>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT coalesce(dseq, 0), id, kind, version, business_date, captured, body, hash, private, verdict, told
             FROM fact JOIN sealed USING (n) LEFT JOIN place ON place.fact = fact.n
             WHERE left_by IS NULL ORDER BY coalesce(dseq, 0), fact.n",
        )?;
        let rows = statement.query_map([], read)?;
        rows.map(|row| row?.map_err(|why| super::draft::unreadable("fact", &why))).collect()
    }

    /// The newest facts of this phone's rep, newest first, also those that an earlier install pushed. What waits and what was
    /// refused comes before the others where there are more than `limit`: it must never be hidden.
    ///
    /// # Errors
    /// A failing file.
    pub fn newest_facts(&self, limit: usize) -> Result<Vec<Fact>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.db.prepare_cached(
            "SELECT coalesce(dseq, 0), id, kind, version, business_date, captured, body, hash, private, verdict, told
             FROM fact JOIN sealed USING (n) LEFT JOIN place ON place.fact = fact.n
             WHERE fact.n IN (
                 SELECT n FROM fact WHERE left_by IS NULL
                 ORDER BY verdict IS NULL DESC, verdict LIKE '{\"verdict\":\"rejected\"%' DESC, n DESC LIMIT ?1)
             ORDER BY fact.n DESC",
        )?;
        let rows = statement.query_map([limit], read)?;
        rows.map(|row| row?.map_err(|why| super::draft::unreadable("fact", &why))).collect()
    }

    /// The facts of a business date by this phone's rep, oldest first.
    ///
    /// # Errors
    /// A failing file.
    pub fn facts_of(&self, date: BusinessDate) -> Result<Vec<Fact>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT coalesce(dseq, 0), id, kind, version, business_date, captured, body, hash, private, verdict, told
             FROM fact JOIN sealed USING (n) LEFT JOIN place ON place.fact = fact.n
             WHERE business_date = ?1 AND left_by IS NULL ORDER BY fact.n",
        )?;
        let rows = statement.query_map(params![date.to_string()], read)?;
        rows.map(|row| row?.map_err(|why| super::draft::unreadable("fact", &why))).collect()
    }

    /// The business date of a fact.
    ///
    /// # Errors
    /// A failing file.
    pub fn date_of(&self, id: RecordId) -> Result<Option<BusinessDate>, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT business_date FROM fact WHERE id = ?1")?;
        let date: Option<String> = statement.query_row(params![id.0], |row| row.get(0)).optional()?;
        Ok(date.and_then(|date| date.parse().ok()))
    }

    /// The next facts for the server, oldest first, at most `limit`.
    ///
    /// # Errors
    /// A failing file.
    pub fn waiting(&self, limit: usize) -> Result<Vec<Fact>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.db.prepare_cached(
            "SELECT coalesce(dseq, 0), id, kind, version, business_date, captured, body, hash, private, verdict, told
             FROM fact JOIN sealed USING (n) LEFT JOIN place ON place.fact = fact.n
             WHERE verdict IS NULL AND left_by IS NULL ORDER BY fact.n LIMIT ?1",
        )?;
        let rows = statement.query_map(params![limit], read)?;
        rows.map(|row| row?.map_err(|why| super::draft::unreadable("fact", &why))).collect()
    }

    /// How many facts are not on the server.
    ///
    /// # Errors
    /// A failing file.
    pub fn waiting_count(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM fact WHERE verdict IS NULL AND left_by IS NULL";
        let mut statement = self.db.prepare_cached(sql)?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// Kind and bytes of what waits to be sent and made an order or changed one, where no row of this phone says so: the server had it
    /// and went back to a copy without it, or it came with a journal.
    ///
    /// # Errors
    /// A failing file.
    pub fn unsent_without_rows(&self) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT kind, CAST(body AS TEXT) FROM fact JOIN sealed USING (n) WHERE verdict IS NULL AND left_by IS NULL
             AND kind IN ('visit_closed', 'order_amended', 'order_cancelled') AND id NOT IN (
                 SELECT made_by FROM master_row WHERE scope = 'own' AND tbl = 'order_state' AND made_by IS NOT NULL)",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Kind and verdict of this rep's facts of which nothing takes effect, or whose order had come already, by words that were
    /// heard since a day (UTC, by the server). The bodies are not read.
    ///
    /// # Errors
    /// A failing file.
    pub fn doubted_since(&self, date: BusinessDate) -> Result<Vec<(String, String)>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT kind, verdict FROM fact WHERE answered >= ?1 AND left_by IS NULL
             AND (verdict NOT LIKE '{\"verdict\":\"applied\"%' OR verdict LIKE '%\"already_delivered\"%')",
        )?;
        let rows = statement.query_map(params![date.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The highest place given so far; 0 = none.
    ///
    /// # Errors
    /// A failing file.
    pub fn last_dseq(&self) -> Result<u64, StoreError> {
        super::place::last_place(&self.db)
    }
}

/// A row that a fact makes on the phone, until a row of the server with this key comes that knows of the fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRow {
    /// Table.
    pub table: String,
    /// Key.
    pub key: String,
    /// JSON; `None` takes the own row back.
    pub value: Option<String>,
}

fn put_own(tx: &Transaction<'_>, made_by: RecordId, rows: &[OwnRow]) -> Result<(), StoreError> {
    for row in rows {
        match &row.value {
            Some(value) => tx
                .prepare_cached(
                    "INSERT INTO master_row (tbl, key, scope, value, made_by) VALUES (?1, ?2, 'own', ?3, ?4)
                     ON CONFLICT (tbl, key, scope)
                     DO UPDATE SET value = excluded.value, made_by = excluded.made_by",
                )?
                .execute(params![row.table, row.key, value, made_by.0])?,
            None => tx
                .prepare_cached("DELETE FROM master_row WHERE tbl = ?1 AND key = ?2 AND scope = 'own'")?
                .execute(params![row.table, row.key])?,
        };
    }
    Ok(())
}

/// Adds the fact at the end of the row, or finds it there; says whether it is new.
fn insert(tx: &Transaction<'_>, fact: &NewFact) -> Result<(Receipt, bool), StoreError> {
    let bytes = wire_len(&fact.body);
    if bytes > RECORD_BYTES {
        return Err(StoreError::TooLong { bytes, limit: RECORD_BYTES });
    }
    let hash: [u8; 32] = Sha256::digest(fact.body.as_bytes()).into();
    let known = tx
        .prepare_cached(
            "SELECT coalesce(dseq, 0), hash FROM fact LEFT JOIN place ON place.fact = fact.n WHERE id = ?1",
        )?
        .query_row(params![fact.id.0], |row| Ok((row.get(0)?, row.get::<_, [u8; 32]>(1)?)))
        .optional()?;
    if let Some((dseq, sealed_hash)) = known {
        return if sealed_hash == hash {
            Ok((Receipt { dseq }, false))
        } else {
            Err(StoreError::Sealed(fact.id.0))
        };
    }
    let captured = super::draft::json("clocks", &fact.captured)?;
    tx.prepare_cached(
        "INSERT INTO fact (id, kind, version, business_date, captured, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![fact.id.0, fact.kind, fact.version, fact.date.to_string(), captured, hash])?;
    let n = tx.last_insert_rowid();
    tx.prepare_cached("INSERT INTO sealed (n, body, private) VALUES (?1, ?2, ?3)")?.execute(params![
        n,
        fact.body.as_bytes(),
        fact.private
    ])?;
    let dseq = super::place::give_places(tx, &[n])?;
    Ok((Receipt { dseq }, true))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<Fact, String>> {
    let (date, captured): (String, String) = (row.get(4)?, row.get(5)?);
    let body = String::from_utf8(row.get(6)?);
    let (id, kind, version, private) = (row.get::<_, Uuid>(1)?, row.get(2)?, row.get(3)?, row.get(8)?);
    let (dseq, hash, verdict, told) = (row.get(0)?, row.get(7)?, row.get(9)?, row.get(10)?);
    Ok((|| {
        let date = date.parse().map_err(|why| format!("{why}"))?;
        let captured = serde_json::from_str(&captured).map_err(|why| why.to_string())?;
        let body = body.map_err(|why| why.to_string())?;
        let sealed = NewFact { id: RecordId(id), kind, version, date, captured, body, private };
        Ok(Fact { dseq, sealed, hash, verdict, told })
    })())
}

#[cfg(test)]
pub(super) mod tests {
    use xundian_domain::StoreId;
    use xundian_domain::stamp::{Millis, Stamp};
    use xundian_domain::visit::Step;

    use super::super::OpenVisit;
    use super::*;

    pub(in super::super) fn fact(n: u128, body: &str) -> NewFact {
        NewFact {
            id: RecordId(Uuid::from_u128(n)),
            kind: "visit_closed".into(),
            version: 1,
            date: "2026-07-27".parse().unwrap(),
            captured: Stamp { wall: Millis(0), mono_ms: 0, boot: Uuid::nil(), server_offset_ms: None },
            body: body.into(),
            private: None,
        }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("phone.db")).unwrap();
        (dir, store)
    }

    fn begin(store: &mut Store, n: u128) -> VisitId {
        let check_in = Stamp { wall: Millis(0), mono_ms: 0, boot: Uuid::nil(), server_offset_ms: None };
        let date = "2026-07-27".parse().unwrap();
        let id = VisitId(Uuid::from_u128(n));
        let visit = OpenVisit { id, store: StoreId(Uuid::nil()), planned: true, date, check_in };
        store.begin_visit(&visit).unwrap();
        id
    }

    #[test]
    fn places_have_no_gaps_and_bytes_stay() {
        let (_dir, mut store) = store();
        for n in 1..=3 {
            assert_eq!(store.seal(&fact(n, "{ \"a\": 1 }"), &[]).unwrap().dseq, u64::try_from(n).unwrap());
        }
        let waiting = store.waiting(2).unwrap();
        assert_eq!(waiting.iter().map(|fact| fact.dseq).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(waiting[0].sealed.body, "{ \"a\": 1 }");
        assert_eq!(waiting[0].hash, <[u8; 32]>::from(Sha256::digest("{ \"a\": 1 }")));
    }

    #[test]
    fn sealing_twice_is_one_fact_and_other_bytes_are_refused() {
        let (_dir, mut store) = store();
        assert_eq!(store.seal(&fact(1, "a"), &[]).unwrap(), store.seal(&fact(1, "a"), &[]).unwrap());
        assert!(matches!(store.seal(&fact(1, "b"), &[]), Err(StoreError::Sealed(_))));
        assert_eq!(store.waiting(10).unwrap()[0].sealed.body, "a");
        assert_eq!(store.last_dseq().unwrap(), 1);
    }

    #[test]
    fn check_out_seals_and_clears_in_one_commit() {
        let (_dir, mut store) = store();
        let visit = begin(&mut store, 5);
        store.save_draft(visit, Step::Display, "", Some("{}")).unwrap();
        store.check_out(visit, &fact(1, "a"), &[]).unwrap();
        assert_eq!(store.open_visit().unwrap(), None);
        assert!(store.drafts(visit, Step::Display).unwrap().is_empty());
        assert_eq!(store.waiting_count().unwrap(), 1);
    }

    #[test]
    fn check_out_repeated_after_a_lost_answer_changes_nothing() {
        let (_dir, mut store) = store();
        let visit = begin(&mut store, 5);
        let first = store.check_out(visit, &fact(1, "a"), &[]).unwrap();
        let next = begin(&mut store, 6);
        assert_eq!(store.check_out(visit, &fact(1, "a"), &[]).unwrap(), first);
        assert_eq!(store.open_visit().unwrap().map(|open| open.id), Some(next));
    }

    #[test]
    fn a_visit_that_is_not_open_cannot_be_checked_out() {
        let (_dir, mut store) = store();
        let unknown = VisitId(Uuid::from_u128(5));
        assert!(matches!(store.check_out(unknown, &fact(1, "a"), &[]), Err(StoreError::NoVisit)));
        assert_eq!(store.waiting_count().unwrap(), 0);
    }
}
