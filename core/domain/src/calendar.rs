//! Which days are worked, when an order can be delivered, and when the sheet of a day freezes.
//! Business dates themselves are `time`; who visits whom is `route`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::RepNo;
use crate::time::{BusinessDate, Weekday};

/// How far a search for the next working day goes, in days: longer than any holiday, so that a calendar without
/// working days ends as an answer and not as a loop.
const SEARCH_DAYS: u32 = 366;

/// One exception of a calendar (a row of `calendars.csv`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayException {
    /// Worked or not, against the weekdays.
    pub works: bool,
    /// A make-up day 补班 runs the routes of this weekday.
    pub as_weekday: Option<Weekday>,
    /// Who walks the routes of a rep that does not work.
    pub substitute: Option<RepNo>,
}

/// One subject's days: its weekdays and its own exceptions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingDays {
    /// The weekdays on which it works when nothing else is said.
    pub weekdays: BTreeSet<Weekday>,
    /// Its own rows.
    pub exceptions: BTreeMap<BusinessDate, DayException>,
}

/// The days of a distributor or a rep over those of the company: the own row decides, else the company's row, else
/// the weekdays (data set README, "Who visits, who works").
#[derive(Debug, Clone, Copy)]
pub struct WorkingCalendar<'a> {
    /// The subject.
    pub own: &'a WorkingDays,
    /// The company, of which only the exceptions count.
    pub company: &'a WorkingDays,
}

impl WorkingCalendar<'_> {
    /// The row that speaks about this date, if one does.
    pub fn exception(&self, date: BusinessDate) -> Option<&DayException> {
        self.own.exceptions.get(&date).or_else(|| self.company.exceptions.get(&date))
    }

    /// Whether the subject works on this date.
    pub fn works(&self, date: BusinessDate) -> bool {
        match self.exception(date) {
            Some(exception) => exception.works,
            None => self.own.weekdays.contains(&date.weekday()),
        }
    }

    /// Which weekday's routes are walked on this date; `None` if it is not worked.
    pub fn route_weekday(&self, date: BusinessDate) -> Option<Weekday> {
        self.works(date)
            .then(|| self.exception(date).and_then(|row| row.as_weekday).unwrap_or(date.weekday()))
    }

    /// The first working day on or after this date; `None` if a whole year has none.
    pub fn first_on_or_after(&self, date: BusinessDate) -> Option<BusinessDate> {
        (0..SEARCH_DAYS).map(|ahead| date.plus_days(ahead)).find(|day| self.works(*day))
    }

    /// The earliest delivery day of a business date: `lead_days` working days after the first working day on or
    /// after it (1-field 1.3).
    pub fn earliest_delivery(&self, business_date: BusinessDate, lead_days: u32) -> Option<BusinessDate> {
        let mut day = self.first_on_or_after(business_date)?;
        for _ in 0..lead_days {
            day = self.first_on_or_after(day.plus_days(1))?;
        }
        Some(day)
    }

    /// On which day the sheet of a delivery day freezes: `lead_days` working days before it, itself a working day.
    pub fn freeze_day(&self, delivery_day: BusinessDate, lead_days: u32) -> Option<BusinessDate> {
        let mut day = delivery_day;
        for _ in 0..lead_days {
            day = (1..=SEARCH_DAYS).map(|back| day.minus_days(back)).find(|day| self.works(*day))?;
        }
        Some(day)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    fn days(weekdays: std::ops::RangeInclusive<u8>, rows: &[(&str, bool)]) -> WorkingDays {
        WorkingDays {
            weekdays: weekdays.map(|n| Weekday::try_from(n).unwrap()).collect(),
            exceptions: rows
                .iter()
                .map(|(day, works)| {
                    (date(day), DayException { works: *works, as_weekday: None, substitute: None })
                })
                .collect(),
        }
    }

    #[test]
    fn stock_taking_moves_friday_orders_to_monday() {
        let (own, company) = (days(1..=6, &[("2026-08-01", false)]), days(1..=5, &[]));
        let calendar = WorkingCalendar { own: &own, company: &company };
        assert_eq!(calendar.earliest_delivery(date("2026-07-31"), 1), Some(date("2026-08-03")));
        assert_eq!(calendar.freeze_day(date("2026-08-03"), 1), Some(date("2026-07-31")));
    }

    #[test]
    fn own_row_beats_the_holiday_of_the_company() {
        let own = days(1..=6, &[("2026-10-05", true)]);
        let company = days(1..=5, &[("2026-10-01", false), ("2026-10-05", false)]);
        let calendar = WorkingCalendar { own: &own, company: &company };
        assert!(calendar.works(date("2026-10-05")));
        assert!(!calendar.works(date("2026-10-01")));
    }

    #[test]
    fn a_make_up_day_runs_the_routes_of_its_weekday() {
        let mut company = days(1..=5, &[("2026-10-10", true)]);
        company.exceptions.get_mut(&date("2026-10-10")).unwrap().as_weekday = Weekday::try_from(3).ok();
        let calendar = WorkingCalendar { own: &company, company: &company };
        assert_eq!(calendar.route_weekday(date("2026-10-10")).map(Weekday::number), Some(3));
        assert_eq!(calendar.route_weekday(date("2026-10-11")), None);
    }

    #[test]
    fn a_calendar_without_working_days_ends() {
        let none = WorkingDays::default();
        let calendar = WorkingCalendar { own: &none, company: &none };
        assert_eq!(calendar.earliest_delivery(date("2026-07-27"), 1), None);
        assert_eq!(calendar.freeze_day(date("2026-07-27"), 1), None);
    }

    proptest! {
        /// Whatever the holidays: freeze day and delivery day are worked, and an order of the freeze day can still
        /// go on that sheet.
        #[test]
        fn the_freeze_day_is_the_last_day_whose_orders_make_the_sheet(
            off in prop::collection::btree_set(0u32..60, 0..25), ahead in 0u32..60, lead in 1u32..4,
        ) {
            let start = date("2026-07-01");
            let mut own = days(1..=6, &[]);
            for day in off {
                let row = DayException { works: false, as_weekday: None, substitute: None };
                own.exceptions.insert(start.plus_days(day), row);
            }
            let calendar = WorkingCalendar { own: &own, company: &own };
            let delivery = calendar.earliest_delivery(start.plus_days(ahead), lead).unwrap();
            let freeze = calendar.freeze_day(delivery, lead).unwrap();
            prop_assert!(calendar.works(delivery) && calendar.works(freeze));
            prop_assert_eq!(calendar.earliest_delivery(freeze, lead), Some(delivery));
            prop_assert!(calendar.earliest_delivery(freeze.plus_days(1), lead) > Some(delivery));
        }
    }
}
