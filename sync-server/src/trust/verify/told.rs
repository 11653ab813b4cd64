//! What facts and slips tell of each order, put together anew.

use std::collections::{BTreeSet, HashMap};

use xundian_domain::order::{Order, OrderAmended, OrderCancelled};
use xundian_domain::visit::Visit;
use xundian_domain::{BusinessDate, OrderId, RecordId};
use xundian_protocol::push::Went;

use super::facts::Facts;

/// An order as its facts tell it, or a slip until they come.
#[derive(Debug)]
pub(in crate::trust) struct Told {
    pub(in crate::trust) order: Order,
    pub(in crate::trust) version: u32,
    pub(in crate::trust) is_cancelled: bool,
    /// The visit's fact; `None` = only a slip tells it.
    pub(in crate::trust) fact: Option<RecordId>,
    /// Days that were said for it, in all versions.
    pub(in crate::trust) promised: BTreeSet<BusinessDate>,
    /// Where it went by the word about each of its facts.
    pub(super) went: Vec<Went>,
}

impl Told {
    /// As one version tells it.
    pub(in crate::trust) fn new(order: Order, version: u32, fact: Option<RecordId>) -> Self {
        let promised = BTreeSet::from([order.promise.day]);
        Self { order, version, is_cancelled: false, fact, promised, went: Vec::new() }
    }
}

impl Facts {
    /// `by_slip`: what slips tell beyond the facts that have come.
    pub(super) fn told(&self, by_slip: HashMap<OrderId, Told>) -> HashMap<OrderId, Told> {
        let mut told: HashMap<OrderId, Told> = HashMap::new();
        for (fact, went) in self.applied("visit_closed") {
            let visit = serde_json::from_str::<Visit>(&fact.body).ok();
            if let Some(order) = visit.as_ref().and_then(Visit::order) {
                let known = told.entry(order.id).or_insert(Told::new(order.clone(), 1, Some(fact.id)));
                known.went.extend(went);
            }
        }
        for (id, mut slip) in by_slip {
            if let Some(known) = told.remove(&id) {
                slip.promised.extend(&known.promised);
                slip.went.clone_from(&known.went);
                slip.fact = known.fact;
                if known.version > slip.version {
                    slip = Told { promised: slip.promised, ..known };
                }
            }
            told.insert(id, slip);
        }
        for kind in ["order_amended", "order_cancelled"] {
            for (fact, went) in self.applied(kind) {
                if went == Some(Went::AlreadyDelivered) {
                    continue;
                }
                let amended = serde_json::from_str::<OrderAmended>(&fact.body).ok();
                let cancelled = serde_json::from_str::<OrderCancelled>(&fact.body).ok();
                let base = amended.as_ref().map(|amended| amended.base_version);
                let base = base.or(cancelled.as_ref().map(|cancelled| cancelled.base_version)).unwrap_or(0);
                let id = amended.as_ref().map(|amended| amended.order.id);
                let Some(id) = id.or(cancelled.map(|cancelled| cancelled.order)) else { continue };
                let Some(known) = told.get_mut(&id) else { continue };
                known.went.extend(went);
                if let Some(amended) = &amended {
                    known.promised.insert(amended.order.promise.day);
                }
                if base + 1 > known.version {
                    known.version = base + 1;
                    known.is_cancelled = amended.is_none();
                    if let Some(amended) = amended {
                        known.order = amended.order;
                    }
                }
            }
        }
        told
    }
}
