//! What the driver collects (rule 8): the confirmed amounts for what was handed over. If something was refused, the
//! order is priced again on what was not refused, and that priced order comes in here.

use super::{Priced, Wanted};
use crate::money::{Fen, PayShare};
use crate::quantity::Units;

/// What came of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handed {
    /// Handed over.
    pub delivered: Units,
}

/// Σ lines (delivered) − cuts, never below 0. `wanted` and `priced` are the order without refused units, in the order
/// of `handed`; delivered units of a line count as discounted units first.
pub fn to_collect(wanted: &[Wanted], priced: &Priced, handed: &[Handed]) -> Fen {
    let lines = wanted.iter().zip(&priced.discounted).zip(handed);
    let sum: Fen = lines.map(|((line, runs), handed)| delivered_amount(line, runs, handed.delivered)).sum();
    (sum - priced.cuts).at_least_zero()
}

fn delivered_amount(line: &Wanted, discounted: &[(Units, PayShare)], delivered: Units) -> Fen {
    let mut left = delivered.min(line.units).0;
    let mut share_units = 0i128;
    for (units, share) in discounted {
        let here = left.min(units.0);
        share_units += i128::from(here) * i128::from(share.0);
        left -= here;
    }
    share_units += i128::from(left) * i128::from(PayShare::FULL.0);
    Fen::share(line.case_price, share_units, line.case)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::engine::tests::{buyer, promotion};
    use super::super::{Benefit, QtyUnit, Used, price_order};
    use super::*;
    use crate::quantity::CaseSize;

    fn wanted(units: u32) -> Vec<Wanted> {
        let sku = "21020018".parse().unwrap();
        let case = CaseSize::new(12).unwrap();
        vec![Wanted { sku, units: Units(units), case, order_unit: 12, case_price: Fen(3770), position: 0 }]
    }

    fn priced(wanted: &[Wanted]) -> Priced {
        let benefit = Benefit::Discount { min_qty: 6, unit: QtyUnit::Case, pay_pct: 95 };
        let mut discount = promotion("P2603", benefit, &["21020018"]);
        discount.cap_qty = Some(10);
        price_order(&[discount], &buyer("2026-07-28"), wanted, |_| Used::default(), |_| None)
    }

    fn collected(wanted: &[Wanted], delivered: u32) -> Fen {
        to_collect(wanted, &priced(wanted), &[Handed { delivered: Units(delivered) }])
    }

    #[test]
    fn a_full_delivery_costs_what_was_confirmed() {
        let wanted = wanted(12 * 12);
        assert_eq!(collected(&wanted, 12 * 12), priced(&wanted).total());
    }

    #[test]
    fn discounted_units_count_as_delivered_first_and_a_shortage_keeps_the_discount() {
        let wanted = wanted(12 * 12);
        assert_eq!(collected(&wanted, 60), Fen(17_908), "5 cases at 95 %, 179.075 rounded half up");
        assert_eq!(collected(&wanted, 0), Fen::ZERO);
    }

    #[test]
    fn a_refusal_below_the_threshold_ends_the_discount() {
        let kept = wanted((6 - 1) * 12);
        assert_eq!(collected(&wanted(6 * 12), 6 * 12), Fen(21_489));
        assert_eq!(collected(&kept, 5 * 12), Fen(18_850), "priced again on 5 cases: no discount");
    }

    #[test]
    fn after_a_refusal_short_units_count_as_taken_and_are_then_deducted() {
        // 8 confirmed, 1 refused, 2 short: priced on 7, of which 5 came.
        assert_eq!(collected(&wanted(7 * 12), 5 * 12), Fen(17_908));
    }

    #[test]
    fn cuts_stay_on_a_shortage_and_never_make_the_driver_pay() {
        let wanted = wanted(12 * 12);
        let with_cut = Priced { cuts: Fen(2_000), ..priced(&wanted) };
        let collect = |units| to_collect(&wanted, &with_cut, &[Handed { delivered: Units(units) }]);
        assert_eq!(collect(60), Fen(17_908 - 2_000));
        assert_eq!(collect(5), Fen::ZERO, "14.92 − 20.00");
    }

    #[test]
    fn a_line_without_a_result_costs_nothing() {
        let wanted = wanted(12);
        assert_eq!(to_collect(&wanted, &priced(&wanted), &[]), Fen::ZERO);
    }

    proptest! {
        #[test]
        fn more_delivered_never_costs_less(units in 0u32..200, delivered in 0u32..200) {
            let wanted = wanted(units);
            prop_assert!(collected(&wanted, delivered) <= collected(&wanted, delivered + 1));
            prop_assert!(collected(&wanted, delivered) <= priced(&wanted).total());
        }
    }
}
