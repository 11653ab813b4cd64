//! 建议销售: how much to suggest, by the published 1.5× rule (1-field 1.4), in exact integers.
//! Every result keeps its inputs, so that the arithmetic can be shown to the owner and judged later.

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::quantity::{Pack, Units, UnitsDelta};

/// 1.50, when nothing nearer is set.
pub const DEFAULT_COEFFICIENT: Coefficient = Coefficient(150);

/// The factor of the rule in hundredths: 150 = 1.50.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Coefficient(pub u32);

impl Coefficient {
    /// The nearest setting wins: store, else season, else SKU, else class, else 1.50.
    pub fn nearest(
        store: Option<Self>,
        season: Option<Self>,
        sku: Option<Self>,
        class: Option<Self>,
    ) -> Self {
        store.or(season).or(sku).or(class).unwrap_or(DEFAULT_COEFFICIENT)
    }
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

/// What is known about one SKU in one store at the moment of the count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

/// What the rule says, or why it says nothing. There is no number without a reason to believe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
pub struct Suggestion {
    /// Sold since the previous count.
    pub sold: Units,
    /// Stock is empty (断货): sales are a lower bound.
    pub out_of_stock: bool,
    /// Target stock, rounded up for showing; the suggestion is computed from the exact value.
    pub target: Units,
    /// What the rule asks for, one ceiling at the end.
    pub suggest: Units,
    /// The same in whole packs.
    pub quantity: Units,
}

/// The 1.5× rule:
/// `suggest = max(0, coefficient × sold × cycle ÷ days − now − in transit)`, exact until one ceiling at the end.
pub fn one_and_a_half(inputs: &Inputs, coefficient: Coefficient, pack: Pack, rounding: Rounding) -> Advice {
    let Some(previous) = inputs.previous else { return Advice::FirstCount };
    let Some(received) = previous.received else { return Advice::ReceiptUnknown };
    let sold = (previous.count + received).signed() - (previous.returned + inputs.count_now).signed();
    let Some(sold) = sold.to_units() else { return Advice::NegativeSales(sold) };

    // target = (coefficient/100 · sold · cycle) / days, as one fraction
    let divisor = 100 * u128::from(previous.days_since.max(1));
    let target = u128::from(coefficient.0) * u128::from(sold.0) * u128::from(inputs.cycle_days);
    let at_hand = u128::from(inputs.count_now.0) + u128::from(inputs.in_transit.0);
    let suggest = capped(target.saturating_sub(at_hand * divisor).div_ceil(divisor));
    Advice::Suggest(Suggestion {
        sold,
        out_of_stock: inputs.count_now.is_zero(),
        target: capped(target.div_ceil(divisor)),
        suggest,
        quantity: rounding.to_packs(suggest, pack),
    })
}

fn capped(units: u128) -> Units {
    Units(u32::try_from(units).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A row of the table in 1-field 1.4: (previous, received, returned, now), weekly.
    fn row(count: u32, received: u32, returned: u32, now: u32) -> Inputs {
        Inputs {
            previous: Some(PreviousCount {
                count: Units(count),
                days_since: 7,
                received: Some(Units(received)),
                returned: Units(returned),
            }),
            count_now: Units(now),
            in_transit: Units::ZERO,
            cycle_days: 7,
        }
    }

    fn by_unit(inputs: &Inputs, coefficient: u32) -> Suggestion {
        match one_and_a_half(inputs, Coefficient(coefficient), Pack::ONE, Rounding::Up) {
            Advice::Suggest(suggestion) => suggestion,
            other => panic!("no number: {other:?}"),
        }
    }

    fn numbers(s: Suggestion) -> (u32, u32, u32) {
        (s.sold.0, s.target.0, s.suggest.0)
    }

    #[test]
    fn case_01_the_published_example_suggests_104() {
        assert_eq!(numbers(by_unit(&row(5, 100, 0, 10), 120)), (95, 114, 104));
    }

    #[test]
    fn case_02_the_ordinary_row_suggests_31() {
        assert_eq!(numbers(by_unit(&row(10, 24, 0, 8), 150)), (26, 39, 31));
    }

    #[test]
    fn case_03_by_the_case_of_12_31_becomes_36() {
        let advice =
            one_and_a_half(&row(10, 24, 0, 8), DEFAULT_COEFFICIENT, Pack::new(12).unwrap(), Rounding::Up);
        let Advice::Suggest(s) = advice else { panic!("{advice:?}") };
        assert_eq!((s.suggest, s.quantity), (Units(31), Units(36)));
    }

    #[test]
    fn case_04_slow_sales_never_suggest_less_than_nothing() {
        assert_eq!(numbers(by_unit(&row(40, 0, 0, 38), 150)), (2, 3, 0));
    }

    #[test]
    fn case_05_an_empty_shelf_is_a_lower_bound_and_flagged() {
        let s = by_unit(&row(24, 0, 0, 0), 150);
        assert_eq!(numbers(s), (24, 36, 36));
        assert!(s.out_of_stock);
    }

    #[test]
    fn case_06_negative_sales_ask_instead_of_suggesting() {
        let advice = one_and_a_half(&row(5, 0, 0, 9), DEFAULT_COEFFICIENT, Pack::ONE, Rounding::Up);
        assert_eq!(advice, Advice::NegativeSales(UnitsDelta(-4)));
    }

    #[test]
    fn case_07_a_first_count_gives_no_number() {
        let inputs = Inputs { previous: None, ..row(0, 0, 0, 6) };
        assert_eq!(one_and_a_half(&inputs, DEFAULT_COEFFICIENT, Pack::ONE, Rounding::Up), Advice::FirstCount);
    }

    #[test]
    fn case_08_returns_are_not_sales() {
        assert_eq!(numbers(by_unit(&row(10, 24, 6, 8), 150)), (20, 30, 22));
    }

    #[test]
    fn case_09_what_is_on_its_way_is_not_ordered_again() {
        let inputs = Inputs { in_transit: Units(12), ..row(10, 24, 0, 8) };
        assert_eq!(numbers(by_unit(&inputs, 150)), (26, 39, 19));
    }

    #[test]
    fn case_10_a_missed_week_is_scaled_to_the_cycle() {
        let mut inputs = row(10, 24, 0, 8);
        inputs.previous.as_mut().unwrap().days_since = 14;
        assert_eq!(numbers(by_unit(&inputs, 150)), (26, 20, 12));
    }

    #[test]
    fn an_unanswered_delivery_gives_no_number() {
        let mut inputs = row(10, 24, 0, 8);
        inputs.previous.as_mut().unwrap().received = None;
        let advice = one_and_a_half(&inputs, DEFAULT_COEFFICIENT, Pack::ONE, Rounding::Up);
        assert_eq!(advice, Advice::ReceiptUnknown);
    }

    #[test]
    fn the_nearest_coefficient_wins() {
        let c = |n| Some(Coefficient(n));
        assert_eq!(Coefficient::nearest(c(1), c(2), c(3), c(4)), Coefficient(1));
        assert_eq!(Coefficient::nearest(None, None, c(3), c(4)), Coefficient(3));
        assert_eq!(Coefficient::nearest(None, None, None, None), DEFAULT_COEFFICIENT);
    }

    #[test]
    fn nearest_rounding_never_empties_a_suggestion() {
        let pack = Pack::new(12).unwrap();
        let rounded = [0, 1, 5, 6, 17, 18].map(|n| Rounding::NearestNeverEmpty.to_packs(Units(n), pack).0);
        assert_eq!(rounded, [0, 12, 12, 12, 12, 24]);
    }

    fn any_inputs() -> impl Strategy<Value = Inputs> {
        let counts = (0u32..5000, 0u32..5000, 0u32..500, 0u32..5000);
        (counts, 0u32..500, 1u32..60, 1u32..30).prop_map(|((a, b, c, d), in_transit, days, cycle)| {
            let mut inputs = row(a, b, c, d);
            inputs.in_transit = Units(in_transit);
            inputs.cycle_days = cycle;
            if let Some(previous) = &mut inputs.previous {
                previous.days_since = days;
            }
            inputs
        })
    }

    fn suggested(inputs: &Inputs, coefficient: u32) -> Option<u32> {
        match one_and_a_half(inputs, Coefficient(coefficient), Pack::ONE, Rounding::Up) {
            Advice::Suggest(s) => Some(s.suggest.0),
            _ => None,
        }
    }

    proptest! {
        #[test]
        fn a_larger_coefficient_never_suggests_less(inputs in any_inputs(), c in 0u32..400, more in 0u32..400) {
            prop_assert!(suggested(&inputs, c) <= suggested(&inputs, c + more));
        }

        #[test]
        fn more_in_transit_never_suggests_more(inputs in any_inputs(), more in 0u32..1000) {
            let later = Inputs { in_transit: inputs.in_transit + Units(more), ..inputs };
            prop_assert!(suggested(&later, 150) <= suggested(&inputs, 150));
        }

        #[test]
        fn stock_after_the_suggestion_reaches_the_target_and_not_one_more(inputs in any_inputs()) {
            if let Advice::Suggest(s) = one_and_a_half(&inputs, DEFAULT_COEFFICIENT, Pack::ONE, Rounding::Up) {
                let after = inputs.count_now + inputs.in_transit + s.suggest;
                prop_assert!(after >= s.target);
                prop_assert!(s.suggest.is_zero() || after == s.target);
            }
        }

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
