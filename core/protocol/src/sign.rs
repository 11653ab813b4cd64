//! Request signatures: the device key over method, path, install id and the raw body, so that a stolen token alone
//! pushes nothing (the contract, 3.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use sha2::{Digest, Sha256};
use xundian_domain::InstallId;

/// Header with the signature, base64.
pub const SIGNATURE_HEADER: &str = "x-xundian-signature";
/// Header with the install id.
pub const INSTALL_HEADER: &str = "x-xundian-install";

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `POST`…
    pub method: &'a str,
    /// Path with its query.
    pub path: &'a str,
    /// Who.
    pub install: InstallId,
    /// As on the wire, compressed.
    pub body: &'a [u8],
}

/// A key or signature that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// Not 32 bytes of base64, or no point of the curve.
    #[error("public key is not an ed25519 key in base64")]
    Key,
    /// Does not fit.
    #[error("signature does not fit the request")]
    Signature,
}

impl Request<'_> {
    fn message(&self) -> Vec<u8> {
        let mut message =
            format!("xundian-1\n{}\n{}\n{}\n", self.method, self.path, self.install).into_bytes();
        message.extend_from_slice(&Sha256::digest(self.body));
        message
    }

    /// Signs with the device key; base64.
    pub fn sign(&self, key: &SigningKey) -> String {
        STANDARD.encode(key.sign(&self.message()).to_bytes())
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`SignError::Signature`].
    pub fn verify(&self, key: &VerifyingKey, signature: &str) -> Result<(), SignError> {
        let bytes = STANDARD.decode(signature).map_err(|_| SignError::Signature)?;
        let signature = Signature::from_slice(&bytes).map_err(|_| SignError::Signature)?;
        key.verify(&self.message(), &signature).map_err(|_| SignError::Signature)
    }
}

/// The public half as it travels.
pub fn public_key(key: &SigningKey) -> String {
    STANDARD.encode(key.verifying_key().as_bytes())
}

/// Reads a public key.
///
/// # Errors
/// [`SignError::Key`].
pub fn read_public_key(text: &str) -> Result<VerifyingKey, SignError> {
    let bytes: [u8; 32] =
        STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or(SignError::Key)?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| SignError::Key)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn request(body: &[u8]) -> Request<'_> {
        Request { method: "POST", path: "/v1/push", install: InstallId(Uuid::from_u128(7)), body }
    }

    #[test]
    fn a_signature_holds_for_this_request_only() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let public = read_public_key(&public_key(&key)).unwrap();
        let signature = request(b"body").sign(&key);
        assert_eq!(request(b"body").verify(&public, &signature), Ok(()));
        assert!(request(b"other").verify(&public, &signature).is_err());
        let elsewhere = Request { path: "/v1/pull", ..request(b"body") };
        assert!(elsewhere.verify(&public, &signature).is_err());
        let another = SigningKey::from_bytes(&[8; 32]);
        assert!(request(b"body").verify(&another.verifying_key(), &signature).is_err());
    }

    #[test]
    fn nonsense_is_no_key_and_no_signature() {
        assert_eq!(read_public_key("nonsense"), Err(SignError::Key));
        let key = SigningKey::from_bytes(&[7; 32]).verifying_key();
        assert_eq!(request(b"").verify(&key, "AAAA"), Err(SignError::Signature));
    }
}
