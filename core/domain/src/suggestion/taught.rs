//! What the visits of one store taught about the market: errors for φ, shares of events for L, kept per SKU beside the
//! store's belief, so that adding up all stores replays nothing. The sums themselves are `prior`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::Sku;

use super::belief::Lesson;
use super::event::MarketEvent;
use super::exposure::{EventSpan, Exposure, Multiplier};
use super::market::Market;
use super::prior::{DispersionSums, EventShare, EventSums};

/// Per SKU, from one replay.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Taught {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) errors: BTreeMap<Sku, DispersionSums>,
    /// By number of the event, then by its row's category or series.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) events: BTreeMap<String, BTreeMap<String, BTreeMap<Sku, EventSums>>>,
}

impl Taught {
    /// Adds one count of a replay in this market.
    pub fn learn(&mut self, lesson: &Lesson<'_>, market: &Market<'_>) {
        let (sku, sold) = (lesson.product.sku, f64::from(lesson.sold.0));
        self.errors.entry(sku).or_default().add(sold, lesson.wanted, lesson.expected, lesson.evidence);
        let events = market.events(lesson.product);
        for (n, (event, multiplier)) in events.iter().enumerate() {
            let others = events.iter().enumerate().filter(|(other, _)| *other != n);
            let others = || others.map(|(_, (event, multiplier))| event.span(*multiplier)).collect();
            if let Some(share) = share(lesson, event, *multiplier, others) {
                self.of_event(event, sku).add(lesson.wanted, share);
            }
        }
    }

    fn of_event(&mut self, event: &MarketEvent, sku: Sku) -> &mut EventSums {
        let rows = self.events.entry(event.id.clone()).or_default();
        rows.entry(event.of.clone()).or_default().entry(sku).or_default()
    }

    /// Adds what another store's visits taught.
    pub(super) fn add(&mut self, other: &Self) {
        for (sku, sums) in &other.errors {
            let known = self.errors.entry(*sku).or_default();
            *known = *known + *sums;
        }
        for (id, rows) in &other.events {
            let known = self.events.entry(id.clone()).or_default();
            for (of, skus) in rows {
                let known = known.entry(of.clone()).or_default();
                for (sku, sums) in skus {
                    let known = known.entry(*sku).or_default();
                    *known = *known + *sums;
                }
            }
        }
    }
}

/// The event's part of the days since the count before; `None` if it held on none of them.
fn share(
    lesson: &Lesson<'_>,
    event: &MarketEvent,
    multiplier: Multiplier,
    others: impl FnOnce() -> Vec<EventSpan>,
) -> Option<EventShare> {
    let last = lesson.from.plus_days(lesson.days.checked_sub(1)?);
    let (from, to) = (event.from.max(lesson.from), event.to.min(last));
    let days = u32::try_from(to.days_since(from) + 1).ok().filter(|days| *days > 0)?;
    let others = others();
    let all = Exposure::over(&others, lesson.from, lesson.days).weeks();
    let weeks_with = Exposure::over(&others, from, days).weeks();
    Some(EventShare { rate: lesson.rate, weeks_with, weeks_without: (all - weeks_with).max(0.0), multiplier })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Units;
    use crate::suggestion::belief::Belief;
    use crate::suggestion::market::{Dispersions, LearntEvent, Rates};
    use crate::suggestion::testing::{event, product, shop};

    /// Twenty wanted in the week from Monday 2026-09-21, where seven were usual.
    fn taught(events: &[LearntEvent]) -> Taught {
        let (own, products, dispersions) = (Belief::default(), [product()], Dispersions::default());
        let market = Market::of(&shop(), &own, &products, &Rates::default(), &dispersions, events);
        let lesson = Lesson {
            product: &products[0],
            sold: Units(20),
            wanted: 20.0,
            expected: 7.0,
            evidence: 50.0,
            rate: 7.0,
            from: "2026-09-21".parse().unwrap(),
            days: 7,
        };
        let mut taught = Taught::default();
        taught.learn(&lesson, &market);
        taught
    }

    fn sums(taught: &Taught, id: &str) -> Option<EventSums> {
        taught.events.get(id)?.get(&product().category)?.get(&product().sku).copied()
    }

    #[test]
    fn a_week_that_ends_in_a_festival_is_shared_with_it() {
        // the testing event holds from Friday to Sunday: three days × 2 of 4 + 3 × 2 = 10 ordinary ones
        let festival = event("E01", &product().category, "holiday", 2000);
        let festival = sums(&taught(&[festival]), "E01").unwrap();
        assert!((festival.units - 20.0 * 6.0 / 10.0).abs() < 1e-9, "{festival:?}");
        assert!((festival.expected - 3.0).abs() < 1e-9, "{festival:?}");
    }

    #[test]
    fn an_event_is_weighed_by_the_other_ones() {
        let both = [
            event("E01", &product().category, "holiday", 1000),
            event("E02", &product().category, "weather", 2000),
        ];
        let taught = taught(&both);
        // with the weather three days are worth six, at a rate of one a day
        let holiday = sums(&taught, "E01").unwrap();
        assert!((holiday.expected - 6.0).abs() < 1e-9, "{holiday:?}");
        let weather = sums(&taught, "E02").unwrap();
        assert!((weather.expected - 3.0).abs() < 1e-9, "{weather:?}");
    }

    #[test]
    fn the_trades_promotions_and_events_of_other_days_teach_nothing() {
        let mut later = event("E02", &product().category, "holiday", 1000);
        (later.event.from, later.event.to) = ("2026-09-28".parse().unwrap(), "2026-10-07".parse().unwrap());
        let taught = taught(&[event("E01", &product().category, "promotion", 1000), later]);
        assert!(taught.events.is_empty(), "{taught:?}");
        assert_eq!(taught.errors.len(), 1);
    }
}
