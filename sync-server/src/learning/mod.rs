//! What the company learns (docs/adr/0010): of each store soon after its visits and results, of all stores together every
//! night. The arithmetic is the domain's `suggestion`; what is published here phones pull like everything else.

mod beliefs;
mod hindsight;
mod night;
mod published;
#[cfg(test)]
mod tests;

pub use hindsight::{Hindsight, Shelves, hindsight};
use xundian_domain::BusinessDate;

use crate::db::{Db, DbError};
use crate::log::Log;
use crate::master::Catalogue;

/// What one call did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Learnt {
    /// Stores whose ledgers were replayed.
    pub stores: usize,
    /// The stores were added up.
    pub night: bool,
}

/// Replays what changed; when nothing is left of it, adds the stores up if that was not done on this date with these master
/// data. Blocks; the writer is held for one small commit at a time.
///
/// # Errors
/// A failing database; what was committed before stays, and the next call goes on from there.
pub fn learn(
    db: &Db,
    catalogue: &Catalogue,
    master_version: i64,
    today: BusinessDate,
    log: Log,
) -> Result<Learnt, DbError> {
    let followed = beliefs::follow(db, catalogue, log)?;
    let night = followed.is_done && night::sum_up(db, catalogue, master_version, today, log)?;
    Ok(Learnt { stores: followed.stores, night })
}
