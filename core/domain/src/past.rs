//! What of a ledger is past (docs/adr/0018): phones keep the newest visits of a store, and of its deliveries what a suggestion
//! between two of them still needs. The server keeps the rest for itself.

use std::collections::BTreeSet;

use crate::ledger::{Ledger, LedgerDelivery, LedgerVisit};
use crate::stamp::Millis;

/// Visits of a store that phones keep: a suggestion looks back no further.
pub const VISITS_KEPT: usize = 13;

/// Rows that no suggestion after the oldest kept visit needs, by their places in the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// Places among its visits.
    pub visits: BTreeSet<usize>,
    /// Places among its deliveries.
    pub deliveries: BTreeSet<usize>,
}

impl Ledger {
    /// What is past of it: visits before the [`VISITS_KEPT`] newest, and deliveries that were settled when the oldest of these
    /// began, if `may_go` says so too. What a delivery that stays was answered in stays with it; so does the visit that knows the
    /// newest expiry of a product, which says when to ask again, and whatever was brought since `since`, which says what is
    /// counted. Before there are as many visits nothing is past.
    pub fn past(&self, since: Millis, may_go: impl Fn(&LedgerDelivery) -> bool) -> Past {
        let Some((first, _)) = self.oldest_kept() else { return Past::default() };
        let (mut deliveries, mut kept) = (BTreeSet::new(), self.newest_expiries());
        for (n, delivery) in self.deliveries.iter().enumerate() {
            if may_go(delivery) && self.is_past(delivery, since) {
                deliveries.insert(n);
            } else {
                let open = delivery.lines.iter().filter(|line| line.delivered.is_none());
                kept.extend(open.filter_map(|line| Some(self.answered(delivery.order, line.sku)?.0)));
            }
        }
        let is_past =
            |n: &usize| !kept.contains(n) && self.visits.get(*n).is_some_and(|visit| visit.at < since);
        Past { visits: (0..first).filter(is_past).collect(), deliveries }
    }

    /// Whether a delivery is past, as far as the ledger decides: it came before `since`, and was settled when the oldest kept visit
    /// began.
    pub fn is_past(&self, delivery: &LedgerDelivery, since: Millis) -> bool {
        let is_young = delivery.at.is_some_and(|at| at >= since);
        !is_young && self.oldest_kept().is_some_and(|(_, oldest)| self.is_settled(delivery, oldest.at))
    }

    /// The oldest of the [`VISITS_KEPT`] newest visits, behind its place; `None` = there are not as many.
    fn oldest_kept(&self) -> Option<(usize, &LedgerVisit)> {
        let first = self.visits.len().checked_sub(VISITS_KEPT)?;
        Some((first, self.visits.get(first)?))
    }

    /// The visits in which the newest known expiry of a product was noted.
    fn newest_expiries(&self) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let noted = self.visits.iter().enumerate().rev();
        let noted = noted.flat_map(|(n, visit)| visit.entry.expiries.iter().map(move |(sku, _)| (n, *sku)));
        noted.filter(|(_, sku)| seen.insert(*sku)).map(|(n, _)| n).collect()
    }

    /// Whether all of a delivery was known by a moment, and nothing of it is still to come: whoever counts from then on counts
    /// the same without it.
    fn is_settled(&self, delivery: &LedgerDelivery, by: Millis) -> bool {
        let is_over = delivery.due_by <= by && delivery.at.is_none_or(|at| at <= by);
        is_over
            && delivery.lines.iter().all(|line| match line.delivered {
                Some(_) => line.carried.is_zero(),
                None => self
                    .answered(delivery.order, line.sku)
                    .is_some_and(|(n, units)| self.visits[n].at <= by && !units.is_zero()),
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::count_list::received_since;
    use crate::id::{OrderId, Sku};
    use crate::ledger::{DeliveryLine, Now, VisitEntry};
    use crate::quantity::Units;
    use crate::time::BusinessDate;

    const HOUR: i64 = 3_600_000;
    /// Behind all that these ledgers have.
    const LATER: Millis = Millis(1_000 * DAY);
    const DAY: i64 = 24 * HOUR;

    fn sku() -> Sku {
        "21010019".parse().unwrap()
    }

    fn order(n: usize) -> OrderId {
        OrderId(Uuid::from_u128(u128::try_from(n).unwrap()))
    }

    fn date(day: usize) -> BusinessDate {
        "2026-07-27".parse::<BusinessDate>().unwrap().plus_days(u32::try_from(day).unwrap())
    }

    fn at(day: usize, hour: i64) -> Millis {
        Millis(i64::try_from(day).unwrap() * DAY + hour * HOUR)
    }

    /// One visit a day at nine, each with a count.
    fn visits(days: usize) -> Ledger {
        let visit = |day| {
            let counts = vec![(sku(), Units(10 + u32::try_from(day).unwrap()))];
            let entry = VisitEntry { counts, ..VisitEntry::default() };
            LedgerVisit { date: date(day), at: at(day, 9), entry }
        };
        Ledger { visits: (0..days).map(visit).collect(), deliveries: vec![] }
    }

    /// What becomes of five units that were due at eight of a day.
    #[derive(Debug, Clone, Copy)]
    enum Fate {
        Came,
        CameLate,
        Carried,
        TookBack,
        Unreported,
    }

    const FATES: [Fate; 5] = [Fate::Came, Fate::CameLate, Fate::Carried, Fate::TookBack, Fate::Unreported];

    fn delivery(n: usize, day: usize, fate: Fate) -> LedgerDelivery {
        let due_by = at(day, 8);
        let (at, delivered, carried, picked_up) = match fate {
            Fate::Came => (Some(due_by), Some(5), 0, 0),
            Fate::CameLate => (Some(Millis(due_by.0 + 3 * DAY)), Some(5), 0, 0),
            Fate::Carried => (Some(due_by), Some(3), 2, 0),
            Fate::TookBack => (Some(due_by), Some(5), 0, 4),
            Fate::Unreported => (None, None, 0, 0),
        };
        let line = DeliveryLine {
            sku: sku(),
            confirmed: Units(5),
            delivered: delivered.map(Units),
            carried: Units(carried),
            picked_up: Units(picked_up),
        };
        LedgerDelivery { order: order(n), due_by, at, lines: vec![line], missed: None }
    }

    fn answer(ledger: &mut Ledger, visit: usize, delivery: usize, units: u32) {
        ledger.visits[visit].entry.answers.push((order(delivery), sku(), Units(units)));
    }

    fn without(ledger: &Ledger, past: &Past) -> Ledger {
        fn left<T: Clone>(rows: &[T], gone: &BTreeSet<usize>) -> Vec<T> {
            let left = rows.iter().enumerate().filter(|(n, _)| !gone.contains(n));
            left.map(|(_, row)| row.clone()).collect()
        }
        Ledger {
            visits: left(&ledger.visits, &past.visits),
            deliveries: left(&ledger.deliveries, &past.deliveries),
        }
    }

    #[test]
    fn the_newest_thirteen_visits_stay() {
        for (days, gone) in [(0, 0), (12, 0), (13, 0), (14, 1), (15, 2), (52, 39)] {
            let past = visits(days).past(LATER, |_| true);
            assert_eq!(past.visits, (0..gone).collect::<BTreeSet<_>>(), "{days} visits");
        }
    }

    #[test]
    fn a_delivery_stays_as_long_as_a_kept_visit_may_ask_for_it() {
        // The oldest kept visit is that of the third day.
        for (day, fate, is_past) in [
            (1, Fate::Came, true),
            (2, Fate::Came, true),
            (3, Fate::Came, false),
            (1, Fate::CameLate, false),
            (1, Fate::TookBack, true),
            (1, Fate::Carried, false),
            (1, Fate::Unreported, false),
        ] {
            let ledger = Ledger { deliveries: vec![delivery(0, day, fate)], ..visits(15) };
            assert_eq!(!ledger.past(LATER, |_| true).deliveries.is_empty(), is_past, "{fate:?} on {day}");
            assert!(ledger.past(LATER, |_| false).deliveries.is_empty());
        }
    }

    #[test]
    fn nothing_is_past_of_a_store_that_was_visited_seldom() {
        let ledger = Ledger { deliveries: vec![delivery(0, 0, Fate::Came)], ..visits(12) };
        assert_eq!(ledger.past(LATER, |_| true), Past::default());
    }

    #[test]
    fn what_the_count_list_and_the_question_of_expiry_look_at_stays() {
        let mut ledger =
            Ledger { deliveries: vec![delivery(0, 1, Fate::Came), delivery(1, 3, Fate::Came)], ..visits(20) };
        assert_eq!(ledger.past(at(2, 0), |_| true).visits, BTreeSet::from([0, 1]), "later ones are young");
        assert_eq!(ledger.past(at(2, 0), |_| true).deliveries, BTreeSet::from([0]));
        for (visit, day) in [(1, 200), (3, 190)] {
            ledger.visits[visit].entry.expiries.push((sku(), date(day)));
        }
        assert_eq!(
            ledger.past(LATER, |_| true).visits,
            BTreeSet::from([0, 1, 2, 4, 5, 6]),
            "the newest is the fourth"
        );
    }

    #[test]
    fn an_owners_answer_goes_with_its_delivery_and_not_before() {
        let unreported = |visit, units| {
            let mut ledger = Ledger { deliveries: vec![delivery(0, 0, Fate::Unreported)], ..visits(15) };
            answer(&mut ledger, visit, 0, units);
            ledger.past(LATER, |_| true)
        };
        let all = BTreeSet::from([0, 1]);
        assert_eq!(unreported(1, 4), Past { visits: all.clone(), deliveries: BTreeSet::from([0]) });
        let open = Past { visits: BTreeSet::from([0]), ..Past::default() };
        assert_eq!(unreported(1, 0), open, "it is still to come");
        assert_eq!(unreported(5, 4), Past { visits: all, ..Past::default() }, "it came between kept visits");
    }

    proptest! {
        /// A phone that had not heard of the end asks once more: what ended is not missed afterwards.
        #[test]
        fn what_is_past_stays_past_whatever_owners_say_later(
            deliveries in proptest::collection::vec((0usize..22, 0usize..FATES.len()), 1..8),
            answers in proptest::collection::vec((0usize..22, 0usize..8, 0u32..3), 0..16),
            before in 0usize..16,
        ) {
            let mut ledger = visits(22);
            for (n, (day, fate)) in deliveries.into_iter().enumerate() {
                ledger.deliveries.push(delivery(n, day, FATES[fate]));
            }
            let mut ended = BTreeSet::new();
            for (n, (visit, of, units)) in answers.into_iter().enumerate() {
                if n >= before {
                    ended.extend(ledger.past(LATER, |_| true).deliveries);
                }
                answer(&mut ledger, visit, of, units);
            }
            let past = ledger.past(LATER, |_| true).deliveries;
            prop_assert!(ended.is_subset(&past), "{:?} of {:?}", ended, past);
        }

        #[test]
        fn no_input_of_a_suggestion_changes_when_the_past_goes(
            visited in 0usize..22,
            deliveries in proptest::collection::vec((0usize..24, 0usize..FATES.len()), 0..8),
            answers in proptest::collection::vec((0usize..22, 0usize..8, 0u32..3), 0..8),
            expiries in proptest::collection::vec((0usize..22, 30usize..300), 0..4),
            kept_back in 0usize..8,
            young in 0usize..24,
        ) {
            let mut ledger = visits(visited);
            for (n, (day, fate)) in deliveries.into_iter().enumerate() {
                ledger.deliveries.push(delivery(n, day, FATES[fate]));
            }
            for (visit, of, units) in answers.into_iter().filter(|(visit, ..)| *visit < visited) {
                answer(&mut ledger, visit, of, units);
            }
            for (visit, day) in expiries.into_iter().filter(|(visit, _)| *visit < visited) {
                ledger.visits[visit].entry.expiries.push((sku(), date(day)));
            }
            let since = at(young, 0);
            let past = ledger.past(since, |delivery| delivery.order != order(kept_back));
            let left = without(&ledger, &past);
            prop_assert_eq!(left.last_expiry(sku()), ledger.last_expiry(sku()));
            let brought = |ledger: &Ledger| received_since(ledger, since.0).count();
            prop_assert_eq!(brought(&left), brought(&ledger), "what is counted");
            let entry = VisitEntry { counts: vec![(sku(), Units(3))], ..VisitEntry::default() };
            let now = Now { date: date(22), at: at(22, 9), entry: &entry, cycle_days: 7 };
            prop_assert_eq!(left.inputs(sku(), &now), ledger.inputs(sku(), &now));
            // And what was known of the pairs of kept visits stays.
            let from = visited.saturating_sub(VISITS_KEPT) + 1;
            for day in from..visited {
                let then = Now { date: date(day), at: at(day, 9), entry: &entry, cycle_days: 7 };
                prop_assert_eq!(left.inputs(sku(), &then), ledger.inputs(sku(), &then), "on day {}", day);
            }
        }
    }
}
