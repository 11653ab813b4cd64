//! What can go wrong with the file, by what the caller can do about it.

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

/// A storage failure. Nothing that was saved before is lost by any of them.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No space left: free some and repeat the call.
    #[error("storage is full: free some space and try again")]
    Full,
    /// The file is damaged and was put aside under the name given; facts in it can be exported from there.
    #[error("database was damaged and is kept as {kept_as}")]
    Corrupt {
        /// File name of the copy.
        kept_as: String,
    },
    /// The file is damaged, or what is left of a damaged one lies in a new one's way, and the disk refuses it another name. The next
    /// call tries again.
    #[error("damaged database cannot be put aside: {reason}")]
    NotPutAside {
        /// Why.
        reason: String,
    },
    /// A newer app wrote this file: update the app. The file is untouched.
    #[error("database has version {found}, this app knows up to {known}: update the app")]
    Newer {
        /// Version of the file.
        found: u32,
        /// Newest version known here.
        known: u32,
    },
    /// Something else is using the file.
    #[error("database is busy: try again")]
    Busy,
    /// A visit is open already; it must be closed first.
    #[error("another visit is open")]
    VisitOpen,
    /// No visit is open.
    #[error("no visit is open")]
    NoVisit,
    /// A fact with this id and other bytes is stored.
    #[error("record {0} is already sealed with other content")]
    Sealed(uuid::Uuid),
    /// A fact larger than a push can carry: it could never be sent. Nothing changes.
    #[error("this record has {bytes} bytes and may have {limit}: shorten what was written")]
    TooLong {
        /// Of the body.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// A stored value cannot be read back.
    #[error("stored {what} cannot be read: {reason}")]
    Unreadable {
        /// Which value.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// Anything else from SQLite.
    #[error("database failed: {0}")]
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            // The log's index, which is made when the file is opened, found no room.
            _ if error.sqlite_extended_error_code() == Some(SQLITE_IOERR_SHMSIZE) => Self::Full,
            _ => Self::Database(error),
        }
    }
}

impl StoreError {
    /// Whether SQLite says that the file itself is broken.
    pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
        matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi::{self, SQLITE_FULL, SQLITE_IOERR_WRITE};

    use super::*;

    #[test]
    fn no_room_is_no_room_also_where_it_is_wanted_for_the_index_of_the_log() {
        let said = |code| StoreError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        assert!(matches!(said(SQLITE_FULL), StoreError::Full));
        assert!(matches!(said(SQLITE_IOERR_SHMSIZE), StoreError::Full));
        assert!(
            matches!(said(SQLITE_IOERR_WRITE), StoreError::Database(_)),
            "a broken disk is another thing"
        );
    }
}
