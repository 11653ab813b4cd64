//! Stores of the route that were not visited on a date, each with its reason as far as the phone knows it: what is looked at
//! before the day is sealed.

use std::collections::BTreeMap;

use super::{FailedReason, StepOutcome, Visit, VisitEnd};
use crate::id::{ReasonCode, StoreId};

/// Why a store of the route is not among the visited ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
pub enum WhyMissing {
    /// No visit was begun.
    NotBegun,
    /// The rep is in it: that visit has not ended.
    Open,
    /// Nothing could be done there.
    Failed(FailedReason),
    /// The rep was in it and left the count out, for a reason of the company's list `skip_step`.
    NotCounted(ReasonCode),
}

/// A store of the route in which nothing was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct MissingStore {
    /// Which.
    pub store: StoreId,
    /// Why.
    pub why: WhyMissing,
}

/// The stores of `route` that are not visited, each once, in the order of the route. Of several visits the last one says why, and
/// the one that is `open` before them all.
pub fn missing_stores(route: &[StoreId], visits: &[Visit], open: Option<StoreId>) -> Vec<MissingStore> {
    let mut missing: BTreeMap<StoreId, WhyMissing> =
        route.iter().map(|store| (*store, WhyMissing::NotBegun)).collect();
    for visit in visits {
        match why_uncounted(visit) {
            Some(why) => {
                missing.entry(visit.store).and_modify(|known| *known = why);
            }
            None => {
                missing.remove(&visit.store);
            }
        }
    }
    if let Some(store) = open {
        missing.entry(store).and_modify(|known| *known = WhyMissing::Open);
    }
    route.iter().filter_map(|&store| Some(MissingStore { store, why: missing.remove(&store)? })).collect()
}

/// `None` = its store is visited.
fn why_uncounted(visit: &Visit) -> Option<WhyMissing> {
    match &visit.end {
        VisitEnd::Failed { reason, .. } => Some(WhyMissing::Failed(*reason)),
        VisitEnd::Worked { steps } => match &steps.stock_count {
            StepOutcome::Skipped { reason } => Some(WhyMissing::NotCounted(*reason)),
            StepOutcome::Done(_) => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::visit::tests::{nothing_done, visit};
    use crate::visit::{Steps, StockCount};

    fn store(n: u128) -> StoreId {
        StoreId(Uuid::from_u128(n))
    }

    fn counted(n: u128) -> Visit {
        let steps = Steps { stock_count: StepOutcome::Done(StockCount::default()), ..nothing_done() };
        Visit { store: store(n), ..visit(VisitEnd::Worked { steps: Box::new(steps) }) }
    }

    fn uncounted(n: u128) -> Visit {
        Visit { store: store(n), ..visit(VisitEnd::Worked { steps: Box::new(nothing_done()) }) }
    }

    fn failed(n: u128, reason: FailedReason) -> Visit {
        Visit { store: store(n), ..visit(VisitEnd::Failed { reason, photo: None }) }
    }

    fn missing(route: &[u128], visits: &[Visit], open: Option<u128>) -> Vec<(u128, WhyMissing)> {
        let route: Vec<_> = route.iter().copied().map(store).collect();
        let missing = missing_stores(&route, visits, open.map(store));
        missing.into_iter().map(|missing| (missing.store.0.as_u128(), missing.why)).collect()
    }

    #[test]
    fn each_missing_store_has_its_reason_in_the_order_of_the_route() {
        let visits = [counted(2), failed(4, FailedReason::Closed), uncounted(1), counted(9)];
        let expected = [
            (5, WhyMissing::Open),
            (4, WhyMissing::Failed(FailedReason::Closed)),
            (3, WhyMissing::NotBegun),
            (1, WhyMissing::NotCounted("no_time".parse().unwrap())),
        ];
        assert_eq!(missing(&[5, 4, 3, 2, 1, 4], &visits, Some(5)), expected, "twice there, it is one");
    }

    #[test]
    fn a_second_visit_has_the_last_word_and_a_count_is_not_undone() {
        let closed = |n| failed(n, FailedReason::Closed);
        let refused = failed(3, FailedReason::Refused);
        let visits = [closed(1), counted(1), counted(2), closed(2), closed(3), refused];
        assert_eq!(missing(&[1, 2, 3], &visits, None), [(3, WhyMissing::Failed(FailedReason::Refused))]);
        assert_eq!(missing(&[1, 2, 3], &visits, Some(3)), [(3, WhyMissing::Open)], "there once more");
        assert!(missing(&[1, 2], &visits, Some(2)).is_empty(), "counted before");
    }

    #[test]
    fn a_store_beside_the_route_is_not_missing() {
        assert!(missing(&[], &[failed(1, FailedReason::Moved)], Some(2)).is_empty());
    }
}
