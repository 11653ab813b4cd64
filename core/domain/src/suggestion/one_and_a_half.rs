//! The published 1.5× rule (1.5倍安全库存, 1-field 1.4) in exact integers: the policy that an owner can check by heart.

use serde::{Deserialize, Serialize};

use crate::quantity::{Pack, Units};

use super::{Advice, Inputs, Packing, Policy, PolicyKind, Rounding, Sales, Suggestion};

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

/// The rule with its factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OneAndAHalf {
    /// The factor.
    pub coefficient: Coefficient,
}

impl Policy for OneAndAHalf {
    fn kind(&self) -> PolicyKind {
        PolicyKind::OneAndAHalf
    }

    fn advise(&self, inputs: &Inputs, packing: Packing) -> Advice {
        one_and_a_half(inputs, self.coefficient, packing.pack, packing.rounding)
    }
}

/// The 1.5× rule:
/// `suggest = max(0, coefficient × sold × cycle ÷ days − now − in transit)`, exact until one ceiling at the end.
pub fn one_and_a_half(inputs: &Inputs, coefficient: Coefficient, pack: Pack, rounding: Rounding) -> Advice {
    let sold = match inputs.sales() {
        Sales::Known(sold) => sold,
        Sales::FirstCount => return Advice::FirstCount,
        Sales::ReceiptUnknown => return Advice::ReceiptUnknown,
        Sales::Negative(sold) => return Advice::NegativeSales(sold),
    };
    let days = u128::from(inputs.previous.map_or(1, |previous| previous.days_since.max(1)));

    // target = (coefficient/100 · sold · cycle) / days, as one fraction
    let divisor = 100 * days;
    let target = u128::from(coefficient.0) * u128::from(sold.0) * u128::from(inputs.cycle_days);
    let at_hand = u128::from(inputs.count_now.0) + u128::from(inputs.in_transit.0);
    let suggest = capped(target.saturating_sub(at_hand * divisor).div_ceil(divisor));
    Advice::Suggest(Suggestion {
        sold: Some(sold),
        out_of_stock: inputs.count_now.is_zero(),
        weekly_tenths: capped((140 * u128::from(sold.0) + days) / (2 * days)).0,
        target: capped(target.div_ceil(divisor)),
        limit: None,
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
    use crate::quantity::UnitsDelta;
    use crate::suggestion::PreviousCount;

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
        (s.sold.unwrap().0, s.target.0, s.suggest.0)
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
    }
}
