//! Price lists: the only price of a SKU for a store, by the business date of confirmation (1-field 1.5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::Sku;
use crate::money::Fen;
use crate::time::BusinessDate;

/// One price with its days of validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceItem {
    /// Price of a case.
    pub case_price: Fen,
    /// First day.
    pub valid_from: BusinessDate,
    /// Last day, included; `None` = open.
    pub valid_to: Option<BusinessDate>,
}

impl PriceItem {
    /// Whether it binds on this date.
    pub fn holds_on(&self, date: BusinessDate) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|to| date <= to)
    }
}

/// Two windows of one SKU share a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("price of {sku} from {second} overlaps the one from {first}")]
pub struct PriceOverlap {
    /// Which SKU.
    pub sku: Sku,
    /// Start of the earlier window.
    pub first: BusinessDate,
    /// Start of the later one.
    pub second: BusinessDate,
}

/// The prices of one list; windows of one SKU never overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceList(BTreeMap<Sku, Vec<PriceItem>>);

impl PriceList {
    /// Takes items in any order.
    ///
    /// # Errors
    /// The first two windows of one SKU that share a day.
    pub fn new(items: impl IntoIterator<Item = (Sku, PriceItem)>) -> Result<Self, PriceOverlap> {
        let mut list: BTreeMap<Sku, Vec<PriceItem>> = BTreeMap::new();
        for (sku, item) in items {
            list.entry(sku).or_default().push(item);
        }
        for (sku, items) in &mut list {
            items.sort_by_key(|item| item.valid_from);
            for pair in items.windows(2) {
                if pair[0].valid_to.is_none_or(|to| to >= pair[1].valid_from) {
                    return Err(PriceOverlap {
                        sku: *sku,
                        first: pair[0].valid_from,
                        second: pair[1].valid_from,
                    });
                }
            }
        }
        Ok(Self(list))
    }

    /// The case price on a business date; `None` = not sold to this store.
    pub fn case_price(&self, sku: Sku, date: BusinessDate) -> Option<Fen> {
        self.0.get(&sku)?.iter().find(|item| item.holds_on(date)).map(|item| item.case_price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(price: i64, from: &str, to: Option<&str>) -> (Sku, PriceItem) {
        let valid_to = to.map(|day| day.parse().unwrap());
        let item = PriceItem { case_price: Fen(price), valid_from: from.parse().unwrap(), valid_to };
        ("21010019".parse().unwrap(), item)
    }

    #[test]
    fn the_price_changes_on_its_first_day() {
        let list =
            PriceList::new([item(4800, "2026-09-01", None), item(4600, "2026-01-01", Some("2026-08-31"))])
                .unwrap();
        let price = |day: &str| list.case_price("21010019".parse().unwrap(), day.parse().unwrap());
        assert_eq!(price("2026-08-31"), Some(Fen(4600)));
        assert_eq!(price("2026-09-01"), Some(Fen(4800)));
        assert_eq!(price("2025-12-31"), None);
    }

    #[test]
    fn two_prices_for_one_day_are_refused() {
        let shared_day = [item(4600, "2026-01-01", Some("2026-09-01")), item(4800, "2026-09-01", None)];
        assert!(PriceList::new(shared_day).is_err());
    }
}
