//! Alarms: records that were kept aside because their id came with other bytes, or because nobody can read them.

use xundian_domain::RepNo;
use xundian_domain::stamp::Millis;

use crate::db::{DbError, Tx};

/// A record in quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Whose phone sent it.
    pub rep: RepNo,
    /// What the first record with its id is; `None` = there is none.
    pub kind: Option<String>,
    /// `conflict_payload` or `undecodable`.
    pub reason: String,
    /// When it came.
    pub received: Millis,
}

/// The newest records in quarantine, at most `limit`.
///
/// # Errors
/// A failing database.
pub fn quarantined(tx: &mut Tx<'_>, limit: i64) -> Result<Vec<Quarantined>, DbError> {
    let rows = tx.query(
        "SELECT i.rep, f.kind, q.reason, q.received FROM quarantine q JOIN install i ON i.id = q.install
         LEFT JOIN fact f ON f.id = q.id ORDER BY q.received DESC, q.id LIMIT $1",
        &[limit.into()],
    )?;
    rows.iter()
        .map(|row| {
            Ok(Quarantined {
                rep: row.get(0)?,
                kind: row.get(1)?,
                reason: row.get(2)?,
                received: row.get(3)?,
            })
        })
        .collect()
}
