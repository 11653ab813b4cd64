//! What tables say about photos: who has sent which, which visits wait for theirs, what came from two phones. Which
//! photos a visit names stands in its fact, and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::stamp::Millis;
use xundian_domain::visit::Visit;
use xundian_domain::{InstallId, RepNo, VisitId};

use crate::db::{Bulk, DbError, Kind, Tx, Value};
use crate::setting;
use crate::sync::phone_of;

/// Names that are looked up in one statement.
const LOOK_UP: usize = 16;

const FOUND: Bulk = Bulk {
    table: "photo",
    columns: &[("sha256", Kind::Text), ("bytes", Kind::Int), ("stored", Kind::Int), ("found", Kind::Int)],
    tail: "ON CONFLICT (sha256) DO UPDATE SET found = 1, removed = NULL",
};

/// "Photos pending n": photos of a visit that have not come yet. It is complete without them.
///
/// # Errors
/// A failing database.
pub fn photos_pending(tx: &mut Tx<'_>, visit: VisitId) -> Result<u64, DbError> {
    let sql = "SELECT fact.body, visit.rep FROM visit JOIN fact ON fact.id = visit.fact WHERE visit.id = $1";
    let row = tx.first(sql, &[visit.into()])?;
    row.map_or(Ok(0), |row| photos_pending_of(tx, &row.json(0)?, row.get(1)?))
}

/// Counts the photos that a visit names and that are not here: no phone of its rep has sent them. Whoever merely names a
/// picture of somebody else's has not sent it.
///
/// # Errors
/// A failing database.
pub fn photos_pending_of(tx: &mut Tx<'_>, visit: &Visit, rep: RepNo) -> Result<u64, DbError> {
    let marks: Vec<String> = (2..LOOK_UP + 2).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT count(*) FROM photo WHERE sha256 IN ({}) AND (found = 1 OR EXISTS (
             SELECT 1 FROM photo_sent sent WHERE sent.sha256 = photo.sha256 AND sent.rep = $1))",
        marks.join(", ")
    );
    let mut pending = 0;
    for named in visit.photos().chunks(LOOK_UP) {
        let mut values = vec![Value::from(rep)];
        values.extend(named.iter().map(|photo| Value::from(photo.sha256.as_str())));
        values.resize(LOOK_UP + 1, Value::Null);
        let came = tx.first(&sql, &values)?.map_or(Ok(0), |row| row.get::<u64>(0))?;
        pending += u64::try_from(named.len()).unwrap_or(u64::MAX).saturating_sub(came);
    }
    Ok(pending)
}

/// One who has sent a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The install.
    pub install: InstallId,
    /// Whose phone.
    pub rep: RepNo,
    /// When it was whole.
    pub at: Millis,
}

/// A picture that came from more than one phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// Its hash.
    pub sha256: String,
    /// Who has sent it, the first one first.
    pub senders: Vec<Sender>,
}

/// Pictures that more than one phone has sent since then: somebody shows another one's shelf. An install that was
/// renewed (a restore, a copy) is the same phone.
///
/// # Errors
/// A failing database.
pub fn repeated_photos(tx: &mut Tx<'_>, since: Millis) -> Result<Vec<Repeated>, DbError> {
    let sql = "SELECT sha256, install, rep, at FROM photo_sent WHERE sha256 IN (
                   SELECT sha256 FROM photo_sent GROUP BY sha256 HAVING count(DISTINCT phone) > 1 AND max(at) >= $1)
               ORDER BY sha256, at, install";
    let mut repeated: BTreeMap<String, Vec<Sender>> = BTreeMap::new();
    for row in tx.query(sql, &[since.into()])? {
        let sender = Sender { install: row.get(1)?, rep: row.get(2)?, at: row.get(3)? };
        repeated.entry(row.get(0)?).or_default().push(sender);
    }
    Ok(repeated.into_iter().map(|(sha256, senders)| Repeated { sha256, senders }).collect())
}

/// Whether an install has sent a photo, and if so, whether its bytes are still meant to be here.
pub(super) fn sent_by(tx: &mut Tx<'_>, install: InstallId, sha256: &str) -> Result<Option<Kept>, DbError> {
    let sql = "SELECT sent.bytes, photo.removed FROM photo_sent sent JOIN photo ON photo.sha256 = sent.sha256
               WHERE sent.sha256 = $1 AND sent.install = $2";
    let Some(row) = tx.first(sql, &[sha256.into(), install.into()])? else { return Ok(None) };
    Ok(Some(Kept { bytes: row.get(0)?, is_removed: row.get::<Option<i64>>(1)?.is_some() }))
}

/// A photo that an install has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) bytes: u64,
    pub(super) is_removed: bool,
}

pub(super) fn rep_of(tx: &mut Tx<'_>, install: InstallId) -> Result<Option<RepNo>, DbError> {
    let row = tx.first("SELECT rep FROM install WHERE id = $1", &[install.into()])?;
    row.map(|row| row.get(0)).transpose()
}

/// Photos and bytes that a phone has sent since then.
pub(super) fn sent_since(tx: &mut Tx<'_>, install: InstallId, then: Millis) -> Result<(u64, u64), DbError> {
    let phone = phone_of(tx, install)?;
    let sql = "SELECT count(*), CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM photo_sent WHERE phone = $1 AND at > $2";
    let row = tx.first(sql, &[phone.into(), then.into()])?;
    row.map_or(Ok((0, 0)), |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Every install that the phone of this one was: under each it may have begun photos.
pub(super) fn installs_of(tx: &mut Tx<'_>, install: InstallId) -> Result<BTreeSet<InstallId>, DbError> {
    let phone = phone_of(tx, install)?;
    let rows = tx.query("SELECT id FROM install WHERE root = $1 OR id = $1", &[phone.into()])?;
    let mut installs: BTreeSet<InstallId> = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    installs.insert(install);
    Ok(installs)
}

/// The mark: this install has sent it, and it lies on the shelf.
pub(super) fn mark_sent(tx: &mut Tx<'_>, sha256: &str, by: Sender, bytes: u64) -> Result<(), DbError> {
    let phone = phone_of(tx, by.install)?;
    tx.execute(
        "INSERT INTO photo (sha256, bytes, stored) VALUES ($1, $2, $3)
         ON CONFLICT (sha256) DO UPDATE SET stored = excluded.stored, removed = NULL",
        &[sha256.into(), bytes.into(), by.at.into()],
    )?;
    tx.execute(
        "INSERT INTO photo_sent (sha256, install, phone, rep, bytes, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (sha256, install) DO UPDATE SET at = excluded.at",
        &[sha256.into(), by.install.into(), phone.into(), by.rep.into(), bytes.into(), by.at.into()],
    )?;
    Ok(())
}

/// Photos whose life is over, oldest first.
pub(super) fn stored_before(tx: &mut Tx<'_>, then: Millis, limit: u64) -> Result<Vec<String>, DbError> {
    let sql =
        "SELECT sha256 FROM photo WHERE removed IS NULL AND stored < $1 ORDER BY stored, sha256 LIMIT $2";
    tx.query(sql, &[then.into(), limit.into()])?.iter().map(|row| row.get(0)).collect()
}

/// Whether its life is over, as [`stored_before`] says it of many: it may have come again since.
pub(super) fn is_stored_before(tx: &mut Tx<'_>, sha256: &str, then: Millis) -> Result<bool, DbError> {
    let sql = "SELECT 1 FROM photo WHERE sha256 = $1 AND removed IS NULL AND stored < $2";
    Ok(tx.first(sql, &[sha256.into(), then.into()])?.is_some())
}

/// Its bytes are gone. Who has sent it stays known: no phone is asked for it again.
pub(super) fn mark_removed(tx: &mut Tx<'_>, sha256: &str, now: Millis) -> Result<(), DbError> {
    tx.execute("UPDATE photo SET removed = $2 WHERE sha256 = $1", &[sha256.into(), now.into()])?;
    Ok(())
}

/// Those of these photos that have no row.
pub(super) fn unknown(tx: &mut Tx<'_>, lying: &[(String, u64)]) -> Result<Vec<(String, u64)>, DbError> {
    let mut unknown = Vec::new();
    for (sha256, bytes) in lying {
        if tx.first("SELECT 1 FROM photo WHERE sha256 = $1", &[sha256.as_str().into()])?.is_none() {
            unknown.push((sha256.clone(), *bytes));
        }
    }
    Ok(unknown)
}

/// Photos that lie on the shelf and of which the rows may have forgotten who sent them.
pub(super) fn mark_found(tx: &mut Tx<'_>, lying: Vec<(String, u64)>, now: Millis) -> Result<(), DbError> {
    let row = |(sha256, bytes): (String, u64)| vec![sha256.into(), bytes.into(), now.into(), true.into()];
    tx.insert_many(&FOUND, lying.into_iter().map(row).collect())
}

/// The setting that says when, after the epoch.
const COUNTED: &str = "photos_counted";

/// When the shelf was last compared with the rows, in this epoch.
pub(super) fn last_count(tx: &mut Tx<'_>, epoch: uuid::Uuid) -> Result<Option<Millis>, DbError> {
    let value: Option<String> = setting::read(tx, COUNTED)?;
    let counted = value.as_deref().and_then(|text| text.split_once(' '));
    let in_epoch = counted.filter(|(counted_in, _)| *counted_in == epoch.to_string());
    Ok(in_epoch.and_then(|(_, at)| at.parse().ok()).map(Millis))
}

pub(super) fn note_count(tx: &mut Tx<'_>, epoch: uuid::Uuid, now: Millis) -> Result<(), DbError> {
    setting::keep(tx, COUNTED, format_args!("{epoch} {}", now.0))
}
