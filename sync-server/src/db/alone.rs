//! One server at a time for a database in a file. PostgreSQL has a lock of its own for this; SQLite lets many processes
//! write, but a server has counters and the master data in memory, and a restore puts another file in the place of its own.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Error;
use std::path::Path;

use super::DbError;

/// Held as long as the database is used alone. The system lets it go with the process, however that ends.
#[derive(Debug)]
pub(crate) struct Alone {
    _file: File,
}

impl Alone {
    /// Takes the lock that lies beside the database as `….lock`. The file stays: whoever deleted it could let in two.
    ///
    /// # Errors
    /// [`DbError::InUse`] when a server or another such command has it; the folder cannot be written.
    pub(crate) fn with(database: &Path) -> Result<Self, DbError> {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let says =
            |why: std::io::Error| Error::new(why.kind(), format!("{}: {why}", Path::new(&name).display()));
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&name).map_err(says)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(DbError::InUse),
            Err(TryLockError::Error(why)) => Err(says(why).into()),
        }
    }
}
