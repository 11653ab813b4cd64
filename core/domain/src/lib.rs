//! The rules of the trade: quantities, calendars, the visit, suggestion, promotions, orders, sheets, figures.
//! Pure: no I/O, no clock, no randomness; what a rule needs comes in as an argument. Storage, wire and screens
//! belong to the other rooms.

#![cfg_attr(feature = "ffi", allow(unsafe_code, reason = "what uniffi generates"))]

pub mod calendar;
pub mod capture;
pub mod coded;
pub mod count_list;
pub mod delivery;
pub mod distributor;
pub mod expiry;
#[cfg(feature = "ffi")]
mod ffi;
pub mod figures;
pub mod id;
pub mod ledger;
pub mod location;
pub mod money;
pub mod order;
pub mod order_state;
pub mod owner_code;
pub mod past;
pub mod placement;
pub mod price;
pub mod product;
pub mod promotion;
pub mod quantity;
pub mod route;
pub mod route_plan;
pub mod settings;
pub mod sheet;
pub mod stamp;
pub mod store;
pub mod store_word;
pub mod suggestion;
pub mod time;
pub mod visit;

pub use calendar::{WorkingCalendar, WorkingDays};
pub use id::{
    DistributorNo, InstallId, OrderId, PriceListNo, PromoNo, RecordId, RepNo, Sku, StoreId, StoreNo, VisitId,
};
pub use money::Fen;
pub use quantity::{CaseSize, CasesAndUnits, Pack, SkuUnits, Units, UnitsDelta};
pub use time::{BusinessDate, TimeOfDay, TimeRange, TimeRanges};

#[cfg(feature = "ffi")]
uniffi::setup_scaffolding!();
#[cfg(feature = "ffi")]
pub use uuid::Uuid;
