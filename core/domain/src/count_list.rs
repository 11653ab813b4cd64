//! The count list of a store: must-sell ∪ received in the last weeks ∪ active new products, in the fixed
//! brand/package order (1-field 1.2, step 1). Everything else is found by search.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::id::Sku;
use crate::ledger::Ledger;
use crate::product::Product;
use crate::stamp::Millis;
use crate::time::BusinessDate;

const WEEK_MS: i64 = 7 * 86_400_000;

coded_enum! {
    /// Why a SKU is on a must-sell list.
    MustSellKind {
        /// 必卖
        MustSell = "MSL",
        /// 新品
        NewProduct = "NPD",
    }
}

/// A row of a must-sell list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MustSell {
    /// What.
    pub sku: Sku,
    /// Why.
    pub kind: MustSellKind,
    /// First day; `None` = always.
    pub active_from: Option<BusinessDate>,
    /// 最小排面.
    pub min_facings: Option<u32>,
    /// 最多放: units that such a shop has room for; `None` = nobody measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_units: Option<u32>,
}

impl MustSell {
    /// Whether it holds on a date.
    pub fn is_active(&self, date: BusinessDate) -> bool {
        self.active_from.is_none_or(|from| from <= date)
    }
}

/// The SKUs to be counted, in the order of the screen.
///
/// New products are those of the must-sell list (kind `NPD`): a launch that is not for this kind of store is not asked
/// for. A SKU that has no product is left out: it cannot be shown.
pub fn count_list(
    products: &[Product],
    must_sell: &[MustSell],
    ledger: &Ledger,
    date: BusinessDate,
    now: Millis,
    weeks: u32,
) -> Vec<Sku> {
    let active = must_sell.iter().filter(|row| row.is_active(date)).map(|row| row.sku);
    let wanted: BTreeSet<Sku> =
        active.chain(received_since(ledger, now.0 - i64::from(weeks) * WEEK_MS)).collect();
    let mut listed: Vec<&Product> = products.iter().filter(|product| wanted.contains(&product.sku)).collect();
    listed.sort_by_key(|product| product.position);
    listed.into_iter().map(|product| product.sku).collect()
}

/// What came into a store since a moment: with the vans, and otherwise.
pub(crate) fn received_since(ledger: &Ledger, since: i64) -> impl Iterator<Item = Sku> {
    let by_van = ledger.deliveries.iter().filter(move |delivery| delivery.at.is_some_and(|at| at.0 >= since));
    let by_van = by_van.flat_map(|delivery| &delivery.lines);
    let by_van =
        by_van.filter(|line| line.delivered.is_some_and(|units| !units.is_zero())).map(|line| line.sku);
    let visits = ledger.visits.iter().filter(move |visit| visit.at.0 >= since);
    by_van.chain(visits.flat_map(|visit| visit.entry.inflows.iter().map(|(sku, _)| *sku)))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::ledger::{LedgerVisit, VisitEntry};
    use crate::product::{OrderUnit, Season};
    use crate::quantity::{CaseSize, Units};

    fn sku(n: u32) -> Sku {
        n.to_string().parse().unwrap()
    }

    fn date(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    fn product(n: u32, position: u32) -> Product {
        Product {
            sku: sku(n),
            name: String::new(),
            brand: String::new(),
            category: String::new(),
            series: String::new(),
            spec: String::new(),
            unit: String::new(),
            case: CaseSize::new(24).unwrap(),
            order_unit: OrderUnit::Case,
            order_multiple: NonZeroU32::MIN,
            shelf_life_days: None,
            new_window: None,
            launch: date("2018-01-01"),
            season: Season::Flat,
            coefficient_hundredths: 150,
            position,
        }
    }

    fn must(n: u32, from: Option<&str>) -> MustSell {
        let active_from = from.map(date);
        MustSell {
            sku: sku(n),
            kind: MustSellKind::MustSell,
            active_from,
            min_facings: None,
            max_units: None,
        }
    }

    fn list(must_sell: &[MustSell], ledger: &Ledger) -> Vec<Sku> {
        let products = [product(1, 30), product(2, 10), product(3, 20)];
        count_list(&products, must_sell, ledger, date("2026-08-03"), Millis(100 * WEEK_MS), 8)
    }

    #[test]
    fn the_order_is_fixed_whatever_the_reason() {
        assert_eq!(
            list(&[must(1, None), must(2, None), must(9, None)], &Ledger::default()),
            [sku(2), sku(1)]
        );
    }

    #[test]
    fn a_launch_is_counted_from_its_first_day() {
        let rows = [must(1, Some("2026-08-03")), must(2, Some("2026-08-04"))];
        assert_eq!(list(&rows, &Ledger::default()), [sku(1)]);
    }

    #[test]
    fn what_came_in_lately_is_counted_and_what_came_long_ago_is_not() {
        let bought = |n, week: i64| LedgerVisit {
            date: date("2026-07-27"),
            at: Millis(week * WEEK_MS),
            entry: VisitEntry { inflows: vec![(sku(n), Units(24))], ..VisitEntry::default() },
        };
        let ledger = Ledger { visits: vec![bought(1, 91), bought(3, 92)], deliveries: vec![] };
        assert_eq!(list(&[], &ledger), [sku(3)]);
    }
}
