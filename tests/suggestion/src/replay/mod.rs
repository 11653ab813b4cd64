//! One policy with one dial over all series: weekly visits, delivery on the next day, what is not there is not sold.
//! Within a day: the delivery comes, the rep counts and orders, customers buy.

mod base_stock;

use xundian_domain::suggestion::base_stock::ServiceLevel;
use xundian_domain::suggestion::decision::{Fallback, decide};
use xundian_domain::suggestion::prior::Shrinkage;
use xundian_domain::suggestion::state::State;
use xundian_domain::suggestion::{
    Advice, Coefficient, Inputs, OneAndAHalf, Packing, PolicyKind, PreviousCount, Rounding, Sales,
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
