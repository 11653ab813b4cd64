//! The envelope of a journal: bytes in, one signed and sealed file out, and back. What the bytes say is `content`.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use xundian_domain::InstallId;
use xundian_domain::stamp::Millis;

use super::keys::{KEY, SEALED_KEY, open, open_for, open_under, seal as seal_once, seal_for, seal_under};
use super::{FILE_BYTES, ImportKey, JournalError, Opener, RecoveryCode};

const MAGIC: [u8; 8] = *b"XDJOURNL";
/// Version of the file.
const VERSION: u16 = 1;
const SALT: usize = 16;
const HASH: usize = 32;
const SIGNATURE: usize = 64;
const HEADER: usize = 8 + 2 + 16 + 8 + 32 + 32 + SALT + SEALED_KEY + KEY + SEALED_KEY;
/// Says what is signed, so that the signature stands for nothing else.
const SIGNED: &[u8] = b"xundian-journal-1\n";

/// By whom and for whom a file is made.
#[derive(Debug, Clone, Copy)]
pub struct Sealing<'a> {
    /// By the phone's best reading.
    pub made_at: Millis,
    /// The device key of the install that writes.
    pub signer: &'a SigningKey,
    /// The company's key, if the phone knows it.
    pub company: Option<ImportKey>,
}

fn signed(hash: &[u8]) -> Vec<u8> {
    [SIGNED, hash].concat()
}

fn too_large() -> JournalError {
    JournalError::TooLarge { limit: FILE_BYTES, of: "bytes" }
}

/// A file that is whole and signed by the key that it names; whose key that is, the reader has to know.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// Who says to have written it.
    pub install: InstallId,
    /// By the phone's best reading.
    pub made_at: Millis,
    /// The key that signed it.
    pub device: VerifyingKey,
    /// Of the company that it is for; `None` = it opens with its code only.
    pub company: Option<[u8; 32]>,
    salt: [u8; SALT],
    under_code: [u8; SEALED_KEY],
    once: [u8; KEY],
    for_company: [u8; SEALED_KEY],
    header: &'a [u8],
    content: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Any content as a file, and the code that opens it; facts become one by [`super::Journal::seal`].
    ///
    /// # Errors
    /// [`JournalError::TooLarge`].
    pub fn seal(
        content: &[u8],
        install: InstallId,
        sealing: &Sealing<'_>,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(Vec<u8>, RecoveryCode), JournalError> {
        let (mut file_key, mut salt, mut letters, mut once) = ([0; KEY], [0; SALT], [0; 12], [0; KEY]);
        [&mut file_key[..], &mut salt, &mut letters, &mut once].into_iter().for_each(fill);
        let code = RecoveryCode::from_random(letters);
        let company =
            sealing.company.and_then(|key| Some((key.fingerprint(), seal_for(&key, &file_key, once)?)));
        let (fingerprint, (once, for_company)) = company.unwrap_or(([0; 32], ([0; KEY], [0; SEALED_KEY])));
        let mut file = Vec::with_capacity(HEADER + content.len() + 16 + HASH + SIGNATURE);
        file.extend(MAGIC);
        file.extend(VERSION.to_be_bytes());
        file.extend(install.0.as_bytes());
        file.extend(sealing.made_at.0.to_be_bytes());
        file.extend(sealing.signer.verifying_key().as_bytes());
        file.extend(fingerprint);
        file.extend(salt);
        file.extend(seal_under(&code, &salt, &file_key)?);
        file.extend(once);
        file.extend(for_company);
        file.extend(seal_once(&file_key, &file, content)?);
        let hash = Sha256::digest(&file);
        file.extend(hash);
        file.extend(sealing.signer.sign(&signed(&hash)).to_bytes());
        if file.len() > FILE_BYTES { Err(too_large()) } else { Ok((file, code)) }
    }

    /// Reads a file's envelope and checks its signature. Nothing is decrypted or unpacked.
    ///
    /// # Errors
    /// Too large, no journal, another version, damaged, or its signature does not fit.
    pub fn read(file: &'a [u8]) -> Result<Self, JournalError> {
        if file.len() > FILE_BYTES {
            return Err(too_large());
        }
        let mut rest = file.strip_prefix(&MAGIC).ok_or(JournalError::NotAJournal)?;
        let found = u16::from_be_bytes(take(&mut rest)?);
        if found != VERSION {
            return Err(JournalError::Version { found, known: VERSION });
        }
        let install = InstallId(Uuid::from_bytes(take(&mut rest)?));
        let made_at = Millis(i64::from_be_bytes(take(&mut rest)?));
        let (device, fingerprint) = (take(&mut rest)?, take(&mut rest)?);
        let (salt, under_code, once, for_company) =
            (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
        let (rest, signature) = rest.split_last_chunk::<SIGNATURE>().ok_or_else(cut_off)?;
        let (content, hash) = rest.split_last_chunk::<HASH>().ok_or_else(cut_off)?;
        let (header, _) = file.split_at_checked(HEADER).ok_or_else(cut_off)?;
        let envelope = Self {
            install,
            made_at,
            device: VerifyingKey::from_bytes(&device).map_err(|_| JournalError::Signature)?,
            company: Some(fingerprint).filter(|fingerprint| *fingerprint != [0; 32]),
            salt,
            under_code,
            once,
            for_company,
            header,
            content,
        };
        envelope.check(hash, signature)?;
        Ok(envelope)
    }

    fn check(&self, hash: &[u8; HASH], signature: &[u8; SIGNATURE]) -> Result<(), JournalError> {
        let found = Sha256::new().chain_update(self.header).chain_update(self.content).finalize();
        if found.as_slice() != hash {
            return Err(JournalError::Damaged("its bytes are not those that were written"));
        }
        self.device
            .verify_strict(&signed(hash), &Signature::from_bytes(signature))
            .map_err(|_| JournalError::Signature)
    }

    /// The reader knows the phone: its key is this one.
    ///
    /// # Errors
    /// [`JournalError::Signature`].
    pub fn is_by(&self, device: &VerifyingKey) -> Result<(), JournalError> {
        if self.device == *device { Ok(()) } else { Err(JournalError::Signature) }
    }

    /// The content.
    pub(super) fn open(&self, by: &Opener<'_>) -> Result<Vec<u8>, JournalError> {
        let file_key = match by {
            Opener::Code(code) => open_under(code, &self.salt, &self.under_code)?,
            Opener::Company(secret) => {
                let company = self.company.ok_or(JournalError::CodeNeeded)?;
                if company != secret.public().fingerprint() {
                    return Err(JournalError::OtherCompany);
                }
                open_for(secret, &self.once, &self.for_company)
                    .ok_or(JournalError::Damaged("its key for the company does not open"))?
            }
        };
        open(&file_key, self.header, self.content)
            .ok_or(JournalError::Damaged("its content does not open with its key"))
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], JournalError> {
    let (taken, after) = rest.split_first_chunk().ok_or_else(cut_off)?;
    *rest = after;
    Ok(*taken)
}

fn cut_off() -> JournalError {
    JournalError::Damaged("its end is missing")
}
