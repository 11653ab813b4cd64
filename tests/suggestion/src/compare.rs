//! Two policies at equal stock: each dial is a point, between points it is straight. Standard errors come from leaving out
//! one group of stores after the other.

use crate::replay::Replayed;
use crate::totals::{Groups, Totals};

/// The 97.5 % point of Student's t with 19 degrees of freedom: 20 groups.
pub const T_OF_20_GROUPS: f64 = 2.093;

/// A dial and its sums.
#[derive(Debug, Clone)]
pub struct Point {
    /// Coefficient or probability.
    pub dial: f64,
    /// By group of stores.
    pub groups: Groups,
}

/// A policy over its dials.
#[derive(Debug, Clone, Default)]
pub struct Curve(pub Vec<Point>);

/// A figure of a policy at another's stock or fill.
pub type Figure = fn(&Totals) -> f64;

/// A number with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

impl Estimate {
    /// The lower end of the 95 % interval.
    pub fn low95(&self) -> f64 {
        self.value - T_OF_20_GROUPS * self.error
    }
}

impl Curve {
    /// The curve of a phase of replays.
    pub fn of(replayed: &[(f64, Replayed)], phase: fn(&Replayed) -> &Groups) -> Self {
        let point = |(dial, done): &(f64, Replayed)| Point { dial: *dial, groups: phase(done).clone() };
        Self(replayed.iter().map(point).collect())
    }

    /// The sums of a dial.
    pub fn at(&self, dial: f64) -> Option<&Groups> {
        self.0.iter().find(|point| (point.dial - dial).abs() < 1e-9).map(|point| &point.groups)
    }

    /// `want` where `given` has a value, between the two points around it; `None` outside of the curve.
    fn read(
        &self,
        totals: impl Fn(&Groups) -> Totals,
        given: Figure,
        value: f64,
        want: Figure,
    ) -> Option<f64> {
        let sums: Vec<Totals> = self.0.iter().map(|point| totals(&point.groups)).collect();
        let mut points: Vec<(f64, f64)> = sums.iter().map(|sums| (given(sums), want(sums))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        interpolate(&points, value)
    }

    /// A figure of this policy where its average stock is that of `other`.
    pub fn at_stock(&self, other: &Groups, want: Figure) -> Option<f64> {
        self.read(Groups::all, Totals::average_stock, other.all().average_stock(), want)
    }

    /// The stock at which this policy has the fill of `other`.
    pub fn stock_at_fill(&self, other: &Groups) -> Option<f64> {
        self.read(Groups::all, Totals::fill, other.all().fill(), Totals::average_stock)
    }

    /// How much more of the demand this policy serves than `other` with the stock of `other`.
    pub fn gain(&self, other: &Groups) -> Option<Estimate> {
        let gain = |totals: &dyn Fn(&Groups) -> Totals| {
            let theirs = totals(other);
            let ours = self.read(totals, Totals::average_stock, theirs.average_stock(), Totals::fill)?;
            Some(ours - theirs.fill())
        };
        let value = gain(&Groups::all)?;
        let used = (0..other.0.len()).filter(|group| other.0[*group].wanted > 0.0);
        let without = |group: usize| gain(&|groups: &Groups| groups.all().without(&groups.0[group]));
        let left_out: Vec<f64> = used.map(without).collect::<Option<_>>()?;
        Some(Estimate { value, error: jackknife(&left_out) })
    }
}

/// The standard error of a number from its values without each group.
pub fn jackknife(left_out: &[f64]) -> f64 {
    let count = f64::from(u32::try_from(left_out.len()).unwrap_or(u32::MAX));
    let mean = left_out.iter().sum::<f64>() / count;
    let squares: f64 = left_out.iter().map(|value| (value - mean) * (value - mean)).sum();
    (squares * (count - 1.0) / count).sqrt()
}

/// The height at `x` on the line through points sorted by x; `None` outside.
pub fn interpolate(points: &[(f64, f64)], x: f64) -> Option<f64> {
    let pair = points.windows(2).find(|pair| pair[0].0 <= x && x <= pair[1].0)?;
    let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
    if x1 - x0 < 1e-12 { Some(y0.max(y1)) } else { Some(y0 + (y1 - y0) * (x - x0) / (x1 - x0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(stock: f64, sold: f64) -> Totals {
        Totals { wanted: 100.0, sold, stock, days: 1.0, ..Totals::default() }
    }

    fn point(dial: f64, groups: &[(f64, f64)]) -> Point {
        let groups = groups.iter().map(|(stock, sold)| totals(*stock, *sold)).collect();
        Point { dial, groups: Groups(groups) }
    }

    #[test]
    fn between_points_it_is_straight_and_outside_unknown() {
        let points = [(1.0, 10.0), (3.0, 20.0)];
        assert_eq!(interpolate(&points, 2.0), Some(15.0));
        assert_eq!((interpolate(&points, 0.9), interpolate(&points, 3.1)), (None, None));
    }

    #[test]
    fn the_gain_is_taken_at_the_stock_of_the_other() {
        let curve = Curve(vec![point(0.9, &[(2.0, 80.0); 4]), point(0.95, &[(4.0, 90.0); 4])]);
        let rule = point(1.5, &[(3.0, 82.0); 4]);
        let gain = curve.gain(&rule.groups).unwrap();
        assert!((gain.value - 0.03).abs() < 1e-12 && gain.error < 1e-12, "{gain:?}");
        assert!((curve.stock_at_fill(&rule.groups).unwrap() - 2.4).abs() < 1e-12);
    }

    #[test]
    fn groups_that_disagree_widen_the_error() {
        let ours = Curve(vec![
            point(0.9, &[(2.0, 80.0), (2.0, 90.0), (2.0, 70.0)]),
            point(0.95, &[(4.0, 90.0), (4.0, 99.0), (4.0, 80.0)]),
        ]);
        let rule = point(1.5, &[(3.0, 82.0); 3]);
        let gain = ours.gain(&rule.groups).unwrap();
        assert!(gain.error > 0.01 && gain.low95() < gain.value - 0.02, "{gain:?}");
    }

    #[test]
    fn the_jackknife_of_a_mean_is_its_standard_error() {
        let values = [1.0, 2.0, 4.0, 9.0];
        let left_out: Vec<f64> = values.iter().map(|value| (16.0 - value) / 3.0).collect();
        let variance = values.iter().map(|value: &f64| (value - 4.0).powi(2)).sum::<f64>() / 3.0;
        assert!((jackknife(&left_out) - (variance / 4.0).sqrt()).abs() < 1e-12);
    }
}
