//! Step 6, 信息汇总: the figures of the day, added up from its visits and sealed by the rep.
//! What is not yet on the server is the device's to say.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{OrderConfirmation, Visit, VisitResult};
use crate::id::{ReasonCode, StoreId};
use crate::money::Fen;
use crate::quantity::Units;
use crate::time::BusinessDate;

/// How often each reason was given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReasonCounts(pub BTreeMap<ReasonCode, u32>);

/// The sealed figures of one rep's day. A later fact of that day makes a new version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
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
    pub no_order: ReasonCounts,
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
            Some(OrderConfirmation::NoOrder { reason }) => *self.no_order.0.entry(*reason).or_default() += 1,
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::{OrderId, VisitId};
    use crate::order::{Order, OrderLine, PaymentForm, Promise};
    use crate::quantity::CaseSize;
    use crate::stamp::{Millis, Stamp};
    use crate::visit::{
        Competitor, Display, DistanceBand, FailedReason, StepOutcome, Steps, StockCount, SuggestedOrder,
        VisitEnd, Whereabouts,
    };

    fn store(n: u128) -> StoreId {
        StoreId(Uuid::from_u128(n))
    }

    fn visit(n: u128, end: VisitEnd) -> Visit {
        let stamp = Stamp { wall: Millis(0), mono_ms: 0, boot: Uuid::nil(), server_offset_ms: None };
        Visit {
            id: VisitId(Uuid::nil()),
            store: store(n),
            planned: true,
            date: "2026-07-27".parse().unwrap(),
            check_in: stamp,
            check_out: stamp,
            whereabouts: Whereabouts { band: DistanceBand::Near, mock: false },
            end,
        }
    }

    fn worked(n: u128, confirmation: OrderConfirmation) -> Visit {
        let steps = Steps {
            stock_count: StepOutcome::Done(StockCount::default()),
            suggested_order: StepOutcome::Done(SuggestedOrder::default()),
            display: StepOutcome::Done(Display::default()),
            competitor: StepOutcome::Done(Competitor::default()),
            order_confirmation: StepOutcome::Done(confirmation),
        };
        visit(n, VisitEnd::Worked { steps: Box::new(steps) })
    }

    fn failed(n: u128) -> Visit {
        visit(n, VisitEnd::Failed { reason: FailedReason::Closed, photo: None })
    }

    fn order(units: u32) -> OrderConfirmation {
        let line = OrderLine {
            sku: "21010019".parse().unwrap(),
            intended: Units(units),
            confirmed: Units(units),
            case: CaseSize::new(24).unwrap(),
            case_price: Fen(4600),
            amount: Fen(9200),
            discounted: vec![],
        };
        OrderConfirmation::Order(Box::new(Order {
            id: OrderId(Uuid::nil()),
            store: store(1),
            lines: vec![line],
            gifts: vec![],
            pick_ups: vec![],
            cuts: Fen(200),
            promos: vec![],
            promise: Promise { day: "2026-07-28".parse().unwrap(), window: None },
            payment: PaymentForm::Cash,
        }))
    }

    #[test]
    fn a_day_adds_up() {
        let no_order = OrderConfirmation::NoOrder { reason: "stock_enough".parse().unwrap() };
        let visits = [worked(1, order(50)), worked(2, no_order), failed(3)];
        let sum = DaySummary::of(&(1..=4).map(store).collect(), &visits, 1);
        assert_eq!((sum.planned, sum.visited, sum.failed, sum.effective), (4, 2, 1, 1));
        assert_eq!((sum.cases, sum.loose_units, sum.amount), (2, Units(2), Fen(9000)));
        assert_eq!(sum.no_order.0.values().sum::<u32>(), 1);
    }

    #[test]
    fn a_second_visit_is_two_visits_and_one_visited_store() {
        let visits = [failed(1), worked(1, order(24)), worked(1, order(24))];
        let sum = DaySummary::of(&[store(1)].into(), &visits, 0);
        assert_eq!((sum.visited, sum.failed, sum.effective), (1, 0, 2));
    }
}
