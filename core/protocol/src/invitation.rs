//! An enrolment as a QR (the contract, 3.1): the server's address, the code, and the fingerprint of the company's key, by
//! which a phone knows that the server which takes the code is the one that gave it.

use std::fmt;

use crate::digest::{hex, unhex};

/// What a QR of this program's begins with.
const MARK: &str = "XUNDIAN1";
/// The longest text that is read at all.
const LONGEST: usize = 500;

/// What the QR says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Where phones reach the server.
    pub server: String,
    /// As the office would read it out.
    pub code: String,
    /// [`crate::journal::ImportKey::fingerprint`] of the company.
    pub key: [u8; 32],
}

impl Invitation {
    /// Reads a scanned text; `None` = it is something else.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > LONGEST {
            return None;
        }
        let mut parts = text.split_ascii_whitespace();
        let (mark, server, code, key) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_ours = mark == MARK && parts.next().is_none();
        is_ours.then_some(Self { server: server.to_owned(), code: code.to_owned(), key: unhex(key)? })
    }
}

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK} {} {} {}", self.server, self.code, hex(&self.key))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_read_as_it_was_written() {
        let key = std::array::from_fn(|n| u8::try_from(n).unwrap());
        let told = Invitation { server: "https://xd.example:8443".into(), code: "ABCD2345".into(), key };
        let text = told.to_string();
        assert!(text.starts_with("XUNDIAN1 https://xd.example:8443 ABCD2345 000102030405"), "{text}");
        assert_eq!(Invitation::read(&format!(" {text}\n")), Some(told));
        assert_eq!(Invitation::read(&format!("{text} more")), None);
        assert_eq!(Invitation::read(&text[..text.len() - 1]), None, "a torn key");
        assert_eq!(Invitation::read("https://u.wechat.example/abc"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "(XUNDIAN1 )?.{0,120}") {
            if let Some(read) = Invitation::read(&text) {
                prop_assert_eq!(Invitation::read(&read.to_string()), Some(read));
            }
        }
    }
}
