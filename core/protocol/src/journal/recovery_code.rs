//! 恢复码: twelve letters and digits that open one journal, shown once on the phone that wrote it. 60 random bits behind
//! Argon2id: nobody tries them all.

use std::fmt;
use std::str::FromStr;

use super::JournalError;

/// Letters of a code: no I, L, O, U, which people read as something else.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters in a code.
const LENGTH: usize = 12;

/// The code of one journal; its debug form shows nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecoveryCode([u8; LENGTH]);

impl RecoveryCode {
    /// From random bytes: 5 bits of each.
    pub fn from_random(random: [u8; LENGTH]) -> Self {
        Self(random.map(|byte| LETTERS[usize::from(byte & 31)]))
    }

    /// Its letters without the dashes.
    pub(super) fn letters(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(****)")
    }
}

/// In three groups, as it is read aloud.
impl fmt::Display for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, letter) in self.0.iter().enumerate() {
            let dash = if n > 0 && n % 4 == 0 { "-" } else { "" };
            write!(f, "{dash}{}", char::from(*letter))?;
        }
        Ok(())
    }
}

/// Takes what people type: small letters, dashes and blanks, full-width forms, O for 0, I and L for 1.
impl FromStr for RecoveryCode {
    type Err = JournalError;
    fn from_str(text: &str) -> Result<Self, JournalError> {
        let mut code = [0; LENGTH];
        let mut letters = text.chars().map(narrow).filter(|c| !matches!(c, '-' | ' ' | '\t' | '\r' | '\n'));
        for place in &mut code {
            let letter = letters.next().ok_or(JournalError::WrongCode)?.to_ascii_uppercase();
            let letter = match letter {
                'O' => b'0',
                'I' | 'L' => b'1',
                other => u8::try_from(other).map_err(|_| JournalError::WrongCode)?,
            };
            *place = LETTERS.contains(&letter).then_some(letter).ok_or(JournalError::WrongCode)?;
        }
        if letters.next().is_some() { Err(JournalError::WrongCode) } else { Ok(Self(code)) }
    }
}

/// A full-width form, as Chinese keyboards write it, as its ASCII letter.
fn narrow(c: char) -> char {
    match u32::from(c) {
        wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(c),
        0x3000 => ' ',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = RecoveryCode::from_random([0, 1, 10, 31, 7, 8, 9, 12, 20, 25, 255, 33]);
        assert_eq!(code.to_string(), "01AZ-789C-MSZ1");
        for typed in ["01az789cmsz1", " oi-AZ 789c-MSZL ", "01AZ-789C-MSZ1"] {
            assert_eq!(typed.parse::<RecoveryCode>().unwrap(), code, "{typed}");
        }
        assert_eq!(format!("{code:?}"), "RecoveryCode(****)");
    }

    #[test]
    fn what_is_no_code_is_said() {
        for typed in ["", "01AZ-789C-MSZ", "01AZ-789C-MSZ12", "01AZ-789C-MSZ!", "恢复码恢复码恢复码恢复码"]
        {
            assert_eq!(typed.parse::<RecoveryCode>(), Err(JournalError::WrongCode), "{typed}");
        }
    }
}
