//! 报童比: how sure a shelf should be, from what a unit earns and what it costs to let it lie.

use crate::money::Fen;

use super::base_stock::ServiceLevel;

/// What the dial offers.
const DIAL: [ServiceLevel; 3] = [ServiceLevel::LEAN, ServiceLevel::USUAL, ServiceLevel::SAFE];

impl ServiceLevel {
    /// The dial's nearest to p = margin ÷ (margin + holding), the lower one between two. `margin` is what is lost with a
    /// customer who finds the shelf empty, `holding` what a unit that is left over costs until the next visit (money tied
    /// up, room, what spoils), both per unit; over a cycle of w weeks it is w times the cost of a week. `None` where
    /// nothing is earned, or holding costs nothing or less: then no stock is the best one.
    pub fn from_margin(margin: Fen, holding: Fen) -> Option<Self> {
        if margin <= Fen::ZERO || holding <= Fen::ZERO {
            return None;
        }
        let (margin, both) = (i128::from(margin.0), i128::from(margin.0) + i128::from(holding.0));
        let distance = |level: &Self| (margin * 1_000 - i128::from(level.thousandths()) * both).abs();
        DIAL.into_iter().min_by_key(distance)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_unit_that_earns_nine_times_its_holding_is_safe_in_nine_of_ten() {
        let dial = |margin, holding| ServiceLevel::from_margin(Fen(margin), Fen(holding));
        assert_eq!(dial(90, 10), Some(ServiceLevel::LEAN));
        assert_eq!(dial(95, 5), Some(ServiceLevel::USUAL));
        assert_eq!(dial(98, 2), Some(ServiceLevel::SAFE));
        assert_eq!(dial(10, 90), Some(ServiceLevel::LEAN), "the dial has no less");
        assert_eq!(dial(925, 75), Some(ServiceLevel::LEAN), "between two the lower one");
        assert_eq!(dial(926, 74), Some(ServiceLevel::USUAL));
        assert_eq!((dial(0, 5), dial(-1, 5), dial(5, 0)), (None, None, None));
    }

    proptest! {
        #[test]
        fn who_earns_more_is_never_less_sure(margin in 1i64..1_000_000, more in 0i64..1_000_000, holding in 1i64..1_000_000) {
            let (less, more) = (
                ServiceLevel::from_margin(Fen(margin), Fen(holding)),
                ServiceLevel::from_margin(Fen(margin + more), Fen(holding)),
            );
            prop_assert!(less <= more);
        }
    }
}
