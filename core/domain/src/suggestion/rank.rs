//! In which order a shop's suggestions are spoken about: new products, gaps of the must-sell list, what will be missed most;
//! what the owner has just declined comes last. How much is `opening` and the policies.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::id::ReasonCode;
use crate::quantity::Units;
use crate::time::BusinessDate;
use crate::visit::suggested_order::SuggestedLine;

use super::opening::Gap;
use super::{Advice, Inputs};

/// For so long a no stands before a product is offered as if it had never been declined.
const DECLINED_DAYS: i64 = 28;

/// The owner's no to a suggestion, with the reason that the rep took down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Declined {
    /// When.
    pub date: BusinessDate,
    /// Why.
    pub reason: ReasonCode,
}

impl Declined {
    /// What a sealed line says about later offers: `Some(Some)` = a no, `Some(None)` = the owner took it, `None` = nothing.
    pub fn said(line: &SuggestedLine, date: BusinessDate) -> Option<Option<Self>> {
        if !line.intended.is_zero() {
            return Some(None);
        }
        let was_offered = line.suggested.is_some_and(|units| !units.is_zero());
        line.reason.filter(|_| was_offered).map(|reason| Some(Self { date, reason }))
    }

    /// Whether it still stands.
    pub fn holds_on(&self, day: BusinessDate) -> bool {
        (0..DECLINED_DAYS).contains(&day.days_since(self.date))
    }
}

/// First to last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Launch,
    Gap,
    Usual,
    Declined,
}

/// The place of one SKU; smaller is sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank(Place, Reverse<u64>);

impl Rank {
    /// `days` = what a suggestion must last.
    pub fn of(
        is_new: bool,
        gap: Option<Gap>,
        is_declined: bool,
        advice: &Advice,
        inputs: &Inputs,
        days: u32,
    ) -> Self {
        let place = match gap {
            _ if is_declined => Place::Declined,
            _ if is_new => Place::Launch,
            Some(_) => Place::Gap,
            None => Place::Usual,
        };
        Self(place, Reverse(missed(advice, inputs, days)))
    }
}

/// Expected sales beyond what is there and on its way, in seventieths of a unit; 0 where there is no number.
fn missed(advice: &Advice, inputs: &Inputs, days: u32) -> u64 {
    let Advice::Suggest(suggestion) = advice else { return 0 };
    let Units(at_hand) = inputs.count_now + inputs.in_transit;
    let expected = u64::from(suggestion.weekly_tenths) * u64::from(days);
    expected.saturating_sub(u64::from(at_hand) * 70)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suggestion::Suggestion;

    fn day(ahead: u32) -> BusinessDate {
        "2026-07-27".parse::<BusinessDate>().unwrap().plus_days(ahead)
    }

    fn inputs(now: u32) -> Inputs {
        Inputs { previous: None, count_now: Units(now), in_transit: Units::ZERO, cycle_days: 7 }
    }

    fn weekly(units: u32) -> Advice {
        Advice::Suggest(Suggestion {
            sold: None,
            out_of_stock: false,
            weekly_tenths: 10 * units,
            target: Units(0),
            limit: None,
            suggest: Units(0),
            quantity: Units(0),
        })
    }

    #[test]
    fn new_products_then_gaps_then_what_will_be_missed_most_and_last_what_was_declined() {
        let rank = |is_new, gap, no, units| Rank::of(is_new, gap, no, &weekly(units), &inputs(4), 7);
        let order = [
            rank(true, Some(Gap::Launch), false, 0),
            rank(false, Some(Gap::MustSell), false, 0),
            rank(false, None, false, 20),
            rank(false, None, false, 10),
            rank(false, None, false, 3),
            rank(true, Some(Gap::Launch), true, 50),
        ];
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(rank(false, None, false, 3), rank(false, None, false, 4), "4 are there");
    }

    fn line(suggested: Option<u32>, intended: u32, reason: Option<&str>) -> SuggestedLine {
        SuggestedLine {
            sku: "21010019".parse().unwrap(),
            inputs: None,
            suggested: suggested.map(Units),
            intended: Units(intended),
            reason: reason.map(|code| code.parse().unwrap()),
            policy: super::super::PolicyKind::OneAndAHalf,
            fallback: None,
            shadow: None,
            opening: None,
        }
    }

    #[test]
    fn a_no_has_a_reason_and_an_offer_and_a_yes_ends_it() {
        let said = |line: SuggestedLine| Declined::said(&line, day(0));
        let no = said(line(Some(24), 0, Some("shelf_space")));
        assert_eq!(no, Some(Some(Declined { date: day(0), reason: "shelf_space".parse().unwrap() })));
        assert_eq!(said(line(Some(24), 0, None)), None, "nobody asked");
        assert_eq!(said(line(Some(0), 0, Some("shelf_space"))), None, "nothing was offered");
        assert_eq!(said(line(None, 12, None)), Some(None));
    }

    #[test]
    fn a_no_stands_for_four_weeks() {
        let no = Declined { date: day(10), reason: "shelf_space".parse().unwrap() };
        assert_eq!([9, 10, 37, 38].map(|ahead| no.holds_on(day(ahead))), [false, true, true, false]);
    }
}
