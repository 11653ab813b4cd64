//! What a call can come back with, by what the shell can do about it. `reason` is a code for the shell's string table
//! ([`crate::CODES`]), except in `Internal`, which is for the log.

use xundian_device::phone::PhoneError;
use xundian_device::store::StoreError;
use xundian_device::sync::{SyncError, TransportError};
use xundian_protocol::RefusalCode;
use xundian_protocol::journal::JournalError;

use crate::codes::{Conflict, IncompatibleVersion, InvalidInput, Network, NotFound, Unauthorized};
use crate::damage::is_damage;

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
    /// The file was damaged: it is kept for the office, a new one can be begun. Of a call, it is what every call comes back with
    /// until then.
    #[error("database was damaged and is kept as {kept_as}")]
    Corrupt {
        /// Name of the file that was put aside. Empty = it still lies where it was: the long call that asks back from a listener
        /// holds it, or the disk refuses another name. The next call and `resume` see to it again.
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
    pub(crate) fn input(field: &str, code: InvalidInput) -> Self {
        Self::InvalidInput { field: field.to_owned(), reason: code.code().to_owned() }
    }

    pub(crate) fn conflict(code: Conflict) -> Self {
        Self::Conflict { reason: code.code().to_owned() }
    }

    pub(crate) fn unauthorized(code: Unauthorized) -> Self {
        Self::Unauthorized { reason: code.code().to_owned() }
    }

    /// Damage that was just met: nothing is put aside yet.
    pub(crate) fn damaged() -> Self {
        Self::Corrupt { kept_as: String::new() }
    }

    fn not_found(code: NotFound) -> Self {
        Self::NotFound { reason: code.code().to_owned() }
    }

    fn incompatible(code: IncompatibleVersion) -> Self {
        Self::IncompatibleVersion { reason: code.code().to_owned() }
    }

    fn network(retryable: bool, code: Network) -> Self {
        Self::Network { retryable, reason: code.code().to_owned() }
    }
}

impl From<StoreError> for CoreError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::StorageFull,
            StoreError::Corrupt { kept_as } => Self::Corrupt { kept_as },
            StoreError::NotPutAside { .. } => Self::damaged(),
            StoreError::Database(ref why) if why.sqlite_extended_error_code().is_some_and(is_damage) => {
                Self::damaged()
            }
            StoreError::Newer { .. } => Self::incompatible(IncompatibleVersion::NewerDatabase),
            StoreError::Busy => Self::conflict(Conflict::Busy),
            StoreError::VisitOpen => Self::conflict(Conflict::VisitOpen),
            StoreError::NoVisit => Self::conflict(Conflict::NoVisit),
            StoreError::TooLong { .. } => Self::input("record", InvalidInput::RecordTooLong),
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
            PhoneError::NotPulled => Self::not_found(NotFound::NotPulled),
            PhoneError::UnknownStore(_) => Self::not_found(NotFound::UnknownStore),
            PhoneError::UnknownStreet(_) => Self::input("street", InvalidInput::Invalid),
            PhoneError::UnknownOrder(_) => Self::not_found(NotFound::UnknownOrder),
            PhoneError::OrderOver(_) => Self::conflict(Conflict::OrderOver),
            PhoneError::NothingLeft(_) => Self::input("lines", InvalidInput::NothingLeft),
            PhoneError::NoPrice(_) => Self::input("lines", InvalidInput::NoPrice),
            PhoneError::NoOrders => Self::not_found(NotFound::NoOrders),
            PhoneError::VisitOpen(_) => Self::conflict(Conflict::VisitOpen),
            PhoneError::NoVisit => Self::conflict(Conflict::NoVisit),
            PhoneError::NotEnrolled => Self::unauthorized(Unauthorized::NotEnrolled),
            PhoneError::KeyLost => Self::unauthorized(Unauthorized::KeyLost),
            PhoneError::TooLong { field, .. } => Self::input(field, InvalidInput::TooLong),
            PhoneError::PhotoTooLarge => Self::input("photo", InvalidInput::PhotoTooLarge),
            PhoneError::PhotosFull => Self::conflict(Conflict::PhotosFull),
            PhoneError::OtherRep(_) => Self::input("journal", InvalidInput::OtherRep),
            PhoneError::Journal(JournalError::WrongCode) => Self::input("code", InvalidInput::WrongCode),
            PhoneError::Journal(JournalError::Version { .. }) => {
                Self::incompatible(IncompatibleVersion::NewerJournal)
            }
            PhoneError::Journal(_) => Self::input("journal", InvalidInput::Journal),
        }
    }
}

impl From<SyncError> for CoreError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Phone(error) => error.into(),
            SyncError::Transport(error) => error.into(),
            SyncError::Puzzled => Self::network(false, Network::Puzzled),
            SyncError::OtherCompany => Self::unauthorized(Unauthorized::OtherCompany),
            SyncError::OthersWait { .. } => Self::conflict(Conflict::OthersWait),
            SyncError::Refused(refusal) => match refusal.code {
                RefusalCode::Token => Self::unauthorized(Unauthorized::WrongCode),
                RefusalCode::Revoked => Self::unauthorized(Unauthorized::Revoked),
                RefusalCode::Upgrade => Self::incompatible(IncompatibleVersion::Upgrade),
                RefusalCode::Busy | RefusalCode::Limit => Self::network(true, Network::ServerBusy),
                _ => Self::network(false, Network::Refused),
            },
        }
    }
}

impl From<TransportError> for CoreError {
    fn from(error: TransportError) -> Self {
        Self::network(true, if error.is_clock() { Network::Clock } else { Network::NoAnswer })
    }
}
