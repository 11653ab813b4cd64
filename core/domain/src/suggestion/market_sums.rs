//! What all stores together know, added up store by store in one pass: rates per class, φ per SKU, multipliers of events
//! as they are published (docs/adr/0010). Where the stores' parts come from is `belief` and `taught`.

use std::collections::BTreeMap;

use crate::id::Sku;
use crate::product::Product;
use crate::store::{Channel, Store, StoreClass};
use crate::time::BusinessDate;

use super::belief::Belief;
use super::event::{EventPrior, MarketEvent};
use super::exposure::Multiplier;
use super::market::{Dispersions, LearntEvent, Rate, Rates};
use super::prior::{DispersionSums, EventSums, RateSums, Shrinkage};
use super::taught::Taught;

/// Sums over stores, on one day.
#[derive(Debug, Default)]
pub struct MarketSums {
    rates: BTreeMap<(Channel, StoreClass), BTreeMap<Sku, RateSums>>,
    day: Option<BusinessDate>,
    taught: Taught,
}

impl MarketSums {
    /// Adds a store as it is remembered on a day: what was learnt before has faded since its last visit.
    pub fn add(&mut self, shop: &Store, belief: &Belief, taught: &Taught, day: BusinessDate) {
        self.day = Some(day);
        let days = belief.days_before(day);
        let rates = self.rates.entry((shop.channel, shop.class)).or_default();
        for (sku, _) in belief.states() {
            let sums = belief.sums(sku, days);
            rates.entry(sku).or_default().add(sums.units, sums.weeks);
        }
        self.taught.add(taught);
    }

    /// The rates of every channel and class in which anything was counted; what left the catalogue is left out.
    pub fn rates(&self, products: &[Product]) -> BTreeMap<(Channel, StoreClass), Rates> {
        let of_class = |skus: &BTreeMap<Sku, RateSums>| {
            let sold = products.iter().filter_map(|product| Some((product.sku, *skus.get(&product.sku)?)));
            let mut rows: Vec<Rate> = sold.map(|(sku, sums)| Rate::of(sku, sums)).collect();
            rows.retain(|rate| rate.2 > 0);
            rows.sort_by_key(|rate| rate.0);
            Rates { day: self.day, rows }
        };
        let classes = self.rates.iter().map(|(class, skus)| (*class, of_class(skus)));
        classes.filter(|(_, rates)| !rates.rows.is_empty()).collect()
    }

    /// φ of every product whose category has taught anything.
    pub fn dispersions(&self, products: &[Product]) -> Dispersions {
        let own = |product: &Product| self.taught.errors.get(&product.sku).copied();
        let mut categories: BTreeMap<&str, DispersionSums> = BTreeMap::new();
        for (product, sums) in products.iter().filter_map(|product| Some((product, own(product)?))) {
            let category = categories.entry(product.category.as_str()).or_default();
            *category = *category + sums;
        }
        let mut dispersions = Dispersions::default();
        for product in products {
            if let Some(category) = categories.get(product.category.as_str()) {
                let phi = Shrinkage::TUNED.dispersion(own(product).unwrap_or_default(), *category);
                dispersions.put(product.sku, phi);
            }
        }
        dispersions
    }

    /// An event with what it does to the products that it names, drawn to `prior` by the event's weight.
    pub fn learnt(&self, event: &MarketEvent, products: &[Product], prior: EventPrior) -> LearntEvent {
        let prior = prior.of(event);
        let mut learnt = BTreeMap::new();
        if event.is_of_consumers() {
            let nothing = BTreeMap::new();
            let rows = self.taught.events.get(&event.id).unwrap_or(&nothing);
            let categories = by_category(rows, products);
            let own = rows.get(&event.of);
            for product in products.iter().filter(|product| event.names(product)) {
                let sums = own.and_then(|skus| skus.get(&product.sku)).copied().unwrap_or_default();
                let category = categories.get(product.category.as_str()).copied().unwrap_or_default();
                let weight = Some(f64::from(event.prior_weight));
                let multiplier = Shrinkage::TUNED.multiplier(sums, category, prior, weight);
                learnt.insert(product.sku, multiplier.within_limits());
            }
            learnt.retain(|_, multiplier| *multiplier != Multiplier::ONE);
        }
        LearntEvent { event: event.clone(), learnt }
    }
}

/// What the rows of one event say of each category.
fn by_category<'a>(
    rows: &BTreeMap<String, BTreeMap<Sku, EventSums>>,
    products: &'a [Product],
) -> BTreeMap<&'a str, EventSums> {
    let mut categories: BTreeMap<&str, EventSums> = BTreeMap::new();
    for product in products {
        for sums in rows.values().filter_map(|skus| skus.get(&product.sku)) {
            let category = categories.entry(product.category.as_str()).or_default();
            *category = *category + *sums;
        }
    }
    categories
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suggestion::Market;
    use crate::suggestion::state::State;
    use crate::suggestion::testing::{event, product, shop};

    fn belief(sales: f64, weeks: f64) -> Belief {
        let [a, b] = State::rounded(sales, weeks).to_bits();
        let text = format!(r#"{{"date":"2026-07-20","at":0,"states":[["{}",{a},{b}]]}}"#, product().sku);
        serde_json::from_str(&text).unwrap()
    }

    fn day(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    #[test]
    fn rates_are_the_sums_of_what_the_stores_of_a_class_still_remember() {
        let mut sums = MarketSums::default();
        let other = Store { channel: Channel::School, ..shop() };
        for (shop, sales) in [(shop(), 100.0), (shop(), 20.0), (other, 7.0)] {
            sums.add(&shop, &belief(sales, 2.0), &Taught::default(), day("2026-07-27"));
        }
        let rates = sums.rates(&[product()]);
        // a week has passed: nine tenths are left
        assert_eq!(rates[&(Channel::Kiosk, StoreClass::C)].rows, [Rate(product().sku, 1_080, 360)]);
        assert_eq!(rates[&(Channel::School, StoreClass::C)].rows, [Rate(product().sku, 63, 180)]);
        assert!(sums.rates(&[]).is_empty(), "a product that left the catalogue");
    }

    #[test]
    fn a_day_before_the_last_visit_fades_nothing() {
        let mut sums = MarketSums::default();
        sums.add(&shop(), &belief(100.0, 2.0), &Taught::default(), day("2026-07-01"));
        assert_eq!(sums.rates(&[product()])[&(Channel::Kiosk, StoreClass::C)].rows[0].1, 1_000);
    }

    #[test]
    fn a_product_without_sales_has_the_dispersion_of_its_category_and_nobodys_is_nobodys() {
        let new = Product { sku: "21010020".parse().unwrap(), ..product() };
        let tea = Product { sku: "22070012".parse().unwrap(), category: "饮品".to_owned(), ..product() };
        let mut sums = MarketSums::default();
        let errors = DispersionSums { excess: 800.0, squares: 1_000.0 };
        let taught = Taught { errors: BTreeMap::from([(product().sku, errors)]), ..Taught::default() };
        sums.add(&shop(), &Belief::default(), &taught, day("2026-07-27"));
        let dispersions = sums.dispersions(&[product(), new.clone(), tea.clone()]);
        // category: (800 + 200 × 0.1) ÷ 1200 = 0.683; own: (800 + 200 × 0.683) ÷ 1200
        assert_eq!((dispersions.0[&new.sku], dispersions.0[&product().sku]), (683, 781));
        assert_eq!(dispersions.0.get(&tea.sku), None);
    }

    fn festival(taught: EventSums) -> MarketSums {
        let rows = BTreeMap::from([(product().category, BTreeMap::from([(product().sku, taught)]))]);
        let taught = Taught { events: BTreeMap::from([("E01".to_owned(), rows)]), ..Taught::default() };
        let mut sums = MarketSums::default();
        sums.add(&shop(), &Belief::default(), &taught, day("2026-07-27"));
        sums
    }

    #[test]
    fn an_event_is_learnt_from_what_was_sold_in_it_and_its_category_helps_the_others() {
        let sums = festival(EventSums { units: 175.0, expected: 75.0 });
        let row = event("E01", &product().category, "holiday", 1000).event;
        let new = Product { sku: "21010020".parse().unwrap(), ..product() };
        let learnt = sums.learnt(&row, &[product(), new.clone()], EventPrior::Learned).learnt;
        // category: (175 + 25) ÷ (75 + 25) = 2; own: (175 + 25 × 2) ÷ 100
        assert_eq!((learnt[&new.sku], learnt[&product().sku]), (Multiplier(2_000), Multiplier(2_250)));
        let weightless = MarketEvent { prior_weight: 0, ..row.clone() };
        assert_eq!(
            sums.learnt(&weightless, &[product()], EventPrior::Learned).learnt[&product().sku],
            Multiplier(2_250),
            "K = 25"
        );
        let other_series = MarketEvent { of: "干拌面".to_owned(), ..row };
        assert!(sums.learnt(&other_series, &[product()], EventPrior::Learned).learnt.is_empty());
    }

    #[test]
    fn what_moves_nothing_and_what_loads_the_trade_is_not_listed() {
        let usual = festival(EventSums { units: 75.0, expected: 75.0 });
        let of = |kind| event("E01", &product().category, kind, 1000).event;
        assert!(usual.learnt(&of("holiday"), &[product()], EventPrior::Learned).learnt.is_empty());
        let strong = festival(EventSums { units: 900.0, expected: 75.0 });
        assert!(strong.learnt(&of("promotion"), &[product()], EventPrior::Learned).learnt.is_empty());
        let limited = strong.learnt(&of("holiday"), &[product()], EventPrior::Learned).learnt[&product().sku];
        assert_eq!(limited, Multiplier(2_500), "the most that a day can hold");
    }

    #[test]
    fn the_offices_expectation_counts_where_the_company_says_so_and_gives_way_to_sales() {
        let row = event("E01", &product().category, "holiday", 1000).event;
        let row = MarketEvent { multiplier: 150, ..row };
        let of = |sums: &MarketSums, prior| {
            let learnt = sums.learnt(&row, &[product()], prior).learnt;
            learnt.get(&product().sku).map(|multiplier| multiplier.0)
        };
        let (nobody, sold) = (MarketSums::default(), festival(EventSums { units: 60.0, expected: 60.0 }));
        assert_eq!((of(&nobody, EventPrior::Office), of(&nobody, EventPrior::Learned)), (Some(1_500), None));
        assert!(
            of(&sold, EventPrior::Office).is_some_and(|thousandths| (1_001..1_300).contains(&thousandths))
        );
    }

    #[test]
    fn who_is_alone_of_his_kind_is_compared_with_nobody() {
        let (alone, products) = (belief(10.0 / 3.0, 7.0 / 9.0), [product()]);
        let mut sums = MarketSums::default();
        sums.add(&shop(), &alone, &Taught::default(), day("2026-07-24"));
        let rates = &sums.rates(&products)[&(Channel::Kiosk, StoreClass::C)];
        let dispersions = Dispersions::default();
        let market = Market::of(&shop(), &alone, &products, rates, &dispersions, &[]);
        assert!(market.prior(&product()).is_none() && !market.has_seen(product().sku));
    }

    #[test]
    fn what_was_added_is_taken_out_again_whenever_the_rates_are_read() {
        // Two shops of a class, the large one seen a week before the night: without it the small one's rate is left.
        let mut sums = MarketSums::default();
        let (large, small) = (belief(200.0, 10.0), belief(20.0, 10.0));
        for belief in [&large, &small] {
            sums.add(&shop(), belief, &Taught::default(), day("2026-07-27"));
        }
        let rates = &sums.rates(&[product()])[&(Channel::Kiosk, StoreClass::C)];
        let (products, dispersions) = ([product()], Dispersions::default());
        let prior = |own| Market::of(&shop(), own, &products, rates, &dispersions, &[]).prior(&product());
        let of_large = prior(&large).unwrap().rate();
        assert!((of_large - 2.0).abs() < 0.01, "{of_large}");
        assert!(
            serde_json::to_string(rates).unwrap().starts_with(r#"[["21010019","#),
            "as older phones read it"
        );
    }
}
