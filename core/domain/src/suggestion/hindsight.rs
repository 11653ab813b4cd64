//! 复盘: what became of a suggestion, at the next count. Who was right where the rep ordered something else, and how the shelf
//! would have stood by the other policy. Nothing is guessed: what an empty shelf hides stays unknown.

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::quantity::Units;

use super::{Inputs, Sales};

/// One SKU at a visit: what stood there and what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advised {
    /// Counted, on its way, and the gifts that came with the order: they come whatever is suggested.
    pub stock: Units,
    /// What the policy that spoke suggested, in packs.
    pub suggested: Units,
    /// What the other one would have; `None` = it had nothing to go by.
    pub shadow: Option<Units>,
    /// What was ordered.
    pub confirmed: Units,
}

/// The same SKU at the next count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Sold in between; a lower bound of what was wanted if the shelf was found empty.
    pub sold: Units,
    /// The shelf was found empty.
    pub empty: bool,
    /// Days in between.
    pub days: u32,
}

impl Outcome {
    /// What the inputs of the next visit say; `None` where nobody knows what was sold.
    pub fn of(next: &Inputs) -> Option<Self> {
        let Sales::Known(sold) = next.sales() else { return None };
        let days = next.previous?.days_since;
        Some(Self { sold, empty: next.count_now.is_zero(), days })
    }
}

coded_enum! {
    /// Whose number was the better one.
    Right {
        /// The rep's.
        Rep = "rep",
        /// The suggestion's.
        Suggestion = "suggestion",
    }
}

/// How the shelf would have stood at the next count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shelf {
    /// Left over.
    pub left: Units,
    /// Days without stock, sales taken as even.
    pub empty_days: u32,
}

impl Advised {
    /// Less came than was ordered, and the shelf ran empty: what would have been sold of the rest nobody knows.
    fn is_hidden_by_the_delivery(&self, outcome: Outcome) -> bool {
        outcome.empty && outcome.sold < self.stock + self.confirmed
    }

    /// Whose number was the better one; `None` where the rep changed nothing, or where a short delivery hides it. More was
    /// right if what was suggested would have run out; less was right if it was enough.
    pub fn right(&self, outcome: Outcome) -> Option<Right> {
        if self.is_hidden_by_the_delivery(outcome) {
            return None;
        }
        let Outcome { sold, empty, .. } = outcome;
        match self.confirmed.cmp(&self.suggested) {
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater if sold >= self.stock + self.suggested => Some(Right::Rep),
            std::cmp::Ordering::Greater => Some(Right::Suggestion),
            std::cmp::Ordering::Less if empty || sold >= self.stock + self.confirmed => {
                Some(Right::Suggestion)
            }
            std::cmp::Ordering::Less => Some(Right::Rep),
        }
    }

    /// The shelf if `ordered` had been ordered; `None` where the real one ran empty and this one would have held more, or
    /// a short delivery emptied it: nobody knows how much more would have been sold.
    pub fn shelf(&self, ordered: Units, outcome: Outcome) -> Option<Shelf> {
        if outcome.empty && ordered > self.confirmed || self.is_hidden_by_the_delivery(outcome) {
            return None;
        }
        let stock = self.stock + ordered;
        let lacking = outcome.sold.saturating_sub(stock);
        let days = u64::from(lacking.0) * u64::from(outcome.days);
        let empty_days = days.div_ceil(u64::from(outcome.sold.0.max(1)));
        Some(Shelf {
            left: stock.saturating_sub(outcome.sold),
            empty_days: u32::try_from(empty_days).unwrap_or(outcome.days),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 there or on their way, 24 suggested, 36 by the other policy.
    fn advised(confirmed: u32) -> Advised {
        let shadow = Some(Units(36));
        Advised { stock: Units(10), suggested: Units(24), shadow, confirmed: Units(confirmed) }
    }

    fn sold(units: u32, empty: bool) -> Outcome {
        Outcome { sold: Units(units), empty, days: 7 }
    }

    #[test]
    fn who_ordered_more_was_right_if_the_suggestion_would_have_run_out() {
        assert_eq!(advised(48).right(sold(40, false)), Some(Right::Rep));
        assert_eq!(advised(48).right(sold(30, false)), Some(Right::Suggestion));
        assert_eq!(advised(24).right(sold(40, true)), None);
    }

    #[test]
    fn who_ordered_less_was_right_if_it_was_enough() {
        assert_eq!(advised(12).right(sold(20, false)), Some(Right::Rep));
        assert_eq!(advised(12).right(sold(22, true)), Some(Right::Suggestion));
    }

    #[test]
    fn the_other_shelf_is_known_where_the_real_one_had_something_left() {
        let shelf = advised(24).shelf(Units(36), sold(30, false));
        assert_eq!(shelf, Some(Shelf { left: Units(16), empty_days: 0 }));
        // 10 + 0 of 30 wanted: two thirds of the week without
        assert_eq!(advised(24).shelf(Units(0), sold(30, false)).unwrap().empty_days, 5);
    }

    #[test]
    fn what_an_empty_shelf_hides_stays_unknown() {
        assert_eq!(advised(24).shelf(Units(36), sold(34, true)), None);
        assert!(advised(24).shelf(Units(12), sold(34, true)).is_some(), "with less it was empty sooner");
    }

    #[test]
    fn a_shelf_that_a_short_delivery_emptied_proves_nobody_right() {
        // 48 ordered on 10, 12 came, all 22 were sold.
        assert_eq!(advised(48).right(sold(22, true)), None);
        assert_eq!(advised(48).shelf(Units(24), sold(22, true)), None);
        // 20 of them were sold and 2 were left: the 12 that did not come would have been left, too.
        assert_eq!(advised(48).right(sold(20, false)), Some(Right::Suggestion));
    }

    #[test]
    fn an_outcome_needs_a_count_before_and_an_answer_about_the_delivery() {
        let previous = crate::suggestion::PreviousCount {
            count: Units(10),
            days_since: 7,
            received: Some(Units(24)),
            returned: Units::ZERO,
        };
        let next = |previous, count| Inputs {
            previous,
            count_now: Units(count),
            in_transit: Units::ZERO,
            cycle_days: 7,
        };
        assert_eq!(Outcome::of(&next(Some(previous), 4)), Some(sold(30, false)));
        assert_eq!(Outcome::of(&next(Some(previous), 0)), Some(sold(34, true)));
        assert_eq!(Outcome::of(&next(None, 4)), None);
        let unanswered = crate::suggestion::PreviousCount { received: None, ..previous };
        assert_eq!(Outcome::of(&next(Some(unanswered), 4)), None);
        assert_eq!(Outcome::of(&next(Some(previous), 40)), None);
    }
}
