//! Step 3, 做陈列: the checklist of the standard, what stands on the shelf, photos before and after, the score 生动化.

use serde::{Deserialize, Serialize};

use super::PhotoRef;
use crate::coded::coded_enum;
use crate::id::Sku;

coded_enum! {
    /// In what a check is measured.
    CheckUnit {
        /// 排面
        Facings = "facings",
        /// Percent.
        Percent = "percent",
        /// Pieces.
        Piece = "piece",
        /// Metres.
        Metre = "metre",
        /// SKUs.
        Sku = "sku",
    }
}

/// One check of a display standard (a row of `display_standards.csv`). Texts come with the standard's own row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Check {
    /// Place in the checklist.
    pub no: u32,
    /// What is checked, e.g. `END_CAP`.
    pub code: String,
    /// Chinese text of the company.
    pub name_zh: String,
    /// English text of the company.
    pub name_en: String,
    /// Met from this value on.
    pub min_value: u32,
    /// Unit of the value.
    pub unit: CheckUnit,
    /// Points.
    pub weight: u32,
    /// A photo is asked for.
    pub photo_required: bool,
    /// Only where the store has its own cooler; else the check is not made.
    pub needs_cooler: bool,
}

/// The value found for a check, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct CheckMade {
    /// Which check.
    pub no: u32,
    /// What was found.
    pub value: u32,
}

/// The record of step 3.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Display {
    /// Checks that were made.
    pub checks: Vec<CheckMade>,
    /// 铺货: SKUs on the shelf.
    pub on_shelf: Vec<Sku>,
    /// POP pieces placed.
    pub pop_placed: u32,
    /// Before.
    pub photos_before: Vec<PhotoRef>,
    /// After.
    pub photos_after: Vec<PhotoRef>,
}

/// Weight of checks met over weight of checks made; of a store, a route or a territory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayScore {
    /// Points met.
    pub met: u32,
    /// Points of the checks that were made.
    pub made: u32,
}

impl Display {
    /// The score against a standard. A check that does not apply, or was not made, counts on neither side.
    pub fn score(&self, standard: &[Check], has_cooler: bool) -> DisplayScore {
        let mut score = DisplayScore::default();
        for check in standard.iter().filter(|check| has_cooler || !check.needs_cooler) {
            let Some(made) = self.checks.iter().find(|made| made.no == check.no) else { continue };
            score.made += check.weight;
            if made.value >= check.min_value {
                score.met += check.weight;
            }
        }
        score
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(no: u32, min_value: u32, weight: u32, needs_cooler: bool) -> Check {
        Check {
            no,
            code: "FACINGS".into(),
            name_zh: String::new(),
            name_en: String::new(),
            min_value,
            unit: CheckUnit::Facings,
            weight,
            photo_required: false,
            needs_cooler,
        }
    }

    #[test]
    fn the_score_counts_only_checks_that_apply_and_were_made() {
        let standard =
            [check(1, 6, 50, false), check(2, 2, 20, false), check(3, 1, 20, true), check(4, 1, 10, false)];
        let made = |no, value| CheckMade { no, value };
        let display = Display { checks: vec![made(1, 6), made(2, 1), made(3, 1)], ..Display::default() };
        assert_eq!(display.score(&standard, false), DisplayScore { met: 50, made: 70 });
        assert_eq!(display.score(&standard, true), DisplayScore { met: 70, made: 90 });
    }
}
