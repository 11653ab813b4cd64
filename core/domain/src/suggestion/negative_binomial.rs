//! The distribution of sales in a stretch of time: negative binomial with mean μ and size r, variance μ + μ²/r.
//! Ordinary shops are summed term by term from 0; what is far out goes through the incomplete beta function. No rule here.

use libm::{exp, lgamma, log, log1p, sqrt};

/// Means above it are searched for, not walked to: 1,000 terms are about a microsecond.
const WALK_MEAN_MAX: f64 = 512.0;
/// Terms of a walk from 0 before the search takes over (small r has a long tail).
const WALK_TERMS_MAX: u32 = 4_096;
/// P(0) below it would lose digits as a subnormal number.
const WALK_START_MIN: f64 = 1e-290;
/// Terms of the tail series before the incomplete beta function takes over.
const SERIES_TERMS_MAX: u32 = 4_096;
/// What may be missing of a tail, relative to it.
const SERIES_REST: f64 = 1e-13;
/// Steps of the continued fraction: enough for means of 10⁷.
const FRACTION_STEPS_MAX: u32 = 20_000;
/// Where the mean stops: beyond it counts do not fit into a quantity.
const MEAN_MAX: f64 = 1e9;
/// Limits of 1/r: below, it is a Poisson distribution to 10 digits; above, nothing sold by people.
const INVERSE_SIZE: (f64, f64) = (1e-9, 1e3);
/// ln √(2π).
const LN_SQRT_TAU: f64 = 0.918_938_533_204_672_8;

/// Demand with a mean and an uncertainty. Always a valid distribution: what comes in is limited to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NegativeBinomial {
    mean: f64,
    size: f64,
    /// μ ÷ (r + μ), the ratio of far terms.
    ratio: f64,
}

impl NegativeBinomial {
    /// Mean in units (0 … 10⁹; what is no number counts as 0), `inverse_size` = 1/r (10⁻⁹ … 10³).
    pub fn new(mean: f64, inverse_size: f64) -> Self {
        let mean = if mean > 0.0 { mean.min(MEAN_MAX) } else { 0.0 };
        let inverse =
            if inverse_size > INVERSE_SIZE.0 { inverse_size.min(INVERSE_SIZE.1) } else { INVERSE_SIZE.0 };
        let size = 1.0 / inverse;
        Self { mean, size, ratio: mean / (size + mean) }
    }

    /// μ.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// P(D ≤ k).
    pub fn cdf(&self, k: u32) -> f64 {
        match self.walk(|at, _| at >= k) {
            Some((_, sum)) => sum.min(1.0),
            None => self.tails(f64::from(k)).0,
        }
    }

    /// The smallest s with P(D ≤ s) ≥ p; p is taken as 0 … 1 − 10⁻¹².
    pub fn quantile(&self, p: f64) -> u32 {
        let p = if p > 0.0 { p.min(1.0 - 1e-12) } else { 0.0 };
        match self.walk(|_, sum| sum >= p) {
            Some((s, _)) => s,
            None => self.search(p),
        }
    }

    /// E[D | D ≥ y]: what was wanted if at least `y` was sold before the shelf was empty.
    ///
    /// With h = P(y) ÷ P(D ≥ y) it is μ + y·(1 + μ/r)·h, from (k+1)·P(k+1) = (k+r)·q·P(k) summed over k ≥ y; nothing
    /// cancels, and 1/h is a series that begins with 1, so that no tail is too thin. Uses + × ÷ alone for ordinary shops.
    pub fn mean_at_least(&self, y: u32) -> f64 {
        let at = f64::from(y);
        let inverse = self.inverse_hazard(at);
        (self.mean + at * (1.0 + self.mean / self.size) / inverse).max(at)
    }

    /// Adds up P(0), P(1) … until `done(k, P(D ≤ k))`; `None` where that is too long or starts below the numbers.
    fn walk(&self, done: impl Fn(u32, f64) -> bool) -> Option<(u32, f64)> {
        if self.mean > WALK_MEAN_MAX {
            return None;
        }
        let mut term = exp(-self.size * log1p(self.mean / self.size));
        if term < WALK_START_MIN {
            return None;
        }
        let mut sum = term;
        let mut k = 0.0;
        for at in 0..WALK_TERMS_MAX {
            if done(at, sum) {
                return Some((at, sum));
            }
            term *= (k + self.size) / (k + 1.0) * self.ratio;
            sum += term;
            k += 1.0;
        }
        None
    }

    /// P(D ≥ y) ÷ P(D = y) = Σ over j of P(y+j) ÷ P(y).
    fn inverse_hazard(&self, y: f64) -> f64 {
        let (mut term, mut sum, mut k) = (1.0, 1.0, y);
        let rest = SERIES_REST * (1.0 - self.ratio);
        for _ in 0..SERIES_TERMS_MAX {
            let step = (k + self.size) / (k + 1.0) * self.ratio;
            term *= step;
            sum += term;
            k += 1.0;
            if (step < 1.0 && term <= rest * sum) || sum > 1e300 {
                return sum;
            }
        }
        if y == 0.0 {
            return f64::INFINITY; // it is multiplied by y
        }
        self.tails(y - 1.0).1 / self.point(y)
    }

    /// P(D ≤ k) and P(D > k), by the continued fraction of the incomplete beta function on the side where it is quick.
    fn tails(&self, k: f64) -> (f64, f64) {
        let (a, b) = (k + 1.0, self.size);
        let next = self.point(k + 1.0);
        if self.ratio < (a + 1.0) / (a + b + 2.0) {
            let upper = (next * beta_fraction(a, b, self.ratio)).min(1.0);
            (1.0 - upper, upper)
        } else {
            let lower = (next * (k + 1.0) / b * beta_fraction(b, a, b / (b + self.mean))).min(1.0);
            (lower, 1.0 - lower)
        }
    }

    /// P(D = k) for k ≥ 1 by Loader's saddle point, which keeps its digits for every size (C. Loader, Fast and accurate
    /// computation of binomial probabilities, 2000).
    fn point(&self, k: f64) -> f64 {
        if self.mean == 0.0 {
            return 0.0;
        }
        let n = k + self.size;
        let exponent = stirling_error(n)
            - stirling_error(self.size)
            - stirling_error(k)
            - deviance(self.size, n * (self.size / (self.size + self.mean)))
            - deviance(k, n * self.ratio);
        // r/(r+k) · binomial(n; r): sqrt(n / (2π r k)) · r / n
        exp(exponent - LN_SQRT_TAU) * sqrt(self.size / (k * n))
    }

    /// Newton's steps inside a bracket; every fourth halves it, so that it ends within 128 steps wherever it begins.
    fn search(&self, p: f64) -> u32 {
        let deviation = sqrt(self.mean * (1.0 + self.mean / self.size));
        let (mut below, mut above) = (-1.0, f64::from(u32::MAX));
        let mut guess = libm::floor(self.mean + 2.0 * deviation).clamp(0.0, above - 1.0);
        let mut steps = 0u32;
        while above - below > 1.0 {
            let lower = self.tails(guess).0;
            if lower >= p {
                above = guess;
            } else {
                below = guess;
            }
            let newton = guess + libm::ceil((p - lower) / self.point(guess.max(1.0)));
            let halving = steps % 4 == 3 || newton.is_nan();
            let next = if halving { libm::floor(below + (above - below) / 2.0) } else { newton };
            guess = next.max(below + 1.0).min(above - 1.0);
            steps += 1;
        }
        units(above)
    }
}

/// A whole number of units from an integral float; what does not fit is the largest quantity.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "floats saturate, and it is never negative"
)]
pub(super) fn units(value: f64) -> u32 {
    value as u32
}

/// ln k! − Stirling's formula, for k > 0, also between the integers.
fn stirling_error(k: f64) -> f64 {
    if k < 16.0 {
        return lgamma(k + 1.0) - (k + 0.5) * log(k) + k - LN_SQRT_TAU;
    }
    let square = k * k;
    (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square) / square)
        / k
}

/// x·ln(x/m) + m − x without cancellation near x = m.
fn deviance(x: f64, m: f64) -> f64 {
    let difference = x - m;
    if difference.abs() >= 0.1 * (x + m) {
        return x * log(x / m) - difference;
    }
    let v = difference / (x + m);
    let (mut sum, mut power) = (difference * v, 2.0 * x * v);
    for odd in 1..200 {
        power *= v * v;
        let next = sum + power / f64::from(2 * odd + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// The continued fraction of I_x(a, b) by Lentz's method, for x < (a+1)/(a+b+2).
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    let mut m = 0.0;
    for _ in 0..FRACTION_STEPS_MAX {
        m += 1.0;
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        product *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        product *= d * c;
        if (d * c - 1.0).abs() < 3e-16 {
            break;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64, relative: f64) -> bool {
        (a - b).abs() <= relative * a.abs().max(b.abs())
    }

    #[test]
    fn size_one_is_the_geometric_distribution() {
        let d = NegativeBinomial::new(3.0, 1.0);
        assert!(close(d.cdf(0), 0.25, 1e-15));
        assert!(close(d.cdf(5), 1.0 - 0.75f64.powi(6), 1e-14));
        assert_eq!((d.quantile(0.25), d.quantile(0.250_001)), (0, 1));
        // without memory: what is missing is as much as ever
        assert!(close(d.mean_at_least(10), 13.0, 1e-12));
        assert!(close(d.mean_at_least(100_000), 100_003.0, 1e-12));
    }

    #[test]
    fn a_large_size_is_the_poisson_distribution() {
        let d = NegativeBinomial::new(2.0, 0.0);
        let poisson = (-2.0f64).exp() * (1.0 + 2.0 + 2.0);
        assert!(close(d.cdf(2), poisson, 1e-8));
    }

    #[test]
    fn nothing_wanted_needs_no_stock() {
        for mean in [0.0, -1.0, f64::NAN] {
            let d = NegativeBinomial::new(mean, 0.5);
            assert_eq!((d.quantile(0.999), d.cdf(0), d.mean_at_least(0)), (0, 1.0, 0.0));
            assert_eq!(d.mean_at_least(7), 7.0);
        }
    }

    #[test]
    fn both_ways_of_summing_agree_where_they_meet() {
        for (mean, inverse) in [(5.0, 0.4), (80.0, 0.2), (500.0, 0.5), (300.0, 1e-4), (0.3, 2.0)] {
            let d = NegativeBinomial::new(mean, inverse);
            for k in [0u32, 1, 5, 40, 300, 700] {
                assert!(close(d.cdf(k), d.tails(f64::from(k)).0, 1e-11), "{mean} {inverse} {k}");
            }
            for p in [0.5, 0.9, 0.99, 0.999] {
                assert_eq!(d.quantile(p), d.search(p), "{mean} {inverse} {p}");
            }
        }
    }

    #[test]
    fn both_ways_to_the_tail_agree_where_they_meet() {
        for (mean, inverse, y) in [(40.0, 0.3, 30u32), (40.0, 0.3, 90), (400.0, 0.05, 500), (2.0, 1.0, 20)] {
            let d = NegativeBinomial::new(mean, inverse);
            let at = f64::from(y);
            let by_fraction = d.tails(at - 1.0).1 / d.point(at);
            assert!(close(d.inverse_hazard(at), by_fraction, 1e-10), "{mean} {inverse} {y}");
        }
    }

    /// A value spread evenly over its digits.
    fn scaled(low: f64, high: f64) -> impl Strategy<Value = f64> {
        (low.ln()..high.ln()).prop_map(f64::exp)
    }

    proptest! {
        #[test]
        fn more_certainty_never_needs_less(mean in scaled(1e-9, 1e6), inverse in scaled(1e-9, 1e3), p in 0.0f64..1.0, q in 0.0f64..1.0) {
            let d = NegativeBinomial::new(mean, inverse);
            prop_assert!(d.quantile(p.min(q)) <= d.quantile(p.max(q)));
        }

        #[test]
        fn more_demand_never_needs_less(mean in scaled(1e-9, 1e6), more in 1.0f64..3.0, inverse in scaled(1e-4, 4.0), p in 0.5f64..0.999) {
            let (less, greater) = (NegativeBinomial::new(mean, inverse), NegativeBinomial::new(mean * more, inverse));
            prop_assert!(less.quantile(p) <= greater.quantile(p));
        }

        #[test]
        fn the_quantile_is_the_first_that_reaches_p(mean in scaled(1e-9, 1e6), inverse in scaled(1e-6, 1e2), p in 0.001f64..0.9999) {
            let d = NegativeBinomial::new(mean, inverse);
            let s = d.quantile(p);
            prop_assert!(d.cdf(s) >= p - 1e-10, "{} < {p} at {s}", d.cdf(s));
            prop_assert!(s == 0 || d.cdf(s - 1) < p + 1e-10, "{} ≥ {p} at {}", d.cdf(s - 1), s - 1);
        }

        #[test]
        fn what_was_wanted_is_at_least_what_was_sold(mean in scaled(1e-9, 1e6), inverse in scaled(1e-9, 1e3), y in any::<u32>()) {
            let wanted = NegativeBinomial::new(mean, inverse).mean_at_least(y);
            prop_assert!(wanted.is_finite() && wanted >= f64::from(y));
            prop_assert!(wanted >= mean * (1.0 - 1e-9));
        }

        #[test]
        fn a_longer_sale_lets_expect_more(mean in scaled(1e-3, 1e3), inverse in scaled(1e-4, 4.0), y in 0u32..2_000) {
            let d = NegativeBinomial::new(mean, inverse);
            prop_assert!(d.mean_at_least(y) <= d.mean_at_least(y + 1) * (1.0 + 1e-12));
        }
    }
}
