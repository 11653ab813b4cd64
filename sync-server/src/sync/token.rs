//! What a phone shows beside its signature. A token is the server's own word over install, key, rep and phone: the same for every
//! arrival of a `hello` (docs/adr/0007), and proof of the grant when a restore has lost the install's row (docs/adr/0012).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use xundian_domain::{InstallId, RepNo};
use xundian_protocol::digest::{hex, unhex};
use xundian_protocol::hello::PhoneRoot;

use super::EnrolError;

/// Says which kind of secret this is, and which version of it.
const KIND: &[u8] = b"token 2";

/// What a token is bound to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grant<'a> {
    /// Which install.
    pub(super) install: InstallId,
    /// Its key as the phone sent it.
    pub(super) public_key: &'a str,
    /// Whose phone it is.
    pub(super) rep: RepNo,
    /// Which phone.
    pub(super) phone: PhoneRoot,
}

impl Grant<'_> {
    /// Its token, hexadecimal.
    pub(super) fn token(&self, secret: &[u8]) -> Result<String, EnrolError> {
        Ok(hex(&self.keyed(secret)?.finalize().into_bytes()))
    }

    /// Whether this server has given the token for this; compared in constant time.
    pub(super) fn is_proven_by(&self, token: &str, secret: &[u8]) -> Result<bool, EnrolError> {
        let Some(token) = unhex::<32>(token) else { return Ok(false) };
        Ok(self.keyed(secret)?.verify_slice(&token).is_ok())
    }

    fn keyed(&self, secret: &[u8]) -> Result<Hmac<Sha256>, EnrolError> {
        let keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(secret);
        let mut keyed = keyed.map_err(|_| EnrolError::Secret)?;
        keyed.update(KIND);
        keyed.update(self.install.0.as_bytes());
        keyed.update(self.phone.root.0.as_bytes());
        keyed.update(&self.phone.since.0.to_be_bytes());
        keyed.update(self.public_key.as_bytes());
        // No key holds a line end.
        keyed.update(b"\n");
        keyed.update(self.rep.as_str().as_bytes());
        Ok(keyed)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use xundian_domain::stamp::Millis;

    use super::*;

    fn grant(install: u128, rep: &str) -> Grant<'static> {
        let phone = PhoneRoot { root: InstallId(Uuid::from_u128(1)), since: Millis(5) };
        Grant {
            install: InstallId(Uuid::from_u128(install)),
            public_key: "key",
            rep: rep.parse().unwrap(),
            phone,
        }
    }

    #[test]
    fn a_token_proves_its_own_grant_and_no_other() {
        let token = grant(1, "ZY01").token(b"secret").unwrap();
        assert_eq!(token, grant(1, "ZY01").token(b"secret").unwrap(), "asked for twice");
        let proves = |grant: Grant<'_>, secret: &[u8]| grant.is_proven_by(&token, secret).unwrap();
        assert!(proves(grant(1, "ZY01"), b"secret"));
        assert!(!proves(grant(2, "ZY01"), b"secret"), "another install");
        assert!(!proves(grant(1, "ZY02"), b"secret"), "another rep");
        assert!(!proves(Grant { public_key: "other", ..grant(1, "ZY01") }, b"secret"), "another key");
        let later = PhoneRoot { since: Millis(6), ..grant(1, "ZY01").phone };
        assert!(!proves(Grant { phone: later, ..grant(1, "ZY01") }, b"secret"), "enrolled at another time");
        let other = PhoneRoot { root: InstallId(Uuid::nil()), ..grant(1, "ZY01").phone };
        assert!(!proves(Grant { phone: other, ..grant(1, "ZY01") }, b"secret"), "another phone");
        assert!(!proves(grant(1, "ZY01"), b"another server"));
        assert!(!grant(1, "ZY01").is_proven_by("nonsense", b"secret").unwrap());
    }
}
