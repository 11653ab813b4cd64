//! Master data: what the office keeps, as rows in the database, as one typed catalogue in memory, and as the feed that
//! phones pull. Reading the office's files is `import`.

mod catalogue;
mod contact;
mod feed;
mod publish;
mod rows;
mod wanted;
mod zone;

pub use catalogue::{Catalogue, Person, PersonRole, PriceListRow};
pub(crate) use catalogue::{in_step, master_version, new_master_version, new_store_version};
pub(crate) use contact::ContactTold;
pub use feed::Feed;
pub use publish::publish;
pub(crate) use publish::publish_of;
pub(crate) use rows::{keep, kept};
pub(crate) use wanted::{apart, territory_of};
pub use zone::offset_of;
