//! Shelves: what stands in every shop. Stock follows the real demand series of the data set; what is not there is not
//! sold.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::path::Path;

use xundian_domain::{BusinessDate, Sku, StoreId, StoreNo, Units};

use crate::chance::Chance;

/// First day of the series.
const FIRST_DAY: &str = "2026-06-01";
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The daily demand of every SKU in every store that carries it.
#[derive(Debug)]
pub struct Demand {
    first: BusinessDate,
    series: HashMap<StoreId, BTreeMap<Sku, Vec<u8>>>,
}

/// A demand file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DemandError {
    /// Not there, or damaged.
    #[error("demand_daily.csv.gz cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// A line that is none.
    #[error("line {0} of demand_daily.csv.gz is no series")]
    Line(usize),
}

impl Demand {
    /// Reads `demand_daily.csv.gz`.
    ///
    /// # Errors
    /// The file is missing or damaged.
    pub fn read(file: &Path) -> Result<Self, DemandError> {
        let mut text = String::new();
        flate2::read::GzDecoder::new(std::fs::File::open(file)?).read_to_string(&mut text)?;
        let mut series: HashMap<StoreId, BTreeMap<Sku, Vec<u8>>> = HashMap::new();
        for (number, line) in text.lines().enumerate().skip(1) {
            let (store, sku, units) = row(line).ok_or(DemandError::Line(number + 1))?;
            series.entry(store).or_default().insert(sku, units);
        }
        let first = FIRST_DAY.parse().map_err(|_| DemandError::Line(0))?;
        Ok(Self { first, series })
    }

    /// What people want to buy on a day.
    pub fn on(&self, store: StoreId, sku: Sku, date: BusinessDate) -> u32 {
        let day = usize::try_from(date.days_since(self.first)).ok();
        let series = self.series.get(&store).and_then(|skus| skus.get(&sku));
        series.zip(day).and_then(|(units, day)| units.get(day)).map_or(0, |units| u32::from(*units))
    }

    /// The demand of the days `from … from + days − 1`.
    pub fn over(&self, store: StoreId, sku: Sku, from: BusinessDate, days: u32) -> u32 {
        (0..days).map(|ahead| self.on(store, sku, from.plus_days(ahead))).sum()
    }

    /// The SKUs that a store carries.
    pub fn carried(&self, store: StoreId) -> Vec<Sku> {
        self.series.get(&store).map(|skus| skus.keys().copied().collect()).unwrap_or_default()
    }
}

fn row(line: &str) -> Option<(StoreId, Sku, Vec<u8>)> {
    let mut cells = line.split(',');
    let store: StoreNo = cells.next()?.parse().ok()?;
    let sku: Sku = cells.next()?.parse().ok()?;
    let digit = |byte: u8| {
        let value = DIGITS.iter().position(|digit| *digit == byte)?;
        u8::try_from(value).ok()
    };
    let units: Option<Vec<u8>> = cells.next()?.bytes().map(digit).collect();
    Some((StoreId::from_number(store), sku, units?))
}

/// The stock of all shops.
#[derive(Debug, Default)]
pub struct Shelves {
    stock: HashMap<StoreId, BTreeMap<Sku, u32>>,
}

impl Shelves {
    /// Stocks every shop as it was counted on its last visit before the first day: 1.2 to 2.4 weeks of its demand and a few units.
    pub fn counted_at_opening(
        demand: &Demand,
        store: StoreId,
        counted_on: BusinessDate,
        seed: u64,
    ) -> BTreeMap<Sku, Units> {
        let mut counts = BTreeMap::new();
        for sku in demand.carried(store) {
            let mut chance = Chance::new(seed, &[key(store), sku_key(sku)]);
            let week = u64::from(demand.over(store, sku, counted_on, 7));
            let weeks_in_tenths = 12 + chance.below(13);
            let units = u32::try_from(week * weeks_in_tenths / 10 + 2 + chance.below(4)).unwrap_or(0);
            counts.insert(sku, Units(units));
        }
        counts
    }

    /// Puts stock into a shop.
    pub fn put(&mut self, store: StoreId, sku: Sku, units: u32) {
        *self.stock.entry(store).or_default().entry(sku).or_default() += units;
    }

    /// What stands there; `None` = the shop does not carry it.
    pub fn units(&self, store: StoreId, sku: Sku) -> Option<u32> {
        self.stock.get(&store)?.get(&sku).copied()
    }

    /// The SKUs of a shop.
    pub fn skus(&self, store: StoreId) -> Vec<Sku> {
        self.stock.get(&store).map(|skus| skus.keys().copied().collect()).unwrap_or_default()
    }

    /// A day of customers in all shops.
    pub fn sell(&mut self, demand: &Demand, date: BusinessDate) {
        for (store, skus) in &mut self.stock {
            for (sku, units) in skus {
                *units = units.saturating_sub(demand.on(*store, *sku, date));
            }
        }
    }
}

/// A number for a store, to ask chance about it.
pub fn key(store: StoreId) -> u64 {
    u64::try_from(store.0.as_u128() >> 64).unwrap_or(0)
}

/// A number for a SKU.
pub fn sku_key(sku: Sku) -> u64 {
    sku.as_str().parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Demand {
        let file = format!("{}/data/qingdao/demand_daily.csv.gz", env!("CARGO_MANIFEST_DIR"));
        Demand::read(Path::new(&file)).unwrap()
    }

    #[test]
    fn the_series_of_the_first_store_reads_as_written() {
        let demand = data();
        let store = StoreId::from_number("QD010001".parse().unwrap());
        let sku = "21010019".parse().unwrap();
        let day = |text: &str| demand.on(store, sku, text.parse().unwrap());
        assert_eq!((day("2026-06-01"), day("2026-06-02"), day("2026-05-31")), (0, 9, 0));
        assert_eq!(demand.series.values().map(BTreeMap::len).sum::<usize>(), 35_566);
    }

    #[test]
    fn nothing_is_sold_that_is_not_there() {
        let demand = data();
        let store = StoreId::from_number("QD010001".parse().unwrap());
        let sku = "21010019".parse().unwrap();
        let mut shelves = Shelves::default();
        shelves.put(store, sku, 4);
        shelves.sell(&demand, "2026-06-02".parse().unwrap());
        assert_eq!(shelves.units(store, sku), Some(0));
    }
}
