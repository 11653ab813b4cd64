//! 效期: of which products the earliest expiry on the shelf is asked (1-field 1.2, step 1).

use crate::ledger::Ledger;
use crate::product::Product;
use crate::time::BusinessDate;

/// Whether it is asked: at first sight of the product in the shop, and when the last known one is nearer than `within` days;
/// never of a product that does not expire.
pub fn is_asked(product: &Product, ledger: &Ledger, today: BusinessDate, within: u32) -> bool {
    let known = ledger.last_expiry(product.sku);
    let is_due = match known {
        Some(expiry) => expiry < today.plus_days(within),
        None => ledger.last_count(product.sku).is_none(),
    };
    product.shelf_life_days.is_some() && is_due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{LedgerVisit, VisitEntry};
    use crate::quantity::Units;
    use crate::stamp::Millis;
    use crate::suggestion::testing::product;

    fn today() -> BusinessDate {
        "2026-07-27".parse().unwrap()
    }

    fn noodles() -> Product {
        Product { shelf_life_days: Some(180), ..product() }
    }

    fn counted(expiry: Option<u32>) -> LedgerVisit {
        let entry = VisitEntry {
            counts: vec![(noodles().sku, Units(5))],
            expiries: expiry.map(|days| (noodles().sku, today().plus_days(days))).into_iter().collect(),
            ..VisitEntry::default()
        };
        LedgerVisit { date: today().minus_days(7), at: Millis(0), entry }
    }

    fn asked(product: &Product, visits: Vec<LedgerVisit>) -> bool {
        is_asked(product, &Ledger { visits, deliveries: Vec::new() }, today(), 60)
    }

    #[test]
    fn at_first_sight_and_when_the_last_known_one_is_near() {
        assert!(asked(&noodles(), Vec::new()));
        assert!(!asked(&noodles(), vec![counted(None)]), "seen before, and nobody could say");
        assert!(asked(&noodles(), vec![counted(Some(59))]));
        assert!(!asked(&noodles(), vec![counted(Some(60))]));
        assert!(!asked(&noodles(), vec![counted(Some(3)), counted(Some(90))]), "what was seen last counts");
        assert!(
            asked(&noodles(), vec![counted(Some(3)), counted(None)]),
            "a visit that did not ask changes nothing"
        );
    }

    #[test]
    fn what_does_not_expire_is_not_asked() {
        assert!(!asked(&Product { shelf_life_days: None, ..noodles() }, Vec::new()));
    }
}
