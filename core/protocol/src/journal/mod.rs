//! The journal of a phone as a file, for when there is no server or the phone is dying (the contract, 3.7): its facts
//! with the bytes that were sealed, for the company's import key and under a recovery code. Who takes them in is not here.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `XDJOURNL` |
//! | 2 | version, big-endian |
//! | 16 | install id |
//! | 8 | made at, milliseconds since 1970 UTC by the phone's best reading |
//! | 32 | the device's public key, Ed25519 |
//! | 32 | fingerprint of the company's import key; zeros = the phone knew none |
//! | 16 | salt of the recovery code |
//! | 48 | the file key under the recovery code |
//! | 32 | one-time X25519 key for the company; zeros = none |
//! | 48 | the file key under the company's key; zeros = none |
//! | n + 16 | content: zstd of JSON lines, XChaCha20-Poly1305 by the file key, bound to everything above |
//! | 32 | SHA-256 of everything above |
//! | 64 | the device's signature over that hash |
//!
//! A reader never holds more than [`READER_BYTES`] beside the file, whoever wrote it.

mod content;
mod envelope;
mod keys;
mod recovery_code;

use serde::{Deserialize, Serialize};
use xundian_domain::stamp::Stamp;
use xundian_domain::{BusinessDate, InstallId, RecordId, RepNo};

pub use envelope::{Envelope, Sealing};
pub use keys::{ImportKey, ImportSecret, Opener};
pub use recovery_code::RecoveryCode;

use crate::push::{Kind, Record};

/// Bytes of a file: some 280 days of 40 visits.
pub const FILE_BYTES: usize = 8 << 20;
/// Bytes of its content after decompression.
pub const CONTENT_BYTES: usize = 32 << 20;
/// Facts in a file: three years.
pub const FACTS: usize = 50_000;
/// Bytes of one fact in a file: its body as JSON writes it, and its envelope. Nothing larger could ever be pushed.
pub const FACT_BYTES: usize = 2 * crate::limits::RECORD_BYTES;
/// What a reader holds at most beside the file: the opened content, the window of its decompression and the facts; before
/// them the memory of the recovery code. `tests/journal_memory.rs` lets hostile files try: 41 MiB.
pub const READER_BYTES: usize = 64 << 20;

/// One fact of a phone. What travels beside a fact (`private`) has no place here: it is in no export (3.2).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JournalFact {
    /// Place in the row of the install that wrote the file, from 1; 0 = an earlier install of the phone pushed it.
    pub dseq: u64,
    /// Its id.
    pub id: RecordId,
    /// What it is.
    pub kind: Kind,
    /// Version of the kind's schema.
    pub v: u32,
    /// The clocks at sealing.
    pub captured: Stamp,
    /// As sealed.
    pub date: BusinessDate,
    /// A string whose UTF-8 bytes are exactly the sealed bytes.
    pub body: String,
}

impl JournalFact {
    /// The fact in the envelope of a push, in its place.
    pub fn into_record(self) -> Record {
        let Self { dseq, id, kind, v, captured, date, body } = self;
        Record {
            dseq,
            id,
            kind,
            v,
            captured,
            date,
            body,
            private: None,
            went: None,
            refused: None,
            held: None,
        }
    }
}

/// What a phone knows and somebody else must not lose.
#[derive(Debug, Clone, PartialEq)]
pub struct Journal {
    /// Who wrote it.
    pub install: InstallId,
    /// Whose phone it was.
    pub rep: RepNo,
    /// By place, those without one first; no id and no place twice.
    pub facts: Vec<JournalFact>,
}

impl Journal {
    /// The file and the code that opens it, to be shown once. `fill` gives random bytes.
    ///
    /// # Errors
    /// [`JournalError::TooLarge`] if no reader would take it.
    pub fn seal(
        &self,
        sealing: &Sealing<'_>,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(Vec<u8>, RecoveryCode), JournalError> {
        Envelope::seal(&content::write(self)?, self.install, sealing, fill)
    }

    /// Opens a file that was read.
    ///
    /// # Errors
    /// Whatever is wrong with the file or the key; see [`JournalError`].
    pub fn open(envelope: &Envelope<'_>, by: &Opener<'_>) -> Result<Self, JournalError> {
        let journal = content::read(&envelope.open(by)?)?;
        if journal.install != envelope.install {
            return Err(JournalError::Damaged("it names two phones"));
        }
        Ok(journal)
    }
}

/// Why a file is not taken, each another thing to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// Some other file.
    #[error("this file is no journal: choose the file that the phone wrote")]
    NotAJournal,
    /// From a newer program.
    #[error("this journal has version {found}, this program knows {known}: update it")]
    Version {
        /// Of the file.
        found: u16,
        /// Newest one known here.
        known: u16,
    },
    /// Cut off or changed on its way, or nonsense inside.
    #[error("this journal is damaged: {0}; copy the file again")]
    Damaged(&'static str),
    /// More than a reader takes.
    #[error("this journal is too large: more than {limit} {of}")]
    TooLarge {
        /// How many.
        limit: usize,
        /// Of what.
        of: &'static str,
    },
    /// Whole, but not written by the phone that it names.
    #[error("the signature does not fit: the phone did not write this journal")]
    Signature,
    /// Not the code that was shown with this file.
    #[error("the recovery code is wrong: check its 12 letters and digits")]
    WrongCode,
    /// Sealed for another company.
    #[error("this journal is another company's: only its recovery code opens it")]
    OtherCompany,
    /// The phone knew no company key.
    #[error("this journal opens with its recovery code only: enter it")]
    CodeNeeded,
}

impl JournalError {
    /// For texts that people read.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAJournal => "not_a_journal",
            Self::Version { .. } => "version",
            Self::Damaged(_) => "damaged",
            Self::TooLarge { .. } => "too_large",
            Self::Signature => "signature",
            Self::WrongCode => "wrong_code",
            Self::OtherCompany => "other_company",
            Self::CodeNeeded => "code_needed",
        }
    }
}

#[cfg(test)]
mod tests;
