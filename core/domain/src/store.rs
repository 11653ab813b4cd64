//! The store: what kind of shop it is, who serves it, how it pays, and its life from proposal to closure (1-field 1.6).
//! Routes and assignments are `route`; prices are `price`.

use serde::{Deserialize, Serialize};

use crate::coded::coded_enum;
use crate::id::{
    DisplayStandardNo, DistributorNo, MustSellListNo, PriceListNo, RepNo, StoreId, StoreNo, StreetCode,
};
use crate::money::Fen;
use crate::store_word::CONTACT_CHARS;
use crate::time::TimeRanges;
use crate::visit::stock_count::RequiredPlaces;

coded_enum! {
    /// 渠道.
    Channel {
        /// 士多
        Kiosk = "kiosk",
        /// 食杂
        Grocery = "grocery",
        /// 便利
        Convenience = "convenience",
        /// 商超
        Supermarket = "supermarket",
        /// 餐饮
        Restaurant = "restaurant",
        /// 学校
        School = "school",
        /// 网吧
        NetCafe = "net_cafe",
    }
}

impl Channel {
    /// The letters of the channel's group in the numbers of must-sell lists and display standards.
    pub fn group(self) -> &'static str {
        match self {
            Self::Kiosk | Self::Grocery => "TR",
            Self::Convenience | Self::NetCafe | Self::School => "CV",
            Self::Supermarket => "MT",
            Self::Restaurant => "FS",
        }
    }

    /// 必卖清单 of a kind of store, by the data set's numbers: `MS-TR-D`.
    pub fn must_sell_list(self, class: StoreClass) -> Option<MustSellListNo> {
        format!("MS-{}-{class}", self.group()).parse().ok()
    }

    /// 陈列标准 of a kind of store, likewise: `DS-TR-D`.
    pub fn display_standard(self, class: StoreClass) -> Option<DisplayStandardNo> {
        format!("DS-{}-{class}", self.group()).parse().ok()
    }
}

coded_enum! {
    /// 等级, A the largest.
    StoreClass { /// A
        A = "A", /// B
        B = "B", /// C
        C = "C", /// D
        D = "D" }
}

coded_enum! {
    /// 拜访频率.
    Frequency {
        /// Every week.
        Weekly = "W1",
        /// Twice a week.
        TwiceWeekly = "W2",
        /// Every other week (A or B).
        Fortnightly = "F1",
    }
}

coded_enum! {
    /// 账期: when a store pays. How it pays is [`crate::order::PaymentForm`].
    PaymentTerms {
        /// 现结
        Cash = "cash",
        /// 周结
        Weekly = "weekly",
        /// 月结30天
        Monthly30 = "monthly30",
    }
}

/// The life of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum StoreStatus {
    /// 新店待审: opened by a rep, served at once.
    Proposed,
    /// Served under its number.
    Approved,
    /// The same shop as another one; both histories follow it.
    MergedInto(StoreId),
    /// Not served.
    Rejected,
    /// Shut; may open again.
    Closed,
}

/// What may happen to a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreEvent {
    /// The office takes it.
    Approve,
    /// A person found that it is another one.
    MergeInto(StoreId),
    /// The office refuses it.
    Reject,
    /// It shut.
    Close,
    /// It is back.
    Reopen,
}

/// An event that the state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a store that is {status:?} cannot {event:?}")]
pub struct StoreTransitionError {
    /// Where the store is.
    pub status: StoreStatus,
    /// What was asked.
    pub event: StoreEvent,
}

impl StoreStatus {
    /// Whether reps visit it and its orders go on sheets.
    pub fn is_served(self) -> bool {
        matches!(self, Self::Proposed | Self::Approved)
    }

    /// The next state. The same event twice is no error: the answer to it may have been lost.
    ///
    /// # Errors
    /// What the life of a store does not know (1-field 1.6), e.g. approving a rejected one.
    pub fn after(self, event: StoreEvent) -> Result<Self, StoreTransitionError> {
        use StoreEvent as E;
        match (self, event) {
            (Self::Proposed | Self::Approved, E::Approve) => Ok(Self::Approved),
            (Self::Closed | Self::Approved, E::Reopen) => Ok(Self::Approved),
            (Self::Proposed | Self::Approved | Self::Closed, E::MergeInto(other)) => {
                Ok(Self::MergedInto(other))
            }
            (Self::MergedInto(into), E::MergeInto(other)) if into == other => Ok(self),
            (Self::Proposed | Self::Rejected, E::Reject) => Ok(Self::Rejected),
            (Self::Approved | Self::Closed, E::Close) => Ok(Self::Closed),
            _ => Err(StoreTransitionError { status: self, event }),
        }
    }
}

/// A store as the office keeps it. Owner, phone and position are not here: they are private (1-field 1.10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Store {
    /// For life.
    pub id: StoreId,
    /// From approval on.
    pub number: Option<StoreNo>,
    /// 门店名称.
    pub name: String,
    /// 渠道.
    pub channel: Channel,
    /// 等级.
    pub class: StoreClass,
    /// 街道, where it is known by code.
    pub street: Option<StreetCode>,
    /// 地址.
    pub address: String,
    /// Who delivers today; history is dated (1-field 1.1).
    pub distributor: DistributorNo,
    /// 拜访频率.
    pub frequency: Frequency,
    /// 收货时间; empty = unknown.
    pub receiving_hours: TimeRanges,
    /// 账期.
    pub terms: PaymentTerms,
    /// 信用额度; 0 = none.
    pub credit_limit: Fen,
    /// 欠款, as of its import.
    pub outstanding: Fen,
    /// The only price list that binds.
    pub price_list: PriceListNo,
    /// 必卖清单.
    pub must_sell_list: MustSellListNo,
    /// Own cooler 冰柜.
    pub has_cooler: bool,
    /// Back room 库房.
    pub has_backroom: bool,
    /// Who opened it.
    pub opened_by: Option<RepNo>,
    /// Where its life stands.
    pub status: StoreStatus,
}

impl Store {
    /// The places that a complete count of this store covers.
    pub fn required_places(&self) -> RequiredPlaces {
        RequiredPlaces::of(self.has_backroom)
    }
}

/// The fact `store_opened`: what a rep says about a new outlet. The rest comes from the area, the channel and the
/// office (1-field 1.6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreOpened {
    /// Made on the phone; it stays.
    pub id: StoreId,
    /// 门店名称.
    pub name: String,
    /// 渠道.
    pub channel: Channel,
    /// 街道, picked by the rep: it gives the distributor.
    pub street: StreetCode,
    /// 地址.
    pub address: String,
    /// 收货时间.
    pub receiving_hours: TimeRanges,
}

impl StoreOpened {
    /// Whether a phone's screen could have made it: each text fits a line of a sheet.
    pub fn is_bounded(&self) -> bool {
        [&self.name, &self.address].iter().all(|text| text.chars().count() <= CONTACT_CHARS)
    }

    /// The store as it is served until the office looks: cash, class D, the price list of its channel.
    pub fn proposed(
        &self,
        distributor: DistributorNo,
        price_list: PriceListNo,
        must_sell_list: MustSellListNo,
        by: RepNo,
    ) -> Store {
        Store {
            id: self.id,
            number: None,
            name: self.name.clone(),
            channel: self.channel,
            class: StoreClass::D,
            street: Some(self.street),
            address: self.address.clone(),
            distributor,
            frequency: Frequency::Weekly,
            receiving_hours: self.receiving_hours.clone(),
            terms: PaymentTerms::Cash,
            credit_limit: Fen::ZERO,
            outstanding: Fen::ZERO,
            price_list,
            must_sell_list,
            has_cooler: false,
            has_backroom: false,
            opened_by: Some(by),
            status: StoreStatus::Proposed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn other() -> StoreId {
        StoreId::from_number("QD010002".parse().unwrap())
    }

    #[test]
    fn lists_and_standards_are_numbered_by_kind() {
        let (list, standard) =
            (Channel::Grocery.must_sell_list(StoreClass::D), Channel::School.display_standard(StoreClass::A));
        assert_eq!(list.unwrap().to_string(), "MS-TR-D");
        assert_eq!(standard.unwrap().to_string(), "DS-CV-A");
    }

    #[test]
    fn a_proposed_store_is_served_until_it_is_rejected() {
        assert!(StoreStatus::Proposed.is_served());
        let rejected = StoreStatus::Proposed.after(StoreEvent::Reject).unwrap();
        assert!(!rejected.is_served());
        assert!(rejected.after(StoreEvent::Approve).is_err());
    }

    #[test]
    fn a_closed_store_can_reopen() {
        let closed = StoreStatus::Approved.after(StoreEvent::Close).unwrap();
        assert_eq!(closed.after(StoreEvent::Reopen), Ok(StoreStatus::Approved));
    }

    #[test]
    fn a_lost_answer_may_be_asked_for_again() {
        for (start, event) in [
            (StoreStatus::Proposed, StoreEvent::Approve),
            (StoreStatus::Proposed, StoreEvent::Reject),
            (StoreStatus::Approved, StoreEvent::MergeInto(other())),
            (StoreStatus::Approved, StoreEvent::Close),
            (StoreStatus::Closed, StoreEvent::Reopen),
        ] {
            let once = start.after(event).unwrap();
            assert_eq!(once.after(event), Ok(once), "{event:?}");
        }
    }

    #[test]
    fn a_merged_store_does_not_move_on_to_a_third() {
        let merged = StoreStatus::MergedInto(other());
        let third = StoreId::from_number("QD010003".parse().unwrap());
        assert!(merged.after(StoreEvent::MergeInto(third)).is_err());
    }
}
