//! What a replay adds up, per group of stores: units, stock, empty shelves, orders. Ratios are taken at the end.

/// Sums over the days and visits of some stores.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Units that customers wanted.
    pub wanted: f64,
    /// Units that they got.
    pub sold: f64,
    /// Stock in the evening, over all series and days.
    pub stock: f64,
    /// Series × days.
    pub days: f64,
    /// Counts.
    pub counts: f64,
    /// Counts of an empty shelf.
    pub empty: f64,
    /// Order lines.
    pub lines: f64,
    /// Visits of stores.
    pub visits: f64,
    /// Σ variance of a series' orders.
    pub variance: f64,
    /// Series.
    pub series: f64,
    /// Targets of which the following days are known.
    pub horizons: f64,
    /// Of these, demand above the target: the shelf ran dry.
    pub exceeded: f64,
    /// Of these, demand at or above the target.
    pub reached: f64,
    /// Σ of what the policy itself expected of `exceeded`.
    pub exceed_expected: f64,
}

impl Totals {
    /// Share of what was wanted that was there.
    pub fn fill(&self) -> f64 {
        self.sold / self.wanted
    }

    /// Average units on the shelf of a series.
    pub fn average_stock(&self) -> f64 {
        self.stock / self.days
    }

    /// Share of counts that found nothing.
    pub fn empty_share(&self) -> f64 {
        self.empty / self.counts
    }

    /// Share of targets that the demand of their days exceeded: a customer found the shelf empty.
    pub fn dry_share(&self) -> f64 {
        self.exceeded / self.horizons
    }

    /// Order lines of a visit.
    pub fn lines_per_visit(&self) -> f64 {
        self.lines / self.visits
    }

    /// Variance of a series' orders, averaged.
    pub fn order_variance(&self) -> f64 {
        self.variance / self.series
    }

    /// Adds another's sums.
    pub fn add(&mut self, other: &Self) {
        self.combine(other, 1.0);
    }

    /// Without another's sums.
    #[must_use]
    pub fn without(mut self, other: &Self) -> Self {
        self.combine(other, -1.0);
        self
    }

    fn combine(&mut self, other: &Self, sign: f64) {
        self.wanted += sign * other.wanted;
        self.sold += sign * other.sold;
        self.stock += sign * other.stock;
        self.days += sign * other.days;
        self.counts += sign * other.counts;
        self.empty += sign * other.empty;
        self.lines += sign * other.lines;
        self.visits += sign * other.visits;
        self.variance += sign * other.variance;
        self.series += sign * other.series;
        self.horizons += sign * other.horizons;
        self.exceeded += sign * other.exceeded;
        self.reached += sign * other.reached;
        self.exceed_expected += sign * other.exceed_expected;
    }
}

/// The groups of the jackknife.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Groups(pub Vec<Totals>);

impl Groups {
    /// So many empty groups.
    pub fn new(count: usize) -> Self {
        Self(vec![Totals::default(); count])
    }

    /// All together.
    pub fn all(&self) -> Totals {
        let mut all = Totals::default();
        self.0.iter().for_each(|group| all.add(group));
        all
    }

    /// Everything, then everything without each group that has any demand.
    pub fn leave_one_out(&self) -> (Totals, Vec<Totals>) {
        let all = self.all();
        let without = self.0.iter().filter(|group| group.wanted > 0.0).map(|group| all.without(group));
        (all, without.collect())
    }
}
