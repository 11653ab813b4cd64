//! The visit: five recorded steps in a fixed order, sealed at check-out as one immutable document.
//! The sixth step belongs to the day (`day_summary`). Saving drafts and sealing bytes is the device's work.

mod bounds;
pub mod competitor;
pub mod competitor_merge;
pub mod day_summary;
pub mod display;
pub mod missing;
pub mod order_confirmation;
pub mod stock_count;
pub mod suggested_order;

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::id::{ReasonCode, StoreId, VisitId};
use crate::stamp::Stamp;
use crate::time::BusinessDate;

pub use competitor::Competitor;
pub use day_summary::DaySummary;
pub use display::Display;
pub use order_confirmation::OrderConfirmation;
pub use stock_count::StockCount;
pub use suggested_order::SuggestedOrder;

coded_enum! {
    /// The steps that a visit records, in their order on the rail.
    Step {
        /// 点库存
        StockCount = "stock_count",
        /// 建议销售
        SuggestedOrder = "suggested_order",
        /// 做陈列
        Display = "display",
        /// 收集竞品资讯
        Competitor = "competitor",
        /// 订单确认
        OrderConfirmation = "order_confirmation",
    }
}

/// How a step ended: with its record, or left out for a reason. There is no third way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome<T> {
    /// Done; a no-order with its reason is done too.
    Done(T),
    /// Left out.
    Skipped {
        /// From the company's list `skip_step`.
        reason: ReasonCode,
    },
}

impl<T> StepOutcome<T> {
    /// The record, if the step was done.
    pub fn done(&self) -> Option<&T> {
        match self {
            Self::Done(record) => Some(record),
            Self::Skipped { .. } => None,
        }
    }
}

/// The five outcomes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// 1 点库存
    pub stock_count: StepOutcome<StockCount>,
    /// 2 建议销售
    pub suggested_order: StepOutcome<SuggestedOrder>,
    /// 3 做陈列
    pub display: StepOutcome<Display>,
    /// 4 收集竞品资讯
    pub competitor: StepOutcome<Competitor>,
    /// 5 订单确认
    pub order_confirmation: StepOutcome<OrderConfirmation>,
}

impl Steps {
    /// Which steps were done, in order.
    pub fn done(&self) -> Vec<Step> {
        let flags = [
            (Step::StockCount, self.stock_count.done().is_some()),
            (Step::SuggestedOrder, self.suggested_order.done().is_some()),
            (Step::Display, self.display.done().is_some()),
            (Step::Competitor, self.competitor.done().is_some()),
            (Step::OrderConfirmation, self.order_confirmation.done().is_some()),
        ];
        flags.into_iter().filter_map(|(step, done)| done.then_some(step)).collect()
    }
}

coded_enum! {
    /// Why nothing could be done in the store; each wants a photo.
    FailedReason {
        /// 关门
        Closed = "closed",
        /// 店主不在
        OwnerAbsent = "owner_absent",
        /// 拒访
        Refused = "refused",
        /// 搬迁
        Moved = "moved",
        /// 拆除
        Demolished = "demolished",
    }
}

/// A photo by its content; the bytes travel apart (3-sync 3.5).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct PhotoRef {
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Bytes.
    pub len: u32,
}

/// How the visit ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "end")]
pub enum VisitEnd {
    /// The rep worked through the rail; `complete` or `partial` follows from the steps.
    Worked {
        /// What was recorded.
        steps: Box<Steps>,
    },
    /// Nothing could be done.
    Failed {
        /// Why.
        reason: FailedReason,
        /// The proof; missing if the camera failed, never required to leave.
        photo: Option<PhotoRef>,
    },
}

coded_enum! {
    /// How near the phone was to the store; the position itself is private and apart (1-field 1.10).
    DistanceBand {
        /// Up to 50 m.
        Near = "near",
        /// Up to 200 m.
        Around = "around",
        /// Farther.
        Far = "far",
        /// No fix, or the store has no verified position. Never blocks.
        Unknown = "unknown",
    }
}

/// What a visit keeps of where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whereabouts {
    /// Distance from the store.
    pub band: DistanceBand,
    /// The system said that the position is a mock.
    pub mock: bool,
}

/// One visit as it is sealed at check-out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Its id.
    pub id: VisitId,
    /// Where.
    pub store: StoreId,
    /// On the route of the day, or unplanned.
    pub planned: bool,
    /// The date of the check-in, also over midnight.
    pub date: BusinessDate,
    /// Check-in.
    pub check_in: Stamp,
    /// Check-out.
    pub check_out: Stamp,
    /// Where the phone was.
    pub whereabouts: Whereabouts,
    /// What came of it.
    #[serde(flatten)]
    pub end: VisitEnd,
}

coded_enum! {
    /// The result of a visit for the figures.
    VisitResult {
        /// All five steps done.
        Complete = "complete",
        /// Some skipped.
        Partial = "partial",
        /// Nothing could be done.
        Failed = "failed",
    }
}

impl Visit {
    /// The steps, unless the visit failed.
    pub fn steps(&self) -> Option<&Steps> {
        match &self.end {
            VisitEnd::Worked { steps } => Some(steps),
            VisitEnd::Failed { .. } => None,
        }
    }

    /// Complete, partial or failed (1-field 1.2).
    pub fn result(&self) -> VisitResult {
        match self.steps() {
            None => VisitResult::Failed,
            Some(steps) if steps.done().len() == Step::ALL.len() => VisitResult::Complete,
            Some(_) => VisitResult::Partial,
        }
    }

    /// *Visited* means that the count was done.
    pub fn is_visited(&self) -> bool {
        self.steps().is_some_and(|steps| steps.stock_count.done().is_some())
    }

    /// The order, if one was confirmed.
    pub fn order(&self) -> Option<&crate::order::Order> {
        self.steps()?.order_confirmation.done()?.order()
    }

    /// What competitors were seen to do.
    pub fn competitor_facts(&self) -> &[competitor::CompetitorFact] {
        let seen = self.steps().and_then(|steps| steps.competitor.done());
        seen.map_or(&[][..], |seen| seen.facts.as_slice())
    }

    /// The photos that it names, each once: before and after the work, proofs of competitors and of a closed door.
    pub fn photos(&self) -> Vec<&PhotoRef> {
        let mut named: Vec<&PhotoRef> = match &self.end {
            VisitEnd::Failed { photo, .. } => photo.iter().collect(),
            VisitEnd::Worked { steps } => {
                let display = steps.display.done().into_iter();
                let display =
                    display.flat_map(|display| display.photos_before.iter().chain(&display.photos_after));
                let seen = steps.competitor.done().into_iter().flat_map(|seen| &seen.facts);
                display.chain(seen.filter_map(|fact| fact.photo.as_ref())).collect()
            }
        };
        let mut known = std::collections::BTreeSet::new();
        named.retain(|photo| known.insert(photo.sha256.as_str()));
        named
    }

    /// An effective visit has at least one confirmed line.
    pub fn is_effective(&self) -> bool {
        self.order().is_some_and(|order| !order.lines.is_empty())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::stamp::Millis;

    fn skipped<T>() -> StepOutcome<T> {
        StepOutcome::Skipped { reason: "no_time".parse().unwrap() }
    }

    pub(super) fn visit(end: VisitEnd) -> Visit {
        let stamp = Stamp { wall: Millis(0), mono_ms: 0, boot: Uuid::nil(), server_offset_ms: None };
        Visit {
            id: VisitId(Uuid::nil()),
            store: StoreId(Uuid::nil()),
            planned: true,
            date: "2026-07-27".parse().unwrap(),
            check_in: stamp,
            check_out: stamp,
            whereabouts: Whereabouts { band: DistanceBand::Unknown, mock: false },
            end,
        }
    }

    pub(super) fn nothing_done() -> Steps {
        Steps {
            stock_count: skipped(),
            suggested_order: skipped(),
            display: skipped(),
            competitor: skipped(),
            order_confirmation: skipped(),
        }
    }

    fn photo(name: &str) -> PhotoRef {
        PhotoRef { sha256: name.to_owned(), len: 1 }
    }

    #[test]
    fn a_visit_names_every_photo_of_its_steps_once() {
        let seen = competitor::CompetitorFact {
            brand: "b".to_owned(),
            item: "i".to_owned(),
            kind: competitor::FactKind::Price,
            value: "v".to_owned(),
            from: None,
            to: None,
            photo: Some(photo("seen")),
        };
        let display = Display {
            photos_before: vec![photo("before"), photo("seen")],
            photos_after: vec![photo("after")],
            ..Display::default()
        };
        let steps = Steps {
            display: StepOutcome::Done(display),
            competitor: StepOutcome::Done(Competitor { facts: vec![seen] }),
            ..nothing_done()
        };
        let worked = visit(VisitEnd::Worked { steps: Box::new(steps) });
        let names: Vec<&str> = worked.photos().iter().map(|photo| photo.sha256.as_str()).collect();
        assert_eq!(names, ["before", "seen", "after"]);
        let failed = visit(VisitEnd::Failed { reason: FailedReason::Closed, photo: Some(photo("door")) });
        assert_eq!(failed.photos(), [&photo("door")]);
    }

    #[test]
    fn a_visit_is_complete_when_all_five_are_done() {
        let no_order = OrderConfirmation::NoOrder { reason: "stock_enough".parse().unwrap() };
        let steps = Steps {
            stock_count: StepOutcome::Done(StockCount::default()),
            suggested_order: StepOutcome::Done(SuggestedOrder::default()),
            display: StepOutcome::Done(Display::default()),
            competitor: StepOutcome::Done(Competitor::default()),
            order_confirmation: StepOutcome::Done(no_order),
        };
        let complete = visit(VisitEnd::Worked { steps: Box::new(steps.clone()) });
        assert_eq!(complete.result(), VisitResult::Complete);
        assert!(complete.is_visited() && !complete.is_effective());

        let without_display = Steps { display: skipped(), ..steps };
        let partial = visit(VisitEnd::Worked { steps: Box::new(without_display) });
        assert_eq!(partial.result(), VisitResult::Partial);
    }

    #[test]
    fn a_visit_without_the_count_is_not_visited() {
        let partial = visit(VisitEnd::Worked { steps: Box::new(nothing_done()) });
        assert_eq!((partial.result(), partial.is_visited()), (VisitResult::Partial, false));
        let failed = visit(VisitEnd::Failed { reason: FailedReason::Closed, photo: None });
        assert_eq!((failed.result(), failed.is_visited()), (VisitResult::Failed, false));
    }

    #[test]
    fn a_visit_survives_its_bytes() {
        for end in [
            VisitEnd::Worked { steps: Box::new(nothing_done()) },
            VisitEnd::Failed { reason: FailedReason::Moved, photo: None },
        ] {
            let sealed = visit(end);
            let json = serde_json::to_string(&sealed).unwrap();
            assert_eq!(serde_json::from_str::<Visit>(&json).unwrap(), sealed);
        }
    }
}
