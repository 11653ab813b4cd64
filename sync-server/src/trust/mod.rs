//! What the company's trust stands on: confirmed backups, restores that say so, and proof that everything that is shown
//! follows from the journal.

mod backup;
mod quarantine;
mod slips;
mod standing;
mod verify;

pub use backup::{Watermarks, backup_file, confirm, new_epoch, restore_file, watermarks};
pub use quarantine::{Quarantined, quarantined};
pub use standing::{PhoneStanding, SyncStanding, sync_standing};
pub use verify::{Problem, verify};
