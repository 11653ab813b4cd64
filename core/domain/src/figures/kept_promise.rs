//! 守约率: was the promise of the shop kept, and if not, why (1-field 1.3). Each miss has one cause, the first that
//! holds; a distributor's scorecard uses only its own.

use crate::coded::coded_enum;
use crate::delivery::{DeliveryResult, ResultLine};
use crate::order::Order;
use crate::quantity::Units;
use crate::stamp::{Millis, ZoneOffset};
use crate::time::TimeOfDay;

coded_enum! {
    /// Why a promise was not kept, in the order in which causes are asked.
    MissCause {
        /// 上传太晚: the order reached the server too late for its day.
        LateUpload = "late_upload",
        /// 未回报: no result by 04:00 of the day after.
        NotReported = "not_reported",
        /// 未下单: the owner says that nobody ordered.
        NotOrdered = "not_ordered",
        /// 缺货: short, or refused for the goods' sake.
        DistributorShort = "distributor_short",
        /// 迟到: outside the window, or refused for that.
        DistributorLate = "distributor_late",
        /// 店主拒收.
        OwnerRefused = "owner_refused",
        /// Only a later server knows it: it is read, and never judged.
        Unknown = "unknown",
    }
}

impl MissCause {
    /// Whether it stands on the distributor's scorecard.
    pub fn is_distributors(self) -> bool {
        matches!(self, Self::NotReported | Self::DistributorShort | Self::DistributorLate)
    }

    /// Whether it is a miss of time, whoever is to blame: all that came may still be complete. An unknown one may be, and where
    /// all came nothing else is left to be missed.
    pub fn is_late(self) -> bool {
        matches!(self, Self::LateUpload | Self::DistributorLate | Self::Unknown)
    }
}

/// What became of a promise that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Not over yet.
    Pending,
    /// In the window, everything.
    Kept,
    /// For this cause.
    Missed(MissCause),
}

impl Kept {
    /// The cause, if it was missed.
    pub fn missed(self) -> Option<MissCause> {
        match self {
            Self::Missed(cause) => Some(cause),
            Self::Pending | Self::Kept => None,
        }
    }
}

/// Reasons of a refusal that are the distributor's: its goods were not fit to be taken.
const UNFIT: &[&str] = &["damaged", "wrong_item", "short_dated"];
const NOT_ORDERED: &str = "not_ordered";
const LATE: &str = "late";

/// Judges a promise. `order` is the version that was due, with the day that was promised; `late_upload` = it was moved
/// to a later sheet; `result` the one in effect.
pub fn judge(
    order: &Order,
    zone: ZoneOffset,
    late_upload: bool,
    result: Option<&DeliveryResult>,
    now: Millis,
) -> Kept {
    let four = TimeOfDay::new(4, 0).unwrap_or(TimeOfDay::MIDNIGHT);
    let over = zone.moment(order.promise.day.plus_days(1), four);
    let Some(result) = result else {
        return match () {
            () if late_upload && now >= over => Kept::Missed(MissCause::LateUpload),
            () if now >= over => Kept::Missed(MissCause::NotReported),
            () => Kept::Pending,
        };
    };
    let in_time = is_in_window(order, zone, result.at);
    let is_full =
        result.ledger_lines(order).iter().all(|line| line.delivered.unwrap_or(Units::ZERO) >= line.confirmed);
    if in_time && is_full {
        return Kept::Kept;
    }
    Kept::Missed(cause(late_upload, in_time, result))
}

fn is_in_window(order: &Order, zone: ZoneOffset, at: Millis) -> bool {
    let on_day = zone.date(at) == order.promise.day;
    on_day && order.promise.window.is_none_or(|window| window.contains(zone.time_of_day(at)))
}

fn cause(late_upload: bool, in_time: bool, result: &DeliveryResult) -> MissCause {
    let refused_as = |reasons: &[&str]| {
        let is_refused = |line: &&ResultLine| !line.refused.is_zero();
        result
            .lines
            .iter()
            .filter(is_refused)
            .any(|line| line.reason.is_some_and(|reason| reasons.contains(&reason.as_str())))
    };
    // A line that lacks something without being refused was short.
    let is_short = result.lines.iter().any(|line| line.refused.is_zero() && line.reason.is_some());
    match () {
        () if late_upload => MissCause::LateUpload,
        () if refused_as(&[NOT_ORDERED]) => MissCause::NotOrdered,
        () if is_short || refused_as(UNFIT) => MissCause::DistributorShort,
        () if !in_time || refused_as(&[LATE]) => MissCause::DistributorLate,
        () => MissCause::OwnerRefused,
    }
}

/// False orders: refusals "not ordered" among delivery attempts.
pub fn is_false_order(result: &DeliveryResult) -> bool {
    let says_so = |line: &ResultLine| line.reason.is_some_and(|reason| reason.as_str() == NOT_ORDERED);
    result.lines.iter().any(|line| !line.refused.is_zero() && says_so(line))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::delivery::tests::order;
    use crate::id::RecordId;

    const ZONE: ZoneOffset = ZoneOffset::CHINA;

    fn at(day: &str, time: &str) -> Millis {
        ZONE.moment(day.parse().unwrap(), time.parse().unwrap())
    }

    fn promised() -> Order {
        let mut order = order(1, &[("21010019", 24)]);
        order.promise.window = Some("09:00-10:00".parse().unwrap());
        order
    }

    fn delivered(at: Millis) -> DeliveryResult {
        DeliveryResult::in_full(RecordId(Uuid::nil()), &promised(), at)
    }

    fn refused(reason: &str) -> DeliveryResult {
        let mut result = delivered(at("2026-07-28", "09:30"));
        for line in &mut result.lines {
            (line.refused, line.delivered) = (line.delivered, Units::ZERO);
            line.reason = Some(reason.parse().unwrap());
        }
        result
    }

    fn judged(result: Option<&DeliveryResult>) -> Kept {
        judge(&promised(), ZONE, false, result, at("2026-07-30", "12:00"))
    }

    #[test]
    fn in_the_window_and_complete_is_kept_up_to_its_last_minute() {
        assert_eq!(judged(Some(&delivered(at("2026-07-28", "10:00")))), Kept::Kept);
        let late = delivered(at("2026-07-28", "10:01"));
        assert_eq!(judged(Some(&late)), Kept::Missed(MissCause::DistributorLate));
        let tomorrow = delivered(at("2026-07-29", "09:30"));
        assert_eq!(judged(Some(&tomorrow)), Kept::Missed(MissCause::DistributorLate));
    }

    #[test]
    fn a_missing_gift_is_a_shortage() {
        let mut result = delivered(at("2026-07-28", "09:30"));
        let gift = result.lines.iter_mut().find(|line| line.gift).unwrap();
        (gift.delivered, gift.reason) = (Units::ZERO, Some("out_of_stock".parse().unwrap()));
        assert_eq!(judged(Some(&result)), Kept::Missed(MissCause::DistributorShort));
    }

    #[test]
    fn case_21_not_ordered_is_its_own_cause_and_counts_as_a_false_order() {
        let result = refused("not_ordered");
        assert_eq!(judged(Some(&result)), Kept::Missed(MissCause::NotOrdered));
        assert!(is_false_order(&result) && !is_false_order(&refused("no_cash")));
    }

    #[test]
    fn the_reason_of_a_refusal_says_whose_it_is() {
        for (reason, cause) in [
            ("damaged", MissCause::DistributorShort),
            ("late", MissCause::DistributorLate),
            ("no_cash", MissCause::OwnerRefused),
        ] {
            assert_eq!(judged(Some(&refused(reason))), Kept::Missed(cause), "{reason}");
        }
        assert!(!MissCause::OwnerRefused.is_distributors() && MissCause::DistributorLate.is_distributors());
    }

    #[test]
    fn silence_is_pending_until_four_and_then_not_reported() {
        let silent = |now| judge(&promised(), ZONE, false, None, now);
        assert_eq!(silent(at("2026-07-29", "03:59")), Kept::Pending);
        assert_eq!(silent(at("2026-07-29", "04:00")), Kept::Missed(MissCause::NotReported));
    }

    #[test]
    fn an_order_that_came_too_late_is_the_uploads_miss_and_not_the_distributors() {
        let next_day = delivered(at("2026-07-29", "09:30"));
        let judged = judge(&promised(), ZONE, true, Some(&next_day), at("2026-07-30", "12:00"));
        assert_eq!(judged, Kept::Missed(MissCause::LateUpload));
        let in_time = delivered(at("2026-07-28", "09:30"));
        assert_eq!(judge(&promised(), ZONE, true, Some(&in_time), at("2026-07-30", "12:00")), Kept::Kept);
    }
}
