//! In which order a shop's suggestions are spoken about: new products, gaps of the must-sell list, what will be missed most;
//! what the owner has just declined comes last. How much is `opening` and the policies.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{ReasonCode, Sku};
use crate::ledger::Ledger;
use crate::quantity::Units;
use crate::time::BusinessDate;

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
    /// What stands of a shop's noes on a day: the last one of each product, until the owner orders it at a later visit. It is
    /// whoever's visit it was, on whatever phone. What was on its way already, and a gift of that visit, is no yes.
    pub fn all(ledger: &Ledger, day: BusinessDate) -> BTreeMap<Sku, Self> {
        let mut all = BTreeMap::new();
        for visit in ledger.visits.iter().filter(|visit| holds(visit.date, day)) {
            let next = ledger.visits.iter().filter(|later| later.at > visit.at).map(|later| later.at).min();
            for (sku, reason) in &visit.entry.declined {
                let is_taken = next.is_some_and(|next| ledger.is_ordered_after(*sku, next));
                let no = Self { date: visit.date, reason: *reason };
                if is_taken {
                    all.remove(sku)
                } else {
                    all.insert(*sku, no)
                };
            }
        }
        all
    }
}

fn holds(said: BusinessDate, day: BusinessDate) -> bool {
    (0..DECLINED_DAYS).contains(&day.days_since(said))
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
    use crate::id::OrderId;
    use crate::ledger::{DeliveryLine, LedgerDelivery, LedgerVisit, VisitEntry};
    use crate::stamp::{Millis, ZoneOffset};
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

    fn sku() -> Sku {
        "21010019".parse().unwrap()
    }

    fn at(ahead: u32) -> Millis {
        ZoneOffset::CHINA.moment(day(ahead), "09:00".parse().unwrap())
    }

    fn no(ahead: u32, reason: &str) -> LedgerVisit {
        let declined = vec![(sku(), reason.parse().unwrap())];
        LedgerVisit {
            date: day(ahead),
            at: at(ahead),
            entry: VisitEntry { declined, ..VisitEntry::default() },
        }
    }

    fn visit(ahead: u32) -> LedgerVisit {
        LedgerVisit { date: day(ahead), at: at(ahead), entry: VisitEntry::default() }
    }

    fn ordered(ahead: u32) -> LedgerDelivery {
        let line = DeliveryLine {
            sku: sku(),
            confirmed: Units(12),
            delivered: None,
            carried: Units::ZERO,
            picked_up: Units::ZERO,
        };
        LedgerDelivery {
            order: OrderId(uuid::Uuid::nil()),
            due_by: at(ahead + 1),
            at: None,
            lines: vec![line],
            missed: None,
        }
    }

    fn stands(visits: Vec<LedgerVisit>, deliveries: Vec<LedgerDelivery>, on: u32) -> Option<String> {
        let all = Declined::all(&Ledger { visits, deliveries }, day(on));
        all.get(&sku()).map(|no| format!("{} {}", no.date, no.reason))
    }

    #[test]
    fn the_last_no_stands_for_four_weeks() {
        let visits = || vec![no(0, "price"), no(10, "shelf_space")];
        let said = Some("2026-08-06 shelf_space".to_owned());
        let on = [10, 37].map(|on| stands(visits(), vec![], on));
        assert_eq!(on, [said.clone(), said]);
        assert_eq!(stands(visits(), vec![], 38), None);
    }

    #[test]
    fn an_order_ends_a_no_and_a_no_after_it_is_a_new_one() {
        assert_eq!(stands(vec![no(0, "price"), visit(7)], vec![ordered(7)], 14), None);
        let again = stands(vec![no(0, "price"), visit(7), no(14, "price")], vec![ordered(7)], 14);
        assert_eq!(again.as_deref(), Some("2026-08-10 price"));
    }

    #[test]
    fn a_gift_of_the_same_visit_and_what_was_on_its_way_are_no_yes() {
        let said = Some("2026-07-27 price".to_owned());
        assert_eq!(stands(vec![no(0, "price")], vec![ordered(0)], 7), said, "beside what he did order");
        assert_eq!(stands(vec![no(0, "price"), visit(7)], vec![ordered(0)], 7), said);
    }
}
