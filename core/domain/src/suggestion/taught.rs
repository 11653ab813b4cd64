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
#[serde(from = "Kept", into = "Kept")]
pub struct Taught {
    pub(super) errors: BTreeMap<Sku, DispersionSums>,
    /// By number of the event, then by its row's category or series.
    pub(super) events: BTreeMap<String, BTreeMap<String, BTreeMap<Sku, EventSums>>>,
}

/// As it is kept, in hundredths: a store has met a dozen events with each of its SKUs.
#[derive(Serialize, Deserialize)]
struct Kept {
    errors: Vec<Two>,
    events: Vec<(String, String, Vec<Two>)>,
}

/// The two sums of a SKU.
type Two = (Sku, i64, i64);

impl From<Taught> for Kept {
    fn from(taught: Taught) -> Self {
        let errors = taught.errors.into_iter();
        let errors = errors.map(|(sku, sums)| (sku, hundredths(sums.excess), hundredths(sums.squares)));
        let mut events = Vec::new();
        for (id, rows) in taught.events {
            for (of, skus) in rows {
                let skus = skus.into_iter();
                let skus = skus.map(|(sku, sums)| (sku, hundredths(sums.units), hundredths(sums.expected)));
                events.push((id.clone(), of, skus.collect()));
            }
        }
        Self { errors: errors.collect(), events }
    }
}

impl From<Kept> for Taught {
    fn from(kept: Kept) -> Self {
        let mut taught = Self::default();
        for (sku, excess, squares) in kept.errors {
            let sums = DispersionSums { excess: of_hundredths(excess), squares: of_hundredths(squares) };
            taught.errors.insert(sku, sums);
        }
        for (id, of, skus) in kept.events {
            let sums = |(sku, units, expected)| {
                (sku, EventSums { units: of_hundredths(units), expected: of_hundredths(expected) })
            };
            taught.events.entry(id).or_default().insert(of, skus.into_iter().map(sums).collect());
        }
        taught
    }
}

#[expect(clippy::cast_possible_truncation, reason = "floats saturate, and no store sells that much")]
fn hundredths(value: f64) -> i64 {
    (value * 100.0).round() as i64
}

fn of_hundredths(value: i64) -> f64 {
    value as f64 / 100.0
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
    fn what_is_kept_is_what_was_taught_to_a_hundredth() {
        let taught = taught(&[event("E01", &product().category, "holiday", 2000)]);
        let text = serde_json::to_string(&taught).unwrap();
        // (20 − 7)² − 7 − 7² ÷ 50, and 7²
        let errors = format!(r#"[["{}",16102,4900]]"#, product().sku);
        let events = format!(r#"[["E01","{}",[["{}",1200,300]]]]"#, product().category, product().sku);
        assert_eq!(text, format!(r#"{{"errors":{errors},"events":{events}}}"#));
        let kept: Taught = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&kept).unwrap(), text);
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
