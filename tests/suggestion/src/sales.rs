//! Daily sales and events as others bring them: `store,sku,category,date,units` and `event,date,store,sku,category`, where
//! an empty cell means all. Sales are taken as demand.

use std::collections::HashMap;
use std::io::Read;

use serde::Deserialize;
use xundian_domain::BusinessDate;

use crate::{Outcome, Trouble};

/// Days from the first of a file within which a series that has not sold yet is on the shelf all the same.
const ON_SHELF_DAYS: usize = 28;

/// A store of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// As the file names it.
    pub name: String,
    /// What is sold there: places in [`World::series`].
    pub series: Vec<usize>,
}

/// A SKU in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Place in [`World::stores`].
    pub store: usize,
    /// Place in [`World::skus`].
    pub sku: usize,
    /// Place in [`World::categories`].
    pub category: usize,
    /// First day on the shelf.
    pub start: usize,
    /// Units per day, from the first day of the world.
    pub units: Vec<u32>,
    /// Events that hold, by day.
    pub events: Vec<(usize, usize)>,
}

/// All that was sold.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Day 0.
    pub first: Option<BusinessDate>,
    /// How many days.
    pub days: usize,
    /// By name.
    pub stores: Vec<Store>,
    /// Names.
    pub skus: Vec<String>,
    /// Names.
    pub categories: Vec<String>,
    /// Names of events.
    pub events: Vec<String>,
    /// What is replayed.
    pub series: Vec<Series>,
}

#[derive(Debug, Deserialize)]
struct SalesRow {
    store: String,
    sku: String,
    category: String,
    date: BusinessDate,
    units: u32,
}

#[derive(Debug, Deserialize)]
struct EventRow {
    event: String,
    date: BusinessDate,
    store: Option<String>,
    sku: Option<String>,
    category: Option<String>,
}

/// Names in the order in which they appear.
#[derive(Debug, Default)]
struct Names(HashMap<String, usize>);

impl Names {
    fn place(&mut self, name: &str) -> usize {
        let next = self.0.len();
        *self.0.entry(name.to_owned()).or_insert(next)
    }

    fn into_list(self) -> Vec<String> {
        let mut list: Vec<(String, usize)> = self.0.into_iter().collect();
        list.sort_by_key(|(_, place)| *place);
        list.into_iter().map(|(name, _)| name).collect()
    }
}

impl World {
    /// Reads sales; the stores that `wanted` refuses are left out before anything is learnt from them.
    ///
    /// # Errors
    /// A table that is none, or that has no sales.
    pub fn read(sales: impl Read, name: &str, wanted: impl Fn(&str) -> bool) -> Outcome<Self> {
        let mut rows: Vec<SalesRow> = Vec::new();
        for row in csv::Reader::from_reader(sales).deserialize() {
            let row: SalesRow = row.map_err(|why| Trouble::Table(name.to_owned(), why))?;
            rows.push(row);
        }
        let dates = rows.iter().map(|row| row.date);
        let (Some(first), Some(last)) = (dates.clone().min(), dates.max()) else {
            return Err(Trouble::Empty("the file has no sales"));
        };
        rows.retain(|row| wanted(&row.store));
        Self::of(rows, first, day_of(first, last) + 1)
    }

    fn of(rows: Vec<SalesRow>, first: BusinessDate, days: usize) -> Outcome<Self> {
        let (mut stores, mut skus, mut categories) = (Names::default(), Names::default(), Names::default());
        let mut places: HashMap<(usize, usize), usize> = HashMap::new();
        let mut series: Vec<Series> = Vec::new();
        for row in rows {
            let (store, sku) = (stores.place(&row.store), skus.place(&row.sku));
            let category = categories.place(&row.category);
            let place = *places.entry((store, sku)).or_insert_with(|| {
                let units = vec![0; days];
                series.push(Series { store, sku, category, start: 0, units, events: Vec::new() });
                series.len() - 1
            });
            series[place].units[day_of(first, row.date)] += row.units;
        }
        if series.is_empty() {
            return Err(Trouble::Empty("none of the chosen stores has sales"));
        }
        let names = stores.into_list();
        let mut stores: Vec<Store> =
            names.into_iter().map(|name| Store { name, series: Vec::new() }).collect();
        for (place, one) in series.iter_mut().enumerate() {
            stores[one.store].series.push(place);
            one.start = start(&one.units);
        }
        Ok(Self {
            first: Some(first),
            days,
            stores,
            skus: skus.into_list(),
            categories: categories.into_list(),
            events: Vec::new(),
            series,
        })
    }

    /// Reads events; days outside of the sales and names that nobody sold are passed over.
    ///
    /// # Errors
    /// A table that is none.
    pub fn read_events(&mut self, events: impl Read, name: &str) -> Outcome<()> {
        let mut names = Names::default();
        for row in csv::Reader::from_reader(events).deserialize() {
            let row: EventRow = row.map_err(|why| Trouble::Table(name.to_owned(), why))?;
            let event = names.place(&row.event);
            self.put(event, &row);
        }
        self.events = names.into_list();
        for series in &mut self.series {
            series.events.sort_unstable();
            series.events.dedup();
        }
        Ok(())
    }

    fn put(&mut self, event: usize, row: &EventRow) {
        let Some(first) = self.first else { return };
        let Ok(day) = usize::try_from(row.date.days_since(first)) else { return };
        let fits = |given: &Option<String>, name: &str| {
            given.as_deref().is_none_or(|given| given.is_empty() || given == name)
        };
        for series in &mut self.series {
            let holds = fits(&row.store, &self.stores[series.store].name)
                && fits(&row.sku, &self.skus[series.sku])
                && fits(&row.category, &self.categories[series.category]);
            if holds && day < self.days {
                series.events.push((day, event));
            }
        }
    }

    /// The date of a day.
    pub fn date(&self, day: usize) -> Option<BusinessDate> {
        self.first.map(|first| first.plus_days(u32::try_from(day).unwrap_or(0)))
    }

    /// Average units per week of a SKU in a store that has it.
    pub fn weekly_rates(&self) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); self.skus.len()];
        for series in &self.series {
            let units: u32 = series.units.iter().sum();
            sums[series.sku].0 += f64::from(units);
            sums[series.sku].1 += weeks(self.days - series.start);
        }
        sums.into_iter().map(|(units, weeks)| units / weeks.max(1.0)).collect()
    }
}

/// Days as weeks.
fn weeks(days: usize) -> f64 {
    f64::from(u32::try_from(days).unwrap_or(u32::MAX)) / 7.0
}

fn day_of(first: BusinessDate, date: BusinessDate) -> usize {
    usize::try_from(date.days_since(first)).unwrap_or(0)
}

/// A series is on the shelf from the first day, unless it sells for the first time after weeks: then from the first day of
/// that week.
fn start(units: &[u32]) -> usize {
    let first = units.iter().position(|units| *units > 0).unwrap_or(0);
    if first < ON_SHELF_DAYS { 0 } else { first / 7 * 7 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALES: &str = "store,sku,category,date,units\n\
        A,tea,drink,2026-06-01,3\nA,tea,drink,2026-06-01,2\nB,tea,drink,2026-07-15,4\nB,soup,food,2026-06-02,1\n";

    fn world(wanted: impl Fn(&str) -> bool) -> World {
        World::read(SALES.as_bytes(), "sales.csv", wanted).unwrap()
    }

    #[test]
    fn rows_of_a_day_add_up_and_missing_days_are_zero() {
        let world = world(|_| true);
        assert_eq!((world.days, world.series.len(), world.stores[1].series.len()), (45, 3, 2));
        assert_eq!((world.series[0].units[0], world.series[0].units[1]), (5, 0));
    }

    #[test]
    fn a_product_that_comes_late_begins_in_its_first_week() {
        let world = world(|_| true);
        assert_eq!(world.series.iter().map(|series| series.start).collect::<Vec<_>>(), [0, 42, 0]);
    }

    #[test]
    fn stores_that_are_left_out_teach_nothing() {
        let world = world(|store| store == "A");
        assert_eq!((world.stores.len(), world.skus.len(), world.days), (1, 1, 45));
        assert!(World::read(SALES.as_bytes(), "sales.csv", |_| false).is_err());
    }

    #[test]
    fn an_empty_cell_of_an_event_means_all() {
        let mut world = world(|_| true);
        let events = "event,date,store,sku,category\nfair,2026-06-03,,,\nsale,2026-06-04,B,tea,\nheat,2026-06-05,,,drink\n\
            late,2030-01-01,,,\n";
        world.read_events(events.as_bytes(), "events.csv").unwrap();
        assert_eq!(world.series[0].events, [(2, 0), (4, 2)]);
        assert_eq!(world.series[1].events, [(2, 0), (3, 1), (4, 2)]);
        assert_eq!(world.series[2].events, [(2, 0)]);
    }

    #[test]
    fn a_table_without_the_columns_is_refused_with_its_name() {
        let why = World::read("a,b\n1,2\n".as_bytes(), "mine.csv", |_| true).unwrap_err();
        assert!(why.to_string().starts_with("mine.csv is no table of sales"), "{why}");
    }
}
