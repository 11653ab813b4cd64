//! 建议销售: how much to suggest (1-field 1.4). One door, two policies behind it: the published rule and base stock. What
//! both share is here: inputs, outcome, rounding. Every result keeps its numbers, so that it can be explained and judged.

mod advisor;
pub mod base_stock;
pub mod belief;
pub mod decision;
pub mod event;
pub mod exposure;
pub mod hindsight;
pub mod market;
mod market_sums;
pub mod negative_binomial;
mod newsvendor;
mod one_and_a_half;
pub mod opening;
pub mod prior;
pub mod question;
pub mod rank;
pub mod shaping;
pub mod shelf;
pub mod state;
mod taught;
#[cfg(test)]
pub(crate) mod testing;
pub mod why;

pub use advisor::Advisor;
pub use base_stock::BaseStock;
pub use belief::{Belief, Lesson};
pub use decision::Decision;
pub use event::MarketEvent;
pub use market::{Dispersions, LearntEvent, Market, Rate, Rates};
pub use market_sums::MarketSums;
pub use one_and_a_half::{Coefficient, DEFAULT_COEFFICIENT, OneAndAHalf, one_and_a_half};
pub use taught::Taught;

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::quantity::{Pack, Units, UnitsDelta};

coded_enum! {
    /// Which policy a number comes from.
    PolicyKind {
        /// The published 1.5× rule.
        OneAndAHalf = "one_and_a_half",
        /// Base stock with censored sales.
        BaseStock = "base_stock",
    }
}

/// A way to turn what is known about a SKU in a store into a suggestion.
pub trait Policy {
    /// Which one it is.
    fn kind(&self) -> PolicyKind;

    /// The suggestion, or why there is none.
    fn advise(&self, inputs: &Inputs, packing: Packing) -> Advice;
}

coded_enum! {
    /// How a suggestion becomes whole packs; a company setting shared by all policies.
    Rounding {
        /// Always up: the published rule.
        Up = "UP",
        /// To the nearest pack, half up, but at least one when anything is suggested.
        NearestNeverEmpty = "NEAREST_NEVER_EMPTY",
    }
}

impl Rounding {
    /// Rounds to whole packs.
    pub fn to_packs(self, suggest: Units, pack: Pack) -> Units {
        let (n, size) = (u64::from(suggest.0), u64::from(pack.get()));
        let packs = match self {
            Self::Up => n.div_ceil(size),
            Self::NearestNeverEmpty => ((2 * n + size) / (2 * size)).max(u64::from(n > 0)),
        };
        Units(u32::try_from(packs * size).unwrap_or(u32::MAX / pack.get() * pack.get()))
    }
}

/// In what steps a SKU is ordered, and how a number comes to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing {
    /// The smallest step.
    pub pack: Pack,
    /// The company's rounding.
    pub rounding: Rounding,
}

impl Packing {
    /// The one rounding of all policies.
    pub fn round(self, suggest: Units) -> Units {
        self.rounding.to_packs(suggest, self.pack)
    }
}

/// What is known about one SKU in one store at the moment of the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Inputs {
    /// This SKU's last complete count on an earlier business date; `None` = never counted.
    pub previous: Option<PreviousCount>,
    /// Counted now.
    pub count_now: Units,
    /// Confirmed but without a result yet, gifts and carried lines included.
    pub in_transit: Units,
    /// Days from this visit to the next planned one.
    pub cycle_days: u32,
}

/// The last count and what moved since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct PreviousCount {
    /// Counted then.
    pub count: Units,
    /// Days since, at least 1 (an earlier business date).
    pub days_since: u32,
    /// Everything that entered since, by delivery time, gifts included; `None` = a delivery is unanswered.
    pub received: Option<Units>,
    /// Goods that left as returns since.
    pub returned: Units,
}

/// What two counts and the goods between them say about sales.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sales {
    /// So much; a lower bound if the shelf is empty.
    Known(Units),
    /// There is no earlier count.
    FirstCount,
    /// A delivery is unanswered.
    ReceiptUnknown,
    /// More was counted than can be there.
    Negative(UnitsDelta),
}

impl Inputs {
    /// `sold = previous + received − returned − now`.
    pub fn sales(&self) -> Sales {
        let Some(previous) = self.previous else { return Sales::FirstCount };
        let Some(received) = previous.received else { return Sales::ReceiptUnknown };
        let sold = (previous.count + received).signed() - (previous.returned + self.count_now).signed();
        sold.to_units().map_or(Sales::Negative(sold), Sales::Known)
    }
}

/// What a policy says, or why it says nothing. There is no number without a reason to believe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// A suggestion with its arithmetic.
    Suggest(Suggestion),
    /// Never counted: show the must-sell list.
    FirstCount,
    /// More was counted than can be there: bought elsewhere? miscounted?
    NegativeSales(UnitsDelta),
    /// Whether the last delivery came is unanswered; unknown is never zero.
    ReceiptUnknown,
}

/// A suggestion and every number that led to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Suggestion {
    /// Sold since the previous count; `None` at a first count, which only a prior can answer.
    pub sold: Option<Units>,
    /// Stock is empty (断货): sales are a lower bound.
    pub out_of_stock: bool,
    /// What a week sells: by the rule what the last one sold, by base stock what the next one is expected to sell.
    /// In tenths of a unit, half up.
    pub weekly_tenths: u32,
    /// Target stock, rounded up for showing; the suggestion is computed from the exact value.
    pub target: Units,
    /// What decided the target beside demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<base_stock::Limit>,
    /// What the policy asks for, one ceiling at the end.
    pub suggest: Units,
    /// The same in whole packs.
    pub quantity: Units,
}

impl PolicyKind {
    /// Documents and drafts name the policy only where it is not the published rule: those of before two had none to name.
    pub fn of_old_documents() -> Self {
        Self::OneAndAHalf
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    pub(crate) fn is_of_old_documents(&self) -> bool {
        *self == Self::of_old_documents()
    }
}

impl Advice {
    /// The suggested quantity in whole packs; `None` = there is no number.
    pub fn quantity(&self) -> Option<Units> {
        match self {
            Self::Suggest(suggestion) => Some(suggestion.quantity),
            Self::FirstCount | Self::NegativeSales(_) | Self::ReceiptUnknown => None,
        }
    }
}

/// Tenths, half up, for showing.
fn tenths(value: f64) -> u32 {
    negative_binomial::units(value * 10.0 + 0.5)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nearest_rounding_never_empties_a_suggestion() {
        let pack = Pack::new(12).unwrap();
        let rounded = [0, 1, 5, 6, 17, 18].map(|n| Rounding::NearestNeverEmpty.to_packs(Units(n), pack).0);
        assert_eq!(rounded, [0, 12, 12, 12, 12, 24]);
    }

    proptest! {
        #[test]
        fn packs_are_whole_and_up_never_gives_less(n in 0u32..100_000, pack in 1u32..200) {
            let pack = Pack::new(pack).unwrap();
            for rounding in Rounding::ALL {
                let rounded = rounding.to_packs(Units(n), pack);
                prop_assert_eq!(rounded.0 % pack.get(), 0);
                prop_assert_eq!(rounded.is_zero(), n == 0);
            }
            let up = Rounding::Up.to_packs(Units(n), pack).0;
            prop_assert!(up >= n && up < n + pack.get());
        }
    }
}
