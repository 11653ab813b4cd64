//! What the company remembers of one store: (A, B) of every SKU that was counted, made by replaying its ledger
//! (docs/adr/0010). The server publishes it, a phone goes on from it with its own visits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::Sku;
use crate::ledger::{Ledger, LedgerVisit, Now};
use crate::product::Product;
use crate::quantity::Units;
use crate::stamp::Millis;
use crate::time::BusinessDate;

use super::base_stock::{GAP_DAYS_MAX, PRIOR_WEIGHT_UNITS, Prior, ServiceLevel};
use super::exposure::Exposure;
use super::market::Market;
use super::prior::RateSums;
use super::state::State;
use super::{BaseStock, Inputs, Sales};

/// Ordinary weeks, as they are remembered, from which a shop's own rate is known well enough to err against: its fifth weekly
/// count.
const SETTLED_WEEKS: f64 = 3.0;

/// The memory of a store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Published", into = "Published")]
pub struct Belief {
    until: Option<(BusinessDate, Millis)>,
    states: BTreeMap<Sku, State>,
}

/// As it goes over the wire: bit patterns, so that the phone goes on from the very same numbers.
#[derive(Serialize, Deserialize)]
struct Published {
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<BusinessDate>,
    at: Millis,
    states: Vec<(Sku, u64, u64)>,
}

impl From<Published> for Belief {
    /// What is no state is left out: the SKU begins anew, and says so by its prior.
    fn from(published: Published) -> Self {
        let state = |(sku, a, b)| Some((sku, State::from_bits([kept(a), kept(b)])?));
        Self {
            until: published.date.map(|date| (date, published.at)),
            states: published.states.into_iter().filter_map(state).collect(),
        }
    }
}

/// Bits of today; a pattern of 64 is of a file from before they were 32.
fn kept(bits: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounded as `State` does")]
    let rounded = |wide: f64| (wide as f32).to_bits();
    u32::try_from(bits).unwrap_or_else(|_| rounded(f64::from_bits(bits)))
}

impl From<Belief> for Published {
    fn from(belief: Belief) -> Self {
        let bits = |(sku, state): (Sku, State)| {
            let [a, b] = state.to_bits();
            (sku, u64::from(a), u64::from(b))
        };
        Self {
            date: belief.until.map(|(date, _)| date),
            at: belief.until.map_or(Millis(0), |(_, at)| at),
            states: belief.states.into_iter().map(bits).collect(),
        }
    }
}

/// What one count taught, for the sums of φ and L.
#[derive(Debug, Clone, Copy)]
pub struct Lesson<'a> {
    /// What was counted.
    pub product: &'a Product,
    /// Sold since the count before.
    pub sold: Units,
    /// The same with what an empty shelf hid.
    pub wanted: f64,
    /// What was to be expected.
    pub expected: f64,
    /// a + A before.
    pub evidence: f64,
    /// λ before, units per ordinary week.
    pub rate: f64,
    /// The day of the count before.
    pub from: BusinessDate,
    /// Days since.
    pub days: u32,
}

impl Belief {
    /// The last visit that is in it: business date and check-in.
    pub fn until(&self) -> Option<(BusinessDate, Millis)> {
        self.until
    }

    /// (A, B) of a SKU; empty if it was never counted.
    pub fn state(&self, sku: Sku) -> State {
        self.states.get(&sku).copied().unwrap_or(State::EMPTY)
    }

    /// Days from the last visit to a day, by which what was learnt has faded; 0 before it, and where nothing was learnt.
    pub(super) fn days_before(&self, day: BusinessDate) -> u32 {
        self.until.map_or(0, |(last, _)| u32::try_from(day.days_since(last)).unwrap_or(0))
    }

    /// The same as sums after so many days, to be added up over stores or taken out of such a sum.
    pub fn sums(&self, sku: Sku, days: u32) -> RateSums {
        let state = self.state(sku).rested(days);
        RateSums { units: state.sales(), weeks: state.exposure() }
    }

    /// Everything that was counted.
    pub fn states(&self) -> impl Iterator<Item = (Sku, State)> {
        self.states.iter().map(|(sku, state)| (*sku, *state))
    }

    /// What is believed on the morning of a day: what was published, and what the ledger has after it. A ledger that has
    /// what the belief should have and has not (a second visit of its last day) is replayed from its beginning.
    #[must_use]
    pub fn on(&self, day: BusinessDate, ledger: &Ledger, products: &[Product], market: &Market<'_>) -> Self {
        let goes_on = |(date, at)| date < day && !ledger.visits.iter().any(|v| v.date == date && v.at > at);
        let known = if self.until.is_some_and(goes_on) { self.clone() } else { Self::default() };
        known.replay(ledger, day, products, market, &mut |_| {})
    }

    /// Goes on with the ledger's visits before `day`, at most a year back from the last of them. Late and corrected
    /// results are where they belong: nothing is kept of how the ledger looked before.
    #[must_use]
    pub fn replay(
        mut self,
        ledger: &Ledger,
        day: BusinessDate,
        products: &[Product],
        market: &Market<'_>,
        teach: &mut dyn FnMut(&Lesson<'_>),
    ) -> Self {
        let known = self.until.map(|(date, _)| date);
        let mut visits: Vec<&LedgerVisit> = ledger.visits.iter().filter(|visit| visit.date < day).collect();
        visits.sort_by_key(|visit| (visit.date, visit.at));
        let Some(last) = visits.last() else { return self };
        let first = last.date.minus_days(GAP_DAYS_MAX);
        let of: BTreeMap<Sku, &Product> = products.iter().map(|product| (product.sku, product)).collect();
        let mut past = Ledger { visits: Vec::new(), deliveries: ledger.deliveries.clone() };
        for (n, visit) in visits.iter().enumerate() {
            if visit.date >= first && known.is_none_or(|known| visit.date > known) {
                let later = visits[n + 1..].iter().take_while(|later| later.date == visit.date);
                let again: Vec<Sku> =
                    later.flat_map(|later| later.entry.counts.iter().map(|row| row.0)).collect();
                let counted = visit.entry.counts.iter().map(|row| row.0).filter(|sku| !again.contains(sku));
                for product in counted.filter_map(|sku| of.get(&sku)) {
                    self.learn(product, &past, visit, market, teach);
                }
                self.until = Some((visit.date, visit.at));
            }
            past.visits.push((*visit).clone());
        }
        self
    }

    fn learn(
        &mut self,
        product: &Product,
        past: &Ledger,
        visit: &LedgerVisit,
        market: &Market<'_>,
        teach: &mut dyn FnMut(&Lesson<'_>),
    ) {
        let now = Now { date: visit.date, at: visit.at, entry: &visit.entry, cycle_days: 0 };
        let Some(inputs) = past.inputs(product.sku, &now) else { return };
        let days = inputs.previous.map_or(0, |previous| previous.days_since);
        if days >= GAP_DAYS_MAX {
            // After a year a shop is a new shop.
            self.states.insert(product.sku, State::EMPTY);
            return;
        }
        let from = visit.date.minus_days(days);
        let (state, told) = (self.state(product.sku), market.prior_to_learn(product));
        let since = market.exposure(product, from, days);
        if let Sales::Known(sold) = inputs.sales()
            && let Some(prior) = told.or_else(|| settled(state))
        {
            teach(&lesson(&learning(state, prior, since), product, &inputs, sold, (from, days)));
        }
        let policy = learning(state, told.unwrap_or(Prior::UNKNOWN), since);
        self.states.insert(product.sku, policy.learn(&inputs));
    }
}

/// A shop's own rate, once it is one. Errors of what was expected from nothing are no weeks that differ: where a company
/// begins they would teach a φ that fills shelves to the ceiling.
fn settled(state: State) -> Option<Prior> {
    let rate = state.sales() / state.exposure();
    Prior::new(rate, Prior::UNKNOWN.dispersion()).filter(|_| state.exposure() >= SETTLED_WEEKS)
}

/// The policy as far as learning needs it: nothing is planned ahead.
fn learning(state: State, prior: Prior, since: Exposure) -> BaseStock {
    BaseStock {
        state,
        prior,
        since,
        ahead: Exposure::NONE,
        days_ahead: 0,
        service: ServiceLevel::USUAL,
        display_minimum: Units::ZERO,
        shelf_life_days: None,
    }
}

fn lesson<'a>(
    policy: &BaseStock,
    product: &'a Product,
    inputs: &Inputs,
    sold: Units,
    (from, days): (BusinessDate, u32),
) -> Lesson<'a> {
    let rate = policy.rate(policy.state);
    Lesson {
        product,
        sold,
        wanted: policy.wanted(sold, inputs.count_now.is_zero()),
        expected: rate * policy.since.weeks(),
        evidence: PRIOR_WEIGHT_UNITS + policy.state.sales(),
        rate,
        from,
        days,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{DeliveryLine, LedgerDelivery, VisitEntry};
    use crate::suggestion::market::{Dispersions, LearntEvent, Rate, Rates};
    use crate::suggestion::testing::{product, shop};

    const DAY: i64 = 86_400_000;

    fn day(n: u32) -> BusinessDate {
        "2026-01-05".parse::<BusinessDate>().unwrap().plus_days(n)
    }

    fn at(n: u32, hour: i64) -> Millis {
        Millis(i64::from(n) * DAY + hour * 3_600_000)
    }

    fn visit(n: u32, hour: i64, count: u32) -> LedgerVisit {
        let entry = VisitEntry { counts: vec![(product().sku, Units(count))], ..VisitEntry::default() };
        LedgerVisit { date: day(n), at: at(n, hour), entry }
    }

    fn delivery(n: u32, delivered: Option<u32>) -> LedgerDelivery {
        let line = DeliveryLine {
            sku: product().sku,
            confirmed: Units(24),
            delivered: delivered.map(Units),
            carried: Units::ZERO,
            picked_up: Units::ZERO,
        };
        LedgerDelivery {
            order: crate::OrderId(uuid::Uuid::from_u128(u128::from(n))),
            due_by: at(n, 12),
            at: delivered.map(|_| at(n, 10)),
            lines: vec![line],
            missed: None,
        }
    }

    /// Five weeks: 20 there, 24 come every Tuesday, some are left on Monday; the fourth week the shelf is empty.
    fn ledger() -> Ledger {
        let visits = [(0, 20), (7, 18), (14, 22), (21, 0), (28, 10)].map(|(n, count)| visit(n, 9, count));
        let deliveries = [1, 8, 15, 22].map(|n| delivery(n, Some(24)));
        Ledger { visits: visits.into(), deliveries: deliveries.into() }
    }

    fn rates() -> Rates {
        let sums = RateSums { units: 2_000.0, weeks: 100.0 };
        Rates { day: None, rows: vec![Rate::of(product().sku, sums)] }
    }

    /// What is believed by those who see `ledger` and go on from `known`.
    fn believed(known: &Belief, ledger: &Ledger, before: u32) -> Belief {
        let (products, dispersions, events) = ([product()], Dispersions::default(), [] as [LearntEvent; 0]);
        let own = Belief::default();
        let market = Market::of(&shop(), &own, &products, &rates(), &dispersions, &events);
        known.on(day(before), ledger, &products, &market)
    }

    fn bits(belief: &Belief) -> [u32; 2] {
        belief.state(product().sku).to_bits()
    }

    /// What is expected of each count that teaches anything.
    fn expectations(rates: &Rates) -> Vec<f64> {
        let (products, dispersions, own) = ([product()], Dispersions::default(), Belief::default());
        let market = Market::of(&shop(), &own, &products, rates, &dispersions, &[]);
        let visits = (0..6).map(|week| visit(7 * week, 9, 20)).collect();
        let deliveries = (0..6).map(|week| delivery(7 * week + 1, Some(24))).collect();
        let ledger = Ledger { visits, deliveries };
        let mut expected = Vec::new();
        let mut teach = |lesson: &Lesson<'_>| expected.push(lesson.expected);
        let _ = Belief::default().replay(&ledger, day(60), &products, &market, &mut teach);
        expected
    }

    #[test]
    fn where_nobody_knows_a_rate_nobody_errs_until_the_shop_knows_its_own() {
        assert_eq!(expectations(&rates()).len(), 5, "every count but the first");
        let own = expectations(&Rates::default());
        assert!(own.len() == 1 && (own[0] - 24.0).abs() < 1e-4, "{own:?}");
    }

    #[test]
    fn sales_are_added_up_and_fade() {
        let belief = believed(&Belief::default(), &ledger(), 15);
        // two weeks: 20 + 24 − 18 = 26, 18 + 24 − 22 = 20; the first has faded by δ = 0.9
        let state = belief.state(product().sku);
        assert!((state.sales() - (0.9 * 26.0 + 20.0)).abs() < 1e-5, "{state:?}");
        assert!((state.exposure() - 1.9).abs() < 1e-6);
        assert_eq!(belief.until(), Some((day(14), at(14, 9))));
    }

    #[test]
    fn a_phone_that_goes_on_from_what_was_published_has_the_servers_bits() {
        let whole = believed(&Belief::default(), &ledger(), 29);
        for published_on in [0, 1, 8, 22] {
            let published = believed(&Belief::default(), &ledger(), published_on);
            let text = serde_json::to_string(&published).unwrap();
            let pulled: Belief = serde_json::from_str(&text).unwrap();
            assert_eq!(bits(&believed(&pulled, &ledger(), 29)), bits(&whole));
        }
    }

    #[test]
    fn a_file_from_before_the_bits_were_32_is_read() {
        let (a, b) = (13.25f64.to_bits(), 1.9f64.to_bits());
        let text = format!(r#"{{"date":"2026-07-27","at":0,"states":[["{}",{a},{b}]]}}"#, product().sku);
        let belief: Belief = serde_json::from_str(&text).unwrap();
        let state = belief.state(product().sku);
        assert!((state.sales() - 13.25).abs() < 1e-6 && (state.exposure() - 1.9).abs() < 1e-6, "{state:?}");
        assert_ne!(serde_json::to_string(&belief).unwrap(), text, "told on with 32");
    }

    #[test]
    fn an_empty_shelf_hides_sales_and_a_late_result_is_believed_where_it_belongs() {
        let mut unanswered = ledger();
        unanswered.deliveries[1] = delivery(8, None);
        let before = believed(&Belief::default(), &unanswered, 15);
        assert!((before.state(product().sku).exposure() - 0.9).abs() < 1e-6, "the second week says nothing");
        let after = believed(&Belief::default(), &ledger(), 15);
        assert_ne!(bits(&before), bits(&after));
        let weeks = |n| believed(&Belief::default(), &ledger(), n).state(product().sku).sales();
        assert!(weeks(22) - 0.9 * weeks(15) > 46.0, "at least the 46 that were there were wanted");
    }

    #[test]
    fn two_visits_of_a_day_teach_once_even_where_the_first_was_published() {
        let mut twice = ledger();
        twice.visits.insert(2, visit(7, 16, 17));
        let published = believed(&Belief::default(), &ledger(), 8);
        assert_eq!(published.until(), Some((day(7), at(7, 9))));
        let state = believed(&published, &twice, 8).state(product().sku);
        assert!((state.sales() - 27.0).abs() < 1e-5, "{state:?}");
        assert_eq!(bits(&believed(&published, &twice, 29)), bits(&believed(&Belief::default(), &twice, 29)));
    }

    #[test]
    fn after_a_year_a_shop_is_a_new_shop() {
        let mut ledger = Ledger { visits: vec![visit(0, 9, 20), visit(7, 9, 10)], deliveries: vec![] };
        ledger.visits.push(visit(400, 9, 10));
        let belief = believed(&Belief::default(), &ledger, 401);
        assert_eq!(belief.state(product().sku), State::EMPTY);
    }

    #[test]
    fn what_a_shop_was_told_of_itself_does_not_change_what_its_ledger_says() {
        let (products, dispersions) = ([product()], Dispersions::default());
        let rates =
            Rates { day: None, rows: vec![Rate::of(product().sku, RateSums { units: 160.0, weeks: 22.0 })] };
        let told = believed(&Belief::default(), &ledger(), 15);
        let of = |own: &Belief| {
            let market = Market::of(&shop(), own, &products, &rates, &dispersions, &[]);
            bits(&Belief::default().replay(&ledger(), day(29), &products, &market, &mut |_| {}))
        };
        assert_eq!(of(&told), of(&Belief::default()));
    }

    #[test]
    fn every_usable_count_teaches_and_nothing_else_does() {
        let (products, dispersions) = ([product()], Dispersions::default());
        let own = Belief::default();
        let market = Market::of(&shop(), &own, &products, &rates(), &dispersions, &[]);
        let mut lessons = Vec::new();
        let mut teach = |lesson: &Lesson<'_>| lessons.push((lesson.sold.0, lesson.wanted, lesson.days));
        let mut odd = ledger();
        odd.deliveries[3] = delivery(22, None);
        drop(Belief::default().replay(&odd, day(29), &products, &market, &mut teach));
        let sold: Vec<u32> = lessons.iter().map(|lesson| lesson.0).collect();
        assert_eq!(sold, [26, 20, 46], "not the first count, not the week without an answer");
        assert!(lessons[2].1 > 46.0 && lessons[0].1 == 26.0, "{lessons:?}");
    }
}
