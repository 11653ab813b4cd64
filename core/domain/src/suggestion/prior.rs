//! What the other stores teach: the rate of a SKU, how much its weeks differ, what events do to it. Only sums are kept;
//! a visit is added in constant time, a corrected one is taken out and added again, and nothing is scanned.

use serde::{Deserialize, Serialize};

use super::exposure::Multiplier;

/// How strongly a SKU is drawn to its category, and that to what is known without any sales.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shrinkage {
    /// Weeks of evidence that the category's rate is worth beside the SKU's other stores.
    pub rate_weeks: f64,
    /// φ where nothing is known.
    pub dispersion: f64,
    /// What a parent's φ is worth beside the own sums, in units squared.
    pub dispersion_weight: f64,
    /// K of an event that names no `prior_weight_units`, in units.
    pub event_units: f64,
}

impl Shrinkage {
    /// Tuned on the tuning quarter of Complete Journey (docs/guide/suggestion.md); K as the office's files have it.
    pub const TUNED: Self =
        Self { rate_weeks: 26.0, dispersion: 0.1, dispersion_weight: 200.0, event_units: 25.0 };

    /// m: the SKU's rate in all stores but this one, drawn to that of its category without this store. Both are of the
    /// store's channel and class; `None` if nobody has seen the category.
    pub fn rate(
        &self,
        sku: RateSums,
        own: RateSums,
        category: RateSums,
        own_category: RateSums,
    ) -> Option<f64> {
        let parent = category.without(own_category).plain()?;
        Some(sku.without(own).shrunk(parent, self.rate_weeks))
    }

    /// φ of a SKU: its own errors drawn to its category's, those to [`Shrinkage::dispersion`].
    pub fn dispersion(&self, sku: DispersionSums, category: DispersionSums) -> f64 {
        let parent = category.shrunk(self.dispersion, self.dispersion_weight);
        sku.shrunk(parent, self.dispersion_weight)
    }

    /// L of an event for a SKU: its own sums drawn to its category's, those to the office's prior (1 where the company
    /// learns from its own sales alone). `weight_units` is the event's K, if it names one.
    pub fn multiplier(
        &self,
        sku: EventSums,
        category: EventSums,
        prior: Multiplier,
        weight_units: Option<f64>,
    ) -> Multiplier {
        let weight = weight_units.filter(|units| *units > 0.0).unwrap_or(self.event_units);
        let parent = category.multiplier(prior.factor(), weight);
        Multiplier::from_factor(sku.multiplier(parent, weight))
    }
}

/// Limits of φ: nobody knows a rate to a hundredth, and beyond 4 it is no rate.
const DISPERSION_LIMITS: (f64, f64) = (1e-4, 4.0);
/// The least rate, in units per week: what sells nowhere may still be asked for once in two years.
const RATE_MIN: f64 = 0.01;

/// Wanted units over ordinary weeks: of a SKU in a class, of a store's part in it, of a category.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct RateSums {
    /// Units, with what empty shelves hid.
    pub units: f64,
    /// Ordinary weeks.
    pub weeks: f64,
}

impl RateSums {
    /// Adds a visit.
    pub fn add(&mut self, units: f64, weeks: f64) {
        self.units += units;
        self.weeks += weeks;
    }

    /// Takes a visit out that was corrected.
    pub fn remove(&mut self, units: f64, weeks: f64) {
        self.units = (self.units - units).max(0.0);
        self.weeks = (self.weeks - weeks).max(0.0);
    }

    /// As it is remembered so many days later: sums of fading states fade like them.
    #[must_use]
    pub fn faded(self, days: u32) -> Self {
        let decay = super::state::decay(days);
        Self { units: decay * self.units, weeks: decay * self.weeks }
    }

    /// Without the part of one store: what the others say.
    #[must_use]
    pub fn without(mut self, own: Self) -> Self {
        self.remove(own.units, own.weeks);
        self
    }

    /// Units per week, drawn to a parent's that weighs `weight` weeks.
    fn shrunk(self, parent: f64, weight: f64) -> f64 {
        ((self.units + weight * parent) / (self.weeks + weight)).max(RATE_MIN)
    }

    /// Units per week; `None` without any.
    fn plain(self) -> Option<f64> {
        (self.weeks > 0.0).then(|| self.units / self.weeks)
    }
}

/// By how much squared errors exceed chance: Σ((y − μ)² − μ − μ²/(a + A)) over Σμ², the moments of φ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct DispersionSums {
    /// Units squared; negative where weeks are more even than chance.
    pub excess: f64,
    /// Units squared.
    pub squares: f64,
}

impl std::ops::Add for DispersionSums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { excess: self.excess + other.excess, squares: self.squares + other.squares }
    }
}

impl DispersionSums {
    /// Adds a visit that wanted `wanted` units (`sold`, and of an empty shelf what it hid) where `expected` were, by a state
    /// of a + A = `evidence`. What is hidden behind a count is about geometric: m = wanted − sold varies by m·(1 + m).
    /// Without the empty shelves φ would be learnt from the quiet weeks alone.
    pub fn add(&mut self, sold: f64, wanted: f64, expected: f64, evidence: f64) {
        let square = expected * expected;
        let (error, hidden) = (wanted - expected, wanted - sold);
        self.excess += error * error + hidden * (1.0 + hidden) - expected - square / evidence;
        self.squares += square;
    }

    /// φ, drawn to a parent's that weighs `weight` units squared.
    fn shrunk(self, parent: f64, weight: f64) -> f64 {
        let phi = (self.excess + weight * parent) / (self.squares + weight);
        phi.clamp(DISPERSION_LIMITS.0, DISPERSION_LIMITS.1)
    }
}

/// What was sold in an event, and what would have been without it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EventSums {
    /// Units.
    pub units: f64,
    /// Units, at the rate before the event.
    pub expected: f64,
}

/// The part of a visit's days on which an event held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventShare {
    /// Units per ordinary week, as known before the visit.
    pub rate: f64,
    /// Weeks of the visit's days on which the event held, weighed by the other events alone.
    pub weeks_with: f64,
    /// The other days' exposure.
    pub weeks_without: f64,
    /// The multiplier as known before the visit.
    pub multiplier: Multiplier,
}

impl std::ops::Add for EventSums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { units: self.units + other.units, expected: self.expected + other.expected }
    }
}

impl EventSums {
    /// Adds a visit whose days the event shared. Its sales are split as they were expected: a count says nothing of days.
    pub fn add(&mut self, wanted: f64, share: EventShare) {
        let with = share.multiplier.factor() * share.weeks_with;
        let all = with + share.weeks_without;
        if all > 0.0 {
            self.units += wanted * with / all;
            self.expected += share.rate * share.weeks_with;
        }
    }

    /// L = (num + K·prior) ÷ (den + K).
    pub fn multiplier(self, prior: f64, weight_units: f64) -> f64 {
        (self.units + weight_units * prior) / (self.expected + weight_units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Round numbers, so that every case can be computed by hand.
    const BY_HAND: Shrinkage =
        Shrinkage { rate_weeks: 8.0, dispersion: 0.3, dispersion_weight: 200.0, event_units: 25.0 };

    fn sums(units: f64, weeks: f64) -> RateSums {
        RateSums { units, weeks }
    }

    #[test]
    fn a_store_is_told_what_the_others_sell() {
        // others: 60 units in 12 weeks; category of the others: 90 in 30, 3 a week
        let m =
            BY_HAND.rate(sums(160.0, 22.0), sums(100.0, 10.0), sums(200.0, 40.0), sums(110.0, 10.0)).unwrap();
        assert_eq!(m, (60.0 + 8.0 * 3.0) / (12.0 + 8.0));
    }

    #[test]
    fn a_sku_that_nobody_else_carries_sells_like_its_category() {
        let own = sums(100.0, 10.0);
        let m = BY_HAND.rate(own, own, sums(190.0, 40.0), own).unwrap();
        assert!((m - 3.0).abs() < 1e-12, "{m}");
    }

    #[test]
    fn an_unseen_category_has_no_prior_and_unsold_goods_keep_a_little_rate() {
        assert_eq!(BY_HAND.rate(sums(0.0, 0.0), sums(0.0, 0.0), sums(0.0, 0.0), sums(0.0, 0.0)), None);
        let unsold = BY_HAND.rate(sums(0.0, 50.0), sums(0.0, 0.0), sums(0.0, 90.0), sums(0.0, 0.0));
        assert_eq!(unsold, Some(RATE_MIN));
    }

    #[test]
    fn a_corrected_visit_leaves_no_trace() {
        let mut corrected = sums(10.0, 3.0);
        corrected.add(7.0, 1.0);
        corrected.remove(7.0, 1.0);
        corrected.add(5.0, 1.0);
        assert_eq!(corrected, sums(15.0, 4.0));
        corrected.remove(99.0, 99.0);
        assert_eq!(corrected, RateSums::default(), "never below nothing");
    }

    #[test]
    fn even_weeks_lower_the_dispersion_and_wild_ones_raise_it() {
        let of = |weeks: [f64; 4]| {
            let mut sums = DispersionSums::default();
            weeks.iter().for_each(|units| sums.add(*units, *units, 10.0, 50.0));
            sums
        };
        // excess = Σ(y−10)² − 4·(10 + 2), squares = 400
        let wild = of([0.0, 25.0, 2.0, 20.0]);
        assert_eq!((wild.excess, wild.squares), (100.0 + 225.0 + 64.0 + 100.0 - 48.0, 400.0));
        assert_eq!(wild.shrunk(0.3, 200.0), (441.0 + 200.0 * 0.3) / 600.0);
        assert_eq!(of([10.0; 4]).shrunk(0.3, 200.0), (-48.0 + 200.0 * 0.3) / 600.0);
        let mut hidden = DispersionSums::default();
        hidden.add(12.0, 15.0, 10.0, 50.0);
        assert_eq!(hidden.excess, 25.0 + 3.0 * 4.0 - 10.0 - 2.0);
        assert_eq!(DispersionSums { excess: -1e6, squares: 1.0 }.shrunk(0.3, 200.0), 1e-4);
        assert_eq!(BY_HAND.dispersion(DispersionSums::default(), DispersionSums::default()), 0.3);
    }

    #[test]
    fn a_visit_half_in_a_festival_is_split_as_expected() {
        let mut festival = EventSums::default();
        let share = EventShare {
            rate: 7.0,
            weeks_with: 2.0 / 7.0,
            weeks_without: 5.0 / 7.0,
            multiplier: Multiplier(2500),
        };
        festival.add(20.0, share);
        // 2 days × 2.5 = 5 of 10 ordinary days: half of 20, where 2 were usual
        assert!((festival.units - 10.0).abs() < 1e-12 && (festival.expected - 2.0).abs() < 1e-12);
        assert!((festival.multiplier(1.0, 25.0) - 35.0 / 27.0).abs() < 1e-12);
    }

    #[test]
    fn an_event_is_drawn_to_its_category_and_that_to_the_prior() {
        let (sku, category) =
            (EventSums { units: 30.0, expected: 15.0 }, EventSums { units: 175.0, expected: 75.0 });
        // category: (175 + 25) ÷ (75 + 25) = 2; SKU: (30 + 25·2) ÷ (15 + 25) = 2
        assert_eq!(BY_HAND.multiplier(sku, category, Multiplier::ONE, None), Multiplier(2000));
        let unseen = EventSums::default();
        assert_eq!(BY_HAND.multiplier(unseen, unseen, Multiplier(1350), Some(40.0)), Multiplier(1350));
        assert_eq!(BY_HAND.multiplier(unseen, unseen, Multiplier(1350), Some(0.0)), Multiplier(1350));
    }

    #[test]
    fn learning_the_true_effect_takes_a_few_dozen_units() {
        let (mut sums, mut known) = (EventSums::default(), Multiplier::ONE);
        for _ in 0..40 {
            let share = EventShare { rate: 6.0, weeks_with: 0.5, weeks_without: 0.5, multiplier: known };
            sums.add(6.0 * (0.5 * 2.0 + 0.5), share);
            known = Multiplier::from_factor(sums.multiplier(1.0, BY_HAND.event_units));
        }
        assert!((1_600..=2_000).contains(&known.0), "{known:?}");
    }
}
