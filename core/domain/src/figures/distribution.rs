//! 铺货: how many stores handle a SKU, how much they weigh, how often the shelf is empty, how much of it is ours.

use super::Ratio;
use crate::id::Sku;
use crate::quantity::Units;
use crate::time::BusinessDate;
use crate::visit::stock_count::Facings;

/// The last complete count of one SKU in one store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastCount {
    /// When.
    pub date: BusinessDate,
    /// What stood there.
    pub units: Units,
    /// Weight of the store, e.g. its sales.
    pub weight: u64,
}

impl LastCount {
    fn is_young(&self, today: BusinessDate, handling_days: u32) -> bool {
        self.date >= today.minus_days(handling_days)
    }
}

/// Numeric distribution 铺货率: stores whose last complete count within `handling_days` is above zero ÷ stores counted.
pub fn numeric(counts: &[LastCount], today: BusinessDate, handling_days: u32) -> Ratio {
    let young = counts.iter().filter(|count| count.is_young(today, handling_days));
    young.map(|count| !count.units.is_zero()).collect()
}

/// Weighted distribution: weight of the stores handling it ÷ weight of all counted.
pub fn weighted(counts: &[LastCount], today: BusinessDate, handling_days: u32) -> Ratio {
    let mut ratio = Ratio::default();
    for count in counts.iter().filter(|count| count.is_young(today, handling_days)) {
        ratio.whole += count.weight;
        if !count.units.is_zero() {
            ratio.part += count.weight;
        }
    }
    ratio
}

/// Out-of-stock rate 断货率: zero counts of count-list SKUs ÷ counts of count-list SKUs.
pub fn out_of_stock(counts: impl IntoIterator<Item = (Sku, Units)>) -> Ratio {
    counts.into_iter().map(|(_, units)| units.is_zero()).collect()
}

/// Share of shelf 排面占比: own ÷ total facings.
pub fn share_of_shelf<'a>(facings: impl IntoIterator<Item = &'a Facings>) -> Ratio {
    let mut ratio = Ratio::default();
    for row in facings {
        ratio.part += u64::from(row.own);
        ratio.whole += u64::from(row.total);
    }
    ratio
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(date: &str, units: u32, weight: u64) -> LastCount {
        LastCount { date: date.parse().unwrap(), units: Units(units), weight }
    }

    fn today() -> BusinessDate {
        "2026-07-31".parse().unwrap()
    }

    #[test]
    fn case_25_weights_5_20_and_25_of_100_are_half() {
        let handling = [5, 20, 25].map(|weight| count("2026-07-30", 3, weight));
        let others = [20, 30].map(|weight| count("2026-07-30", 0, weight));
        let counts: Vec<_> = handling.into_iter().chain(others).collect();
        assert_eq!(weighted(&counts, today(), 14), Ratio { part: 50, whole: 100 });
        assert_eq!(numeric(&counts, today(), 14), Ratio { part: 3, whole: 5 });
    }

    #[test]
    fn an_old_count_says_nothing() {
        let counts = [count("2026-07-17", 3, 1), count("2026-07-16", 3, 1)];
        assert_eq!(numeric(&counts, today(), 14).whole, 1);
    }

    #[test]
    fn empty_shelves_are_zero_counts_and_not_missing_ones() {
        let sku = "21010019".parse().unwrap();
        assert_eq!(out_of_stock([(sku, Units(0)), (sku, Units(2))]), Ratio { part: 1, whole: 2 });
        assert_eq!(out_of_stock([]).per_mille(), None);
    }

    #[test]
    fn our_share_of_the_shelf() {
        let row = |own, total| Facings { category: "x".into(), own, total };
        assert_eq!(share_of_shelf(&[row(3, 10), row(2, 10)]).to_string(), "25.0 %");
    }
}
