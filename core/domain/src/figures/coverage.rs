//! 覆盖: who of the planned stores was visited today. Unknown stands beside it and is never counted as missed.

use std::collections::BTreeSet;

use super::Ratio;
use crate::id::StoreId;
use crate::stamp::Millis;

/// A rep whose phone was drained so lately is known, in milliseconds: 2 hours.
pub const FRESH_MS: i64 = 2 * 3_600_000;

/// What is known about one rep's day at a moment.
#[derive(Debug, Clone, Default)]
pub struct RepDay {
    /// Stores of the route.
    pub planned: BTreeSet<StoreId>,
    /// Stores with at least one sealed visit with the count done.
    pub visited: BTreeSet<StoreId>,
    /// Stores with at least one failed visit.
    pub failed: BTreeSet<StoreId>,
    /// Stores with a visit of any kind.
    pub seen: BTreeSet<StoreId>,
    /// When the phone was last drained: everything it had given a place was on the server.
    pub drained_at: Option<Millis>,
    /// The day is over and its digest matches: nothing is missing.
    pub is_closed: bool,
}

/// The planned stores of a rep, or of many, by what is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// On the route.
    pub planned: u64,
    /// Count done.
    pub visited: u64,
    /// Every visit failed.
    pub failed: u64,
    /// Not yet.
    pub open: u64,
    /// Nobody can say: the phone was not heard.
    pub unknown: u64,
    /// The day is over and it was not visited.
    pub missed: u64,
}

impl Coverage {
    /// Counts one rep's day at a moment.
    pub fn of(day: &RepDay, now: Millis) -> Self {
        let mut coverage = Self::default();
        let is_fresh = day.drained_at.is_some_and(|at| now.0 - at.0 <= FRESH_MS);
        for store in &day.planned {
            coverage.planned += 1;
            let place = match () {
                () if day.visited.contains(store) => &mut coverage.visited,
                () if day.failed.contains(store) => &mut coverage.failed,
                () if day.is_closed => &mut coverage.missed,
                () if is_fresh || day.seen.contains(store) => &mut coverage.open,
                () => &mut coverage.unknown,
            };
            *place += 1;
        }
        coverage
    }

    /// Visited ÷ planned. Where nothing is known there is no share: "unknown 30" is not 0 %.
    pub fn ratio(self) -> Ratio {
        if self.unknown == self.planned {
            return Ratio::default();
        }
        Ratio { part: self.visited, whole: self.planned }
    }
}

impl std::ops::AddAssign for Coverage {
    fn add_assign(&mut self, other: Self) {
        self.planned += other.planned;
        self.visited += other.visited;
        self.failed += other.failed;
        self.open += other.open;
        self.unknown += other.unknown;
        self.missed += other.missed;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn stores(numbers: std::ops::Range<u128>) -> BTreeSet<StoreId> {
        numbers.map(|n| StoreId(Uuid::from_u128(n))).collect()
    }

    const NOON: Millis = Millis(12 * 3_600_000);

    #[test]
    fn case_24_a_rep_who_did_not_sync_all_day_is_unknown_and_not_zero() {
        let day = RepDay { planned: stores(0..30), ..RepDay::default() };
        let coverage = Coverage::of(&day, NOON);
        assert_eq!((coverage.unknown, coverage.open, coverage.missed), (30, 0, 0));
        assert_eq!(coverage.ratio().to_string(), "–");
    }

    #[test]
    fn a_phone_that_was_heard_lately_has_open_stores_and_no_unknown_ones() {
        let drained_at = Some(Millis(NOON.0 - FRESH_MS));
        let day = RepDay {
            planned: stores(0..30),
            visited: stores(0..10),
            failed: stores(10..12),
            drained_at,
            ..RepDay::default()
        };
        let coverage = Coverage::of(&day, NOON);
        let found = (coverage.visited, coverage.failed, coverage.open, coverage.unknown);
        assert_eq!(found, (10, 2, 18, 0));
        assert_eq!(Coverage::of(&day, Millis(NOON.0 + 1)).unknown, 18);
    }

    #[test]
    fn after_the_day_open_becomes_missed() {
        let day =
            RepDay { planned: stores(0..3), visited: stores(0..2), is_closed: true, ..RepDay::default() };
        assert_eq!(Coverage::of(&day, NOON).missed, 1);
    }

    proptest! {
        #[test]
        fn every_planned_store_is_counted_once(planned in 0u128..40, visited in 0u128..40, failed in 0u128..40, closed: bool) {
            let day = RepDay {
                planned: stores(0..planned),
                visited: stores(0..visited),
                failed: stores(0..failed),
                is_closed: closed,
                ..RepDay::default()
            };
            let c = Coverage::of(&day, NOON);
            prop_assert_eq!(c.visited + c.failed + c.open + c.unknown + c.missed, c.planned);
        }
    }
}
