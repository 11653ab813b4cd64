//! One server at a time for a database in a file. PostgreSQL has a lock of its own for this; SQLite lets many processes
//! write, but a server has counters and the master data in memory, and a restore puts another file in the place of its own.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

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
        let mut name = real(database).into_os_string();
        name.push(".lock");
        let says = |why: Error| Error::new(why.kind(), format!("{}: {why}", Path::new(&name).display()));
        let file = match OpenOptions::new().create(true).truncate(false).write(true).open(&name) {
            // Somebody else's, who ran a command here once: to be locked it need not be written.
            Err(why) if why.kind() == ErrorKind::PermissionDenied => File::open(&name),
            opened => opened,
        };
        let file = file.map_err(says)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(DbError::InUse),
            Err(TryLockError::Error(why)) => Err(says(why).into()),
        }
    }
}

/// The file itself, whatever links lead to it: two names of one database have one lock.
pub(crate) fn real(database: &Path) -> PathBuf {
    std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned())
}
