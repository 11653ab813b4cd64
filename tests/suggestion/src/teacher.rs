//! What a server would have learnt by last night: sums over all stores of the replay, from which tomorrow's priors come.

use std::collections::HashMap;

use xundian_domain::suggestion::base_stock::Prior;
use xundian_domain::suggestion::exposure::Multiplier;
use xundian_domain::suggestion::prior::{DispersionSums, EventShare, EventSums, RateSums, Shrinkage};

use crate::sales::{Series, World};

/// What one visit teaches; it is known the next morning.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// Place in [`World::series`].
    pub series: usize,
    /// Units sold.
    pub sold: f64,
    /// y, with what an empty shelf hid.
    pub wanted: f64,
    /// e.
    pub weeks: f64,
    /// Units expected and evidence, if a policy expected any.
    pub error: Option<(f64, f64)>,
    /// What the events of its days took part in.
    pub events: Vec<(usize, EventShare)>,
}

/// Sums by SKU and category; what a store contributed is kept, so that it can be left out.
#[derive(Debug)]
pub struct Teacher<'a> {
    world: &'a World,
    shrinkage: Shrinkage,
    sku: Vec<RateSums>,
    category: Vec<RateSums>,
    own: Vec<RateSums>,
    own_category: HashMap<(usize, usize), RateSums>,
    sku_errors: Vec<DispersionSums>,
    category_errors: Vec<DispersionSums>,
    sku_events: HashMap<(usize, usize), EventSums>,
    category_events: HashMap<(usize, usize), EventSums>,
}

impl<'a> Teacher<'a> {
    /// A teacher who knows nothing.
    pub fn new(world: &'a World, shrinkage: Shrinkage) -> Self {
        Self {
            world,
            shrinkage,
            sku: vec![RateSums::default(); world.skus.len()],
            category: vec![RateSums::default(); world.categories.len()],
            own: vec![RateSums::default(); world.series.len()],
            own_category: HashMap::new(),
            sku_errors: vec![DispersionSums::default(); world.skus.len()],
            category_errors: vec![DispersionSums::default(); world.categories.len()],
            sku_events: HashMap::new(),
            category_events: HashMap::new(),
        }
    }

    /// The prior of a series; `None` while no other store has sold its category.
    pub fn prior(&self, place: usize) -> Option<Prior> {
        let series = self.series(place);
        let own_category = self.own_category.get(&(series.store, series.category));
        let rate = self.shrinkage.rate(
            self.sku[series.sku],
            self.own[place],
            self.category[series.category],
            own_category.copied().unwrap_or_default(),
        )?;
        let (sku, category) = (self.sku_errors[series.sku], self.category_errors[series.category]);
        Prior::new(rate, self.shrinkage.dispersion(sku, category))
    }

    /// What an event does to a series; nothing is known of it before it was seen.
    pub fn multiplier(&self, event: usize, place: usize) -> Multiplier {
        let series = self.series(place);
        let of = |sums: &HashMap<_, EventSums>, part| sums.get(&(event, part)).copied().unwrap_or_default();
        let sku = of(&self.sku_events, series.sku);
        let category = of(&self.category_events, series.category);
        self.shrinkage.multiplier(sku, category, Multiplier::ONE, None)
    }

    /// The night after a day of visits: what is remembered fades, and the day is added.
    pub fn learn(&mut self, lessons: &[Lesson]) {
        let own_categories = self.own_category.values_mut();
        let all = self.sku.iter_mut().chain(&mut self.category).chain(&mut self.own).chain(own_categories);
        all.for_each(|sums| *sums = sums.faded(1));
        for lesson in lessons {
            let series = self.series(lesson.series);
            self.sku[series.sku].add(lesson.wanted, lesson.weeks);
            self.category[series.category].add(lesson.wanted, lesson.weeks);
            self.own[lesson.series].add(lesson.wanted, lesson.weeks);
            let own = self.own_category.entry((series.store, series.category)).or_default();
            own.add(lesson.wanted, lesson.weeks);
            if let Some((expected, evidence)) = lesson.error {
                let (sold, wanted) = (lesson.sold, lesson.wanted);
                self.sku_errors[series.sku].add(sold, wanted, expected, evidence);
                self.category_errors[series.category].add(sold, wanted, expected, evidence);
            }
            for (event, share) in &lesson.events {
                let sku = self.sku_events.entry((*event, series.sku)).or_default();
                sku.add(lesson.wanted, *share);
                let category = self.category_events.entry((*event, series.category)).or_default();
                category.add(lesson.wanted, *share);
            }
        }
    }

    fn series(&self, place: usize) -> &'a Series {
        &self.world.series[place]
    }
}
