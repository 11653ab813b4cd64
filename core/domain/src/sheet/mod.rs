//! 送货单, the delivery sheet of one distributor and day: what stands on it and in which order (1-field 1.3).
//! Numbers and states are `order_state`; printing is the server's.

mod difference;
mod totals;
mod vans;

use serde::{Deserialize, Serialize};

use crate::id::{OrderId, StoreId};
use crate::order::Order;
use crate::time::{TimeOfDay, TimeRange};

pub use difference::{ChangeKind, CurrentStop, LineChange, OrderChange, balance, current_stops};
pub use totals::{PickingTotal, cash_to_collect, picking_totals};
pub use vans::{VanPlan, default_vans};

/// One stop: an order at its place in the day. A store with two orders has two stops, next to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Everything that is handed over and paid.
    pub order: Order,
    /// Place of the store on its route, which breaks ties between equal windows.
    pub route_seq: u32,
    /// 新店待审: the store is not approved yet.
    #[serde(default)]
    pub new_store: bool,
}

impl Stop {
    /// Promised hours; a stop without a window may come at any time of the day.
    pub fn window(&self) -> Option<TimeRange> {
        self.order.promise.window
    }

    /// Cases on the van, gifts included: every line rounded up, because a started case takes a place.
    pub fn cases(&self) -> u32 {
        self.order.lines.iter().map(|line| self.order.promised(line.sku).0.div_ceil(line.case.get())).sum()
    }
}

/// Puts stops in the order of delivery: by the start of the promised window, then its end, then the route; stops
/// without a window last. Order ids make it total, so that the same orders always give the same sheet.
pub fn sort_stops(stops: &mut [Stop]) {
    stops.sort_by_key(place_in_day);
}

type PlaceInDay = (bool, TimeOfDay, TimeOfDay, u32, StoreId, OrderId);

fn place_in_day(stop: &Stop) -> PlaceInDay {
    let window = stop.window();
    let from = window.map_or(TimeOfDay::MIDNIGHT, TimeRange::from);
    let to = window.map_or(TimeOfDay::MIDNIGHT, TimeRange::to);
    (window.is_none(), from, to, stop.route_seq, stop.order.store, stop.order.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::tests::order;

    fn stop(n: u128, window: Option<&str>, route_seq: u32) -> Stop {
        let mut order = order(n, &[("21010019", 30)]);
        order.promise.window = window.map(|text| text.parse().unwrap());
        Stop { order, route_seq, new_store: false }
    }

    fn sorted(mut stops: Vec<Stop>) -> Vec<u128> {
        sort_stops(&mut stops);
        stops.iter().map(|stop| stop.order.id.0.as_u128()).collect()
    }

    #[test]
    fn case_19_a_window_from_nine_to_ten_sorts_before_one_from_two() {
        let stops = vec![stop(1, Some("14:00-16:30"), 1), stop(2, Some("09:00-10:00"), 2)];
        assert_eq!(sorted(stops), [2, 1]);
    }

    #[test]
    fn equal_windows_follow_the_route_and_stops_without_one_come_last() {
        let stops = vec![
            stop(1, None, 1),
            stop(2, Some("09:00-10:00"), 7),
            stop(3, Some("09:00-10:00"), 3),
            stop(4, Some("09:00-11:00"), 1),
        ];
        assert_eq!(sorted(stops), [3, 2, 4, 1]);
    }

    #[test]
    fn a_started_case_takes_a_place_on_the_van() {
        assert_eq!(stop(1, None, 1).cases(), 2, "30 + 6 units of a case of 24");
    }
}
