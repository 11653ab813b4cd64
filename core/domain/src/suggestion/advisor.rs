//! Everything that the suggestions of one visit go by, put together once: from here every SKU is decided, measured against
//! its usual sales, and opened where the shop has none. Reading rows is the caller's.

use crate::product::Product;
use crate::quantity::Units;
use crate::store::StoreClass;
use crate::time::BusinessDate;

use super::base_stock::{Prior, ServiceLevel};
use super::decision::{Fallback, decide};
use super::exposure::Exposure;
use super::opening::{Gap, Opening, opening};
use super::shelf::Shelf;
use super::state::State;
use super::{
    BaseStock, Belief, Coefficient, Decision, Inputs, Market, OneAndAHalf, Packing, PolicyKind, Rounding,
};

/// One shop on one day.
#[derive(Debug, Clone)]
pub struct Advisor<'a> {
    /// What is known of its market.
    pub market: Market<'a>,
    /// What is remembered of it on this morning.
    pub belief: Belief,
    /// The business date of the visit.
    pub date: BusinessDate,
    /// Days until the delivery after the next planned visit; `None` = the calendar does not say.
    pub days_ahead: Option<u32>,
    /// Whose suggestion it sees.
    pub chosen: PolicyKind,
    /// How sure its shelves shall be.
    pub service: ServiceLevel,
    /// The company's.
    pub rounding: Rounding,
}

impl Advisor<'_> {
    /// The decision about one counted SKU.
    pub fn decide(
        &self,
        product: &Product,
        inputs: &Inputs,
        coefficient: Coefficient,
        shelf: Shelf,
    ) -> Decision {
        let prior = self.market.prior(product);
        let base_stock = self.base_stock(product, inputs, prior, shelf.minimum, self.days_ahead);
        let (rule, base_stock) = (OneAndAHalf { coefficient }, base_stock.as_ref().map_err(|why| *why));
        let decision = decide(self.chosen, &rule, base_stock, inputs, self.packing(product));
        decision.map(|advice| shelf.fit(advice, inputs, product.pack()))
    }

    /// What a shelf that this shop does not have yet is to be opened with; `None` = it is no gap, or nothing is known to
    /// open it by. The prior is that of comparable SKUs.
    pub fn open(
        &self,
        gap: Gap,
        (product, products): (&Product, &[Product]),
        inputs: &Inputs,
        class: StoreClass,
        shelf: Shelf,
    ) -> Option<Opening> {
        let prior = self.comparable(product, products);
        // A shop that is on no route yet is opened for the company's cycle.
        let days_ahead = self.days_ahead.or(Some(inputs.cycle_days));
        let policy = self.base_stock(product, inputs, prior, shelf.minimum, days_ahead).ok()?;
        let opening = opening(gap, &policy, inputs, class, self.packing(product))?;
        Some(opening.within(shelf.most(inputs, product.pack())))
    }

    /// Whether anything is known of what a shop of this kind sells of the SKU, or of its like.
    pub fn knows(&self, product: &Product, products: &[Product]) -> bool {
        self.comparable(product, products).is_some()
    }

    /// Units that an ordinary week sells here: what is remembered, drawn to what others sell; `None` = nobody knows.
    pub fn usual(&self, product: &Product) -> Option<f64> {
        let state = self.belief.state(product.sku);
        match self.market.prior(product) {
            Some(prior) => Some(BaseStock::of(state, prior).rate(state)),
            None => (state.exposure() > 0.0).then(|| state.sales() / state.exposure()),
        }
    }

    fn base_stock(
        &self,
        product: &Product,
        inputs: &Inputs,
        prior: Option<Prior>,
        display_minimum: Units,
        days_ahead: Option<u32>,
    ) -> Result<BaseStock, Fallback> {
        let prior = prior.ok_or(Fallback::NoPrior)?;
        let days_ahead = days_ahead.ok_or(Fallback::NoCalendar)?;
        let since = inputs.previous.map_or(0, |previous| previous.days_since);
        Ok(BaseStock {
            since: self.market.exposure(product, self.date.minus_days(since), since),
            ahead: self.market.exposure(product, self.date, days_ahead),
            days_ahead,
            service: self.service,
            display_minimum,
            shelf_life_days: product.shelf_life_days,
            ..BaseStock::of(self.belief.state(product.sku), prior)
        })
    }

    /// m of a SKU that other shops of the kind sell, else the mean of its series, else its category's.
    fn comparable(&self, product: &Product, products: &[Product]) -> Option<Prior> {
        let of_category = self.market.prior(product);
        if self.market.has_seen(product.sku) {
            return of_category;
        }
        let is_sibling = |other: &&Product| {
            other.series == product.series
                && other.category == product.category
                && other.sku != product.sku
                && self.market.has_seen(other.sku)
        };
        let siblings = products.iter().filter(is_sibling).filter_map(|other| self.market.prior(other));
        let (sum, count) = siblings.fold((0.0, 0.0), |(sum, count), prior| (sum + prior.rate(), count + 1.0));
        let of_series = (count > 0.0).then(|| Prior::new(sum / count, self.market.dispersion(product.sku)));
        of_series.flatten().or(of_category)
    }

    fn packing(&self, product: &Product) -> Packing {
        Packing { pack: product.pack(), rounding: self.rounding }
    }
}

impl BaseStock {
    /// What is remembered and known, with nothing planned: to learn with, and to be completed.
    pub(super) fn of(state: State, prior: Prior) -> Self {
        Self {
            state,
            prior,
            since: Exposure::NONE,
            ahead: Exposure::NONE,
            days_ahead: 0,
            service: ServiceLevel::USUAL,
            display_minimum: Units::ZERO,
            shelf_life_days: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::UnitsDelta;
    use crate::suggestion::prior::RateSums;
    use crate::suggestion::testing::{counted, product, shop};
    use crate::suggestion::{Advice, DEFAULT_COEFFICIENT, Dispersions, Rate, Rates};

    fn sku(n: u32) -> crate::Sku {
        n.to_string().parse().unwrap()
    }

    /// The known product at 6 a week, a sibling at 10 and one of another series at 1, a new one of the known series.
    fn products() -> [Product; 4] {
        let other = |n, series: &str| Product { sku: sku(n), series: series.to_owned(), ..product() };
        let series = product().series;
        [product(), other(2, &series), other(3, "桶面"), other(4, &series)]
    }

    fn rates() -> Rates {
        let rate = |sku, units| Rate::of(sku, RateSums { units, weeks: 10_000.0 });
        let rows = vec![rate(sku(2), 100_000.0), rate(sku(3), 10_000.0), rate(product().sku, 60_000.0)];
        Rates { day: None, rows }
    }

    fn with_advisor<T>(rates: &Rates, days_ahead: Option<u32>, ask: impl FnOnce(&Advisor<'_>) -> T) -> T {
        let (own, dispersions, products) = (Belief::default(), Dispersions::default(), products());
        ask(&Advisor {
            market: Market::of(&shop(), &own, &products, rates, &dispersions, &[]),
            belief: Belief::default(),
            date: "2026-07-27".parse().unwrap(),
            days_ahead,
            chosen: PolicyKind::BaseStock,
            service: ServiceLevel::USUAL,
            rounding: Rounding::Up,
        })
    }

    fn decided(rates: &Rates, days_ahead: Option<u32>, inputs: &Inputs) -> Decision {
        with_advisor(rates, days_ahead, |advisor| {
            advisor.decide(&product(), inputs, DEFAULT_COEFFICIENT, Shelf::FREE)
        })
    }

    #[test]
    fn what_is_missing_is_named_and_the_rule_speaks() {
        let inputs = counted(Some(34), 8);
        let by_base_stock = decided(&rates(), Some(8), &inputs);
        assert_eq!((by_base_stock.spoke, by_base_stock.fallback), (PolicyKind::BaseStock, None));
        let no_prior = decided(&Rates::default(), Some(8), &inputs);
        let no_calendar = decided(&rates(), None, &inputs);
        assert_eq!(no_prior.fallback, Some(Fallback::NoPrior));
        assert_eq!(no_calendar.fallback, Some(Fallback::NoCalendar));
        for decision in [no_prior, no_calendar] {
            assert_eq!(decision.advice.quantity(), Some(Units(48)), "31 by the case of 24");
        }
    }

    #[test]
    fn a_shop_on_no_route_is_opened_for_the_cycle_of_the_company() {
        let (inputs, new) = (counted(None, 0), products()[3].clone());
        let opened = |days| {
            with_advisor(&rates(), days, |advisor| {
                advisor.open(Gap::Launch, (&new, &products()), &inputs, StoreClass::A, Shelf::FREE)
            })
        };
        let by_cycle = opened(None).unwrap();
        assert_eq!(Some(by_cycle), opened(Some(inputs.cycle_days)));
        assert!(by_cycle.target < opened(Some(2 * inputs.cycle_days)).unwrap().target);
    }

    #[test]
    fn a_question_stays_a_question_under_both_policies() {
        let decision = decided(&rates(), Some(8), &counted(Some(5), 9));
        assert_eq!(decision.advice, Advice::NegativeSales(UnitsDelta(-4)));
        assert_eq!(decision.shadow, Some(Advice::NegativeSales(UnitsDelta(-4))));
    }

    #[test]
    fn a_product_that_nobody_sells_is_compared_with_its_series_and_only_then_with_its_category() {
        let new = products()[3].clone();
        let rate = |rates: &Rates, product: &Product| {
            with_advisor(rates, Some(8), |advisor| advisor.comparable(product, &products()).map(Prior::rate))
        };
        assert!((rate(&rates(), &new).unwrap() - 8.0).abs() < 0.05, "between 6 and 10, not near 5.7");
        assert!((rate(&rates(), &product()).unwrap() - 6.0).abs() < 0.05, "its own");
        let other_series =
            Rates { rows: rates().rows.into_iter().filter(|rate| rate.0 == sku(3)).collect(), ..rates() };
        assert!((rate(&other_series, &new).unwrap() - 1.0).abs() < 0.05, "the category");
        assert_eq!(rate(&Rates::default(), &new), None);
    }

    #[test]
    fn usual_is_what_others_sell_until_the_shop_has_sold() {
        let usual = |rates: &Rates| with_advisor(rates, None, |advisor| advisor.usual(&product()));
        assert!((usual(&rates()).unwrap() - 6.0).abs() < 0.05);
        assert_eq!(usual(&Rates::default()), None);
    }
}
