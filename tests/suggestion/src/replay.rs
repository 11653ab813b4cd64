//! One policy with one dial over all series: weekly visits, delivery on the next day, what is not there is not sold.
//! Within a day: the delivery comes, the rep counts and orders, customers buy.

use xundian_domain::suggestion::base_stock::{Prior, ServiceLevel, State, Target};
use xundian_domain::suggestion::decision::{Fallback, decide};
use xundian_domain::suggestion::exposure::{EventSpan, Exposure};
use xundian_domain::suggestion::prior::{EventShare, Shrinkage};
use xundian_domain::suggestion::{
    Advice, BaseStock, Coefficient, Inputs, OneAndAHalf, Packing, PolicyKind, PreviousCount, Rounding, Sales,
};
use xundian_domain::{Pack, Units};

use crate::chance::{hash, per_mille, throw};
use crate::plan::Plan;
use crate::sales::{Series, World};
use crate::teacher::{Lesson, Teacher};
use crate::totals::{Groups, Totals};

/// What is turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dial {
    /// The rule with its coefficient.
    Rule(Coefficient),
    /// Base stock with its service level.
    BaseStock(ServiceLevel),
}

/// What is the same for all policies.
#[derive(Debug, Clone, Copy)]
pub struct Conditions<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Missed visits, case packs, miscounts.
    pub realistic: bool,
    /// How priors are drawn.
    pub shrinkage: Shrinkage,
}

/// Sums of the first weeks and of the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// After the first weeks.
    pub main: Groups,
    /// The first weeks.
    pub cold: Groups,
}

/// A shelf and what the rep's phone knows of it.
#[derive(Debug, Clone, Copy, Default)]
struct Shelf {
    stock: u32,
    arriving: u32,
    received: u32,
    /// Day and count of the last visit.
    last: Option<(usize, u32)>,
    state: State,
    /// The last target, for a visit whose count says nothing.
    target: u32,
    orders: (f64, f64, f64),
}

struct Replay<'a> {
    world: &'a World,
    conditions: Conditions<'a>,
    dial: Dial,
    teacher: Teacher<'a>,
    packs: Vec<Pack>,
    visit_days: Vec<u32>,
    groups: Vec<usize>,
    shelves: Vec<Shelf>,
    done: Replayed,
}

/// Runs the whole file.
pub fn replay(world: &World, dial: Dial, conditions: Conditions<'_>) -> Replayed {
    let mut replay = Replay::new(world, dial, conditions);
    let mut lessons = Vec::new();
    for day in 0..world.days {
        for (place, store) in world.stores.iter().enumerate() {
            replay.store_day(place, &store.series, day, &mut lessons);
        }
        replay.teacher.learn(&lessons);
        lessons.clear();
    }
    replay.close();
    replay.done
}

impl<'a> Replay<'a> {
    fn new(world: &'a World, dial: Dial, conditions: Conditions<'a>) -> Self {
        let plan = conditions.plan;
        let groups = Groups::new(plan.groups());
        Self {
            world,
            conditions,
            dial,
            teacher: Teacher::new(world, conditions.shrinkage),
            packs: packs(world, conditions),
            visit_days: world.stores.iter().map(|store| Plan::visit_day(&store.name)).collect(),
            groups: world.stores.iter().map(|store| plan.group(&store.name)).collect(),
            shelves: world.series.iter().map(|series| opened(series, world.days)).collect(),
            done: Replayed { main: groups.clone(), cold: groups },
        }
    }

    fn store_day(&mut self, store: usize, series: &[usize], day: usize, lessons: &mut Vec<Lesson>) {
        let visited = self.is_visited(store, day);
        let (mut main, mut cold) = (Totals::default(), Totals::default());
        for place in series.iter().copied().filter(|place| self.world.series[*place].start <= day) {
            let start = self.world.series[place].start;
            let is_cold = day - start < to_usize(self.conditions.plan.replay.cold_weeks) * 7;
            let totals = if is_cold { &mut cold } else { &mut main };
            self.deliver(place);
            if visited {
                totals.visits = 1.0;
                self.visit(place, day, totals, lessons);
            }
            self.sell(place, day, totals);
        }
        self.done.main.0[self.groups[store]].add(&main);
        self.done.cold.0[self.groups[store]].add(&cold);
    }

    fn is_visited(&self, store: usize, day: usize) -> bool {
        let cycle = to_usize(self.conditions.plan.replay.cycle_days);
        if day % cycle != to_usize(self.visit_days[store]) % cycle {
            return false;
        }
        let question = [1, hash(&self.world.stores[store].name), day as u64];
        let plan = self.conditions.plan;
        !(self.conditions.realistic && per_mille(plan.seed, &question, plan.realistic.missed_per_mille))
    }

    fn deliver(&mut self, place: usize) {
        let shelf = &mut self.shelves[place];
        shelf.stock += shelf.arriving;
        shelf.received += shelf.arriving;
        shelf.arriving = 0;
    }

    fn sell(&mut self, place: usize, day: usize, totals: &mut Totals) {
        let wanted = self.world.series[place].units[day];
        let shelf = &mut self.shelves[place];
        let sold = wanted.min(shelf.stock);
        shelf.stock -= sold;
        totals.wanted += f64::from(wanted);
        totals.sold += f64::from(sold);
        totals.stock += f64::from(shelf.stock);
        totals.days += 1.0;
    }

    fn visit(&mut self, place: usize, day: usize, totals: &mut Totals, lessons: &mut Vec<Lesson>) {
        let shelf = self.shelves[place];
        let mut inputs = self.inputs(&shelf, day, self.counted(place, day));
        if matches!(inputs.sales(), Sales::Negative(_)) {
            // the phone asks, the rep counts again
            inputs.count_now = Units(shelf.stock);
        }
        let (suggest, after) = match self.dial {
            Dial::Rule(coefficient) => self.by_rule(coefficient, &inputs, &shelf),
            Dial::BaseStock(service) => self.by_base_stock(service, place, day, &inputs, totals, lessons),
        };
        let packing = self.packing(place);
        let mut quantity = packing.round(suggest).0;
        if quantity == 0 && inputs.count_now.is_zero() {
            quantity = packing.pack.get(); // a must-sell gap is filled by every policy
        }
        totals.counts += 1.0;
        totals.empty += f64::from(u8::from(inputs.count_now.is_zero()));
        totals.lines += f64::from(u8::from(quantity > 0));
        let ordered = f64::from(quantity);
        let (count, sum, squares) = shelf.orders;
        self.shelves[place] = Shelf {
            arriving: quantity,
            received: 0,
            last: Some((day, inputs.count_now.0)),
            orders: (count + 1.0, sum + ordered, squares + ordered * ordered),
            ..after
        };
    }

    /// The count as it is entered: one in so many is a fifth off in the realistic variant. Nobody overlooks an empty shelf.
    fn counted(&self, place: usize, day: usize) -> u32 {
        let (plan, stock) = (self.conditions.plan, self.shelves[place].stock);
        let question = [2, place as u64, day as u64];
        let wrong = self.conditions.realistic
            && stock > 0
            && per_mille(plan.seed, &question, plan.realistic.miscounted_per_mille);
        let off = stock.div_ceil(5);
        match (wrong, throw(plan.seed, &[3, place as u64, day as u64]) & 1 == 0) {
            (false, _) => stock,
            (true, true) => stock + off,
            (true, false) => stock.saturating_sub(off).max(1),
        }
    }

    fn inputs(&self, shelf: &Shelf, day: usize, count: u32) -> Inputs {
        let previous = shelf.last.map(|(last, units)| PreviousCount {
            count: Units(units),
            days_since: to_u32(day - last),
            received: Some(Units(shelf.received)),
            returned: Units::ZERO,
        });
        Inputs {
            previous,
            count_now: Units(count),
            in_transit: Units::ZERO,
            cycle_days: self.conditions.plan.replay.cycle_days,
        }
    }

    fn by_rule(&self, coefficient: Coefficient, inputs: &Inputs, shelf: &Shelf) -> (Units, Shelf) {
        let packing = Packing { pack: Pack::ONE, rounding: Rounding::Up };
        let rule = OneAndAHalf { coefficient };
        let none = Err(Fallback::NoPrior);
        match decide(PolicyKind::OneAndAHalf, &rule, none, inputs, packing).advice {
            Advice::Suggest(s) => (s.suggest, Shelf { target: s.target.0, ..*shelf }),
            Advice::FirstCount => (Units::ZERO, *shelf),
            // still more than can be there: the last target is kept, as a rep would
            Advice::NegativeSales(_) | Advice::ReceiptUnknown => {
                (Units(shelf.target).saturating_sub(inputs.count_now), *shelf)
            }
        }
    }

    fn by_base_stock(
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
        let evidence = xundian_domain::suggestion::base_stock::PRIOR_WEIGHT_UNITS + policy.state.sales();
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

    fn packing(&self, place: usize) -> Packing {
        Packing { pack: self.packs[self.world.series[place].sku], rounding: Rounding::Up }
    }

    fn close(&mut self) {
        for (shelf, series) in self.shelves.iter().zip(&self.world.series) {
            let (count, sum, squares) = shelf.orders;
            if count > 0.0 {
                let group = &mut self.done.main.0[self.groups[series.store]];
                group.variance += (squares - sum * sum / count) / count;
                group.series += 1.0;
            }
        }
    }
}

/// The events of a stretch of days.
fn held(series: &Series, from: usize, days: usize) -> &[(usize, usize)] {
    let begin = series.events.partition_point(|(day, _)| *day < from);
    let end = series.events.partition_point(|(day, _)| *day < from + days);
    &series.events[begin..end]
}

/// One and a half weeks of the series' own average, at least one unit.
fn opened(series: &Series, days: usize) -> Shelf {
    let units: u32 = series.units.iter().sum();
    let stock = (u64::from(units) * 21).div_ceil(2 * (days - series.start).max(1) as u64).max(1);
    Shelf { stock: u32::try_from(stock).unwrap_or(u32::MAX), ..Shelf::default() }
}

fn packs(world: &World, conditions: Conditions<'_>) -> Vec<Pack> {
    let of = |rate: f64| {
        let fits = conditions.plan.realistic.case_packs.iter().rev().find(|pack| f64::from(**pack) <= rate);
        fits.and_then(|pack| Pack::new(*pack)).unwrap_or(Pack::ONE)
    };
    let rates = world.weekly_rates().into_iter();
    rates.map(|rate| if conditions.realistic { of(rate) } else { Pack::ONE }).collect()
}

fn to_u32(days: usize) -> u32 {
    u32::try_from(days).unwrap_or(u32::MAX)
}

fn to_usize(days: u32) -> usize {
    usize::try_from(days).unwrap_or(usize::MAX)
}
