//! The base-stock policy against an independent implementation: `tests/vectors/base_stock.json`, written by
//! `tests/suggestion/vectors.py` with scipy. Bits where + − × ÷ decide, else nine digits.

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use xundian_domain::suggestion::base_stock::{Prior, ServiceLevel};
    use xundian_domain::suggestion::exposure::{EventSpan, Exposure, Multiplier};
    use xundian_domain::suggestion::negative_binomial::NegativeBinomial;
    use xundian_domain::suggestion::state::State;
    use xundian_domain::suggestion::{Advice, BaseStock, Inputs, Packing, Policy, PreviousCount, Rounding};
    use xundian_domain::{BusinessDate, Pack, Units};

    #[derive(Deserialize)]
    struct Vectors {
        cdf: Vec<Point>,
        quantile: Vec<Point>,
        conditional: Vec<Point>,
        sequences: Vec<Sequence>,
    }

    #[derive(Debug, Deserialize)]
    struct Point {
        mean: String,
        inverse_size: String,
        #[serde(default)]
        k: u32,
        #[serde(default)]
        cdf: String,
        #[serde(default)]
        p: u32,
        #[serde(default)]
        s: u32,
        #[serde(default)]
        y: u32,
        #[serde(default)]
        expected: String,
    }

    impl Point {
        fn distribution(&self) -> NegativeBinomial {
            NegativeBinomial::new(float(&self.mean), float(&self.inverse_size))
        }
    }

    #[derive(Deserialize)]
    struct Sequence {
        name: String,
        rate: String,
        dispersion: String,
        service: u16,
        pack: u32,
        events: Vec<(BusinessDate, BusinessDate, u16)>,
        visits: Vec<Visit>,
    }

    #[derive(Debug, Deserialize)]
    struct Visit {
        date: BusinessDate,
        previous: Option<u32>,
        #[serde(default)]
        days: u32,
        received: Option<u32>,
        now: u32,
        in_transit: u32,
        cycle: u32,
        days_ahead: u32,
        sales_bits: String,
        exposure_bits: String,
        target: Option<u32>,
        suggest: Option<u32>,
        quantity: Option<u32>,
    }

    impl Visit {
        fn inputs(&self) -> Inputs {
            let previous = self.previous.map(|count| PreviousCount {
                count: Units(count),
                days_since: self.days,
                received: self.received.map(Units),
                returned: Units::ZERO,
            });
            Inputs {
                previous,
                count_now: Units(self.now),
                in_transit: Units(self.in_transit),
                cycle_days: self.cycle,
            }
        }

        fn bits(&self) -> [u32; 2] {
            [&self.sales_bits, &self.exposure_bits].map(|hex| u32::from_str_radix(hex, 16).unwrap())
        }
    }

    impl Sequence {
        fn policy(&self, state: State, visit: &Visit) -> BaseStock {
            let span = |(from, to, multiplier): &(_, _, u16)| EventSpan {
                from: *from,
                to: *to,
                multiplier: Multiplier(*multiplier),
            };
            let spans: Vec<EventSpan> = self.events.iter().map(span).collect();
            BaseStock {
                state,
                prior: Prior::new(float(&self.rate), float(&self.dispersion)).unwrap(),
                since: Exposure::over(&spans, visit.date.minus_days(visit.days), visit.days),
                ahead: Exposure::over(&spans, visit.date, visit.days_ahead),
                days_ahead: visit.days_ahead,
                service: ServiceLevel::new(self.service).unwrap(),
                display_minimum: Units::ZERO,
                shelf_life_days: None,
            }
        }
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("../../../tests/vectors/base_stock.json")).unwrap()
    }

    fn float(text: &str) -> f64 {
        text.parse().unwrap()
    }

    fn assert_nine_digits(ours: f64, theirs: &str, point: &Point) {
        let theirs = float(theirs);
        assert!((ours - theirs).abs() <= 1e-9 * theirs.abs(), "{ours} is not {theirs} of {point:?}");
    }

    #[test]
    fn the_distribution_function_has_nine_digits_from_the_thin_tail_to_a_million() {
        let points = vectors().cdf;
        assert!(points.len() > 200);
        for point in &points {
            assert_nine_digits(point.distribution().cdf(point.k), &point.cdf, point);
        }
    }

    #[test]
    fn quantiles_are_the_same_units() {
        let points = vectors().quantile;
        assert!(points.len() > 400);
        for point in &points {
            let s = point.distribution().quantile(f64::from(point.p) / 1000.0);
            assert_eq!(s, point.s, "{point:?}");
        }
    }

    #[test]
    fn what_was_wanted_has_nine_digits() {
        let points = vectors().conditional;
        assert!(points.len() > 200);
        for point in &points {
            assert_nine_digits(point.distribution().mean_at_least(point.y), &point.expected, point);
        }
    }

    #[test]
    fn whole_seasons_of_visits_leave_the_same_bits_and_the_same_orders() {
        for sequence in vectors().sequences {
            let mut state = State::EMPTY;
            for visit in &sequence.visits {
                let (policy, inputs) = (sequence.policy(state, visit), visit.inputs());
                state = policy.learn(&inputs);
                assert_eq!(state.to_bits(), visit.bits(), "{}: {visit:?}", sequence.name);
                let pack = Pack::new(sequence.pack).unwrap();
                let advice = policy.advise(&inputs, Packing { pack, rounding: Rounding::Up });
                let numbers = match advice {
                    Advice::Suggest(s) => Some((s.target.0, s.suggest.0, s.quantity.0)),
                    _ => None,
                };
                let wanted = visit.target.zip(visit.suggest).zip(visit.quantity).map(|((t, s), q)| (t, s, q));
                assert_eq!(numbers, wanted, "{}: {visit:?}", sequence.name);
            }
        }
    }
}
