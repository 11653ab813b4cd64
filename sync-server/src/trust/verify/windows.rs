//! What phones must still have of ledgers: the newest visits of every store, and the deliveries that could not have ended. What is
//! older may be there or be gone.

use std::collections::BTreeMap;

use xundian_domain::ledger::{Ledger, LedgerDelivery, LedgerVisit};
use xundian_domain::order_state::OrderState;
use xundian_domain::past::VISITS_KEPT;
use xundian_domain::{RecordId, StoreId};

use super::{Problems, problem};
use crate::ends::{Entry, Term};

/// Store and fact in the key of a visit.
pub(super) fn parts(key: &str) -> Option<(StoreId, RecordId)> {
    let (store, fact) = key.split_once('/')?;
    Some((StoreId(store.parse().ok()?), RecordId(fact.parse().ok()?)))
}

/// The visits of every store.
pub(super) struct Windows {
    /// With all visits, also those that phones have no longer, and no deliveries.
    ledgers: BTreeMap<StoreId, Ledger>,
    /// Of the newest visits those that phones have no longer.
    lacking: Vec<RecordId>,
    term: Option<Term>,
}

impl Windows {
    pub(super) fn of(visits: Vec<Entry<LedgerVisit>>, term: Option<Term>) -> Self {
        let mut stores: BTreeMap<StoreId, Vec<(RecordId, Entry<LedgerVisit>)>> = BTreeMap::new();
        for entry in visits {
            if let Some((store, fact)) = parts(&entry.key) {
                stores.entry(store).or_default().push((fact, entry));
            }
        }
        let (mut ledgers, mut lacking) = (BTreeMap::new(), Vec::new());
        for (store, mut visits) in stores {
            visits.sort_unstable_by_key(|(fact, entry)| (entry.value.at, *fact));
            let newest = visits.iter().rev().take(VISITS_KEPT);
            lacking.extend(newest.filter(|(_, entry)| entry.is_past()).map(|(fact, _)| *fact));
            let visits = visits.into_iter().map(|(_, entry)| entry.value).collect();
            ledgers.insert(store, Ledger { visits, deliveries: Vec::new() });
        }
        Self { ledgers, lacking, term }
    }

    /// Visits that ended too early.
    pub(super) fn lacking(&self) -> Problems {
        self.lacking.iter().map(|fact| problem("phones have the newest visits of a store", fact)).collect()
    }

    /// Whether phones may be without a delivery to a store, by where its order stands: what could have ended by now. The weeks of the
    /// count list in the night that ended it are not kept.
    pub(super) fn is_past(&self, store: StoreId, delivery: &LedgerDelivery, state: OrderState) -> bool {
        let term = self.term.filter(|term| term.ends_delivery(delivery.due_by, state));
        let ledger = self.ledgers.get(&store);
        term.zip(ledger).is_some_and(|(term, ledger)| ledger.is_past(delivery, term.brought_lately()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use xundian_domain::ledger::{DeliveryLine, VisitEntry};
    use xundian_domain::order_state::{Outcome, SheetNo};
    use xundian_domain::stamp::{Millis, ZoneOffset};
    use xundian_domain::{OrderId, Units};

    use super::*;
    use crate::db::tests::fresh;
    use crate::master::Catalogue;

    const DAY: i64 = 86_400_000;

    /// A visit on each of so many days.
    fn visits(store: StoreId, days: u32) -> Vec<Entry<LedgerVisit>> {
        let visit = |day: u32| {
            let (at, fact) = (Millis(i64::from(day) * DAY), Uuid::from_u128(u128::from(day)));
            let value = LedgerVisit { date: ZoneOffset::CHINA.date(at), at, entry: VisitEntry::default() };
            Entry { key: format!("{store}/{fact}"), value, scope: Some("rep/ZY01".to_owned()) }
        };
        (0..days).map(visit).collect()
    }

    /// Five units for the first day: how many came, and how many are carried over.
    fn delivery(came: Option<u32>, carried: u32) -> LedgerDelivery {
        let line = DeliveryLine {
            sku: "21010019".parse().unwrap(),
            confirmed: Units(5),
            delivered: came.map(Units),
            carried: Units(carried),
            picked_up: Units::ZERO,
        };
        let (order, at) = (OrderId(Uuid::from_u128(1)), came.map(|_| Millis(DAY)));
        LedgerDelivery { order, due_by: Millis(DAY), at, lines: vec![line], missed: None }
    }

    #[test]
    fn only_a_delivery_that_could_have_ended_may_lack() {
        let (_folder, db) = fresh();
        let mut catalogue = db.read_now(Catalogue::load).unwrap();
        catalogue.day = Some(ZoneOffset::CHINA.date(Millis(60 * DAY)));
        let (term, store) = (Term::of(&catalogue), StoreId(Uuid::from_u128(7)));
        let sheet: SheetNo = "D01-19700102".parse().unwrap();
        let ended = OrderState::Ended { outcome: Outcome::Delivered, sheet };
        let silent = OrderState::Ended { outcome: Outcome::NotReported, sheet };
        for (days, state, delivery, may_lack) in [
            (15, ended, delivery(Some(5), 0), true),
            (13, ended, delivery(Some(5), 0), false),
            (15, ended, delivery(Some(3), 2), false),
            (15, silent, delivery(None, 0), false),
            (15, OrderState::OnSheet { sheet }, delivery(Some(5), 0), false),
        ] {
            let windows = Windows::of(visits(store, days), term);
            assert_eq!(windows.is_past(store, &delivery, state), may_lack, "{days} {state:?} {delivery:?}");
        }
        let (mut answered, unreported) = (visits(store, 15), delivery(None, 0));
        answered[1].value.entry.answers.push((unreported.order, unreported.lines[0].sku, Units(4)));
        assert!(Windows::of(answered, term).is_past(store, &unreported, silent), "the owner had it");
        let mut again = visits(store, 15);
        for (visit, units) in [(1, 4), (9, 5)] {
            again[visit].value.entry.answers.push((unreported.order, unreported.lines[0].sku, Units(units)));
        }
        assert!(Windows::of(again, term).is_past(store, &unreported, silent), "and was asked once more");
        assert!(!Windows::of(visits(store, 15), None).is_past(store, &delivery(Some(5), 0), ended));
    }
}
