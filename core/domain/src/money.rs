//! How much: money in integer fen, rounded in one place only.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::quantity::{CaseSize, Units};

/// An amount in fen (1/100 yuan); negative for cuts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

impl Fen {
    /// Nothing to pay.
    pub const ZERO: Self = Self(0);

    /// The amount of one order line: `round_half_up(case_price × units ÷ units_per_case)`, rounded once
    /// (1-field 1.5); the same for a partial delivery.
    #[must_use]
    pub fn line(case_price: Self, units: Units, case: CaseSize) -> Self {
        Self::share(case_price, i128::from(units.0) * i128::from(PayShare::FULL.0), case)
    }

    /// The amount of a line on which parts are paid at a share: `share_units` = Σ units × share, with shares in
    /// parts of [`PayShare::FULL`]. Rounded half up, once.
    #[must_use]
    pub fn share(case_price: Self, share_units: i128, case: CaseSize) -> Self {
        let divisor = i128::from(case.get()) * i128::from(PayShare::FULL.0);
        let exact = i128::from(case_price.0) * share_units;
        let rounded = (2 * exact + divisor).div_euclid(2 * divisor);
        Self(i64::try_from(rounded).unwrap_or(i64::MAX))
    }

    /// Whether it is no money at all.
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// At least nothing.
    #[must_use]
    pub fn at_least_zero(self) -> Self {
        self.max(Self::ZERO)
    }

    /// So many times the amount.
    #[must_use]
    pub fn times(self, n: u32) -> Self {
        Self(self.0.saturating_mul(i64::from(n)))
    }
}

/// What the store pays of the price, in millionths, so that two percentages multiply without rounding twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PayShare(pub u64);

impl PayShare {
    /// The whole price.
    pub const FULL: Self = Self(1_000_000);

    /// 95 for 9.5折. More than the whole price is cut to it.
    pub fn percent(pct: u8) -> Self {
        Self(u64::from(pct.min(100)) * 10_000)
    }

    /// Discounts of different groups on one unit multiply (data set README, rule 3).
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 * other.0 / Self::FULL.0)
    }
}

impl Add for Fen {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Fen {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Fen {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Sum for Fen {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Fen {
    /// Yuan with two decimals, no sign of currency: `-3.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", fen / 100, fen % 100))
    }
}

/// Why a text is no amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FenError {
    /// Not digits with a decimal point.
    #[error("not an amount in yuan, like 46.00")]
    NotANumber,
    /// More than two decimals.
    #[error("an amount has at most two decimals")]
    TooPrecise,
    /// Beyond 10 billion yuan.
    #[error("amount is too large")]
    TooLarge,
}

impl FromStr for Fen {
    type Err = FenError;

    /// `46`, `46.5`, `46.00`, `-3.00`; no thousands, no exponent.
    fn from_str(text: &str) -> Result<Self, FenError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (yuan, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(yuan) || !all_digits(decimals) {
            return Err(FenError::NotANumber);
        }
        if decimals.len() > 2 {
            return Err(FenError::TooPrecise);
        }
        if yuan.len() > 10 {
            return Err(FenError::TooLarge);
        }
        let number = |part: &str| part.parse::<i64>().map_err(|_| FenError::NotANumber);
        let scale = if decimals.len() == 1 { 10 } else { 1 };
        let fen = number(yuan)? * 100 + number(decimals)? * scale;
        Ok(Self(if negative { -fen } else { fen }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn case(units: u32) -> CaseSize {
        CaseSize::new(units).unwrap()
    }

    #[test]
    fn a_full_case_costs_its_price() {
        assert_eq!(Fen::line(Fen(4600), Units(24), case(24)), Fen(4600));
    }

    #[test]
    fn half_a_fen_goes_up_once_per_line() {
        // 46.00 × 1 ÷ 24 = 1.91666…; 0.01 × 1 ÷ 2 = 0.5 fen
        assert_eq!(Fen::line(Fen(4600), Units(1), case(24)), Fen(192));
        assert_eq!(Fen::line(Fen(1), Units(1), case(2)), Fen(1));
    }

    #[test]
    fn shares_are_rounded_once() {
        let six_at_95 = i128::from(6 * 12 * PayShare::percent(95).0);
        assert_eq!(Fen::share(Fen(3770), six_at_95, case(12)), Fen(21489));
        assert_eq!(PayShare::percent(90).and(PayShare::percent(80)), PayShare::percent(72));
    }

    #[test]
    fn amounts_are_read_and_written_in_yuan() {
        for (text, fen) in [("46.00", 4600), ("46", 4600), ("0.5", 50), ("-3.00", -300)] {
            assert_eq!(text.parse(), Ok(Fen(fen)), "{text}");
        }
        assert_eq!(Fen(-5).to_string(), "-0.05");
    }

    #[test]
    fn what_is_no_amount_is_refused_with_a_reason() {
        for text in ["", "面议", "1e3", "1,046.00", "46.", ".5", "+1", "--1"] {
            assert_eq!(text.parse::<Fen>(), Err(FenError::NotANumber), "{text}");
        }
        assert_eq!("1.005".parse::<Fen>(), Err(FenError::TooPrecise));
        assert_eq!("99999999999".parse::<Fen>(), Err(FenError::TooLarge));
    }

    proptest! {
        #[test]
        fn amounts_survive_text(fen in -1_000_000_000_000i64..1_000_000_000_000) {
            prop_assert_eq!(Fen(fen).to_string().parse(), Ok(Fen(fen)));
        }

        #[test]
        fn a_line_is_within_half_a_fen_of_the_exact_price(
            price in 0i64..1_000_000, units in 0u32..100_000, size in 1u32..200,
        ) {
            let rounded = i128::from(Fen::line(Fen(price), Units(units), case(size)).0) * i128::from(size);
            let exact = i128::from(price) * i128::from(units);
            prop_assert!(2 * (rounded - exact).abs() <= i128::from(size));
        }
    }
}
