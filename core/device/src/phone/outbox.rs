//! 待上传: every record's state. "Sent" is said only when the server gave its receipt.

use xundian_domain::RecordId;
use xundian_protocol::push::Verdict;

use super::photo::Waiting;
use super::{Phone, PhoneError, PhotosPending};

/// Rows shown at once.
const ROWS: usize = 200;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct OutboxRow {
    /// Its id.
    pub id: RecordId,
    /// Its place in the row of facts.
    pub dseq: u64,
    /// What it is, e.g. `visit_closed`.
    pub kind: String,
    /// The server's word; `None` = not on the server.
    pub verdict: Option<Verdict>,
    /// Photos that it names and that wait: "photos pending n". The record is complete without them.
    pub photos: u64,
}

/// The outbox.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Outbox {
    /// Newest first.
    pub rows: Vec<OutboxRow>,
    /// How many are not on the server.
    pub unsent: u64,
    /// Photos that are not there.
    pub photos: PhotosPending,
    /// When the server was last heard, milliseconds since 1970 UTC by its own clock.
    pub last_contact: Option<i64>,
}

impl Phone {
    /// The newest records with their state.
    ///
    /// # Errors
    /// A failing file.
    pub fn outbox(&self) -> Result<Outbox, PhoneError> {
        let last = self.store.last_dseq()?;
        let after = last.saturating_sub(u64::try_from(ROWS).unwrap_or(u64::MAX));
        let facts = self.store.facts_after(after, ROWS)?;
        let waiting = Waiting::of(self)?;
        let rows = facts.into_iter().rev().map(|fact| OutboxRow {
            id: fact.sealed.id,
            dseq: fact.dseq,
            photos: u64::try_from(waiting.named_by(&fact.sealed.body)).unwrap_or(u64::MAX),
            kind: fact.sealed.kind,
            verdict: fact.verdict.and_then(|text| serde_json::from_str(&text).ok()),
        });
        Ok(Outbox {
            rows: rows.collect(),
            unsent: self.store.waiting_count()?,
            photos: self.photos_pending()?,
            last_contact: self.store.setting("last_contact")?.and_then(|text| text.parse().ok()),
        })
    }
}
