//! A thin SQLite VFS between product code and the disk, so that tests can kill a machine, cut its power or fill its
//! disk. It is the default VFS of the process: `rusqlite::Connection::open` goes through it unchanged.
//!
//! A [`Machine`] is a folder. Files outside every machine, and temporary files without a name, go straight to the
//! VFS below. Files are known by path: a rename that SQLite does not see is not followed.

mod machine;
mod shim;

pub use machine::{Machine, Onlooker, When};
pub use shim::install;
