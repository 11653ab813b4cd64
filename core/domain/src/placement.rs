//! 落单: on which day an order is delivered, and on which sheet it goes when it reaches the server (1-field 1.3).
//! The days themselves are `calendar`; freezing a sheet is the server's work.

use serde::{Deserialize, Serialize};

use crate::calendar::WorkingCalendar;
use crate::distributor::LatePolicy;
use crate::time::{BusinessDate, TimeOfDay};

/// How many delivery days ahead a free sheet is looked for; more frozen ones than this cannot be.
const SHEETS_AHEAD: u32 = 30;
/// No day farther ahead is offered, whatever the office allows: a look at the calendar ends.
const OFFERED_AHEAD: u32 = 366;

/// What decides about a distributor's delivery days.
#[derive(Debug, Clone, Copy)]
pub struct DeliveryRules<'a> {
    /// Its working days.
    pub calendar: WorkingCalendar<'a>,
    /// 送货提前期, in working days.
    pub lead_days: u32,
    /// A promise farther ahead than this many days is recomputed.
    pub promise_max_days: u32,
    /// Late orders.
    pub late: LatePolicy,
}

/// The day that holds, beside the day that was said in the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromisedDay {
    /// Holds.
    pub day: BusinessDate,
    /// Was said, if another day had to be taken; the rep is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<BusinessDate>,
}

/// Where an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// On the sheet of this day, which is not frozen yet.
    Waiting {
        /// Delivery day.
        day: BusinessDate,
        /// Moved there because the sheet of its promise was frozen: the cause `late_upload`.
        #[serde(default, skip_serializing_if = "is_false")]
        late: bool,
    },
    /// On the next difference sheet of this day.
    Difference {
        /// Delivery day.
        day: BusinessDate,
    },
}

impl Placement {
    /// The delivery day.
    pub fn day(self) -> BusinessDate {
        match self {
            Self::Waiting { day, .. } | Self::Difference { day } => day,
        }
    }
}

/// A local moment at the distributor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime {
    /// Date.
    pub date: BusinessDate,
    /// Time of day.
    pub time: TimeOfDay,
}

impl DeliveryRules<'_> {
    /// The earliest day that may be promised on a business date; `None` if the distributor never works.
    pub fn earliest(&self, business_date: BusinessDate) -> Option<BusinessDate> {
        self.calendar.earliest_delivery(business_date, self.lead_days)
    }

    /// Checks a promise: no working day, before the earliest day of its own business date, or too far ahead (unless
    /// it is the earliest) is replaced by the earliest day. A distributor that never works keeps what was said.
    pub fn promised_day(&self, business_date: BusinessDate, said: BusinessDate) -> PromisedDay {
        let Some(earliest) = self.earliest(business_date) else {
            return PromisedDay { day: said, instead_of: None };
        };
        match self.stands(business_date, said, earliest) {
            true => PromisedDay { day: said, instead_of: None },
            false => PromisedDay { day: earliest, instead_of: Some(said) },
        }
    }

    /// Whether a promise holds, with the earliest day of its business date.
    fn stands(&self, business_date: BusinessDate, said: BusinessDate, earliest: BusinessDate) -> bool {
        let too_far = said > business_date.plus_days(self.promise_max_days) && said != earliest;
        said >= earliest && !too_far && self.calendar.works(said)
    }

    /// The days that may be promised on a business date, earliest first; none if the distributor never works.
    pub fn promisable(&self, business_date: BusinessDate) -> impl Iterator<Item = BusinessDate> {
        let earliest = self.earliest(business_date);
        let later = earliest.into_iter().flat_map(move |earliest| {
            let ahead = 1..=self.promise_max_days.min(OFFERED_AHEAD);
            let days = ahead.map(move |ahead| business_date.plus_days(ahead));
            days.filter(move |day| *day > earliest && self.stands(business_date, *day, earliest))
        });
        earliest.into_iter().chain(later)
    }

    /// Where a new order for `day` goes at the moment `now`. `frozen` says whether the sheet of a day is frozen; it is
    /// asked under the lock of the sheet (ingest shares, freeze excludes).
    pub fn place(
        &self,
        day: BusinessDate,
        now: LocalTime,
        frozen: impl Fn(BusinessDate) -> bool,
    ) -> Placement {
        if !frozen(day) {
            return Placement::Waiting { day, late: false };
        }
        if self.takes_differences(day, now) {
            return Placement::Difference { day };
        }
        self.place_later(day, now, frozen)
    }

    /// The next sheet after that of `day` that is not frozen; `late`.
    pub fn place_later(
        &self,
        day: BusinessDate,
        now: LocalTime,
        frozen: impl Fn(BusinessDate) -> bool,
    ) -> Placement {
        // An order may come weeks late: the days in between are not worth a look.
        let mut next = day.max(now.date);
        for _ in 0..SHEETS_AHEAD {
            next = self.calendar.first_on_or_after(next.plus_days(1)).unwrap_or(next.plus_days(1));
            if !frozen(next) && next > now.date {
                break;
            }
        }
        Placement::Waiting { day: next, late: true }
    }

    /// Until hh:mm of the evening of the freeze; a freeze that came late keeps its evening.
    fn takes_differences(&self, day: BusinessDate, now: LocalTime) -> bool {
        match (self.late, self.calendar.freeze_day(day, self.lead_days)) {
            (LatePolicy::Difference { until }, Some(evening)) => {
                now <= LocalTime { date: evening, time: until }
            }
            _ => false,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::{DayException, WorkingDays};
    use crate::time::Weekday;

    fn date(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    fn at(day: &str, time: &str) -> LocalTime {
        LocalTime { date: date(day), time: time.parse().unwrap() }
    }

    fn monday_to_saturday() -> WorkingDays {
        let weekdays = (1..=6).map(|n| Weekday::try_from(n).unwrap()).collect();
        WorkingDays { weekdays, ..WorkingDays::default() }
    }

    fn rules(days: &WorkingDays, late: LatePolicy) -> DeliveryRules<'_> {
        DeliveryRules {
            calendar: WorkingCalendar { own: days, company: days },
            lead_days: 1,
            promise_max_days: 7,
            late,
        }
    }

    const TEN: &str = "22:00";

    fn difference() -> LatePolicy {
        LatePolicy::Difference { until: TEN.parse().unwrap() }
    }

    #[test]
    fn a_good_promise_stands() {
        let days = monday_to_saturday();
        let promise = rules(&days, LatePolicy::NextDay).promised_day(date("2026-07-27"), date("2026-07-28"));
        assert_eq!(promise, PromisedDay { day: date("2026-07-28"), instead_of: None });
    }

    #[test]
    fn a_promise_for_sunday_for_today_or_for_next_month_becomes_the_earliest_day() {
        let days = monday_to_saturday();
        let rules = rules(&days, LatePolicy::NextDay);
        for said in ["2026-08-02", "2026-07-27", "2026-08-28"] {
            let promise = rules.promised_day(date("2026-07-27"), date(said));
            assert_eq!(promise, PromisedDay { day: date("2026-07-28"), instead_of: Some(date(said)) });
        }
    }

    #[test]
    fn the_earliest_day_may_lie_beyond_the_limit() {
        let days = monday_to_saturday();
        let rules = DeliveryRules { lead_days: 9, ..rules(&days, LatePolicy::NextDay) };
        let earliest = rules.earliest(date("2026-07-27")).unwrap();
        assert_eq!(rules.promised_day(date("2026-07-27"), earliest).instead_of, None);
    }

    #[test]
    fn the_days_offered_leave_sunday_out_and_end_with_the_farthest_promise() {
        let days = monday_to_saturday();
        let thursday = date("2026-07-30");
        let offered: Vec<_> = rules(&days, LatePolicy::NextDay).promisable(thursday).collect();
        let ahead = [1, 2, 4, 5, 6, 7].map(|ahead| thursday.plus_days(ahead));
        assert_eq!(offered, ahead);
        let never = WorkingDays::default();
        assert_eq!(rules(&never, LatePolicy::NextDay).promisable(thursday).count(), 0);
    }

    #[test]
    fn the_days_offered_end_also_where_the_office_sets_no_bound() {
        let mut days = WorkingDays::default();
        let thursday = date("2026-07-30");
        for ahead in [0, 1, 400] {
            let row = DayException { works: true, as_weekday: None, substitute: None };
            days.exceptions.insert(thursday.plus_days(ahead), row);
        }
        let rules = DeliveryRules { promise_max_days: u32::MAX, ..rules(&days, LatePolicy::NextDay) };
        assert_eq!(rules.promisable(thursday).collect::<Vec<_>>(), [thursday.plus_days(1)]);
    }

    #[test]
    fn case_17_after_the_freeze_an_order_goes_on_a_difference_sheet_until_ten() {
        let days = monday_to_saturday();
        let rules = rules(&days, difference());
        let tuesday = date("2026-07-28");
        let frozen = |day| day <= tuesday;
        let placed = rules.place(tuesday, at("2026-07-27", TEN), frozen);
        assert_eq!(placed, Placement::Difference { day: tuesday });
        let placed = rules.place(tuesday, at("2026-07-27", "22:01"), frozen);
        assert_eq!(placed, Placement::Waiting { day: date("2026-07-29"), late: true });
    }

    #[test]
    fn case_17_with_next_day_an_order_after_the_freeze_moves_to_the_next_open_sheet() {
        let days = monday_to_saturday();
        let rules = rules(&days, LatePolicy::NextDay);
        let friday = date("2026-07-31");
        let placed = rules.place(friday, at("2026-07-30", "20:05"), |day| day <= friday);
        assert_eq!(placed, Placement::Waiting { day: date("2026-08-01"), late: true });
        let placed = rules.place(friday, at("2026-07-30", "20:05"), |day| day <= date("2026-08-01"));
        assert_eq!(placed.day(), date("2026-08-03"), "no delivery on Sunday");
    }

    #[test]
    fn an_order_that_arrives_days_late_is_not_placed_in_the_past() {
        let days = monday_to_saturday();
        let rules = rules(&days, LatePolicy::NextDay);
        let placed = rules.place(date("2026-07-28"), at("2026-07-31", "09:00"), |d| d == date("2026-07-28"));
        assert_eq!(placed, Placement::Waiting { day: date("2026-08-01"), late: true });
    }

    #[test]
    fn an_order_that_arrives_months_late_still_finds_an_open_sheet() {
        let days = monday_to_saturday();
        let rules = rules(&days, LatePolicy::NextDay);
        let yesterday = date("2026-11-30");
        let placed = rules.place(date("2026-07-28"), at("2026-11-30", "09:00"), |day| day <= yesterday);
        assert_eq!(placed, Placement::Waiting { day: date("2026-12-01"), late: true });
    }

    proptest! {
        #[test]
        fn a_placed_order_is_never_on_a_frozen_sheet(ahead in 0u32..20, frozen_until in 0u32..20, hour in 0u16..24) {
            let days = monday_to_saturday();
            let start = date("2026-07-27");
            let now = LocalTime { date: start, time: TimeOfDay::new(hour, 0).unwrap() };
            let frozen = |day: BusinessDate| day <= start.plus_days(frozen_until);
            match rules(&days, LatePolicy::NextDay).place(start.plus_days(ahead), now, frozen) {
                Placement::Waiting { day, .. } => prop_assert!(!frozen(day)),
                Placement::Difference { .. } => prop_assert!(false),
            }
        }

        #[test]
        fn a_checked_promise_is_a_working_day_that_can_be_kept(said in 0u32..40, today in 0u32..14) {
            let days = monday_to_saturday();
            let rules = rules(&days, LatePolicy::NextDay);
            let today = date("2026-07-27").plus_days(today);
            let promise = rules.promised_day(today, date("2026-07-20").plus_days(said));
            prop_assert!(rules.calendar.works(promise.day));
            prop_assert!(promise.day >= rules.earliest(today).unwrap());
            prop_assert_eq!(rules.promised_day(today, promise.day).instead_of, None);
        }

        /// Whatever the holidays: what is offered stands, and what is not offered does not.
        #[test]
        fn the_days_offered_are_those_that_stand(
            off in prop::collection::btree_set(0u32..30, 0..15), today in 0u32..14, lead in 1u32..4,
        ) {
            let start = date("2026-07-27");
            let mut days = monday_to_saturday();
            for day in off {
                let row = DayException { works: false, as_weekday: None, substitute: None };
                days.exceptions.insert(start.plus_days(day), row);
            }
            let rules = DeliveryRules { lead_days: lead, ..rules(&days, LatePolicy::NextDay) };
            let today = start.plus_days(today);
            let stands = |day: &BusinessDate| rules.promised_day(today, *day).instead_of.is_none();
            let all: Vec<_> = (0..60).map(|ahead| today.plus_days(ahead)).filter(stands).collect();
            prop_assert_eq!(rules.promisable(today).collect::<Vec<_>>(), all);
        }
    }
}
