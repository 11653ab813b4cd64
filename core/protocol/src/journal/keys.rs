//! Who can open a journal: the company by its import key, and whoever has the recovery code. Both get the same file key,
//! which belongs to one file alone.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::{Digest, Sha256};
use x25519_dalek::{PublicKey, StaticSecret};

use super::{JournalError, RecoveryCode};

/// Argon2id for a recovery code: 32 MiB, three passes, one lane. A phone of 2 GB has it to spare, takes about a third of
/// a second, and every guess at the code's 60 bits costs as much.
const CODE_MEMORY_KIB: u32 = 32 << 10;
const CODE_PASSES: u32 = 3;
const CODE_LANES: u32 = 1;
/// Every key here seals one thing once, so its nonce may be nothing.
const ONCE: [u8; 24] = [0; 24];
/// What a key for the company is derived for.
const FOR_COMPANY: &[u8] = b"xundian-journal-1 company";

/// Bytes of a key.
pub(super) const KEY: usize = 32;
/// Bytes of a sealed key.
pub(super) const SEALED_KEY: usize = KEY + 16;

/// The public half of the company's import key; phones get it when they are enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportKey([u8; KEY]);

impl ImportKey {
    /// As it travels: base64 of 32 bytes. `None` if it is not.
    pub fn read(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// By which a file says whom it is for: SHA-256 of the key.
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl fmt::Display for ImportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

/// The secret half, which the server keeps; its debug form shows nothing.
#[derive(Clone)]
pub struct ImportSecret(StaticSecret);

impl ImportSecret {
    /// From 32 random bytes.
    pub fn from_bytes(bytes: [u8; KEY]) -> Self {
        Self(StaticSecret::from(bytes))
    }

    /// For phones.
    pub fn public(&self) -> ImportKey {
        ImportKey(PublicKey::from(&self.0).to_bytes())
    }
}

impl fmt::Debug for ImportSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ImportSecret(****)")
    }
}

/// By what a file is opened.
#[derive(Debug, Clone, Copy)]
pub enum Opener<'a> {
    /// The company's key.
    Company(&'a ImportSecret),
    /// The code that was shown with it.
    Code(&'a RecoveryCode),
}

/// The file key for the company: a one-time key of `random` and the company's make the key that seals it. `None` if the
/// company's key is none that secrets can be made with.
pub(super) fn seal_for(
    company: &ImportKey,
    file_key: &[u8; KEY],
    random: [u8; KEY],
) -> Option<([u8; KEY], [u8; SEALED_KEY])> {
    let secret = StaticSecret::from(random);
    let once = PublicKey::from(&secret).to_bytes();
    let key = agreed(&secret, &company.0, &once, company)?;
    Some((once, seal(&key, b"", file_key).ok()?.try_into().ok()?))
}

/// The file key out of [`seal_for`].
pub(super) fn open_for(
    company: &ImportSecret,
    once: &[u8; KEY],
    sealed: &[u8; SEALED_KEY],
) -> Option<[u8; KEY]> {
    let key = agreed(&company.0, once, once, &company.public())?;
    open(&key, b"", sealed)?.try_into().ok()
}

/// X25519, then HKDF-SHA-256 bound to both public keys.
fn agreed(
    mine: &StaticSecret,
    theirs: &[u8; KEY],
    once: &[u8; KEY],
    company: &ImportKey,
) -> Option<[u8; KEY]> {
    let shared = mine.diffie_hellman(&PublicKey::from(*theirs));
    if !shared.was_contributory() {
        return None;
    }
    let salt = [once.as_slice(), &company.0].concat();
    let mut key = [0; KEY];
    Hkdf::<Sha256>::new(Some(&salt), shared.as_bytes()).expand(FOR_COMPANY, &mut key).ok()?;
    Some(key)
}

/// The file key under a recovery code.
///
/// # Errors
/// [`JournalError::TooLarge`]: this machine has not the memory for it.
pub(super) fn seal_under(
    code: &RecoveryCode,
    salt: &[u8],
    file_key: &[u8; KEY],
) -> Result<[u8; SEALED_KEY], JournalError> {
    let sealed = seal(&stretched(code, salt)?, b"", file_key)?;
    sealed.try_into().map_err(|_| JournalError::Damaged("a sealed key has another length"))
}

/// The file key out of [`seal_under`].
///
/// # Errors
/// [`JournalError::WrongCode`].
pub(super) fn open_under(
    code: &RecoveryCode,
    salt: &[u8],
    sealed: &[u8; SEALED_KEY],
) -> Result<[u8; KEY], JournalError> {
    let key = open(&stretched(code, salt)?, b"", sealed).ok_or(JournalError::WrongCode)?;
    key.try_into().map_err(|_| JournalError::WrongCode)
}

fn stretched(code: &RecoveryCode, salt: &[u8]) -> Result<[u8; KEY], JournalError> {
    let failed = |_| JournalError::Damaged("no key can be made of a recovery code");
    let params = Params::new(CODE_MEMORY_KIB, CODE_PASSES, CODE_LANES, Some(KEY)).map_err(failed)?;
    let mut key = [0; KEY];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(code.letters(), salt, &mut key)
        .map_err(failed)?;
    Ok(key)
}

/// Seals with a key that is used once.
///
/// # Errors
/// [`JournalError::TooLarge`].
pub(super) fn seal(key: &[u8; KEY], bound_to: &[u8], plain: &[u8]) -> Result<Vec<u8>, JournalError> {
    let cipher = XChaCha20Poly1305::new(key.into());
    let payload = Payload { msg: plain, aad: bound_to };
    cipher.encrypt(&XNonce::from(ONCE), payload).map_err(|_| super::content::too_large())
}

/// Undoes [`seal`]; `None` if anything is another one.
pub(super) fn open(key: &[u8; KEY], bound_to: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher.decrypt(&XNonce::from(ONCE), Payload { msg: sealed, aad: bound_to }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_companys_key_opens_what_was_sealed_for_it_and_nothing_else() {
        let (ours, theirs) = (ImportSecret::from_bytes([1; 32]), ImportSecret::from_bytes([2; 32]));
        let (once, sealed) = seal_for(&ours.public(), &[9; 32], [3; 32]).unwrap();
        assert_eq!(open_for(&ours, &once, &sealed), Some([9; 32]));
        assert_eq!(open_for(&theirs, &once, &sealed), None);
        assert_eq!(ImportKey::read(&ours.public().to_string()), Some(ours.public()));
        assert_eq!(ImportKey::read("nonsense"), None);
        assert_ne!(ours.public().fingerprint(), theirs.public().fingerprint());
    }

    #[test]
    fn a_point_that_makes_no_secret_is_refused_on_both_sides() {
        for low in [[0; 32], {
            let mut one = [0; 32];
            one[0] = 1;
            one
        }] {
            assert!(seal_for(&ImportKey(low), &[9; 32], [3; 32]).is_none());
            assert!(open_for(&ImportSecret::from_bytes([1; 32]), &low, &[0; SEALED_KEY]).is_none());
        }
    }

    #[test]
    fn a_recovery_code_opens_its_own_key() {
        let (code, other) = (RecoveryCode::from_random([1; 12]), RecoveryCode::from_random([2; 12]));
        let sealed = seal_under(&code, &[7; 16], &[9; 32]).unwrap();
        assert_eq!(open_under(&code, &[7; 16], &sealed), Ok([9; 32]));
        assert_eq!(open_under(&other, &[7; 16], &sealed), Err(JournalError::WrongCode));
        assert_eq!(open_under(&code, &[8; 16], &sealed), Err(JournalError::WrongCode));
    }
}
