//! The company's settings (`company.csv`): one value per key, the default where nothing nearer is set.

use serde::{Deserialize, Serialize};

use crate::stamp::ZoneOffset;
use crate::suggestion::{Coefficient, Rounding};
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
}

/// Days that a photo is kept where the company says nothing else.
pub const PHOTO_KEEP_DAYS: u32 = 180;

fn photo_keep_days() -> u32 {
    PHOTO_KEEP_DAYS
}
