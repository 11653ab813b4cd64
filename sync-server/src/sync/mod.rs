//! The server's side of the sync contract: enrolment, push, pull. Requests come in through `web`; orders go on to
//! `orders`.

mod blobs;
mod device;
mod flags;
mod ingest;
mod pull;
mod record;

pub use blobs::{BlobError, Blobs};
pub use device::{Device, EnrolError, authenticate, enrol, new_code};
pub(crate) use ingest::release_visit;
pub use ingest::{PushError, Pushed, push};
pub use pull::{Cursor, pull};
pub use record::{Content, Parsed, parse};
