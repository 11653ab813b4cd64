//! The server's side of the sync contract: enrolment, push, pull. Requests come in through `web`; orders go on to
//! `orders`.

mod code_tries;
mod days;
mod device;
mod flags;
mod held;
mod ingest;
mod journal;
mod pack;
mod parked;
mod private;
mod pull;
mod record;
pub mod service;
mod taken_up;
mod token;
mod tombstones;

pub use code_tries::CodeTries;
pub use days::{is_known, missing_of, pushed_of};
pub use device::{Device, EnrolError, InstallRow, authenticate, enrol, new_code, renew, revoke};
pub(crate) use device::{enrolled, phone_of};
pub(crate) use flags::order_flags;
pub use held::{
    HeldDecision, HeldError, HeldFact, HeldWord, Settled, decide_held, held_decisions, held_facts,
    take_up_known_kinds,
};
pub(crate) use ingest::began;
pub use ingest::{DayQuota, Here, PushError, Pushed, Sent, push};
pub use journal::{JournalImportError, JournalReport, import_journal};
pub use pack::Packs;
pub(crate) use parked::retake_changes;
pub use parked::{parked, retake_each};
pub(crate) use private::empty_private;
pub use private::{Forgotten, forget, store_numbered};
pub use pull::{Sealer, Wanted, pull, scopes_of};
pub(crate) use record::parse_kept;
pub use record::{Content, Parsed, parse};
pub use tombstones::end_of_tombstones;
