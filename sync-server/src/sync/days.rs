//! The digest of a day, on the server's side: what an install has pushed, and whether it is what it sealed (the sync
//! contract, 3.3).

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::visit::day_summary::DayClosed;
use xundian_domain::{BusinessDate, InstallId, RecordId, RepNo};
use xundian_protocol::digest::{day_digest, hex};

use crate::db::{DbError, Tx};

/// The facts of a sealed date that an install has pushed, replays included, `day_closed` not.
///
/// # Errors
/// A failing database.
pub fn pushed_of(
    tx: &mut Tx<'_>,
    install: InstallId,
    date: BusinessDate,
) -> Result<BTreeMap<RecordId, [u8; 32]>, DbError> {
    let rows = tx.query(
        "SELECT id, hash FROM pushed WHERE install = $1 AND date = $2 AND closing = 0",
        &[install.into(), date.into()],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// Of these, what came before `closing` in the install's row.
///
/// # Errors
/// A failing database.
pub(super) fn pushed_before(
    tx: &mut Tx<'_>,
    install: InstallId,
    date: BusinessDate,
    closing: RecordId,
) -> Result<BTreeMap<RecordId, [u8; 32]>, DbError> {
    let rows = tx.query(
        "SELECT id, hash FROM pushed WHERE install = $1 AND date = $2 AND closing = 0
         AND dseq < (SELECT min(dseq) FROM pushed WHERE install = $1 AND id = $3)",
        &[install.into(), date.into(), closing.into()],
    )?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The records of a phone's list that this server has not got from it with these bytes.
///
/// # Errors
/// A failing database.
pub fn missing_of(
    tx: &mut Tx<'_>,
    install: InstallId,
    date: BusinessDate,
    listed: &[(RecordId, String)],
) -> Result<Vec<RecordId>, DbError> {
    let here = pushed_of(tx, install, date)?;
    let lacks = |(id, hash): &&(RecordId, String)| here.get(id).is_none_or(|known| hex(known) != *hash);
    Ok(listed.iter().filter(lacks).map(|(id, _)| *id).collect())
}

/// A rep's day is known when every install of his with facts on it has closed it and its digest matches what is here;
/// an install that was replaced is known by the one that replaced it.
///
/// # Errors
/// A failing database.
pub fn is_known(tx: &mut Tx<'_>, rep: RepNo, date: BusinessDate) -> Result<bool, DbError> {
    let rows = tx.query(
        "SELECT p.install, p.closing, f.body, i.closed FROM pushed p JOIN install i ON i.id = p.install
         JOIN fact f ON f.id = p.id WHERE i.rep = $1 AND p.date = $2",
        &[rep.into(), date.into()],
    )?;
    let mut live: BTreeSet<InstallId> = BTreeSet::new();
    let mut closed: BTreeMap<InstallId, DayClosed> = BTreeMap::new();
    for row in rows {
        let install: InstallId = row.get(0)?;
        if row.get::<Option<i64>>(3)?.is_none() {
            live.insert(install);
        }
        if row.get::<bool>(1)? {
            let day: DayClosed = row.json(2)?;
            if closed.get(&install).is_none_or(|known| known.version < day.version) {
                closed.insert(install, day);
            }
        }
    }
    for install in &live {
        let Some(day) = closed.get(install) else { return Ok(false) };
        if day.digest != day_digest(pushed_of(tx, *install, date)?) {
            return Ok(false);
        }
    }
    Ok(!closed.is_empty())
}
