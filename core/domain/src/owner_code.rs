//! 收货码: four digits that the phone makes for each order and shows to the owner. The driver types what the owner
//! says; it proves that the goods met the person who holds the card (1-field 1.3). Never on sheets or in logs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Four random digits of one order; its debug form shows nothing.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OwnerCode(u16);

impl OwnerCode {
    /// Takes any random number.
    pub fn from_random(random: u64) -> Self {
        Self(u16::try_from(random % 10_000).unwrap_or(0))
    }
}

impl fmt::Debug for OwnerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnerCode(****)")
    }
}

impl fmt::Display for OwnerCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl From<OwnerCode> for String {
    fn from(code: OwnerCode) -> Self {
        code.to_string()
    }
}

/// A text that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the owner's code has four digits")]
pub struct OwnerCodeError;

impl FromStr for OwnerCode {
    type Err = OwnerCodeError;
    fn from_str(text: &str) -> Result<Self, OwnerCodeError> {
        let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok().map(Self)).flatten().ok_or(OwnerCodeError)
    }
}

impl TryFrom<String> for OwnerCode {
    type Error = OwnerCodeError;
    fn try_from(text: String) -> Result<Self, OwnerCodeError> {
        text.parse()
    }
}

/// The server's answer to a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeAnswer {
    /// The person holds the card.
    Right,
    /// Another try is possible.
    Wrong {
        /// How many.
        tries_left: u32,
    },
    /// No try is left; the delivery goes on with `no_code`.
    Locked,
}

/// Judges a try when `used` tries were wrong before.
pub fn answer(code: OwnerCode, said: OwnerCode, used: u32, tries: u32) -> CodeAnswer {
    match tries.saturating_sub(used) {
        0 => CodeAnswer::Locked,
        _ if code == said => CodeAnswer::Right,
        1 => CodeAnswer::Locked,
        left => CodeAnswer::Wrong { tries_left: left - 1 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_four_digits_and_hides_itself() {
        let code = OwnerCode::from_random(70_042);
        assert_eq!(code.to_string(), "0042");
        assert_eq!("0042".parse(), Ok(code));
        assert_eq!(format!("{code:?}"), "OwnerCode(****)");
        for bad in ["", "42", "00042", "4 42", "４２４２"] {
            assert_eq!(bad.parse::<OwnerCode>(), Err(OwnerCodeError), "{bad}");
        }
    }

    #[test]
    fn five_tries_and_then_no_more_even_for_the_right_code() {
        let (code, wrong) = (OwnerCode::from_random(42), OwnerCode::from_random(43));
        assert_eq!(answer(code, wrong, 0, 5), CodeAnswer::Wrong { tries_left: 4 });
        assert_eq!(answer(code, code, 4, 5), CodeAnswer::Right);
        assert_eq!(answer(code, wrong, 4, 5), CodeAnswer::Locked);
        assert_eq!(answer(code, code, 5, 5), CodeAnswer::Locked);
    }
}
