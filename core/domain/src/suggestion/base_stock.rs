//! The base-stock policy: a rate learnt from every visit, with sales that an empty shelf hides, and the stock that lasts
//! until the next delivery with the wanted certainty. Where the prior comes from is `prior`; who speaks is `decision`.

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::quantity::Units;

use super::exposure::Exposure;
use super::negative_binomial::{NegativeBinomial, units};
use super::state::State;
use super::{Advice, Inputs, Packing, Policy, PolicyKind, Sales, Suggestion, tenths};

/// a: how many units of evidence the prior is worth.
pub const PRIOR_WEIGHT_UNITS: f64 = 2.0;
/// The longest time without a visit that a state speaks across: after a year a shop is a new shop.
pub const GAP_DAYS_MAX: u32 = 365;

/// What is known about a SKU before this store's own sales speak.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    rate: f64,
    dispersion: f64,
}

impl Prior {
    /// One a week, of what nobody has counted anywhere: to learn with, never to suggest by.
    pub const UNKNOWN: Self = Self { rate: 1.0, dispersion: 0.1 };

    /// m in units per ordinary week (above 0) and φ (0 or more); `None` for what says nothing.
    pub fn new(rate: f64, dispersion: f64) -> Option<Self> {
        let sound = rate.is_finite() && rate > 0.0 && dispersion.is_finite() && dispersion >= 0.0;
        sound.then_some(Self { rate, dispersion })
    }

    /// m: units per ordinary week.
    pub fn rate(self) -> f64 {
        self.rate
    }

    /// φ: how much weeks differ beyond chance.
    pub fn dispersion(self) -> f64 {
        self.dispersion
    }
}

/// How sure a shelf shall be not to run dry before the next delivery, in thousandths (500 … 999).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct ServiceLevel(u16);

impl From<ServiceLevel> for u16 {
    fn from(level: ServiceLevel) -> Self {
        level.0
    }
}

impl TryFrom<u16> for ServiceLevel {
    type Error = &'static str;

    fn try_from(thousandths: u16) -> Result<Self, Self::Error> {
        Self::new(thousandths).ok_or("a service level lies between 500 and 999 thousandths")
    }
}

impl ServiceLevel {
    /// 90 %: one visit in ten may find the shelf empty; for goods that are dear to hold.
    pub const LEAN: Self = Self(900);
    /// 95 %: one in twenty.
    pub const USUAL: Self = Self(950);
    /// 98 %: one in fifty; for goods whose absence sends customers away.
    pub const SAFE: Self = Self(980);

    /// `None` outside 500 … 999: below a half it would plan to fail, and 1000 has no finite stock.
    pub fn new(thousandths: u16) -> Option<Self> {
        (500..=999).contains(&thousandths).then_some(Self(thousandths))
    }

    /// In thousandths.
    pub fn thousandths(self) -> u16 {
        self.0
    }

    fn probability(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

coded_enum! {
    /// What decided the stock to reach, when it was not the demand alone.
    Limit {
        /// Raised to what the display standard wants to see.
        Display = "display",
        /// Lowered to what sells before the shelf life ends.
        ShelfLife = "shelf_life",
        /// More does not fit.
        Room = "room",
    }
}

/// The policy for one SKU in one store at one visit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BaseStock {
    /// What was remembered before this visit.
    pub state: State,
    /// What is known from elsewhere.
    pub prior: Prior,
    /// The days since the previous count.
    pub since: Exposure,
    /// The days until the delivery after the next planned visit.
    pub ahead: Exposure,
    /// The same in calendar days.
    pub days_ahead: u32,
    /// The dial.
    pub service: ServiceLevel,
    /// What the display standard wants to see; 0 = nothing.
    pub display_minimum: Units,
    /// 保质期; `None` = no limit.
    pub shelf_life_days: Option<u32>,
}

/// The stock to reach and what is expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// S.
    pub stock: Units,
    /// μ: expected sales until the next delivery.
    pub expected: f64,
    /// What else decided S.
    pub limit: Option<Limit>,
}

impl BaseStock {
    /// λ = (a + A) ÷ (a/m + B), in units per ordinary week.
    pub fn rate(&self, state: State) -> f64 {
        (PRIOR_WEIGHT_UNITS + state.sales()) / (PRIOR_WEIGHT_UNITS / self.prior.rate + state.exposure())
    }

    /// Demand over an exposure: mean λ·e, 1/r = φ + 1/(a + A).
    pub fn demand(&self, state: State, exposure: Exposure) -> NegativeBinomial {
        let uncertainty = self.prior.dispersion + 1.0 / (PRIOR_WEIGHT_UNITS + state.sales());
        NegativeBinomial::new(self.rate(state) * exposure.weeks(), uncertainty)
    }

    /// y: what was sold, or if the shelf was found empty what was wanted: min(E[D | D ≥ y], 2y + 2).
    pub fn wanted(&self, sold: Units, shelf_empty: bool) -> f64 {
        let at_least = f64::from(sold.0);
        if !shelf_empty {
            return at_least;
        }
        let most = 2.0 * at_least + 2.0;
        let demand = self.demand(self.state, self.since);
        if demand.mean() >= most { most } else { demand.mean_at_least(sold.0).min(most) }
    }

    /// The state after this visit. A count that says nothing (first, unanswered, negative sales) only lets time pass.
    pub fn learn(&self, inputs: &Inputs) -> State {
        let Some(previous) = inputs.previous else { return self.state };
        match inputs.sales() {
            Sales::Known(sold) => {
                let wanted = self.wanted(sold, inputs.count_now.is_zero());
                self.state.after(previous.days_since, self.since, wanted)
            }
            Sales::FirstCount | Sales::ReceiptUnknown | Sales::Negative(_) => {
                self.state.rested(previous.days_since)
            }
        }
    }

    /// S = smallest s with P(D ≤ s) ≥ p, at least the display minimum, at most what sells before the shelf life ends.
    pub fn target(&self, state: State) -> Target {
        let demand = self.demand(state, self.ahead);
        let quantile = Units(demand.quantile(self.service.probability()));
        let raised = quantile.max(self.display_minimum);
        let sells = self.shelf_life_days.map(|days| self.sells_within(state, days));
        let stock = sells.map_or(raised, |most| raised.min(most));
        let limit = if stock < raised {
            Some(Limit::ShelfLife)
        } else {
            (raised > quantile).then_some(Limit::Display)
        };
        Target { stock, expected: demand.mean(), limit }
    }

    /// Expected sales of ordinary days, rounded up: one unit is always allowed.
    fn sells_within(&self, state: State, days: u32) -> Units {
        Units(units(libm::ceil(self.rate(state) * Exposure::ordinary(days).weeks())).max(1))
    }
}

impl Policy for BaseStock {
    fn kind(&self) -> PolicyKind {
        PolicyKind::BaseStock
    }

    /// S − count − in transit. A first count is answered from the prior; what cannot be right is asked.
    fn advise(&self, inputs: &Inputs, packing: Packing) -> Advice {
        let sold = match inputs.sales() {
            Sales::Known(sold) => Some(sold),
            Sales::FirstCount => None,
            Sales::ReceiptUnknown => return Advice::ReceiptUnknown,
            Sales::Negative(delta) => return Advice::NegativeSales(delta),
        };
        let target = self.target(self.learn(inputs));
        let suggest = target.stock.saturating_sub(inputs.count_now + inputs.in_transit);
        Advice::Suggest(Suggestion {
            sold,
            out_of_stock: inputs.count_now.is_zero(),
            weekly_tenths: tenths(target.expected * 7.0 / f64::from(self.days_ahead.max(1))),
            target: target.stock,
            limit: target.limit,
            suggest,
            quantity: packing.round(suggest),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quantity::Pack;
    use crate::suggestion::{PreviousCount, Rounding};

    const UNITS: Packing = Packing { pack: Pack::ONE, rounding: Rounding::Up };

    /// A weekly shop with a prior of 6 a week, visited now.
    fn policy(state: State) -> BaseStock {
        BaseStock {
            state,
            prior: Prior::new(6.0, 0.3).unwrap(),
            since: Exposure::ordinary(7),
            ahead: Exposure::ordinary(8),
            days_ahead: 8,
            service: ServiceLevel::USUAL,
            display_minimum: Units::ZERO,
            shelf_life_days: None,
        }
    }

    fn counted(previous: u32, received: u32, now: u32) -> Inputs {
        let previous = PreviousCount {
            count: Units(previous),
            days_since: 7,
            received: Some(Units(received)),
            returned: Units::ZERO,
        };
        Inputs { previous: Some(previous), count_now: Units(now), in_transit: Units::ZERO, cycle_days: 7 }
    }

    fn state(sales: f64, exposure: f64) -> State {
        State::rounded(sales, exposure)
    }

    fn number(policy: &BaseStock, inputs: &Inputs, packing: Packing) -> Suggestion {
        match policy.advise(inputs, packing) {
            Advice::Suggest(suggestion) => suggestion,
            other => panic!("no number: {other:?}"),
        }
    }

    #[test]
    fn the_rate_begins_at_the_prior_and_follows_the_store() {
        let p = policy(State::EMPTY);
        assert_eq!(p.rate(State::EMPTY), 6.0);
        let busy = state(200.0, 10.0);
        assert!((p.rate(busy) - 202.0 / (2.0 / 6.0 + 10.0)).abs() < 1e-12);
    }

    #[test]
    fn an_empty_shelf_hides_sales_but_not_without_end() {
        let p = policy(State::EMPTY);
        assert_eq!(p.wanted(Units(4), false), 4.0);
        let hidden = p.wanted(Units(4), true);
        assert!(hidden > 6.0 && hidden <= 10.0, "{hidden}");
        assert_eq!(p.wanted(Units(0), true), 2.0, "nothing there, nothing sold: at most 2·0 + 2");
        let busy = BaseStock { prior: Prior::new(500.0, 0.3).unwrap(), ..p };
        assert_eq!(busy.wanted(Units(4), true), 10.0);
    }

    #[test]
    fn a_count_that_says_nothing_only_lets_time_pass() {
        let before = state(10.0, 2.0);
        let p = policy(before);
        let negative = counted(5, 0, 9);
        assert_eq!(p.learn(&negative), before.rested(7));
        assert_eq!(p.advise(&negative, UNITS), Advice::NegativeSales(crate::quantity::UnitsDelta(-4)));
        let mut unanswered = counted(5, 0, 3);
        unanswered.previous.as_mut().unwrap().received = None;
        assert_eq!(p.learn(&unanswered), before.rested(7));
        assert_eq!(p.advise(&unanswered, UNITS), Advice::ReceiptUnknown);
    }

    #[test]
    fn a_first_count_is_answered_from_the_prior_and_says_so() {
        let p = policy(State::EMPTY);
        let first = Inputs { previous: None, ..counted(0, 0, 3) };
        let s = number(&p, &first, UNITS);
        assert_eq!(s.sold, None);
        assert_eq!(p.learn(&first), State::EMPTY);
        assert_eq!(s.suggest, Units(s.target.0 - 3));
    }

    #[test]
    fn the_display_raises_and_the_shelf_life_caps() {
        let first = Inputs { previous: None, ..counted(0, 0, 0) };
        let plain = number(&policy(State::EMPTY), &first, UNITS);
        let shown = BaseStock { display_minimum: Units(40), ..policy(State::EMPTY) };
        let s = number(&shown, &first, UNITS);
        assert_eq!((s.target, s.limit), (Units(40), Some(Limit::Display)));
        let fresh = BaseStock { shelf_life_days: Some(9), ..shown };
        let s = number(&fresh, &first, UNITS);
        assert_eq!((s.target, s.limit), (Units(8), Some(Limit::ShelfLife)), "6 a week × 9 days = 7.7");
        assert!(plain.target > Units(8) && plain.limit.is_none());
        let dying = BaseStock { shelf_life_days: Some(0), ..shown };
        assert_eq!(number(&dying, &first, UNITS).target, Units(1), "never a silent 0");
    }

    #[test]
    fn nonsense_is_no_prior_and_no_dial() {
        for (rate, dispersion) in
            [(0.0, 0.1), (-1.0, 0.1), (f64::NAN, 0.1), (1.0, -0.1), (1.0, f64::INFINITY)]
        {
            assert_eq!(Prior::new(rate, dispersion), None);
        }
        assert_eq!((ServiceLevel::new(499), ServiceLevel::new(1000)), (None, None));
        assert_eq!(ServiceLevel::new(950), Some(ServiceLevel::USUAL));
    }

    #[test]
    fn a_gap_of_ten_years_leaves_the_prior() {
        let old = state(1e6, 1e3).rested(3650);
        let p = policy(old);
        assert!((p.rate(old) - 6.0).abs() < 1e-9, "{}", p.rate(old));
    }

    fn any_policy() -> impl Strategy<Value = BaseStock> {
        let state = (0.0f64..1e5, 0.0f64..10.0).prop_map(|(sales, exposure)| state(sales, exposure));
        let prior =
            (-20.0f64..12.0, 0.0f64..4.0).prop_map(|(rate, phi)| Prior::new(rate.exp(), phi).unwrap());
        let days = (0u32..400, 0u32..40);
        (state, prior, days, 500u16..=999, 0u32..50, proptest::option::of(0u32..400)).prop_map(
            |(state, prior, (since, ahead), p, display, shelf_life_days)| BaseStock {
                state,
                prior,
                since: Exposure::ordinary(since),
                ahead: Exposure::ordinary(ahead),
                days_ahead: ahead,
                service: ServiceLevel::new(p).unwrap(),
                display_minimum: Units(display),
                shelf_life_days,
            },
        )
    }

    fn any_inputs() -> impl Strategy<Value = Inputs> {
        let edge = prop_oneof![0u32..50, 0u32..5_000, Just(u32::MAX), Just(0u32)];
        let previous = (edge.clone(), 1u32..4_000, proptest::option::of(edge.clone()), 0u32..50).prop_map(
            |(count, days_since, received, returned)| PreviousCount {
                count: Units(count),
                days_since,
                received: received.map(Units),
                returned: Units(returned),
            },
        );
        (proptest::option::of(previous), edge, 0u32..500, 1u32..30).prop_map(
            |(previous, now, transit, cycle_days)| Inputs {
                previous,
                count_now: Units(now),
                in_transit: Units(transit),
                cycle_days,
            },
        )
    }

    fn suggested(policy: &BaseStock, inputs: &Inputs) -> Option<Units> {
        match policy.advise(inputs, UNITS) {
            Advice::Suggest(suggestion) => Some(suggestion.suggest),
            _ => None,
        }
    }

    proptest! {
        #[test]
        fn a_safer_dial_never_suggests_less(policy in any_policy(), inputs in any_inputs(), q in 500u16..=999) {
            let other = BaseStock { service: ServiceLevel::new(q).unwrap(), ..policy };
            let (lean, safe) = if q < policy.service.0 { (other, policy) } else { (policy, other) };
            prop_assert!(suggested(&lean, &inputs) <= suggested(&safe, &inputs));
        }

        #[test]
        fn better_sales_elsewhere_never_suggest_less(policy in any_policy(), now in 0u32..500, more in 1.0f64..3.0) {
            // a first count: with a history the prior also decides how much an empty shelf hid
            let inputs = Inputs { previous: None, ..counted(0, 0, now) };
            let better = BaseStock { prior: Prior::new(policy.prior.rate * more, policy.prior.dispersion).unwrap(), ..policy };
            prop_assert!(suggested(&policy, &inputs) <= suggested(&better, &inputs));
        }

        #[test]
        fn what_is_there_or_coming_is_not_ordered_again(policy in any_policy(), inputs in any_inputs(), more in 0u32..1_000) {
            let coming = Inputs { in_transit: inputs.in_transit + Units(more), ..inputs };
            let rest = suggested(&policy, &inputs).map(|units| units.saturating_sub(Units(more)));
            prop_assert_eq!(suggested(&policy, &coming), rest);
        }

        #[test]
        fn what_came_and_went_back_teaches_nothing(policy in any_policy(), inputs in any_inputs(), back in 1u32..50) {
            let Some(previous) = inputs.previous else { return Ok(()) };
            let came = previous.received.map(|received| received + Units(back));
            let more = PreviousCount { received: came, returned: previous.returned + Units(back), ..previous };
            prop_assume!(previous.received.is_none_or(|units| units.0 < 10_000) && previous.count.0 < 10_000);
            let with_returns = Inputs { previous: Some(more), ..inputs };
            prop_assert_eq!(policy.learn(&with_returns).to_bits(), policy.learn(&inputs).to_bits());
        }

        #[test]
        fn whatever_comes_in_packs_are_whole_and_the_state_is_sound(policy in any_policy(), inputs in any_inputs(), pack in 1u32..200) {
            let packing = Packing { pack: Pack::new(pack).unwrap(), rounding: Rounding::NearestNeverEmpty };
            if let Advice::Suggest(s) = policy.advise(&inputs, packing) {
                prop_assert_eq!(s.quantity.0 % pack, 0);
                prop_assert!(s.suggest.0 == 0 || s.quantity.0 > 0);
            }
            let after = policy.learn(&inputs);
            prop_assert_eq!(State::from_bits(after.to_bits()), Some(after));
        }

        #[test]
        fn the_target_lasts_with_the_wanted_certainty(policy in any_policy()) {
            let policy = BaseStock { display_minimum: Units::ZERO, shelf_life_days: None, ..policy };
            let target = policy.target(policy.state);
            let demand = policy.demand(policy.state, policy.ahead);
            prop_assert!(demand.cdf(target.stock.0) >= policy.service.probability() - 1e-10);
        }
    }
}
