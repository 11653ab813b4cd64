//! Parked records are taken up again when what they waited for has come: a store that was opened, an order, an area of
//! the office. The first verdict stays with the fact; the phone pulls the new one as `fact_state`. What a person must
//! look at is `held`.

use ed25519_dalek::VerifyingKey;
use uuid::Uuid;
use xundian_domain::capture::Captured;
use xundian_domain::stamp::{Millis, Stamp};
use xundian_domain::{BusinessDate, InstallId, OrderId, RecordId, RepNo};
use xundian_protocol::hello::PhoneRoot;
use xundian_protocol::push::{Kind, Private, Record, Verdict};

use super::device::{Device, InstallRow};
use super::ingest::{Batch, Here, Judged, effective_date};
use super::private::mark_store;
use super::record::parse;
use crate::db::{DbError, Row, Tx, Value};
use crate::log::Log;
use crate::master::Catalogue;

const COLUMNS: &str = "SELECT f.id, f.install, f.rep, f.kind, f.version, f.date, f.captured, f.body,
                       (SELECT value FROM fact_private p WHERE p.id = f.id), f.effective, f.unverified,
                       coalesce((SELECT verdict FROM fact_verdict v WHERE v.fact = f.id), f.verdict) FROM fact f";

/// Takes up records that waited for one of these, and what waited for them in turn; gives how many of them would write
/// over others.
///
/// # Errors
/// A failing database.
pub(super) fn retake(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    here: Here,
    came: &[Uuid],
) -> Result<usize, DbError> {
    let mut conflicts = 0;
    let mut came: Vec<Value> = came.iter().map(|id| (*id).into()).collect();
    while !came.is_empty() {
        let waiting = tx.query_each("SELECT fact FROM parked WHERE missing", &came)?;
        came.clear();
        for row in waiting {
            let Some(retaken) = retake_one(tx, catalogue, here, row.get(0)?)? else { continue };
            conflicts += retaken.conflicts;
            came.extend(retaken.came.into_iter().map(Value::from));
        }
    }
    Ok(conflicts)
}

/// Takes up changes of orders that a slip placed. A change writes over no other fact: there is nothing to count.
///
/// # Errors
/// A failing database.
pub(crate) fn retake_changes(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    here: Here,
    placed: &[OrderId],
) -> Result<(), DbError> {
    let placed: Vec<Uuid> = placed.iter().map(|order| order.0).collect();
    retake(tx, catalogue, here, &placed).map(drop)
}

/// Every record that waits.
///
/// # Errors
/// A failing database.
pub fn parked(tx: &mut Tx<'_>) -> Result<Vec<RecordId>, DbError> {
    tx.query("SELECT fact FROM parked ORDER BY fact", &[])?.iter().map(|row| row.get(0)).collect()
}

/// Takes parked records up, after an import: the office may have what they waited for. Gives how many of them, and of what
/// waited for them in turn, would write over others.
///
/// # Errors
/// A failing database.
pub fn retake_each(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    here: Here,
    facts: &[RecordId],
) -> Result<usize, DbError> {
    let mut conflicts = 0;
    for fact in facts {
        let Some(retaken) = retake_one(tx, catalogue, here, *fact)? else { continue };
        conflicts += retaken.conflicts + retake(tx, catalogue, here, &retaken.came)?;
    }
    Ok(conflicts)
}

/// What a record did that was judged again.
pub(super) struct Retaken {
    /// The word that holds from now on.
    pub(super) verdict: Verdict,
    /// What others may have waited for.
    pub(super) came: Vec<Uuid>,
    /// Records that would have written over others.
    pub(super) conflicts: usize,
}

/// Judges a parked record again; `None` = it was taken up meanwhile, by another one that touched what it waited for.
fn retake_one(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    here: Here,
    fact: RecordId,
) -> Result<Option<Retaken>, DbError> {
    let parked = tx.first("SELECT 1 FROM parked WHERE fact = $1", &[fact.into()])?;
    if parked.is_none() {
        return Ok(None);
    }
    let Some(retaken) = apart(tx, here.log, fact, |tx| judge_again(tx, catalogue, here, fact))? else {
        return Ok(None);
    };
    if let Verdict::Parked { missing } = retaken.verdict {
        tx.execute("UPDATE parked SET missing = $2 WHERE fact = $1", &[fact.into(), missing.into()])?;
    } else {
        tx.execute("DELETE FROM parked WHERE fact = $1", &[fact.into()])?;
    }
    Ok(Some(retaken))
}

/// What one record does to the database, apart from all others: one that cannot be taken up stays parked, and neither another
/// phone's push nor an import fails for it.
fn apart<T>(
    tx: &mut Tx<'_>,
    log: Log,
    fact: RecordId,
    work: impl FnOnce(&mut Tx<'_>) -> Result<Option<T>, DbError>,
) -> Result<Option<T>, DbError> {
    tx.execute("SAVEPOINT record", &[])?;
    match work(tx) {
        Err(why) if is_of_the_rows(&why) => {
            tx.execute("ROLLBACK TO SAVEPOINT record", &[])?;
            tx.execute("RELEASE SAVEPOINT record", &[])?;
            log.say(format_args!("ALARM: record {fact} cannot be taken up and stays parked: {why}"));
            Ok(None)
        }
        Err(why) => Err(why),
        Ok(done) => {
            tx.execute("RELEASE SAVEPOINT record", &[])?;
            Ok(done)
        }
    }
}

/// Whether the rows themselves are against it, and would be at every try; anything else may be better next time.
fn is_of_the_rows(why: &DbError) -> bool {
    match why {
        DbError::Sqlite(why) => why.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation),
        DbError::Postgres(why) => why.code().is_some_and(|code| code.code().starts_with("23")),
        DbError::Column { .. } => true,
        _ => false,
    }
}

/// Judges a kept record once more, now that nothing holds it, and lets it take effect: the new verdict, told to the phone
/// that pushed it, and what came with it. `None` = there is no such record.
///
/// # Errors
/// A failing database.
pub(super) fn judge_again(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    here: Here,
    fact: RecordId,
) -> Result<Option<Retaken>, DbError> {
    let Some(row) = tx.first(&format!("{COLUMNS} WHERE f.id = $1"), &[fact.into()])? else {
        return Ok(None);
    };
    let (install, rep): (InstallId, RepNo) = (row.get(1)?, row.get(2)?);
    let record = read(&row)?;
    let judged = judged_first(&row, catalogue, record.date)?;
    let Some(parsed) = parse(vec![record]).pop() else { return Ok(None) };
    // The author is settled; no signature is checked any more.
    let phone = PhoneRoot { root: install, since: Millis(0) };
    let device = Device { install, rep, phone, key: VerifyingKey::default() };
    let sent = parsed.record.captured;
    let mut batch = Batch::new(catalogue, &device, sent, here, InstallRow::default());
    let verdict = batch.effect(tx, &parsed, &judged, None)?;
    mark_store(tx, fact, parsed.record.private.as_ref(), parsed.content.store())?;
    // A held fact that waits for its store now is news, one that waits on is not.
    if verdict != row.json::<Verdict>(11)? {
        keep_verdict(tx, fact, &verdict, here.now)?;
        batch.tell_later(rep, fact, verdict.clone());
    }
    batch.write_effects(tx)?;
    Ok(Some(Retaken { verdict, came: batch.came(), conflicts: batch.conflicts() }))
}

/// The verdict that holds from now on; the first one stays with the fact.
///
/// # Errors
/// A failing database.
pub(super) fn keep_verdict(
    tx: &mut Tx<'_>,
    fact: RecordId,
    verdict: &Verdict,
    now: Millis,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO fact_verdict (fact, verdict, at) VALUES ($1, $2, $3)
         ON CONFLICT (fact) DO UPDATE SET verdict = excluded.verdict, at = excluded.at",
        &[fact.into(), crate::db::json(verdict)?.into(), now.into()],
    )?;
    Ok(())
}

/// As it was judged when it came; what an older server kept has its time alone.
fn judged_first(row: &Row, catalogue: &Catalogue, sealed: BusinessDate) -> Result<Judged, DbError> {
    let at: Millis = row.get(6)?;
    let (date, unverified): (Option<BusinessDate>, Option<bool>) = (row.get(9)?, row.get(10)?);
    Ok(Judged {
        captured: Captured { at, unverified: unverified.unwrap_or(false) },
        date: date.unwrap_or_else(|| effective_date(catalogue, at, sealed)),
        record: row.get(0)?,
        rep: row.get(2)?,
        is_again: true,
    })
}

fn read(row: &Row) -> Result<Record, DbError> {
    let at: Millis = row.get(6)?;
    let private: Option<String> = row.get(8)?;
    Ok(Record {
        dseq: 0,
        id: row.get(0)?,
        kind: Kind::from(row.get::<String>(3)?),
        v: row.get(4)?,
        captured: Stamp { wall: at, mono_ms: 0, boot: Uuid::nil(), server_offset_ms: Some(0) },
        date: row.get(5)?,
        body: row.get(7)?,
        private: private.and_then(|text| serde_json::from_str::<Private>(&text).ok()),
        went: None,
        refused: None,
        held: None,
    })
}
