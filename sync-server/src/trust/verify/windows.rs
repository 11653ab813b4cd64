//! What phones must still have of ledgers: the newest visits of every store, and the deliveries since the oldest of them or of the
//! last days. What is older may be there or be gone.

use std::collections::BTreeMap;

use xundian_domain::ledger::{LedgerDelivery, LedgerVisit};
use xundian_domain::past::VISITS_KEPT;
use xundian_domain::stamp::Millis;
use xundian_domain::{RecordId, StoreId};

use super::{Problems, problem};
use crate::ends::{Entry, Term};

/// Store and fact in the key of a visit.
pub(super) fn parts(key: &str) -> Option<(StoreId, RecordId)> {
    let (store, fact) = key.split_once('/')?;
    Some((StoreId(store.parse().ok()?), RecordId(fact.parse().ok()?)))
}

/// The newest visits of every store.
pub(super) struct Windows {
    /// Newest first, at most as many as phones keep: its time, its fact, and whether phones have it no longer.
    stores: BTreeMap<StoreId, Vec<(Millis, RecordId, bool)>>,
    term: Option<Term>,
}

impl Windows {
    pub(super) fn of(ledgers: &[Entry<LedgerVisit>], term: Option<Term>) -> Self {
        let mut stores: BTreeMap<StoreId, Vec<(Millis, RecordId, bool)>> = BTreeMap::new();
        for entry in ledgers {
            if let Some((store, fact)) = parts(&entry.key) {
                stores.entry(store).or_default().push((entry.value.at, fact, entry.is_past()));
            }
        }
        for visits in stores.values_mut() {
            visits.sort_unstable_by(|a, b| b.cmp(a));
            visits.truncate(VISITS_KEPT);
        }
        Self { stores, term }
    }

    /// Visits that ended too early.
    pub(super) fn lacking(&self) -> Problems {
        let lacking = self.stores.values().flatten().filter(|(.., is_past)| *is_past);
        lacking.map(|(_, fact, _)| problem("phones have the newest visits of a store", fact)).collect()
    }

    /// Whether phones may be without a delivery to a store.
    pub(super) fn is_past(&self, store: StoreId, delivery: &LedgerDelivery) -> bool {
        let oldest = self.stores.get(&store).and_then(|visits| visits.get(VISITS_KEPT - 1));
        self.term.is_some_and(|term| term.ends_delivery(delivery.due_by))
            && oldest.is_some_and(|(at, ..)| delivery.due_by <= *at)
    }
}
