//! How many: every quantity is kept in the smallest sellable unit (袋, 瓶) and shown as cases + units.
//! Money is next door in `money`.

use std::fmt;
use std::iter::Sum;
use std::num::NonZeroU32;
use std::ops::{Add, AddAssign, Neg, Sub};

use serde::{Deserialize, Serialize};

use crate::id::Sku;

/// A quantity in smallest sellable units, never negative. Sums saturate at `u32::MAX` (179 million cases of 24).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Units(pub u32);

/// So many units of a SKU; on the wire `[sku, units]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[serde(from = "(Sku, Units)", into = "(Sku, Units)")]
pub struct SkuUnits {
    /// What.
    pub sku: Sku,
    /// How many.
    pub units: Units,
}

impl From<(Sku, Units)> for SkuUnits {
    fn from((sku, units): (Sku, Units)) -> Self {
        Self { sku, units }
    }
}

impl From<SkuUnits> for (Sku, Units) {
    fn from(line: SkuUnits) -> Self {
        (line.sku, line.units)
    }
}

impl Units {
    /// Nothing, but known: an uncounted SKU is never this.
    pub const ZERO: Self = Self(0);

    /// What is left after `other`, at least nothing.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The same quantity as a signed one, for differences.
    pub fn signed(self) -> UnitsDelta {
        UnitsDelta(i64::from(self.0))
    }

    /// Whether nothing is there.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Splits into whole cases and the rest.
    pub fn split(self, case: CaseSize) -> CasesAndUnits {
        CasesAndUnits { cases: self.0 / case.get(), units: self.0 % case.get() }
    }
}

impl Add for Units {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Units {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Units {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl Sub for Units {
    type Output = UnitsDelta;
    fn sub(self, other: Self) -> UnitsDelta {
        self.signed() - other.signed()
    }
}

/// A signed number of units: sales that may come out negative, rows of a difference sheet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitsDelta(pub i64);

impl UnitsDelta {
    /// No change.
    pub const ZERO: Self = Self(0);

    /// The quantity, if it is not negative and not beyond what [`Units`] holds.
    pub fn to_units(self) -> Option<Units> {
        u32::try_from(self.0).ok().map(Units)
    }
}

impl Add for UnitsDelta {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for UnitsDelta {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for UnitsDelta {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for UnitsDelta {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for UnitsDelta {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// 箱规, units in a case; never 0. Case sizes change over the years, so this is data, not a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseSize(NonZeroU32);

impl CaseSize {
    /// Sold by the unit only.
    pub const ONE: Self = Self(NonZeroU32::MIN);

    /// `None` for 0.
    pub fn new(units: u32) -> Option<Self> {
        NonZeroU32::new(units).map(Self)
    }

    /// Units in a case.
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// So many full cases in units.
    pub fn cases(self, cases: u32) -> Units {
        Units(cases.saturating_mul(self.get()))
    }
}

/// The smallest step of an order, in units: units per case × multiple when ordered by 箱, else the multiple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pack(NonZeroU32);

impl Pack {
    /// Orders by the unit: no rounding.
    pub const ONE: Self = Self(NonZeroU32::MIN);

    /// `None` for 0.
    pub fn new(units: u32) -> Option<Self> {
        NonZeroU32::new(units).map(Self)
    }

    /// Units in a pack.
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

/// A quantity as people say it: "3 箱 4 袋".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CasesAndUnits {
    /// Whole cases.
    pub cases: u32,
    /// Units on top; in a normalised value fewer than a case.
    pub units: u32,
}

impl CasesAndUnits {
    /// Back to units; `None` if it does not fit.
    pub fn total(self, case: CaseSize) -> Option<Units> {
        self.cases.checked_mul(case.get())?.checked_add(self.units).map(Units)
    }

    /// As people say and load it: 3箱4袋; the words for case and unit are the caller's.
    pub fn spoken(self, case: &str, unit: &str) -> String {
        match (self.cases, self.units) {
            (0, units) => format!("{units}{unit}"),
            (cases, 0) => format!("{cases}{case}"),
            (cases, units) => format!("{cases}{case}{units}{unit}"),
        }
    }
}

impl fmt::Display for CasesAndUnits {
    /// Language-free: `3+4` is three cases and four units.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.cases, self.units) {
            (cases, 0) => write!(f, "{cases}"),
            (cases, units) => write!(f, "{cases}+{units}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn splitting_into_cases_loses_nothing(units in any::<u32>(), case in 1u32..500) {
            let case = CaseSize::new(case).unwrap();
            let split = Units(units).split(case);
            prop_assert!(split.units < case.get());
            prop_assert_eq!(split.total(case), Some(Units(units)));
        }
    }

    #[test]
    fn a_difference_may_be_negative_but_is_no_quantity_then() {
        assert_eq!(Units(5) - Units(9), UnitsDelta(-4));
        assert_eq!(UnitsDelta(-4).to_units(), None);
        assert_eq!(Units(5).saturating_sub(Units(9)), Units::ZERO);
    }

    #[test]
    fn cases_and_units_print_short() {
        assert_eq!(Units(76).split(CaseSize::new(24).unwrap()).to_string(), "3+4");
        assert_eq!(Units(72).split(CaseSize::new(24).unwrap()).to_string(), "3");
        let said = [76, 72, 4, 0].map(|n| Units(n).split(CaseSize::new(24).unwrap()).spoken("箱", "袋"));
        assert_eq!(said, ["3箱4袋", "3箱", "4袋", "0袋"]);
    }
}
