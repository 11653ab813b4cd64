//! What a call can come back with, by what the shell can do about it. `reason` is a code for the shell's string table,
//! except in `Internal`, which is for the log.

use xundian_device::phone::PhoneError;
use xundian_device::store::StoreError;
use xundian_device::sync::{SyncError, TransportError};
use xundian_protocol::RefusalCode;
use xundian_protocol::journal::JournalError;

/// The error of every call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum CoreError {
    /// Let the person correct it.
    #[error("{field}: {reason}")]
    InvalidInput {
        /// Which field of the screen.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It is not on this phone; a sync may bring it.
    #[error("not found: {reason}")]
    NotFound {
        /// What is missing.
        reason: String,
    },
    /// Something else stands in the way: show it, offer the way there.
    #[error("conflict: {reason}")]
    Conflict {
        /// What stands in the way.
        reason: String,
    },
    /// Free some space; nothing was lost, nothing was written.
    #[error("storage is full")]
    StorageFull,
    /// The file was damaged: it is kept for the office, a new one can be begun.
    #[error("database was damaged and is kept as {kept_as}")]
    Corrupt {
        /// Name of the file that was put aside.
        kept_as: String,
    },
    /// Update the app.
    #[error("incompatible version: {reason}")]
    IncompatibleVersion {
        /// Which is older.
        reason: String,
    },
    /// No answer or no good one: everything is kept, try later.
    #[error("network: {reason}")]
    Network {
        /// Whether trying again can help.
        retryable: bool,
        /// What happened.
        reason: String,
    },
    /// Enrol with a code of the office.
    #[error("unauthorized: {reason}")]
    Unauthorized {
        /// Why.
        reason: String,
    },
    /// Somebody stopped an enrolment: the phone is whose it was, and the code is still good. Of a sync, and of photos, it is an
    /// outcome and no error.
    #[error("cancelled")]
    Cancelled,
    /// A fault of the app: for the log and the office.
    #[error("internal: {reason}")]
    Internal {
        /// In English.
        reason: String,
    },
}

/// What a call of the shell's own objects comes back with; it never reaches a screen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ShellError {
    /// It could not.
    #[error("the shell failed: {reason}")]
    Failed {
        /// In English.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for ShellError {
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Failed { reason: error.reason }
    }
}

impl CoreError {
    pub(crate) fn input(field: &str, reason: &str) -> Self {
        Self::InvalidInput { field: field.to_owned(), reason: reason.to_owned() }
    }

    pub(crate) fn conflict(reason: &str) -> Self {
        Self::Conflict { reason: reason.to_owned() }
    }

    fn not_found(reason: &str) -> Self {
        Self::NotFound { reason: reason.to_owned() }
    }

    fn unauthorized(reason: &str) -> Self {
        Self::Unauthorized { reason: reason.to_owned() }
    }

    fn network(retryable: bool, reason: &str) -> Self {
        Self::Network { retryable, reason: reason.to_owned() }
    }
}

impl From<StoreError> for CoreError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::StorageFull,
            StoreError::Corrupt { kept_as } => Self::Corrupt { kept_as },
            StoreError::Newer { .. } => Self::IncompatibleVersion { reason: "newer_database".to_owned() },
            StoreError::Busy => Self::conflict("busy"),
            StoreError::VisitOpen => Self::conflict("visit_open"),
            StoreError::NoVisit => Self::conflict("no_visit"),
            StoreError::TooLong { .. } => Self::input("text", "too_long"),
            StoreError::Sealed(_) | StoreError::Unreadable { .. } | StoreError::Database(_) => {
                Self::Internal { reason: error.to_string() }
            }
        }
    }
}

impl From<PhoneError> for CoreError {
    fn from(error: PhoneError) -> Self {
        match error {
            PhoneError::Storage(error) => error.into(),
            PhoneError::NotPulled => Self::not_found("not_pulled"),
            PhoneError::UnknownStore(_) => Self::not_found("unknown_store"),
            PhoneError::UnknownOrder(_) => Self::not_found("unknown_order"),
            PhoneError::OrderOver(_) => Self::conflict("order_over"),
            PhoneError::NothingLeft(_) => Self::input("lines", "nothing_left"),
            PhoneError::NoOrders => Self::not_found("no_orders"),
            PhoneError::VisitOpen(_) => Self::conflict("visit_open"),
            PhoneError::NoVisit => Self::conflict("no_visit"),
            PhoneError::NotEnrolled => Self::unauthorized("not_enrolled"),
            PhoneError::KeyLost => Self::unauthorized("key_lost"),
            PhoneError::TooLong { field, .. } => Self::input(field, "too_long"),
            PhoneError::PhotoTooLarge => Self::input("photo", "photo_too_large"),
            PhoneError::PhotosFull => Self::conflict("photos_full"),
            PhoneError::OtherRep(_) => Self::input("journal", "other_rep"),
            PhoneError::Journal(JournalError::WrongCode) => Self::input("code", "wrong_code"),
            PhoneError::Journal(JournalError::Version { .. }) => {
                Self::IncompatibleVersion { reason: "newer_journal".to_owned() }
            }
            PhoneError::Journal(_) => Self::input("journal", "journal"),
        }
    }
}

impl From<SyncError> for CoreError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Phone(error) => error.into(),
            SyncError::Transport(error) => error.into(),
            SyncError::Puzzled => Self::network(false, "puzzled"),
            SyncError::OtherCompany => Self::unauthorized("other_company"),
            SyncError::OthersWait { .. } => Self::conflict("others_wait"),
            SyncError::Refused(refusal) => match refusal.code {
                RefusalCode::Token => Self::unauthorized("wrong_code"),
                RefusalCode::Revoked => Self::unauthorized("revoked"),
                RefusalCode::Upgrade => Self::IncompatibleVersion { reason: "upgrade".to_owned() },
                RefusalCode::Busy | RefusalCode::Limit => Self::network(true, "server_busy"),
                _ => Self::network(false, "refused"),
            },
        }
    }
}

impl From<TransportError> for CoreError {
    fn from(error: TransportError) -> Self {
        Self::network(true, if error.is_clock() { "clock" } else { "no_answer" })
    }
}
