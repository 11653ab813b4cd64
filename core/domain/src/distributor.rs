//! The distributor: when it freezes, when it delivers, what it takes, and how late orders are treated (1-field 1.3).
//! The days it works are `calendar`.

use serde::{Deserialize, Serialize};

use crate::id::DistributorNo;
use crate::money::Fen;
use crate::order::PaymentForm;
use crate::time::{TimeOfDay, TimeRanges};

/// What happens to a new order that reaches the server after the freeze of its sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LatePolicy {
    /// 补单: a difference sheet until this time of the evening of the freeze, then the next delivery day.
    Difference {
        /// Last minute of it.
        until: TimeOfDay,
    },
    /// Always the next delivery day.
    NextDay,
}

/// What one day can carry, all vans together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Vans.
    pub vehicles: u32,
    /// Stops a day.
    pub stops: u32,
    /// Cases a day.
    pub cases: u32,
}

impl Capacity {
    /// Limit of one van: the daily limit ÷ vehicles, rounded up; a distributor without vans gets one.
    pub fn per_van(self) -> Self {
        let vans = self.vehicles.max(1);
        Self { vehicles: 1, stops: self.stops.div_ceil(vans), cases: self.cases.div_ceil(vans) }
    }
}

/// A distributor as phones and sheets need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distributor {
    /// 经销商编号.
    pub no: DistributorNo,
    /// 名称.
    pub name: String,
    /// 截单时间, in its time zone.
    pub cutoff: TimeOfDay,
    /// 送货提前期, in working days.
    pub lead_days: u32,
    /// Late orders.
    pub late: LatePolicy,
    /// 接单时限, minutes after the freeze.
    pub accept_by_minutes: u32,
    /// 送货时段.
    pub windows: TimeRanges,
    /// What a day carries.
    pub capacity: Capacity,
    /// 收款方式.
    pub payment_forms: Vec<PaymentForm>,
    /// 起送金额: below it a stop does not pay; 0 = any order is delivered. It warns, it never blocks.
    #[serde(default, skip_serializing_if = "Fen::is_zero")]
    pub min_order: Fen,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_van_carries_its_share_rounded_up() {
        let van = Capacity { vehicles: 4, stops: 70, cases: 1300 }.per_van();
        assert_eq!((van.stops, van.cases), (18, 325));
        assert_eq!(Capacity { vehicles: 0, stops: 70, cases: 1300 }.per_van().stops, 70);
    }

    #[test]
    fn the_late_policy_travels_with_its_time() {
        let late = LatePolicy::Difference { until: "22:00".parse().unwrap() };
        let json = serde_json::to_string(&late).unwrap();
        assert_eq!(json, r#"{"difference":{"until":"22:00"}}"#);
        assert_eq!(serde_json::from_str::<LatePolicy>(&json).unwrap(), late);
    }
}
