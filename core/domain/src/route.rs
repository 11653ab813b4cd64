//! 路线: which stores a rep visits on a date, who stands in for whom, and how far the next planned visit is.
//! Which days are worked at all is `calendar`.

use serde::{Deserialize, Serialize};

use crate::calendar::{WorkingCalendar, WorkingDays};
use crate::coded::coded_enum;
use crate::id::{RepNo, StoreId};
use crate::time::{BusinessDate, Weekday};

/// How far the next planned visit is looked for, in days; beyond it a store counts as having none.
const PLAN_HORIZON_DAYS: u32 = 28;

coded_enum! {
    /// 周别, counted from the company's anchor Monday: even weeks are A, odd ones B.
    WeekPattern {
        /// Every week.
        Every = "EVERY",
        /// Even weeks.
        A = "A",
        /// Odd weeks.
        B = "B",
    }
}

impl WeekPattern {
    /// Whether a row with this pattern is walked in the week of the date. Weeks before the anchor count on
    /// backwards.
    pub fn falls_on(self, date: BusinessDate, week_anchor: BusinessDate) -> bool {
        let even = date.days_since(week_anchor).div_euclid(7).rem_euclid(2) == 0;
        match self {
            Self::Every => true,
            Self::A => even,
            Self::B => !even,
        }
    }
}

/// One row of a route: this store, on this weekday, at this place in the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteRow {
    /// Whose route; the assignment of the store comes from here alone.
    pub rep: RepNo,
    /// On which weekday.
    pub weekday: Weekday,
    /// In which weeks.
    pub pattern: WeekPattern,
    /// Place in the day, from 1.
    pub seq: u32,
    /// Where.
    pub store: StoreId,
    /// First day of the plan.
    pub valid_from: BusinessDate,
    /// Last day, included; `None` = open.
    pub valid_to: Option<BusinessDate>,
}

impl RouteRow {
    /// Whether the row is walked on a date that runs the routes of `weekday`.
    fn is_walked(&self, date: BusinessDate, weekday: Weekday, week_anchor: BusinessDate) -> bool {
        self.weekday == weekday
            && self.valid_from <= date
            && self.valid_to.is_none_or(|to| date <= to)
            && self.pattern.falls_on(date, week_anchor)
    }
}

/// In which capacity a rep visits a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capacity {
    /// The territory is his.
    Owner,
    /// He stands in for the rep named.
    Substitute(RepNo),
}

/// One planned visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedVisit {
    /// Where.
    pub store: StoreId,
    /// As owner or for somebody.
    pub capacity: Capacity,
    /// Place in the owner's day.
    pub seq: u32,
}

/// Everything that decides who walks where: all route rows, the company's days and those of each rep.
#[derive(Debug, Clone, Copy)]
pub struct RoutePlan<'a> {
    /// All rows of the reps in question.
    pub rows: &'a [RouteRow],
    /// The company's days.
    pub company: &'a WorkingDays,
    /// The exceptions of single reps; their weekdays are the company's.
    pub reps: &'a [(RepNo, WorkingDays)],
    /// Monday of week 0.
    pub week_anchor: BusinessDate,
}

impl RoutePlan<'_> {
    /// The visits of a rep on a date: his own route first, then those of the reps he stands in for.
    pub fn visits(&self, rep: RepNo, date: BusinessDate) -> Vec<PlannedVisit> {
        let mut plan = Vec::new();
        if let Some(weekday) = self.calendar_of(rep).route_weekday(date) {
            plan.extend(self.walk(rep, date, weekday, Capacity::Owner));
        }
        for (absent, days) in self.reps {
            let Some(exception) = days.exceptions.get(&date) else { continue };
            if !exception.works && exception.substitute == Some(rep) {
                let weekday = self.company_weekday(date);
                plan.extend(self.walk(*absent, date, weekday, Capacity::Substitute(*absent)));
            }
        }
        plan
    }

    /// Days from `date` to the next planned visit of the store by its own rep or a substitute (1-field 1.1,
    /// `cycle_days`); `None` if there is none within four weeks.
    pub fn days_to_next_visit(&self, store: StoreId, date: BusinessDate) -> Option<u32> {
        (1..=PLAN_HORIZON_DAYS).find(|ahead| self.is_planned(store, date.plus_days(*ahead)))
    }

    fn is_planned(&self, store: StoreId, date: BusinessDate) -> bool {
        self.rows.iter().filter(|row| row.store == store).any(|row| {
            let calendar = self.calendar_of(row.rep);
            let substituted =
                calendar.own.exceptions.get(&date).is_some_and(|e| !e.works && e.substitute.is_some());
            let weekday =
                calendar.route_weekday(date).or_else(|| substituted.then(|| self.company_weekday(date)));
            weekday.is_some_and(|weekday| row.is_walked(date, weekday, self.week_anchor))
        })
    }

    fn walk(
        &self,
        rep: RepNo,
        date: BusinessDate,
        weekday: Weekday,
        capacity: Capacity,
    ) -> Vec<PlannedVisit> {
        let mut visits: Vec<_> = self
            .rows
            .iter()
            .filter(|row| row.rep == rep && row.is_walked(date, weekday, self.week_anchor))
            .map(|row| PlannedVisit { store: row.store, capacity, seq: row.seq })
            .collect();
        visits.sort_by_key(|visit| visit.seq);
        visits
    }

    fn company_weekday(&self, date: BusinessDate) -> Weekday {
        let row = self.company.exceptions.get(&date);
        row.and_then(|row| row.as_weekday).unwrap_or(date.weekday())
    }

    /// A rep without rows of his own has the days of the company.
    fn calendar_of(&self, rep: RepNo) -> WorkingCalendar<'_> {
        let own = self.reps.iter().find(|(no, _)| *no == rep).map_or(self.company, |(_, days)| days);
        WorkingCalendar { own, company: self.company }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::DayException;

    fn date(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    fn rep(text: &str) -> RepNo {
        text.parse().unwrap()
    }

    fn store(n: u32) -> StoreId {
        StoreId::from_number(format!("QD{n}").parse().unwrap())
    }

    fn row(no: &str, weekday: u8, pattern: WeekPattern, seq: u32) -> RouteRow {
        RouteRow {
            rep: rep(no),
            weekday: Weekday::try_from(weekday).unwrap(),
            pattern,
            seq,
            store: store(seq),
            valid_from: date("2026-06-01"),
            valid_to: None,
        }
    }

    fn weekdays() -> WorkingDays {
        WorkingDays {
            weekdays: (1..=5).map(|n| Weekday::try_from(n).unwrap()).collect(),
            exceptions: Default::default(),
        }
    }

    fn plan<'a>(
        rows: &'a [RouteRow],
        company: &'a WorkingDays,
        reps: &'a [(RepNo, WorkingDays)],
    ) -> RoutePlan<'a> {
        RoutePlan { rows, company, reps, week_anchor: date("2026-06-01") }
    }

    #[test]
    fn weeks_alternate_from_the_anchor_monday() {
        assert!(WeekPattern::A.falls_on(date("2026-07-27"), date("2026-06-01")));
        assert!(WeekPattern::B.falls_on(date("2026-08-03"), date("2026-06-01")));
        assert!(WeekPattern::B.falls_on(date("2026-05-31"), date("2026-06-01")));
    }

    #[test]
    fn a_day_is_walked_in_its_order() {
        let rows = [row("ZY01", 1, WeekPattern::Every, 2), row("ZY01", 1, WeekPattern::Every, 1)];
        let company = weekdays();
        let visits = plan(&rows, &company, &[]).visits(rep("ZY01"), date("2026-07-27"));
        assert_eq!(visits.iter().map(|v| v.seq).collect::<Vec<_>>(), [1, 2]);
        assert!(plan(&rows, &company, &[]).visits(rep("ZY01"), date("2026-07-28")).is_empty());
    }

    #[test]
    fn a_substitute_has_both_routes() {
        let rows = [row("ZY03", 3, WeekPattern::Every, 1), row("ZY04", 3, WeekPattern::Every, 2)];
        let company = weekdays();
        let mut leave = weekdays();
        let away = DayException { works: false, as_weekday: None, substitute: Some(rep("ZY03")) };
        leave.exceptions.insert(date("2026-08-05"), away);
        let reps = [(rep("ZY04"), leave)];
        let plan = plan(&rows, &company, &reps);
        let capacities: Vec<_> =
            plan.visits(rep("ZY03"), date("2026-08-05")).iter().map(|v| v.capacity).collect();
        assert_eq!(capacities, [Capacity::Owner, Capacity::Substitute(rep("ZY04"))]);
        assert!(plan.visits(rep("ZY04"), date("2026-08-05")).is_empty());
        assert_eq!(plan.days_to_next_visit(store(2), date("2026-07-29")), Some(7));
    }

    #[test]
    fn a_make_up_saturday_walks_its_weekday() {
        let rows = [row("ZY01", 3, WeekPattern::Every, 1)];
        let mut company = weekdays();
        let make_up = DayException { works: true, as_weekday: Weekday::try_from(3).ok(), substitute: None };
        company.exceptions.insert(date("2026-10-10"), make_up);
        assert_eq!(plan(&rows, &company, &[]).visits(rep("ZY01"), date("2026-10-10")).len(), 1);
    }

    #[test]
    fn the_cycle_follows_frequency_and_holidays() {
        let company = weekdays();
        let weekly = [row("ZY01", 1, WeekPattern::Every, 1)];
        assert_eq!(plan(&weekly, &company, &[]).days_to_next_visit(store(1), date("2026-07-27")), Some(7));
        let fortnightly = [row("ZY01", 1, WeekPattern::A, 1)];
        let plan_f1 = plan(&fortnightly, &company, &[]);
        assert_eq!(plan_f1.days_to_next_visit(store(1), date("2026-07-27")), Some(14));
        assert_eq!(plan_f1.days_to_next_visit(store(9), date("2026-07-27")), None);
    }
}
