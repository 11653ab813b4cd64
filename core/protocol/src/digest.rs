//! The digest of a day, by which both sides see that they have the same facts (the contract, 3.3).

use sha2::{Digest, Sha256};
use xundian_domain::RecordId;

/// SHA-256 over (16-byte id ‖ 32-byte hash), ids ascending, of all facts of a date except `day_closed`; hexadecimal.
/// The order in which they are given does not matter.
pub fn day_digest(facts: impl IntoIterator<Item = (RecordId, [u8; 32])>) -> String {
    let mut facts: Vec<_> = facts.into_iter().collect();
    facts.sort_unstable_by_key(|(id, _)| *id);
    let mut sum = Sha256::new();
    for (id, hash) in &facts {
        sum.update(id.0.as_bytes());
        sum.update(hash);
    }
    hex(&sum.finalize())
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Whether a text is a SHA-256 as [`hex`] writes it; nothing else becomes the name of a file.
pub fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Undoes [`hex`]; `None` if it is not so many bytes.
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    unhex_all(text)?.try_into().ok()
}

/// Undoes [`hex`], however many bytes they are; `None` if it is not hexadecimal.
pub fn unhex_all(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    text.as_bytes().chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn hexadecimal_is_read_back_and_nothing_else_is() {
        assert_eq!(unhex::<3>(&hex(&[0, 171, 255])), Some([0, 171, 255]));
        for nonsense in ["", "00abf", "00abfff", "00ab+f", "恢复"] {
            assert_eq!(unhex::<3>(nonsense), None, "{nonsense}");
        }
        assert_eq!(unhex_all("00abff"), Some(vec![0, 171, 255]));
        for nonsense in ["00abf", "00ab+f", "恢复"] {
            assert_eq!(unhex_all(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter_but_every_byte_does() {
        let (one, two) = ((RecordId(Uuid::from_u128(1)), [1; 32]), (RecordId(Uuid::from_u128(2)), [2; 32]));
        assert_eq!(day_digest([one, two]), day_digest([two, one]));
        assert_ne!(day_digest([one, two]), day_digest([one, (two.0, [3; 32])]));
        assert_ne!(day_digest([one]), day_digest([]));
        assert!(is_sha256(&day_digest([])));
    }
}
