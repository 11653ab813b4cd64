//! 销售与时间: effective visits, intention to order, weekly coverage, penetration, time in store and on the way, audit.

use std::collections::BTreeSet;

use super::Ratio;
use crate::id::StoreId;
use crate::order::Order;
use crate::stamp::Millis;

/// Effective visit rate 有效拜访率: visits with at least one confirmed line ÷ visits.
pub fn effective_visits(visits: impl IntoIterator<Item = bool>) -> Ratio {
    visits.into_iter().collect()
}

/// Weekly coverage 覆盖率: open stores visited within their cycle ÷ all open stores. Each store comes with the days
/// since its last visit (`None` = never) and its cycle in days; stores on no route belong to the whole.
pub fn weekly_coverage(stores: impl IntoIterator<Item = (Option<u32>, u32)>) -> Ratio {
    stores.into_iter().map(|(days, cycle)| days.is_some_and(|days| days <= cycle)).collect()
}

/// Penetration 渗透率: stores that bought the SKU in the period ÷ stores of the area.
pub fn penetration(bought: &BTreeSet<StoreId>, area: &BTreeSet<StoreId>) -> Ratio {
    area.iter().map(|store| bought.contains(store)).collect()
}

/// Intention to order: confirmed ÷ intended units. More may be confirmed than was intended.
pub fn intention_to_order<'a>(orders: impl IntoIterator<Item = &'a Order>) -> Ratio {
    let mut ratio = Ratio::default();
    for line in orders.into_iter().flat_map(|order| &order.lines) {
        ratio.part += u64::from(line.confirmed.0);
        ratio.whole += u64::from(line.intended.0);
    }
    ratio
}

/// Audit agreement: a supervisor's re-checks that agree ÷ re-checks.
pub fn audit_agreement(rechecks: impl IntoIterator<Item = bool>) -> Ratio {
    rechecks.into_iter().collect()
}

/// Time in the stores and on the way between them, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayTimes {
    /// Σ check-out − check-in.
    pub in_store: i64,
    /// Σ next check-in − last check-out.
    pub transfer: i64,
}

/// The times of one rep's day; visits as (check-in, check-out), in any order. A visit that began before the one before
/// it ended adds no time on the way.
pub fn day_times(mut visits: Vec<(Millis, Millis)>) -> DayTimes {
    visits.sort_unstable();
    let mut times = DayTimes::default();
    let mut last_out: Option<Millis> = None;
    for (check_in, check_out) in visits {
        times.in_store += (check_out.0 - check_in.0).max(0);
        times.transfer += last_out.map_or(0, |out| (check_in.0 - out.0).max(0));
        last_out = last_out.max(Some(check_out));
    }
    times
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::delivery::tests::order;

    #[test]
    fn a_store_that_was_never_visited_is_not_covered() {
        let stores = [(Some(7), 7), (Some(8), 7), (None, 7), (Some(10), 14)];
        assert_eq!(weekly_coverage(stores), Ratio { part: 2, whole: 4 });
    }

    #[test]
    fn penetration_counts_stores_of_the_area_only() {
        let stores = |n: std::ops::Range<u128>| n.map(|n| StoreId(Uuid::from_u128(n))).collect();
        assert_eq!(penetration(&stores(5..15), &stores(0..10)), Ratio { part: 5, whole: 10 });
    }

    #[test]
    fn confirmed_against_intended() {
        let mut half = order(1, &[("21010019", 24)]);
        half.lines[0].intended = crate::quantity::Units(48);
        assert_eq!(intention_to_order([&half]), Ratio { part: 24, whole: 48 });
        assert_eq!(effective_visits([true, false, true]).to_string(), "66.7 %");
        assert_eq!(audit_agreement([]).per_mille(), None);
    }

    #[test]
    fn the_day_is_time_in_stores_and_time_between_them() {
        let minutes = |from: i64, to: i64| (Millis(from * 60_000), Millis(to * 60_000));
        let times = day_times(vec![minutes(20, 25), minutes(0, 6), minutes(24, 30)]);
        assert_eq!((times.in_store / 60_000, times.transfer / 60_000), (17, 14));
    }
}
