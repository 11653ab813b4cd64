//! The company's settings (`company.csv`): one value per key, the default where nothing nearer is set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stamp::ZoneOffset;
use crate::store::StoreClass;
use crate::suggestion::base_stock::ServiceLevel;
use crate::suggestion::event::EventPrior;
use crate::suggestion::{Coefficient, PolicyKind, Rounding};
use crate::time::BusinessDate;

/// Settings that rules and screens read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanySettings {
    /// Number of the company in `calendars.csv`.
    pub company_no: String,
    /// 名称.
    pub name: String,
    /// IANA name; business dates and coverage are counted in it.
    pub time_zone: String,
    /// Its distance from UTC, so that a phone needs no zone table.
    pub zone: ZoneOffset,
    /// Monday of week 0, which is an A week.
    pub week_anchor: BusinessDate,
    /// Days, for a store without a next planned visit.
    pub cycle_days_default: u32,
    /// The 1.5× rule when nothing nearer is set.
    pub coefficient_default: Coefficient,
    /// Suggestions to packs.
    pub rounding: Rounding,
    /// Days; a promise farther ahead is recomputed.
    pub promise_max_days: u32,
    /// Weeks; what was received within them is on the count list.
    pub count_list_weeks: u32,
    /// Days; expiry is asked when the last known one is nearer.
    pub expiry_ask_days: u32,
    /// Days; a count older than this says nothing about distribution.
    pub handling_days: u32,
    /// Tries at the owner's code.
    pub owner_code_tries: u32,
    /// Percent of rows entered as "same" that the supervisor sees.
    pub same_share_alert_pct: u32,
    /// Days that a photo is kept after the server got it (1-field 1.10).
    #[serde(default = "photo_keep_days")]
    pub photo_keep_days: u32,
    /// Whose suggestion is shown.
    #[serde(default)]
    pub suggestion: SuggestionSettings,
}

/// Whose suggestion is shown, and how sure a shelf shall be: for the company, and for a class that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionSettings {
    /// For classes that name none.
    pub policy: PolicyKind,
    /// For classes that name none.
    pub service: ServiceLevel,
    /// What is believed of events before anything was sold in one.
    #[serde(default, skip_serializing_if = "is_learned")]
    pub events: EventPrior,
    /// Classes that differ.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<StoreClass, ClassSuggestion>,
}

/// What a class has of its own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassSuggestion {
    /// Whose suggestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyKind>,
    /// How sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceLevel>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde asks for")]
fn is_learned(prior: &EventPrior) -> bool {
    *prior == EventPrior::Learned
}

impl Default for SuggestionSettings {
    /// The published rule; nobody is switched without a word.
    fn default() -> Self {
        Self {
            policy: PolicyKind::OneAndAHalf,
            service: ServiceLevel::USUAL,
            events: EventPrior::default(),
            classes: BTreeMap::new(),
        }
    }
}

impl SuggestionSettings {
    /// Whose suggestion a class of stores sees.
    pub fn policy(&self, class: StoreClass) -> PolicyKind {
        self.classes.get(&class).and_then(|own| own.policy).unwrap_or(self.policy)
    }

    /// How sure its shelves shall be.
    pub fn service(&self, class: StoreClass) -> ServiceLevel {
        self.classes.get(&class).and_then(|own| own.service).unwrap_or(self.service)
    }
}

/// Days that a photo is kept where the company says nothing else.
pub const PHOTO_KEEP_DAYS: u32 = 180;

fn photo_keep_days() -> u32 {
    PHOTO_KEEP_DAYS
}
