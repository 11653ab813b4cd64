//! What was fixed before tuning (`split.json`): which stores tune, groups, seed, replay, dials.

use serde::Deserialize;

use crate::Outcome;
use crate::chance::{hash, throw};

/// The whole of `split.json` that the harness reads; the rest of it tells the converter and people.
#[derive(Debug, Clone, Deserialize)]
pub struct Plan {
    tuning_modulus: u64,
    tuning_remainder: u64,
    jackknife_groups: u64,
    /// Of all chance.
    pub seed: u64,
    /// The replay.
    pub replay: ReplayPlan,
    /// The realistic variant.
    pub realistic: RealisticPlan,
    /// What is swept.
    pub dials: Dials,
    /// Service levels that are compared with the share of empty shelves.
    pub calibration_per_mille: Vec<u16>,
}

/// How a shop is visited.
#[derive(Debug, Clone, Deserialize)]
pub struct ReplayPlan {
    /// Weeks that are reported apart.
    pub cold_weeks: u32,
    /// Days between visits.
    pub cycle_days: u32,
    /// Days from order to delivery.
    pub lead_days: u32,
}

/// What goes wrong in the field.
#[derive(Debug, Clone, Deserialize)]
pub struct RealisticPlan {
    /// Visits that do not happen.
    pub missed_per_mille: u64,
    /// Counts that are wrong.
    pub miscounted_per_mille: u64,
    /// Packs to choose from, smallest first.
    pub case_packs: Vec<u32>,
}

/// The dials of the policies.
#[derive(Debug, Clone, Deserialize)]
pub struct Dials {
    /// Coefficients.
    pub rule_hundredths: Vec<u32>,
    /// Service levels.
    pub base_stock_per_mille: Vec<u16>,
}

/// Which stores are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Stores {
    /// All of a file.
    All,
    /// The quarter that tunes.
    Tuning,
    /// The stores that no hyper-parameter has seen.
    Rest,
}

impl Plan {
    /// The plan of the repository.
    ///
    /// # Errors
    /// The file in the sources is damaged.
    pub fn fixed() -> Outcome<Self> {
        Ok(serde_json::from_str(include_str!("../split.json"))?)
    }

    /// Whether a store belongs to a choice.
    pub fn has(&self, stores: Stores, store: &str) -> bool {
        let tunes = hash(store) % self.tuning_modulus == self.tuning_remainder;
        match stores {
            Stores::All => true,
            Stores::Tuning => tunes,
            Stores::Rest => !tunes,
        }
    }

    /// How many groups the jackknife leaves out in turn.
    pub fn groups(&self) -> usize {
        usize::try_from(self.jackknife_groups).unwrap_or(1).max(2)
    }

    /// The group of a store.
    pub fn group(&self, store: &str) -> usize {
        // mixed: the low bits chose who tunes, and the high ones of short names are alike
        usize::try_from(throw(hash(store), &[1]) % self.jackknife_groups.max(2)).unwrap_or(0)
    }

    /// The weekday on which a store is visited, 0 … 4.
    pub fn visit_day(store: &str) -> u32 {
        u32::try_from(throw(hash(store), &[2]) % 5).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_store_tunes_or_reports_and_a_quarter_tunes() {
        let plan = Plan::fixed().unwrap();
        let stores: Vec<String> = (0..2_000).map(|n| n.to_string()).collect();
        let tuning = stores.iter().filter(|store| plan.has(Stores::Tuning, store)).count();
        assert!((400..600).contains(&tuning), "{tuning}");
        assert!(stores.iter().all(|store| plan.has(Stores::Tuning, store) != plan.has(Stores::Rest, store)));
    }

    #[test]
    fn groups_of_the_untouched_stores_are_all_used() {
        let plan = Plan::fixed().unwrap();
        let mut sizes = vec![0; plan.groups()];
        for store in (0..2_000).map(|n| n.to_string()).filter(|store| plan.has(Stores::Rest, store)) {
            sizes[plan.group(&store)] += 1;
        }
        assert_eq!(sizes.len(), 20);
        assert!(sizes.iter().all(|size| (40..120).contains(size)), "{sizes:?}");
    }
}
