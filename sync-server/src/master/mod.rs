//! Master data: what the office keeps, as rows in the database, as one typed catalogue in memory, and as the feed that
//! phones pull. Reading the office's files is `import`.

mod catalogue;
mod contact;
mod feed;
mod zone;

pub use catalogue::{Area, Catalogue, Person, PersonRole, PriceListRow};
pub(crate) use catalogue::{master_version, new_master_version};
pub(crate) use contact::ContactTold;
pub use feed::Feed;
pub use zone::offset_of;
