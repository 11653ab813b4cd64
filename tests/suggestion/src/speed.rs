//! How long a suggestion takes, and a night of priors: the figures of docs/guide/suggestion.md. It judges nothing.

use std::time::{Duration, Instant};

use xundian_domain::suggestion::base_stock::{Prior, ServiceLevel};
use xundian_domain::suggestion::exposure::Exposure;
use xundian_domain::suggestion::prior::{DispersionSums, RateSums, Shrinkage};
use xundian_domain::suggestion::state::State;
use xundian_domain::suggestion::{BaseStock, Inputs, Packing, Policy, PreviousCount, Rounding};
use xundian_domain::{Pack, Units};

use crate::chance::throw;

/// SKUs of a large shop.
pub const SHOP: u64 = 300;
/// Pairs of store and SKU of a large company.
const COMPANY: u64 = 500_000;
const SKUS: u64 = 400;
const CATEGORIES: u64 = 12;
const STORES: u64 = 20_000;

/// One SKU of a shop on the day of a visit: rates from a unit in three weeks to thirty a week, one shelf in ten empty.
pub fn case(n: u64) -> Option<(BaseStock, Inputs)> {
    sized(n, u32::try_from(3 + throw(1, &[n]) % 298).unwrap_or(3))
}

fn sized(n: u64, tenths_a_week: u32) -> Option<(BaseStock, Inputs)> {
    let prior = Prior::new(f64::from(tenths_a_week) * 0.12, 0.25)?;
    let rate = f64::from(tenths_a_week) / 10.0;
    let mut state = State::EMPTY;
    for _ in 0..20 {
        state = state.after(7, Exposure::ordinary(7), rate);
    }
    let policy = BaseStock {
        state,
        prior,
        since: Exposure::ordinary(7),
        ahead: Exposure::ordinary(8),
        days_ahead: 8,
        service: ServiceLevel::USUAL,
        display_minimum: Units(1),
        shelf_life_days: Some(270),
    };
    let sold = tenths_a_week.div_ceil(10);
    let left = if throw(2, &[n]).is_multiple_of(10) { 0 } else { sold / 2 };
    let previous = PreviousCount {
        count: Units(sold),
        days_since: 7,
        received: Some(Units(left)),
        returned: Units::ZERO,
    };
    let inputs =
        Inputs { previous: Some(previous), count_now: Units(left), in_transit: Units::ZERO, cycle_days: 7 };
    Some((policy, inputs))
}

/// As it is ordered in the shop.
pub fn packing() -> Packing {
    Packing { pack: Pack::new(12).unwrap_or(Pack::ONE), rounding: Rounding::Up }
}

/// The table.
pub fn measure() -> String {
    let shop: Vec<_> = (0..SHOP).filter_map(case).collect();
    let one = per_call(&shop, 400);
    let mut rows = vec![
        ("one suggestion, 0.3 to 30 a week, one shelf in ten empty".to_owned(), one),
        (format!("{SHOP} suggestions of a shop"), one * u32::try_from(SHOP).unwrap_or(1)),
    ];
    for rate in [100, 300, 400, 2_000, 1_000_000] {
        let cases: Vec<_> = (0..100).filter_map(|n| sized(n, rate * 10)).collect();
        rows.push((format!("one suggestion at {rate} a week"), per_call(&cases, 20)));
    }
    rows.push((format!("states, sums and priors of {COMPANY} pairs, one core, in memory"), night()));
    let lines = rows.into_iter().map(|(what, time)| format!("| {what} | {time:.2?} |\n"));
    format!("| figure | measured |\n|---|---|\n{}", lines.collect::<String>())
}

fn per_call(cases: &[(BaseStock, Inputs)], rounds: u32) -> Duration {
    let packing = packing();
    let start = now();
    for _ in 0..rounds {
        for (policy, inputs) in std::hint::black_box(cases) {
            std::hint::black_box(policy.advise(inputs, packing));
        }
    }
    let calls = rounds * u32::try_from(cases.len()).unwrap_or(1);
    start.elapsed() / calls.max(1)
}

/// A night after a day on which every pair was visited: learn, add to the sums, draw the prior for tomorrow.
fn night() -> Duration {
    let pairs: Vec<_> = (0..COMPANY).filter_map(case).collect();
    let place = |n: u64, of: u64| usize::try_from(throw(3, &[n]) % of).unwrap_or(0);
    let mut sku = vec![(RateSums::default(), DispersionSums::default()); place_count(SKUS)];
    let mut category = vec![(RateSums::default(), DispersionSums::default()); place_count(CATEGORIES)];
    let mut own = vec![RateSums::default(); pairs.len()];
    let mut own_category = vec![RateSums::default(); place_count(STORES * CATEGORIES)];
    let part = |n: u64| place(n, STORES) * place_count(CATEGORIES) + place(n, CATEGORIES);
    let start = now();
    for (n, (policy, inputs)) in (0..).zip(&pairs) {
        let state = std::hint::black_box(policy.learn(inputs));
        let (wanted, weeks) = (state.sales(), policy.since.weeks());
        let demand = policy.demand(policy.state, policy.since);
        for sums in [&mut sku[place(n, SKUS)], &mut category[place(n, CATEGORIES)]] {
            sums.0.add(wanted, weeks);
            sums.1.add(wanted, wanted, demand.mean(), 2.0 + policy.state.sales());
        }
        own[place(n, COMPANY)].add(wanted, weeks);
        own_category[part(n)].add(wanted, weeks);
    }
    for n in 0..COMPANY {
        let (of_sku, of_category) = (sku[place(n, SKUS)], category[place(n, CATEGORIES)]);
        let rate =
            Shrinkage::TUNED.rate(of_sku.0, own[place(n, COMPANY)], of_category.0, own_category[part(n)]);
        let dispersion = Shrinkage::TUNED.dispersion(of_sku.1, of_category.1);
        std::hint::black_box(rate.and_then(|rate| Prior::new(rate, dispersion)));
    }
    start.elapsed()
}

fn place_count(count: u64) -> usize {
    usize::try_from(count).unwrap_or(0)
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    Instant::now()
}
