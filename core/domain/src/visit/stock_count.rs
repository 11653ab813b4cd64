//! Step 1, 点库存: what is on the shelf and in the back room, what came in, what left.
//! Unknown is never zero: a place that was not counted stays unknown.

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::id::{OrderId, ReasonCode, Sku};
use crate::order::PickUp;
use crate::quantity::{SkuUnits, Units};
use crate::time::BusinessDate;

/// What one place holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(from = "Option<Units>", into = "Option<Units>")]
pub enum PlaceCount {
    /// Somebody looked; zero is confirmed.
    Counted(Units),
    /// Nobody looked.
    #[default]
    NotCounted,
}

impl From<Option<Units>> for PlaceCount {
    fn from(units: Option<Units>) -> Self {
        units.map_or(Self::NotCounted, Self::Counted)
    }
}

impl From<PlaceCount> for Option<Units> {
    fn from(count: PlaceCount) -> Self {
        match count {
            PlaceCount::Counted(units) => Some(units),
            PlaceCount::NotCounted => None,
        }
    }
}

coded_enum! {
    /// How a row was entered; many `same` are shown to the supervisor.
    Entry {
        /// By keyboard.
        Typed = "t",
        /// By stepper.
        Stepped = "s",
        /// Same as last time.
        Same = "=",
    }
}

/// The places of a store that a complete count must cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredPlaces {
    /// The store has a back room 库房.
    pub backroom: bool,
    /// The cooler is counted in this channel.
    pub cooler: bool,
}

impl RequiredPlaces {
    /// Those of a store with a back room, or without one. Coolers are counted with the shelf until a channel's setting says
    /// otherwise.
    pub fn of(backroom: bool) -> Self {
        Self { backroom, cooler: false }
    }
}

/// One counted SKU. On the wire `[sku, entry, shelf, backroom, cooler, expiry]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
#[serde(from = "CountTuple", into = "CountTuple")]
pub struct CountRow {
    /// What.
    pub sku: Sku,
    /// How it was entered.
    pub entry: Entry,
    /// 货架
    pub shelf: PlaceCount,
    /// 库房
    pub backroom: PlaceCount,
    /// 冰柜
    pub cooler: PlaceCount,
    /// Earliest expiry seen, when it was asked.
    pub expiry: Option<BusinessDate>,
}

type CountTuple = (Sku, Entry, PlaceCount, PlaceCount, PlaceCount, Option<BusinessDate>);

impl From<CountTuple> for CountRow {
    fn from((sku, entry, shelf, backroom, cooler, expiry): CountTuple) -> Self {
        Self { sku, entry, shelf, backroom, cooler, expiry }
    }
}

impl From<CountRow> for CountTuple {
    fn from(row: CountRow) -> Self {
        (row.sku, row.entry, row.shelf, row.backroom, row.cooler, row.expiry)
    }
}

impl CountRow {
    /// The stock of the store, or `None` while a required place is unknown. What was counted beyond the required
    /// places counts too.
    pub fn total(&self, required: RequiredPlaces) -> Option<Units> {
        let places = [(self.shelf, true), (self.backroom, required.backroom), (self.cooler, required.cooler)];
        places.into_iter().try_fold(Units::ZERO, |sum, (place, needed)| match place {
            PlaceCount::Counted(units) => Some(sum + units),
            PlaceCount::NotCounted => (!needed).then_some(sum),
        })
    }
}

/// The owner's answer to "did it come?".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct DeliverySeen {
    /// Which order.
    pub order: OrderId,
    /// What came, per SKU; a SKU that is not named is unanswered.
    pub lines: Vec<SkuUnits>,
}

coded_enum! {
    /// How goods came in beside our deliveries.
    InflowSource {
        /// 自行进货
        SelfBought = "self_bought",
        /// 电话进货
        ByPhone = "by_phone",
    }
}

/// Goods that came in elsewhere since the last count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Inflow {
    /// What.
    pub sku: Sku,
    /// How many.
    pub units: Units,
    /// From where.
    pub source: InflowSource,
}

/// Goods that already left as returns since the last count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Outflow {
    /// What.
    pub sku: Sku,
    /// How many.
    pub units: Units,
    /// Why.
    pub reason: ReasonCode,
}

/// Facings of one category 排面.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Facings {
    /// 品类
    pub category: String,
    /// Ours.
    pub own: u32,
    /// Everybody's, ours included.
    pub total: u32,
}

/// The record of step 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockCount {
    /// One row per SKU, in the order of the screen.
    pub rows: Vec<CountRow>,
    /// Answers about deliveries that have no driver's result yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<DeliverySeen>,
    /// What came in elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inflows: Vec<Inflow>,
    /// What left as a return.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outflows: Vec<Outflow>,
    /// What is to be taken back by the driver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pick_ups: Vec<PickUp>,
    /// Per category.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facings: Vec<Facings>,
}

impl StockCount {
    /// The complete count of a SKU; `None` if it is not on the list or a required place is missing.
    pub fn total(&self, sku: Sku, required: RequiredPlaces) -> Option<Units> {
        self.rows.iter().find(|row| row.sku == sku)?.total(required)
    }

    /// Share of rows entered as "same as last time", in percent, rounded down; 0 for an empty count.
    pub fn same_share_pct(&self) -> u32 {
        let same = self.rows.iter().filter(|row| row.entry == Entry::Same).count();
        u32::try_from((100 * same).checked_div(self.rows.len()).unwrap_or(0)).unwrap_or(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(shelf: Option<u32>, backroom: Option<u32>) -> CountRow {
        CountRow {
            sku: "21010019".parse().unwrap(),
            entry: Entry::Stepped,
            shelf: shelf.map(Units).into(),
            backroom: backroom.map(Units).into(),
            cooler: PlaceCount::NotCounted,
            expiry: None,
        }
    }

    const WITH_BACKROOM: RequiredPlaces = RequiredPlaces { backroom: true, cooler: false };
    const SHELF_ONLY: RequiredPlaces = RequiredPlaces { backroom: false, cooler: false };

    #[test]
    fn a_missing_required_place_is_unknown_and_not_zero() {
        assert_eq!(row(Some(8), None).total(WITH_BACKROOM), None);
        assert_eq!(row(Some(8), None).total(SHELF_ONLY), Some(Units(8)));
        assert_eq!(row(None, Some(8)).total(SHELF_ONLY), None);
    }

    #[test]
    fn a_confirmed_zero_is_a_count() {
        assert_eq!(row(Some(0), Some(0)).total(WITH_BACKROOM), Some(Units::ZERO));
    }

    #[test]
    fn an_optional_place_that_was_counted_counts() {
        assert_eq!(row(Some(8), Some(24)).total(SHELF_ONLY), Some(Units(32)));
    }

    #[test]
    fn rows_travel_as_short_arrays() {
        let json = serde_json::to_string(&row(Some(8), None)).unwrap();
        assert_eq!(json, r#"["21010019","s",8,null,null,null]"#);
        assert_eq!(serde_json::from_str::<CountRow>(&json).unwrap(), row(Some(8), None));
    }

    #[test]
    fn the_share_of_same_rows_is_per_row() {
        let same = CountRow { entry: Entry::Same, ..row(Some(1), None) };
        let count = StockCount { rows: vec![same, same, same, row(Some(1), None)], ..StockCount::default() };
        assert_eq!(count.same_share_pct(), 75);
        assert_eq!(StockCount::default().same_share_pct(), 0);
    }
}
