//! The secret of the phone's own key, as it lies in the phone's file: wrapped by the phone's key store, where there is one.
//! A copy of the file on another phone cannot be opened there: that phone enrols anew, and its facts go with it.

use ed25519_dalek::SigningKey;
use xundian_protocol::digest::{hex, unhex, unhex_all};

use crate::machine::Machine;
use crate::phone::PhoneError;

/// Says that what follows was wrapped; without it the secret lies there as it is.
const WRAPPED: &str = "wrapped:";

/// The text that is kept. A key store that fails is no reason to send a rep home: then the secret is kept as it is, and the
/// next sync tries again ([`wrapped_late`]).
pub(crate) fn keep(secret: &[u8; 32], machine: &dyn Machine) -> String {
    match machine.wrap_key(secret) {
        Some(wrapped) => format!("{WRAPPED}{}", hex(&wrapped)),
        None => hex(secret),
    }
}

/// Reads what [`keep`] wrote.
///
/// # Errors
/// [`PhoneError::KeyLost`].
pub(crate) fn read(kept: &str, machine: &dyn Machine) -> Result<SigningKey, PhoneError> {
    let secret = match kept.strip_prefix(WRAPPED) {
        Some(wrapped) => unhex_all(wrapped).and_then(|wrapped| machine.unwrap_key(&wrapped)),
        None => unhex(kept),
    };
    Ok(SigningKey::from_bytes(&secret.ok_or(PhoneError::KeyLost)?))
}

/// What to keep in the place of a secret that lies there as it is; `None` = it is wrapped, or still cannot be.
pub(crate) fn wrapped_late(kept: &str, machine: &dyn Machine) -> Option<String> {
    let secret = unhex(kept)?;
    Some(keep(&secret, machine)).filter(|text| text != kept)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use xundian_domain::stamp::Millis;

    use super::*;

    /// Turns each bit, if it works.
    struct Turned {
        works: bool,
    }

    impl Machine for Turned {
        fn wall(&self) -> Millis {
            Millis(0)
        }

        fn mono_ms(&self) -> i64 {
            0
        }

        fn boot(&self) -> Uuid {
            Uuid::nil()
        }

        fn random(&mut self) -> u128 {
            7
        }

        fn wrap_key(&self, secret: &[u8; 32]) -> Option<Vec<u8>> {
            self.works.then(|| secret.iter().map(|byte| !byte).collect())
        }

        fn unwrap_key(&self, wrapped: &[u8]) -> Option<[u8; 32]> {
            let turned: Vec<u8> = wrapped.iter().map(|byte| !byte).collect();
            turned.try_into().ok().filter(|_| self.works)
        }
    }

    const SECRET: [u8; 32] = [5; 32];

    #[test]
    fn what_is_kept_is_not_the_secret_and_only_its_own_store_opens_it() {
        let kept = keep(&SECRET, &Turned { works: true });
        assert!(!kept.contains(&hex(&SECRET)), "{kept}");
        assert_eq!(read(&kept, &Turned { works: true }).unwrap().to_bytes(), SECRET);
        let lost = read(&kept, &Turned { works: false });
        assert!(matches!(lost, Err(PhoneError::KeyLost)), "{lost:?}");
        for damaged in ["wrapped:", "wrapped:0", "wrapped:zz", "wrapped:00", "", "恢复"] {
            assert!(read(damaged, &Turned { works: true }).is_err(), "{damaged}");
        }
    }

    #[test]
    fn a_store_that_fails_lets_the_rep_work_and_is_asked_again() {
        let kept = keep(&SECRET, &Turned { works: false });
        assert_eq!(read(&kept, &Turned { works: false }).unwrap().to_bytes(), SECRET);
        assert_eq!(wrapped_late(&kept, &Turned { works: false }), None);
        let late = wrapped_late(&kept, &Turned { works: true }).unwrap();
        assert_eq!(read(&late, &Turned { works: true }).unwrap().to_bytes(), SECRET);
        assert_eq!(wrapped_late(&late, &Turned { works: true }), None, "once");
    }
}
