//! How the trade's small types cross to Kotlin and Swift: codes and days as text, counts and money as signed numbers,
//! because neither language likes unsigned ones. What is no value of its type is refused at the border.

use std::collections::HashMap;

use uuid::Uuid;

use crate::id::{
    DisplayStandardNo, DistributorNo, InstallId, MustSellListNo, OrderId, PriceListNo, PromoNo, ReasonCode,
    RecordId, RepNo, Sku, StoreId, StoreNo, StreetCode, VisitId,
};
use crate::money::{Fen, PayShare};
use crate::order_state::SheetNo;
use crate::owner_code::OwnerCode;
use crate::quantity::{CaseSize, Pack, Units, UnitsDelta};
use crate::stamp::Millis;
use crate::suggestion::Coefficient;
use crate::time::{BusinessDate, TimeRange, TimeRanges};
use crate::visit::day_summary::ReasonCounts;

/// A number that is none of this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is out of range")]
pub(crate) struct OutOfRange(i64);

macro_rules! as_text {
    ($($name:ident),+ $(,)?) => {$(
        uniffi::custom_type!($name, String, {
            lower: |value| value.to_string(),
            try_lift: |text| Ok(text.parse::<$name>()?),
        });
    )+};
}

macro_rules! as_uuid {
    ($($name:ident),+ $(,)?) => {$(
        uniffi::custom_type!($name, Uuid, {
            lower: |id| id.0,
            try_lift: |id| Ok($name(id)),
        });
    )+};
}

macro_rules! as_long {
    ($($name:ident),+ $(,)?) => {$(
        uniffi::custom_type!($name, i64, {
            lower: |value| value.0,
            try_lift: |value| Ok($name(value)),
        });
    )+};
}

uniffi::custom_type!(Uuid, String, {
    remote,
    lower: |id| id.to_string(),
    try_lift: |text| Ok(text.parse::<Uuid>()?),
});

as_text!(
    BusinessDate,
    DisplayStandardNo,
    DistributorNo,
    MustSellListNo,
    OwnerCode,
    PriceListNo,
    PromoNo,
    ReasonCode,
    RepNo,
    SheetNo,
    Sku,
    StoreNo,
    StreetCode,
    TimeRange,
    TimeRanges,
);
as_uuid!(InstallId, OrderId, RecordId, StoreId, VisitId);
as_long!(Fen, Millis, UnitsDelta);

uniffi::custom_type!(Units, i32, {
    lower: |units| signed(units.0),
    try_lift: |number| Ok(Units(unsigned(number)?)),
});
uniffi::custom_type!(Coefficient, i32, {
    lower: |hundredths| signed(hundredths.0),
    try_lift: |number| Ok(Coefficient(unsigned(number)?)),
});
uniffi::custom_type!(CaseSize, i32, {
    lower: |case| signed(case.get()),
    try_lift: |number| Ok(CaseSize::new(unsigned(number)?).ok_or(OutOfRange(0))?),
});
uniffi::custom_type!(Pack, i32, {
    lower: |pack| signed(pack.get()),
    try_lift: |number| Ok(Pack::new(unsigned(number)?).ok_or(OutOfRange(0))?),
});
uniffi::custom_type!(PayShare, i64, {
    lower: |share| i64::try_from(share.0).unwrap_or(i64::MAX),
    try_lift: |number| Ok(PayShare(u64::try_from(number)?)),
});
uniffi::custom_type!(ReasonCounts, HashMap<String, u32>, {
    lower: |counts| counts.0.into_iter().map(|(code, count)| (code.to_string(), count)).collect(),
    try_lift: |counts| {
        let parsed = counts.into_iter().map(|(code, count)| Ok((code.parse()?, count)));
        Ok(ReasonCounts(parsed.collect::<Result<_, crate::id::CodeError>>()?))
    },
});

/// No count of a shop comes near the end of the range.
fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn unsigned(number: i32) -> Result<u32, OutOfRange> {
    u32::try_from(number).map_err(|_| OutOfRange(i64::from(number)))
}
