//! Base stock in the replay: what the phone knows at a visit, what the night learns from it, and how its target turns out.

use xundian_domain::Units;
use xundian_domain::suggestion::base_stock::{PRIOR_WEIGHT_UNITS, Prior, ServiceLevel, Target};
use xundian_domain::suggestion::exposure::{EventSpan, Exposure};
use xundian_domain::suggestion::prior::EventShare;
use xundian_domain::suggestion::state::State;
use xundian_domain::suggestion::{BaseStock, Coefficient, Inputs, Sales};

use super::{Replay, Shelf, to_u32, to_usize};
use crate::sales::Series;
use crate::teacher::Lesson;
use crate::totals::Totals;

impl Replay<'_> {
    pub(super) fn by_base_stock(
        &self,
        service: ServiceLevel,
        place: usize,
        day: usize,
        inputs: &Inputs,
        totals: &mut Totals,
        lessons: &mut Vec<Lesson>,
    ) -> (Units, Shelf) {
        let shelf = self.shelves[place];
        let Some(prior) = self.teacher.prior(place) else {
            // the first day of all: without any prior the rule speaks, and others still learn from this shelf
            lessons.extend(self.lesson(place, day, inputs, None));
            return self.by_rule(Coefficient(150), inputs, &shelf);
        };
        let policy = self.policy(service, prior, place, day, &shelf);
        lessons.extend(self.lesson(place, day, inputs, Some(&policy)));
        let state = policy.learn(inputs);
        let target = policy.target(state);
        self.judge(&policy, state, target, place, day, totals);
        let suggest = target.stock.saturating_sub(inputs.count_now);
        (suggest, Shelf { state, target: target.stock.0, ..shelf })
    }

    fn policy(
        &self,
        service: ServiceLevel,
        prior: Prior,
        place: usize,
        day: usize,
        shelf: &Shelf,
    ) -> BaseStock {
        let plan = &self.conditions.plan.replay;
        let days_ahead = plan.cycle_days + plan.lead_days;
        let from = shelf.last.map_or(day, |(last, _)| last);
        BaseStock {
            state: shelf.state,
            prior,
            since: self.exposure(place, from, day - from),
            ahead: self.exposure(place, day, to_usize(days_ahead)),
            days_ahead,
            service,
            display_minimum: Units::ZERO,
            shelf_life_days: None,
        }
    }

    fn exposure(&self, place: usize, from: usize, days: usize) -> Exposure {
        let events = held(&self.world.series[place], from, days);
        let Some(date) = self.world.date(from).filter(|_| !events.is_empty()) else {
            return Exposure::ordinary(to_u32(days));
        };
        let span = |(day, event): &(usize, usize)| {
            let on = date.plus_days(to_u32(day - from));
            EventSpan { from: on, to: on, multiplier: self.teacher.multiplier(*event, place) }
        };
        let spans: Vec<EventSpan> = events.iter().map(span).collect();
        Exposure::over(&spans, date, to_u32(days))
    }

    /// What the night learns from this visit; nothing from a first count or an impossible one.
    fn lesson(
        &self,
        place: usize,
        day: usize,
        inputs: &Inputs,
        policy: Option<&BaseStock>,
    ) -> Option<Lesson> {
        let Sales::Known(sold) = inputs.sales() else { return None };
        let (last, _) = self.shelves[place].last?;
        let empty = inputs.count_now.is_zero();
        let sold_units = f64::from(sold.0);
        let Some(policy) = policy else {
            let weeks = Exposure::ordinary(to_u32(day - last)).weeks();
            return Some(Lesson {
                series: place,
                sold: sold_units,
                wanted: sold_units,
                weeks,
                error: None,
                events: Vec::new(),
            });
        };
        let demand = policy.demand(policy.state, policy.since);
        let evidence = PRIOR_WEIGHT_UNITS + policy.state.sales();
        let rate = policy.rate(policy.state);
        Some(Lesson {
            series: place,
            sold: sold_units,
            wanted: policy.wanted(sold, empty),
            weeks: policy.since.weeks(),
            error: Some((demand.mean(), evidence)),
            events: self.shares(place, last, day - last, rate),
        })
    }

    fn shares(&self, place: usize, from: usize, days: usize, rate: f64) -> Vec<(usize, EventShare)> {
        let held = held(&self.world.series[place], from, days);
        let mut events: Vec<usize> = held.iter().map(|(_, event)| *event).collect();
        events.sort_unstable();
        events.dedup();
        let weight = |day: usize, but: usize| -> f64 {
            let others = held.iter().filter(|(on, event)| *on == day && *event != but);
            others.map(|(_, event)| self.teacher.multiplier(*event, place).factor()).product()
        };
        let share = |event: usize| {
            let (mut with, mut without) = (0.0, 0.0);
            for day in from..from + days {
                let holds = held.contains(&(day, event));
                *(if holds { &mut with } else { &mut without }) += weight(day, event) / 7.0;
            }
            let multiplier = self.teacher.multiplier(event, place);
            EventShare { rate, weeks_with: with, weeks_without: without, multiplier }
        };
        events.into_iter().map(|event| (event, share(event))).collect()
    }

    /// Compares a target with the demand of the days that it was meant for.
    fn judge(
        &self,
        policy: &BaseStock,
        state: State,
        target: Target,
        place: usize,
        day: usize,
        totals: &mut Totals,
    ) {
        let days = to_usize(policy.days_ahead);
        let Some(ahead) = self.world.series[place].units.get(day..day + days) else { return };
        let wanted: u32 = ahead.iter().sum();
        totals.horizons += 1.0;
        totals.exceeded += f64::from(u8::from(wanted > target.stock.0));
        totals.reached += f64::from(u8::from(wanted >= target.stock.0));
        totals.exceed_expected += 1.0 - policy.demand(state, policy.ahead).cdf(target.stock.0);
    }
}

/// The events of a stretch of days.
fn held(series: &Series, from: usize, days: usize) -> &[(usize, usize)] {
    let begin = series.events.partition_point(|(day, _)| *day < from);
    let end = series.events.partition_point(|(day, _)| *day < from + days);
    &series.events[begin..end]
}
