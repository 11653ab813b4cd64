//! How sync stands, for the office: every phone that may still come, what waits for somebody, and what a backup holds.

use xundian_domain::stamp::Millis;
use xundian_domain::{InstallId, RepNo};

use crate::db::{DbError, Row, Tx};

/// One phone that is not replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhoneStanding {
    /// Which.
    pub install: InstallId,
    /// Whose.
    pub rep: RepNo,
    /// When it was heard last; `None` = never since it was enrolled.
    pub last_contact: Option<Millis>,
    /// Facts that it has and the server has not, as it said last.
    pub waiting: u64,
    /// Facts that are here and in no confirmed backup: the phone keeps them.
    pub unsaved: u64,
    /// Since when it is revoked.
    pub revoked: Option<Millis>,
    /// Since when its rep has a newer one.
    pub superseded: Option<Millis>,
}

/// The whole of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncStanding {
    /// By rep.
    pub phones: Vec<PhoneStanding>,
    /// Whether any backup was confirmed; without one no phone ever forgets anything.
    pub is_backed_up: bool,
    /// Records that wait for a store or an order.
    pub parked: u64,
    /// Records that wait for a person.
    pub held: u64,
    /// Records that were kept aside.
    pub quarantined: u64,
}

/// Reads how sync stands.
///
/// # Errors
/// A failing database.
pub fn sync_standing(tx: &mut Tx<'_>) -> Result<SyncStanding, DbError> {
    let rows = tx.query(
        "SELECT id, rep, last_contact, last_dseq, acked_dseq, durable_upto, revoked, superseded
         FROM install WHERE closed IS NULL ORDER BY rep, enrolled, id",
        &[],
    )?;
    let backed = tx.first("SELECT id FROM install WHERE durable_upto > 0 LIMIT 1", &[])?;
    Ok(SyncStanding {
        phones: rows.iter().map(phone).collect::<Result<_, _>>()?,
        is_backed_up: backed.is_some(),
        parked: count(tx, "SELECT count(*) FROM parked")?,
        held: count(tx, "SELECT count(*) FROM held")?,
        quarantined: count(tx, "SELECT count(*) FROM quarantine")?,
    })
}

fn phone(row: &Row) -> Result<PhoneStanding, DbError> {
    let (last, acked, durable): (u64, u64, u64) = (row.get(3)?, row.get(4)?, row.get(5)?);
    let contact: i64 = row.get(2)?;
    Ok(PhoneStanding {
        install: row.get(0)?,
        rep: row.get(1)?,
        last_contact: (contact > 0).then_some(Millis(contact)),
        waiting: last.saturating_sub(acked),
        unsaved: acked.saturating_sub(durable),
        revoked: row.get(6)?,
        superseded: row.get(7)?,
    })
}

fn count(tx: &mut Tx<'_>, sql: &str) -> Result<u64, DbError> {
    tx.first(sql, &[])?.map_or(Ok(0), |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::tests::fresh;

    #[test]
    fn a_phone_stands_with_what_it_has_and_what_no_backup_has() {
        let (_folder, db) = fresh();
        let insert = "INSERT INTO install (id, rep, token_hash, public_key, enrolled, acked_dseq, last_dseq, last_contact,
                                           durable_upto, closed)
                      VALUES ($1, 'ZY01', $1, 'k', 0, 7, 9, $2, $3, $4)";
        let id = |n: u8| vec![n; 16];
        let never = db.read_now(sync_standing).unwrap();
        assert!(never.phones.is_empty() && !never.is_backed_up);
        db.write_now(move |tx| {
            tx.execute(insert, &[id(1).into(), 5i64.into(), 4i64.into(), None::<i64>.into()])?;
            tx.execute(insert, &[id(2).into(), 0i64.into(), 0i64.into(), Some(1i64).into()])
        })
        .unwrap();
        let standing = db.read_now(sync_standing).unwrap();
        let [phone] = standing.phones.as_slice() else { panic!("a replaced phone comes no more") };
        assert_eq!((phone.waiting, phone.unsaved, phone.last_contact), (2, 3, Some(Millis(5))));
        assert!(standing.is_backed_up);
    }
}
