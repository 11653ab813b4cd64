//! The tables that flow down: their names, how a key is made, and what a value is. A key is made of parts joined by
//! `/`, so that every question of a screen is one range (docs/adr/0001).

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use xundian_domain::count_list::MustSell;
use xundian_domain::distributor::Distributor;
use xundian_domain::id::{DisplayStandardNo, MustSellListNo, ReasonCode, StreetCode};
use xundian_domain::ledger::{LedgerDelivery, LedgerVisit};
use xundian_domain::location::Location;
use xundian_domain::order_state::OrderState;
use xundian_domain::price::PriceItem;
use xundian_domain::product::Product;
use xundian_domain::promotion::{Promotion, Used};
use xundian_domain::route::RouteRow;
use xundian_domain::settings::CompanySettings;
use xundian_domain::stamp::Millis;
use xundian_domain::store::{Channel, Store, StoreClass};
use xundian_domain::suggestion::{Belief, Dispersions, LearntEvent, Rates};
use xundian_domain::visit::competitor::FactKey;
use xundian_domain::visit::competitor_merge::SeenFact;
use xundian_domain::visit::display::Check;
use xundian_domain::{
    BusinessDate, DistributorNo, OrderId, PriceListNo, PromoNo, RecordId, RepNo, Sku, StoreId, WorkingDays,
};

use crate::digest::{hex, is_sha256};
use crate::limits::PICTURE_BYTES;
use crate::push::Verdict;

/// A pulled table: its name, its key and its value belong together.
pub trait Table: Serialize + DeserializeOwned {
    /// Name on the wire and in the databases.
    const NAME: &'static str;
    /// What makes a key.
    type Key<'a>;
    /// The key as text.
    fn key(of: Self::Key<'_>) -> String;
}

macro_rules! table {
    ($value:ty, $name:literal, $key:ty, |$of:pat_param| $text:expr) => {
        impl Table for $value {
            const NAME: &'static str = $name;
            type Key<'a> = $key;
            fn key($of: Self::Key<'_>) -> String {
                $text
            }
        }
    };
}

table!(CompanySettings, "setting", (), |()| "company".to_owned());
table!(Product, "product", Sku, |sku| sku.to_string());
table!(Distributor, "distributor", DistributorNo, |no| no.to_string());
table!(Store, "store", StoreId, |id| id.to_string());

/// Where a store is, as the office's files say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StoreLocation(pub Location);
table!(StoreLocation, "location", StoreId, |id| id.to_string());

/// 街道 with its distributor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// 街道代码.
    pub code: StreetCode,
    /// 街道.
    pub street: String,
    /// 区.
    pub district: String,
    /// Whose area it is.
    pub distributor: DistributorNo,
}
table!(Area, "area", StreetCode, |code| code.to_string());

table!(LedgerVisit, "ledger", (StoreId, RecordId), |(store, fact)| format!("{store}/{fact}"));
table!(LedgerDelivery, "delivery", (StoreId, OrderId), |(store, order)| format!("{store}/{order}"));

/// Windows of one SKU on one list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prices(pub Vec<PriceItem>);
table!(Prices, "price", (PriceListNo, Sku), |(list, sku)| format!("{list}/{sku}"));

table!(Promotion, "promotion", PromoNo, |no| no.to_string());

/// A must-sell list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MustSellList(pub Vec<MustSell>);
table!(MustSellList, "must_sell", MustSellListNo, |no| no.to_string());

/// A display standard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Standard(pub Vec<Check>);
table!(Standard, "standard", DisplayStandardNo, |no| no.to_string());

/// The picture of a display standard by its content; the bytes travel apart (`GET /v1/pictures/{sha}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandardPicture {
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Bytes.
    pub len: u32,
}
table!(StandardPicture, "standard_picture", DisplayStandardNo, |no| no.to_string());

impl StandardPicture {
    /// The picture that these bytes are.
    pub fn of(bytes: &[u8]) -> Self {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { sha256: hex(&Sha256::digest(bytes)), len }
    }

    /// Whether it may be asked for and kept: its name becomes a path, and its bytes have a bound.
    pub fn is_sound(&self) -> bool {
        is_sha256(&self.sha256) && usize::try_from(self.len).is_ok_and(|len| len <= PICTURE_BYTES)
    }

    /// Whether these are its bytes.
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        *self == Self::of(bytes)
    }
}

/// One reason of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Reason {
    /// Code.
    pub code: ReasonCode,
    /// The company's Chinese text.
    pub zh: String,
    /// The company's English text.
    pub en: String,
    /// A photo is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub photo: bool,
}

/// The reasons of one kind (`no_order`, `shortage`…), in the order of the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reasons(pub Vec<Reason>);
table!(Reasons, "reason", &'a str, |kind| kind.to_owned());

/// Whose days a calendar has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CalendarOf {
    /// The company's.
    Company,
    /// A rep's.
    Rep(RepNo),
    /// A distributor's.
    Distributor(DistributorNo),
}

/// A calendar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Calendar(pub WorkingDays);
table!(Calendar, "calendar", CalendarOf, |of| match of {
    CalendarOf::Company => "company".to_owned(),
    CalendarOf::Rep(no) => format!("rep/{no}"),
    CalendarOf::Distributor(no) => format!("distributor/{no}"),
});

/// All route rows of one rep.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Routes(pub Vec<RouteRow>);
table!(Routes, "route", RepNo, |rep| rep.to_string());

/// Who to ask for in a store; private.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Contact {
    /// 店主.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// 电话.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub phone: String,
    /// 收货人, if it is not the owner.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub receiver: String,
}
table!(Contact, "contact", StoreId, |id| id.to_string());

/// 门店备注: the newest note of a store; an empty text = it was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct StoreNote {
    /// What the next one in this shop should know.
    pub text: String,
    /// Who wrote it.
    pub rep: RepNo,
    /// Business date.
    pub date: BusinessDate,
    /// When it was written: of two notes the later one stands, in whatever order they come.
    pub at: Millis,
}
table!(StoreNote, "store_note", StoreId, |id| id.to_string());

impl StoreNote {
    /// Whether it stands instead of one of its store that came before it: notes of two reps, and those of a restored server,
    /// come in any order. Of one moment (a clock that cannot be believed is held back to it) the one that comes later.
    pub fn follows(&self, before: &Self) -> bool {
        self.at >= before.at
    }
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderStanding {
    /// For which store.
    pub store: StoreId,
    /// Of the rep's facts only: the base of an amendment.
    pub version: u32,
    /// State.
    pub state: OrderState,
    /// Somebody at the distributor opened the sheet that it stands on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opened: bool,
}
table!(OrderStanding, "order_state", OrderId, |id| id.to_string());

/// A verdict that changed after the answer was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactState {
    /// The new one.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Since when, milliseconds since 1970 UTC.
    pub at: i64,
}
table!(FactState, "fact_state", RecordId, |id| id.to_string());

// How much of a promotion a store has used, per key of its cap's period.
table!(Used, "used", (StoreId, PromoNo, &'a str), |(store, promo, period)| format!(
    "{store}/{promo}/{period}"
));

/// A SKU that the distributor does not have for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unavailable {
    /// First delivery day.
    pub from: BusinessDate,
    /// Last one, included.
    pub to: BusinessDate,
}
table!(Unavailable, "unavailable", (DistributorNo, Sku), |(no, sku)| format!("{no}/{sku}"));

table!(Belief, "belief", StoreId, |id| id.to_string());
table!(Rates, "rates", (Channel, StoreClass), |(channel, class)| format!("{channel}/{class}"));

/// The day to which all rates have faded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RatesDay(pub BusinessDate);
table!(RatesDay, "rates_day", (), |()| "company".to_owned());

table!(Dispersions, "dispersion", (), |()| "company".to_owned());
table!(LearntEvent, "event", (&'a str, &'a str), |(id, of)| format!("{id}/{of}"));

/// A competitor's item on the pick list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct CompetitorItem {
    /// 品牌
    pub brand: String,
    /// 品名
    pub item: String,
    /// 情报类型
    pub kind: xundian_domain::visit::competitor::FactKind,
    /// An example.
    pub example: String,
}
table!(CompetitorItem, "competitor_item", u32, |n| format!("{n:04}"));

/// Bytes of a fact's mark: of some hundred facts no two have the same.
const MARK_BYTES: usize = 8;

/// A competitor's fact in a key, hexadecimal: its words are long and may hold a `/`. Never change it: it lies on phones.
pub fn fact_mark(of: FactKey<'_>) -> String {
    let mut sum = Sha256::new();
    for word in [of.brand, of.item, of.kind.code(), of.value] {
        sum.update(word);
        // No text has this byte: a word ends where it ends.
        sum.update([0xff_u8]);
    }
    let sum: [u8; 32] = sum.finalize().into();
    hex(&sum[..MARK_BYTES])
}

// What the reps of a distributor's area saw at competitors: the same rows for each of its territories, so that a phone may
// hold two of them (docs/adr/0016).
table!(SeenFact, "seen", (DistributorNo, FactKey<'a>), |(area, fact)| format!("{area}/{}", fact_mark(fact)));

/// The marks of the area's facts that were seen in one store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeenIn(pub BTreeSet<String>);
table!(SeenIn, "seen_in", StoreId, |id| id.to_string());

/// The scopes of a phone.
pub mod scope {
    use xundian_domain::{PriceListNo, RepNo};

    /// Settings, SKUs, standards and their pictures, reasons, calendars, distributors, promotions.
    pub const COMPANY: &str = "company";
    /// What a phone keeps of its own making until the server's row comes.
    pub const OWN: &str = "own";

    /// One price list.
    pub fn price_list(list: PriceListNo) -> String {
        format!("price/{list}")
    }

    /// A rep's territory.
    pub fn territory(rep: RepNo) -> String {
        format!("rep/{rep}")
    }
}

#[cfg(test)]
mod tests {
    use xundian_domain::visit::competitor::FactKind;

    use super::*;

    #[test]
    fn keys_of_one_store_are_one_range() {
        let store = StoreId::from_number("QD010001".parse().unwrap());
        let key = LedgerVisit::key((store, RecordId(uuid::Uuid::nil())));
        assert!(key.starts_with(&format!("{store}/")));
        assert_eq!(Calendar::key(CalendarOf::Rep("ZY01".parse().unwrap())), "rep/ZY01");
        assert_eq!(scope::price_list("PL-TR".parse().unwrap()), "price/PL-TR");
    }

    #[test]
    fn a_fact_has_one_mark_for_ever_and_another_one_for_any_other_words() {
        let price = FactKey { brand: "统一", item: "鲜橙多", kind: FactKind::Price, value: "3.0" };
        assert_eq!(fact_mark(price), "4d85bf3680b7c579");
        let area = "D01".parse().unwrap();
        assert_eq!(SeenFact::key((area, price)), format!("D01/{}", fact_mark(price)));
        for other in [
            FactKey { brand: "统一鲜", item: "橙多", ..price },
            FactKey { kind: FactKind::Promotion, ..price },
            FactKey { value: "3.5", ..price },
        ] {
            assert_ne!(fact_mark(other), fact_mark(price), "{other:?}");
        }
    }

    #[test]
    fn a_picture_is_its_own_bytes_and_nothing_else_becomes_a_path() {
        let picture = StandardPicture::of(b"a shelf");
        assert!(picture.is_of(b"a shelf") && picture.is_sound());
        assert!(!picture.is_of(b"a shelF") && !picture.is_of(b"a shelf "));
        let row = serde_json::to_string(&picture).unwrap();
        assert_eq!(row, format!(r#"{{"sha256":"{}","len":7}}"#, picture.sha256));
        let most = u32::try_from(PICTURE_BYTES).unwrap();
        assert!(StandardPicture { len: most, ..picture.clone() }.is_sound());
        assert!(!StandardPicture { len: most + 1, ..picture.clone() }.is_sound());
        assert!(!StandardPicture { sha256: "../phone.db".into(), ..picture }.is_sound());
    }
}
