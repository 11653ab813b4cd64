//! Step 6, 信息汇总: the figures of the day, added up from its visits and sealed by the rep.
//! What is not yet on the server is the device's to say.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{OrderConfirmation, Visit, VisitResult};
use crate::id::{ReasonCode, StoreId};
use crate::money::Fen;
use crate::quantity::Units;
use crate::time::BusinessDate;

/// The sealed figures of one rep's day. A later fact of that day makes a new version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySummary {
    /// Stores on the route.
    pub planned: u32,
    /// Stores with the count done, unplanned ones included.
    pub visited: u32,
    /// Stores where every visit failed.
    pub failed: u32,
    /// Visits with an order.
    pub effective: u32,
    /// Confirmed lines.
    pub lines: u32,
    /// Whole cases confirmed, per line, and the units beside them.
    pub cases: u32,
    /// Units beyond whole cases.
    pub loose_units: Units,
    /// To be paid.
    pub amount: Fen,
    /// Gifts in units.
    pub gifts: Units,
    /// Stores opened.
    pub new_stores: u32,
    /// Visits without an order, by reason.
    pub no_order: BTreeMap<ReasonCode, u32>,
    /// Competitor facts.
    pub competitor_facts: u32,
}

impl DaySummary {
    /// Adds up the visits of one business date. `planned` are the stores of the route on that date.
    pub fn of(planned: &BTreeSet<StoreId>, visits: &[Visit], new_stores: u32) -> Self {
        let mut sum =
            Self { planned: u32::try_from(planned.len()).unwrap_or(u32::MAX), new_stores, ..Self::default() };
        let mut visited = BTreeSet::new();
        let mut failed = BTreeSet::new();
        for visit in visits {
            sum.add(visit);
            if visit.is_visited() {
                visited.insert(visit.store);
            } else if visit.result() == VisitResult::Failed {
                failed.insert(visit.store);
            }
        }
        sum.visited = count(visited.iter());
        sum.failed = count(failed.difference(&visited));
        sum
    }

    fn add(&mut self, visit: &Visit) {
        let Some(steps) = visit.steps() else { return };
        if let Some(competitor) = steps.competitor.done() {
            self.competitor_facts += count(competitor.facts.iter());
        }
        match steps.order_confirmation.done() {
            None => {}
            Some(OrderConfirmation::NoOrder { reason }) => *self.no_order.entry(*reason).or_default() += 1,
            Some(OrderConfirmation::Order(order)) => {
                self.effective += u32::from(visit.is_effective());
                self.lines += count(order.lines.iter());
                self.amount += order.total();
                self.gifts += order.gifts.iter().map(|gift| gift.units).sum();
                for line in &order.lines {
                    let split = line.confirmed.split(line.case);
                    self.cases += split.cases;
                    self.loose_units += Units(split.units);
                }
            }
        }
    }
}

/// The fact `day_closed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayClosed {
    /// Which day.
    pub date: BusinessDate,
    /// 1, then +1 for each later fact of the day that made a new summary necessary.
    pub version: u32,
    /// The figures.
    pub summary: DaySummary,
    /// How many facts of this install the day has, `day_closed` not counted.
    pub facts: u32,
    /// Digest over those facts (3-sync 3.3), 64 hexadecimal digits.
    pub digest: String,
}

fn count<T>(items: impl Iterator<Item = T>) -> u32 {
    u32::try_from(items.count()).unwrap_or(u32::MAX)
}
