//! How much selling lies in a stretch of days: days weighed by what events do to a SKU, in ordinary weeks.
//! Learning the multipliers is `prior`; which days belong to a visit is the caller's.

use serde::{Deserialize, Serialize};

use crate::time::BusinessDate;

/// The product of all events of one day stays between these (data set README, "Events"), in thousandths.
const DAY_LIMITS: (f64, f64) = (0.2, 2.5);
/// A stretch is counted day by day up to ten years; nothing that is learnt reaches farther back.
const DAYS_MAX: u32 = 3_653;

/// Ordinary weeks of selling: 7 ordinary days are 1. Never negative, always finite.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Exposure(f64);

impl Exposure {
    /// No day.
    pub const NONE: Self = Self(0.0);

    /// Days without an event.
    pub fn ordinary(days: u32) -> Self {
        Self(f64::from(days.min(DAYS_MAX)) / 7.0)
    }

    /// The days `from … from + days − 1`, each weighed by the events that hold on it for this SKU in this store, one span
    /// per event: within an event the most specific row was chosen before.
    pub fn over(spans: &[EventSpan], from: BusinessDate, days: u32) -> Self {
        if spans.is_empty() {
            return Self::ordinary(days);
        }
        let weighed = (0..days.min(DAYS_MAX)).map(|ahead| day_weight(spans, from.plus_days(ahead)));
        Self(weighed.sum::<f64>() / 7.0)
    }

    /// In weeks.
    pub fn weeks(self) -> f64 {
        self.0
    }
}

/// What an event does to a rate, in thousandths: 1250 = ×1.25.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Multiplier(pub u16);

impl Multiplier {
    /// An event without effect.
    pub const ONE: Self = Self(1000);

    /// As a factor.
    pub fn factor(self) -> f64 {
        f64::from(self.0) / 1000.0
    }

    /// What one day can hold of it: beyond that it changes nothing, and from 0 no sale would ever be counted as its own.
    #[must_use]
    pub fn within_limits(self) -> Self {
        let (least, most) = DAY_LIMITS;
        self.clamp(Self::from_factor(least), Self::from_factor(most))
    }

    /// Rounded to thousandths; what is no number or beyond 65 becomes the nearest that can be kept.
    pub fn from_factor(factor: f64) -> Self {
        let thousandths = super::negative_binomial::units(factor * 1000.0 + 0.5);
        Self(u16::try_from(thousandths).unwrap_or(u16::MAX))
    }
}

/// An event as it concerns one SKU in one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSpan {
    /// First day.
    pub from: BusinessDate,
    /// Last day, included.
    pub to: BusinessDate,
    /// What it does on each of them.
    pub multiplier: Multiplier,
}

fn day_weight(spans: &[EventSpan], day: BusinessDate) -> f64 {
    let holding = spans.iter().filter(|span| span.from <= day && day <= span.to);
    holding.map(|span| span.multiplier.factor()).product::<f64>().clamp(DAY_LIMITS.0, DAY_LIMITS.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    fn span(from: &str, to: &str, thousandths: u16) -> EventSpan {
        EventSpan { from: date(from), to: date(to), multiplier: Multiplier(thousandths) }
    }

    #[test]
    fn seven_ordinary_days_are_a_week() {
        assert_eq!(Exposure::ordinary(7).weeks(), 1.0);
        assert_eq!(Exposure::over(&[], date("2026-07-27"), 14).weeks(), 2.0);
        assert_eq!(Exposure::ordinary(0), Exposure::NONE);
    }

    #[test]
    fn both_ends_of_an_event_belong_to_it() {
        let festival = [span("2026-07-28", "2026-07-29", 1500)];
        assert_eq!(Exposure::over(&festival, date("2026-07-27"), 7).weeks(), (5.0 + 2.0 * 1.5) / 7.0);
        assert_eq!(Exposure::over(&festival, date("2026-07-30"), 7).weeks(), 1.0);
    }

    #[test]
    fn events_multiply_and_their_product_is_limited() {
        let day = date("2026-07-28");
        let twice = [span("2026-07-28", "2026-07-28", 2000), span("2026-07-28", "2026-07-28", 2000)];
        assert_eq!(Exposure::over(&twice, day, 1).weeks(), 2.5 / 7.0);
        let closed = [span("2026-07-28", "2026-07-28", 0)];
        assert_eq!(Exposure::over(&closed, day, 1).weeks(), 0.2 / 7.0);
        let both = [span("2026-07-28", "2026-07-28", 1500), span("2026-07-28", "2026-07-28", 800)];
        assert_eq!(Exposure::over(&both, day, 1).weeks(), 1.5 * 0.8 / 7.0);
    }

    #[test]
    fn a_multiplier_keeps_thousandths_whatever_comes() {
        assert_eq!(Multiplier::from_factor(1.2345), Multiplier(1235));
        assert_eq!(Multiplier::from_factor(f64::NAN), Multiplier(0));
        assert_eq!(Multiplier::from_factor(1e9), Multiplier(u16::MAX));
    }

    #[test]
    fn a_stretch_of_centuries_ends() {
        assert_eq!(Exposure::ordinary(u32::MAX), Exposure::ordinary(DAYS_MAX));
    }
}
