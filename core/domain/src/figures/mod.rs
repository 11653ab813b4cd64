//! The figures that everyone sees the same: one definition each, named as the field names it (1-field 1.7).
//! They count rows that others bring; pages and reports only show them.

pub mod coverage;
pub mod distribution;
pub mod kept_promise;
pub mod selling;

use serde::{Deserialize, Serialize};

/// A share of a whole, kept as its two numbers so that every figure can be opened to its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ratio {
    /// What counts.
    pub part: u64,
    /// Of what.
    pub whole: u64,
}

impl Ratio {
    /// Counts one more of the whole.
    pub fn add(&mut self, counts: bool) {
        self.whole += 1;
        self.part += u64::from(counts);
    }

    /// In tenths of a percent, rounded half up; `None` = there is nothing to take a share of.
    pub fn per_mille(self) -> Option<u64> {
        (2000 * self.part + self.whole).checked_div(2 * self.whole)
    }
}

impl std::fmt::Display for Ratio {
    /// `96.4 %`, or `–`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.per_mille() {
            Some(per_mille) => write!(f, "{}.{} %", per_mille / 10, per_mille % 10),
            None => f.write_str("–"),
        }
    }
}

impl FromIterator<bool> for Ratio {
    fn from_iter<I: IntoIterator<Item = bool>>(iter: I) -> Self {
        let mut ratio = Self::default();
        iter.into_iter().for_each(|counts| ratio.add(counts));
        ratio
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_shows_tenths_and_nothing_of_nothing_is_unknown() {
        assert_eq!(Ratio { part: 2, whole: 3 }.to_string(), "66.7 %");
        assert_eq!(Ratio { part: 3, whole: 3 }.to_string(), "100.0 %");
        assert_eq!(Ratio::default().to_string(), "–");
        assert_eq!([true, false].into_iter().collect::<Ratio>(), Ratio { part: 1, whole: 2 });
    }
}
