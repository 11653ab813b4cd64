//! 补单: what a difference sheet says. It never replaces the sheet; it adds, changes or cancels orders that stand on
//! earlier ones, and the sum stays the newest version of every order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Stop, place_in_day};
use crate::coded::coded_enum;
use crate::id::{OrderId, Sku};
use crate::order::Order;
use crate::quantity::{Units, UnitsDelta};

coded_enum! {
    /// What happened to an order since it was printed.
    ChangeKind {
        /// 加: it stands on no earlier sheet.
        Add = "add",
        /// 改
        Change = "change",
        /// 取消
        Cancel = "cancel",
    }
}

/// One order of a difference sheet. At least one side is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderChange {
    /// As the driver has it; `None` = on no earlier sheet of this day.
    pub before: Option<Order>,
    /// As it must be delivered; `None` = cancelled.
    pub after: Option<Order>,
}

/// What changed on one SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineChange {
    /// Which.
    pub sku: Sku,
    /// On the earlier sheet, gifts included.
    pub before: Units,
    /// To be delivered, gifts included.
    pub after: Units,
}

impl LineChange {
    /// More (+) or less (−) to load.
    pub fn delta(&self) -> UnitsDelta {
        self.after - self.before
    }
}

impl OrderChange {
    /// Add, change or cancel.
    pub fn kind(&self) -> ChangeKind {
        match (&self.before, &self.after) {
            (None, _) => ChangeKind::Add,
            (Some(_), Some(_)) => ChangeKind::Change,
            (Some(_), None) => ChangeKind::Cancel,
        }
    }

    /// Which order; `None` only if both sides are missing.
    pub fn order(&self) -> Option<&Order> {
        self.after.as_ref().or(self.before.as_ref())
    }

    /// The SKUs whose quantity changed, in the order of their codes.
    pub fn lines(&self) -> Vec<LineChange> {
        let (before, after) = (loaded(self.before.as_ref()), loaded(self.after.as_ref()));
        let skus: std::collections::BTreeSet<Sku> = before.keys().chain(after.keys()).copied().collect();
        let of = |side: &BTreeMap<Sku, Units>, sku| side.get(&sku).copied().unwrap_or_default();
        skus.into_iter()
            .map(|sku| LineChange { sku, before: of(&before, sku), after: of(&after, sku) })
            .filter(|line| line.before != line.after)
            .collect()
    }
}

fn loaded(order: Option<&Order>) -> BTreeMap<Sku, Units> {
    let mut units = BTreeMap::new();
    for row in order.map(crate::delivery::ledger_lines).unwrap_or_default() {
        units.insert(row.sku, row.confirmed);
    }
    units
}

/// What has to reach the stores by a sheet and all its differences together, per order and SKU; zeros are left out.
/// The invariant of 1-field 1.3: it equals the newest version of every order.
pub fn balance<'a>(
    sheet: impl IntoIterator<Item = &'a Order>,
    differences: impl IntoIterator<Item = &'a OrderChange>,
) -> BTreeMap<(OrderId, Sku), UnitsDelta> {
    let mut sum: BTreeMap<(OrderId, Sku), UnitsDelta> = BTreeMap::new();
    for order in sheet {
        for (sku, units) in loaded(Some(order)) {
            *sum.entry((order.id, sku)).or_default() += units.signed();
        }
    }
    for change in differences {
        let Some(order) = change.order() else { continue };
        for line in change.lines() {
            *sum.entry((order.id, line.sku)).or_default() += line.delta();
        }
    }
    sum.retain(|_, units| *units != UnitsDelta::ZERO);
    sum
}

/// A stop as it has to be delivered now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentStop {
    /// With the newest version of its order.
    pub stop: Stop,
    /// Changed since the sheet was printed; the driver is told.
    pub changed: Option<ChangeKind>,
}

/// The stops of a day after all its differences: changed ones in their place, cancelled ones marked, added ones sorted
/// in at their window.
pub fn current_stops<'a>(
    sheet: &[Stop],
    differences: impl IntoIterator<Item = &'a OrderChange>,
) -> Vec<CurrentStop> {
    let mut stops: Vec<CurrentStop> =
        sheet.iter().map(|stop| CurrentStop { stop: stop.clone(), changed: None }).collect();
    for change in differences {
        let Some(order) = change.order() else { continue };
        match stops.iter_mut().find(|current| current.stop.order.id == order.id) {
            Some(current) => {
                current.stop.order = order.clone();
                current.changed = Some(change.kind());
            }
            None => stops.push(CurrentStop {
                stop: Stop { order: order.clone(), route_seq: u32::MAX, new_store: false },
                changed: Some(change.kind()),
            }),
        }
    }
    stops.sort_by_key(|current| place_in_day(&current.stop));
    stops
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::delivery::tests::order;

    fn change(before: Option<Order>, after: Option<Order>) -> OrderChange {
        OrderChange { before, after }
    }

    #[test]
    fn only_what_changed_is_a_row() {
        let before = order(1, &[("21010019", 24), ("22070012", 12)]);
        let mut after = before.clone();
        after.lines[1].confirmed = Units(24);
        let change = change(Some(before), Some(after));
        assert_eq!(change.kind(), ChangeKind::Change);
        let lines = change.lines();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].delta(), UnitsDelta(12));
    }

    #[test]
    fn case_18_a_cancelled_order_is_a_row_that_takes_everything_back() {
        let order = order(1, &[("21010019", 24)]);
        let cancel = change(Some(order.clone()), None);
        assert_eq!(cancel.kind(), ChangeKind::Cancel);
        assert_eq!(cancel.lines()[0].delta(), UnitsDelta(-30), "gifts come back too");
        assert!(balance([&order], [&cancel]).is_empty());
    }

    #[test]
    fn a_late_order_is_added() {
        let late = change(None, Some(order(2, &[("21010019", 24)])));
        assert_eq!(late.kind(), ChangeKind::Add);
        assert_eq!(late.lines()[0].delta(), UnitsDelta(30));
    }

    #[test]
    fn case_18_the_driver_sees_the_cancelled_stop_and_the_added_one_in_its_place() {
        let stop = |n, window: &str| {
            let mut order = order(n, &[("21010019", 24)]);
            order.promise.window = Some(window.parse().unwrap());
            Stop { order, route_seq: 1, new_store: false }
        };
        let sheet = [stop(1, "09:00-10:00"), stop(2, "14:00-16:00")];
        let differences =
            [change(Some(sheet[0].order.clone()), None), change(None, Some(stop(3, "10:00-11:00").order))];
        let current: Vec<_> = current_stops(&sheet, &differences)
            .iter()
            .map(|current| (current.stop.order.id.0.as_u128(), current.changed))
            .collect();
        assert_eq!(current, [(1, Some(ChangeKind::Cancel)), (3, Some(ChangeKind::Add)), (2, None)]);
    }

    proptest! {
        /// Any number of versions, each put on a difference of its own, ends at the newest one.
        #[test]
        fn sheet_and_differences_are_the_orders(
            versions in prop::collection::vec(prop::option::weighted(0.8, (0u32..50, 0u32..50)), 1..8)
        ) {
            let version = |units: &(u32, u32)| order(1, &[("21010019", units.0), ("22070012", units.1)]);
            let versions: Vec<Option<Order>> = versions.iter().map(|units| units.as_ref().map(version)).collect();
            let changes: Vec<OrderChange> =
                versions.windows(2).map(|pair| change(pair[0].clone(), pair[1].clone())).collect();
            let newest = versions.last().and_then(Clone::clone);
            prop_assert_eq!(balance(&versions[0], &changes), balance(&newest, []));
        }
    }
}
