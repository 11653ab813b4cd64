//! The phone's SQLite file: one connection that writes, every call one transaction, "saved" means on the disk.
//! What the rows mean to a screen is the visit loop's business.

mod aside;
mod draft;
mod error;
mod fact;
mod install;
mod master;
mod open;
mod photo;
mod place;
mod setting;
mod turn;

use std::sync::Arc;

use rusqlite::Connection;
use turn::Queue;

pub use aside::put_aside;
pub use draft::OpenVisit;
pub use error::StoreError;
pub use fact::{Fact, ImportReport, NewFact, OwnRow, Receipt};
pub use install::{Adopted, Heard};
pub use master::{Backing, Change, MasterRow};
pub use photo::{PhotoState, WaitingPhoto};

/// The open database of one phone.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    /// Who else in this process writes into the file.
    queue: Arc<Queue>,
}
