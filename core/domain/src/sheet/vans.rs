//! 派车: stops cut into vans in their order. The plan is a record of its own: the dispatcher may change it without
//! changing the sheet.

use serde::{Deserialize, Serialize};

use super::Stop;
use crate::distributor::Capacity;
use crate::id::OrderId;

/// Which van takes which stop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VanPlan {
    /// Per van, in order of delivery.
    pub vans: Vec<Vec<OrderId>>,
    /// What goes beyond the day's capacity; it stands on page 1 and is nobody's yet.
    pub overflow: Vec<OrderId>,
}

impl VanPlan {
    /// The van of a stop, counted from 1.
    pub fn van_of(&self, order: OrderId) -> Option<usize> {
        self.vans.iter().position(|van| van.contains(&order)).map(|index| index + 1)
    }

    /// Vans that a stop can be given to, counted from 1: those of the plan, and one more while the distributor has one.
    pub fn choices(&self, capacity: Capacity) -> usize {
        let vehicles = usize::try_from(capacity.vehicles.max(1)).unwrap_or(usize::MAX);
        self.vans.len().max(vehicles.min(self.vans.len() + 1))
    }

    /// Gives a stop to a van, behind what it has; the one that had it has it no more. No limit holds: who decides so sees the
    /// van. `false` = there is no such stop or van, and nothing changed.
    pub fn give(&mut self, order: OrderId, van: usize, capacity: Capacity) -> bool {
        let before = self.van_of(order);
        let is_here = before.is_some() || self.overflow.contains(&order);
        if !is_here || van == 0 || van > self.choices(capacity) {
            return false;
        }
        if before == Some(van) {
            return true;
        }
        for stops in self.vans.iter_mut().chain(std::iter::once(&mut self.overflow)) {
            stops.retain(|stop| *stop != order);
        }
        if van > self.vans.len() {
            self.vans.push(Vec::new());
        }
        if let Some(stops) = self.vans.get_mut(van - 1) {
            stops.push(order);
        }
        true
    }
}

/// The default plan: stops in their order, each van filled up to its limit (daily limit ÷ vehicles, rounded up).
/// A single stop larger than a van's cases still gets an empty van.
pub fn default_vans(stops: &[Stop], capacity: Capacity) -> VanPlan {
    let limit = capacity.per_van();
    let vehicles = usize::try_from(capacity.vehicles.max(1)).unwrap_or(1);
    let mut plan = VanPlan::default();
    let (mut van, mut load): (Vec<OrderId>, u32) = (Vec::new(), 0);
    for stop in stops {
        let cases = stop.cases();
        let is_full =
            van.len() >= usize::try_from(limit.stops).unwrap_or(usize::MAX) || load + cases > limit.cases;
        if is_full && !van.is_empty() {
            plan.vans.push(std::mem::take(&mut van));
            load = 0;
        }
        if plan.vans.len() >= vehicles {
            plan.overflow.push(stop.order.id);
            continue;
        }
        van.push(stop.order.id);
        load += cases;
    }
    if !van.is_empty() {
        plan.vans.push(van);
    }
    plan
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::delivery::tests::order;

    fn stops(units: &[u32]) -> Vec<Stop> {
        (1u128..)
            .zip(units)
            .map(|(n, units)| Stop {
                order: order(n, &[("21010019", *units)]),
                route_seq: 1,
                new_store: false,
            })
            .collect()
    }

    fn sizes(plan: &VanPlan) -> Vec<usize> {
        plan.vans.iter().map(Vec::len).collect()
    }

    #[test]
    fn stops_fill_vans_in_their_order() {
        let plan = default_vans(&stops(&[18; 5]), Capacity { vehicles: 3, stops: 6, cases: 300 });
        assert_eq!(sizes(&plan), [2, 2, 1]);
        assert_eq!(plan.van_of(OrderId(uuid::Uuid::from_u128(3))), Some(2));
    }

    #[test]
    fn cases_limit_a_van_too() {
        let plan = default_vans(&stops(&[18, 42, 18]), Capacity { vehicles: 3, stops: 30, cases: 6 });
        assert_eq!(sizes(&plan), [1, 1, 1], "1 + 2 cases do not fit into 2");
    }

    #[test]
    fn what_no_van_takes_is_overflow_and_not_lost() {
        let plan = default_vans(&stops(&[18; 5]), Capacity { vehicles: 2, stops: 4, cases: 300 });
        assert_eq!(sizes(&plan), [2, 2]);
        assert_eq!(plan.overflow.len(), 1);
    }

    #[test]
    fn a_stop_over_capacity_is_given_to_a_van_and_from_there_to_another_one() {
        let capacity = Capacity { vehicles: 2, stops: 2, cases: 300 };
        let mut plan = default_vans(&stops(&[18; 3]), capacity);
        let over = OrderId(uuid::Uuid::from_u128(3));
        assert_eq!(plan.overflow, [over]);
        for van in [2, 1] {
            assert!(plan.give(over, van, capacity));
            assert_eq!((plan.van_of(over), plan.overflow.len()), (Some(van), 0));
        }
        assert_eq!(sizes(&plan), [2, 1]);
    }

    #[test]
    fn a_van_that_nobody_has_and_a_stop_that_is_not_there_are_refused() {
        let capacity = Capacity { vehicles: 2, stops: 30, cases: 300 };
        let mut plan = default_vans(&stops(&[18; 2]), capacity);
        let first = OrderId(uuid::Uuid::from_u128(1));
        assert!(plan.give(first, 2, capacity), "one more is there");
        assert_eq!(sizes(&plan), [1, 1]);
        let before = plan.clone();
        let nobody = OrderId(uuid::Uuid::from_u128(9));
        let refused = [(first, 0), (first, 3), (nobody, 1)];
        assert!(refused.into_iter().all(|(order, van)| !plan.give(order, van, capacity)));
        assert_eq!(plan, before);
    }

    proptest! {
        #[test]
        fn every_stop_is_in_one_van_or_over(units in prop::collection::vec(1u32..500, 0..40), vehicles in 0u32..6) {
            let stops = stops(&units);
            let plan = default_vans(&stops, Capacity { vehicles, stops: 20, cases: 100 });
            let planned: Vec<OrderId> = plan.vans.iter().flatten().chain(&plan.overflow).copied().collect();
            let given: Vec<OrderId> = stops.iter().map(|stop| stop.order.id).collect();
            prop_assert_eq!(planned, given);
        }
    }
}
