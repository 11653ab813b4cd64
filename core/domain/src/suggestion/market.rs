//! What is known of the market, as it concerns one shop: rates of its kind of shop, dispersion, events. The server publishes
//! it, server and phone read it here; what the sums mean is `prior`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::Sku;
use crate::product::Product;
use crate::store::Store;
use crate::time::BusinessDate;

use super::base_stock::Prior;
use super::belief::Belief;
use super::event::{MarketEvent, of_product};
use super::exposure::{EventSpan, Exposure, Multiplier};
use super::negative_binomial::units;
use super::prior::{RateSums, Shrinkage};

/// What the shops of one channel and class sold of one SKU, as far as it is remembered: tenths of units in hundredths of
/// ordinary weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate(pub Sku, pub u32, pub u32);

impl Rate {
    /// Rounded as it is published: phone and server go on from the same numbers.
    pub fn of(sku: Sku, sums: RateSums) -> Self {
        Self(sku, units(sums.units * 10.0 + 0.5), units(sums.weeks * 100.0 + 0.5))
    }

    fn sums(self) -> RateSums {
        RateSums { units: f64::from(self.1) / 10.0, weeks: f64::from(self.2) / 100.0 }
    }
}

/// The rates of one channel and class, as they were on a day: what was learnt before has faded until then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Rate>", into = "Vec<Rate>")]
pub struct Rates {
    /// The day, which all of them share and none of them tells; `None` = nothing has faded.
    pub day: Option<BusinessDate>,
    /// One per SKU.
    pub rows: Vec<Rate>,
}

impl From<Vec<Rate>> for Rates {
    fn from(rows: Vec<Rate>) -> Self {
        Self { day: None, rows }
    }
}

impl From<Rates> for Vec<Rate> {
    fn from(rates: Rates) -> Self {
        rates.rows
    }
}

/// φ per SKU, in thousandths.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Dispersions(pub BTreeMap<Sku, u16>);

impl Dispersions {
    /// φ rounded as it is published.
    pub fn put(&mut self, sku: Sku, dispersion: f64) {
        let thousandths = units(dispersion * 1000.0 + 0.5);
        self.0.insert(sku, u16::try_from(thousandths).unwrap_or(u16::MAX));
    }
}

/// An event with what was learnt of it; a SKU that is not there has not shown any effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LearntEvent {
    /// The office's row.
    #[serde(flatten)]
    pub event: MarketEvent,
    /// Per SKU.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub learnt: BTreeMap<Sku, Multiplier>,
}

/// The market of one shop.
#[derive(Debug, Clone)]
pub struct Market<'a> {
    skus: BTreeMap<Sku, RateSums>,
    categories: BTreeMap<&'a str, RateSums>,
    own_categories: BTreeMap<&'a str, RateSums>,
    own: &'a Belief,
    /// So long has the shop's part of the rates faded.
    own_rested: u32,
    dispersions: &'a Dispersions,
    events: Vec<&'a LearntEvent>,
    shrinkage: Shrinkage,
}

impl<'a> Market<'a> {
    /// `rates` are those of the shop's channel and class, `own` is what was published of the shop itself: the rates have
    /// it inside. Events of the trade are left out.
    pub fn of(
        shop: &Store,
        own: &'a Belief,
        products: &'a [Product],
        rates: &Rates,
        dispersions: &'a Dispersions,
        events: &'a [LearntEvent],
    ) -> Self {
        let skus: BTreeMap<Sku, RateSums> = rates.rows.iter().map(|rate| (rate.0, rate.sums())).collect();
        let own_rested = rates.day.map_or(0, |day| own.days_before(day));
        let (mut categories, mut own_categories) = (BTreeMap::new(), BTreeMap::new());
        for product in products {
            let add = |to: &mut BTreeMap<&'a str, RateSums>, sums: RateSums| {
                to.entry(product.category.as_str()).or_default().add(sums.units, sums.weeks);
            };
            if let Some(sums) = skus.get(&product.sku) {
                add(&mut categories, *sums);
            }
            add(&mut own_categories, Rate::of(product.sku, own.sums(product.sku, own_rested)).sums());
        }
        let reaches = |learnt: &&LearntEvent| learnt.event.is_of_consumers() && learnt.event.reaches(shop);
        Self {
            skus,
            categories,
            own_categories,
            own,
            own_rested,
            dispersions,
            events: events.iter().filter(reaches).collect(),
            shrinkage: Shrinkage::TUNED,
        }
    }

    /// m and φ of a product; `None` where nobody has counted its category yet.
    pub fn prior(&self, product: &Product) -> Option<Prior> {
        let category = self.own_categories.get(product.category.as_str()).copied();
        self.prior_without(product, self.own_sums(product.sku), category.unwrap_or_default())
    }

    /// The same with the shop's own part left in: to learn with. What a shop remembers must not hang on what it was told of
    /// itself before, or nobody could make it again from the ledger.
    pub(super) fn prior_to_learn(&self, product: &Product) -> Option<Prior> {
        self.prior_without(product, RateSums::default(), RateSums::default())
    }

    /// The shop's part of the rates, as it is inside them: rounded likewise, or a shop that is alone of its kind would be
    /// compared with what rounding leaves.
    fn own_sums(&self, sku: Sku) -> RateSums {
        Rate::of(sku, self.own.sums(sku, self.own_rested)).sums()
    }

    fn prior_without(&self, product: &Product, own: RateSums, own_category: RateSums) -> Option<Prior> {
        let sku = self.skus.get(&product.sku).copied().unwrap_or_default();
        let category = self.categories.get(product.category.as_str()).copied()?;
        let rate = self.shrinkage.rate(sku, own, category, own_category)?;
        Prior::new(rate, self.dispersion(product.sku))
    }

    /// φ of a SKU, or what is known without any sales.
    pub fn dispersion(&self, sku: Sku) -> f64 {
        let known = self.dispersions.0.get(&sku);
        known.map_or(self.shrinkage.dispersion, |thousandths| f64::from(*thousandths) / 1000.0)
    }

    /// The events that hold for a product, with what they do to it.
    pub fn events(&self, product: &Product) -> Vec<(&'a MarketEvent, Multiplier)> {
        let rows: Vec<&MarketEvent> = self.events.iter().map(|learnt| &learnt.event).collect();
        let learnt = |row: &MarketEvent| {
            let learnt = self.events.iter().find(|learnt| std::ptr::eq(&raw const learnt.event, row));
            learnt.and_then(|learnt| learnt.learnt.get(&product.sku).copied()).unwrap_or(Multiplier::ONE)
        };
        of_product(&rows, product).map(|row| (row, learnt(row))).collect()
    }

    /// Those of [`Market::events`] that do anything, as spans.
    pub fn spans(&self, product: &Product) -> Vec<EventSpan> {
        let events = self.events(product).into_iter();
        let spans = events.map(|(event, multiplier)| event.span(multiplier));
        spans.filter(|span| span.multiplier != Multiplier::ONE).collect()
    }

    /// The days `from … from + days − 1` for a product.
    pub fn exposure(&self, product: &Product, from: BusinessDate, days: u32) -> Exposure {
        if self.events.is_empty() {
            return Exposure::ordinary(days);
        }
        Exposure::over(&self.spans(product), from, days)
    }

    /// Whether other shops of the kind have counted a SKU.
    pub fn has_seen(&self, sku: Sku) -> bool {
        self.skus.get(&sku).is_some_and(|sums| sums.without(self.own_sums(sku)).weeks > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suggestion::testing::{event as numbered, product, shop};

    fn event(of: &str, kind: &str, thousandths: u16) -> LearntEvent {
        numbered("E01", of, kind, thousandths)
    }

    fn multipliers(events: &[LearntEvent]) -> Vec<u16> {
        let (own, dispersions, products) = (Belief::default(), Dispersions::default(), [product()]);
        let market = Market::of(&shop(), &own, &products, &Rates::default(), &dispersions, events);
        market.spans(&product()).iter().map(|span| span.multiplier.0).collect()
    }

    #[test]
    fn the_row_of_the_series_wins_and_the_trade_says_nothing() {
        let (category, series) = (product().category, product().series);
        assert_eq!(
            multipliers(&[event(&category, "holiday", 1200), event(&series, "holiday", 1500)]),
            [1500]
        );
        assert_eq!(
            multipliers(&[event(&series, "holiday", 1500), event(&category, "holiday", 1200)]),
            [1500]
        );
        assert_eq!(multipliers(&[event(&category, "promotion", 1800)]), [0; 0]);
        assert_eq!(multipliers(&[event("水", "holiday", 1200)]), [0; 0]);
    }

    #[test]
    fn an_event_reaches_the_districts_and_channels_that_it_names() {
        let reaches = |districts: &[&str], channels: &[crate::store::Channel]| {
            let mut event = event("", "holiday", 1000).event;
            event.districts = districts.iter().map(|code| (*code).to_owned()).collect();
            event.channels = channels.to_vec();
            event.reaches(&shop())
        };
        use crate::store::Channel::{Kiosk, School};
        assert!(reaches(&[], &[]) && reaches(&["370202"], &[Kiosk]));
        assert!(!reaches(&["370203"], &[]) && !reaches(&[], &[School]));
    }

    #[test]
    fn a_shops_own_part_is_taken_out_of_the_rates_that_it_is_told() {
        let (products, dispersions) = ([product()], Dispersions::default());
        let own: Belief = serde_json::from_str(&format!(
            r#"{{"date":"2026-07-27","at":0,"states":[["{}",{},{}]]}}"#,
            product().sku,
            100f32.to_bits(),
            10f32.to_bits()
        ))
        .unwrap();
        let rates =
            Rates { day: None, rows: vec![Rate::of(product().sku, RateSums { units: 160.0, weeks: 22.0 })] };
        let prior = |own: &Belief| {
            let market = Market::of(&shop(), own, &products, &rates, &dispersions, &[]);
            market.prior(&product()).unwrap().rate()
        };
        // the others: 60 in 12 weeks, 5 a week; their category has nothing else
        assert!((prior(&own) - 5.0).abs() < 1e-9, "{}", prior(&own));
        assert!((prior(&Belief::default()) - 160.0 / 22.0).abs() < 1e-9);
        let unknown = Rates::default();
        let market = Market::of(&shop(), &own, &products, &unknown, &dispersions, &[]);
        assert_eq!(market.prior(&product()), None);
    }
}
