//! A shop, a product and an event for the tests of this room.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use crate::product::{OrderUnit, Product, Season};
use crate::quantity::CaseSize;
use crate::store::{Channel, Frequency, PaymentTerms, Store, StoreClass, StoreStatus};
use crate::{Fen, StoreId, Units};

use super::event::MarketEvent;
use super::exposure::Multiplier;
use super::market::LearntEvent;
use super::{Inputs, PreviousCount};

pub(crate) fn product() -> Product {
    Product {
        sku: "21010019".parse().unwrap(),
        name: "红烧牛肉面".to_owned(),
        brand: "康师傅".to_owned(),
        category: "方便面".to_owned(),
        series: "经典袋面".to_owned(),
        spec: "100g".to_owned(),
        unit: "袋".to_owned(),
        case: CaseSize::new(24).unwrap(),
        order_unit: OrderUnit::Case,
        order_multiple: NonZeroU32::MIN,
        shelf_life_days: Some(180),
        new_window: None,
        launch: "2020-01-01".parse().unwrap(),
        season: Season::ALL[0],
        coefficient_hundredths: 150,
        position: 1,
    }
}

pub(super) fn shop() -> Store {
    Store {
        id: StoreId(uuid::Uuid::from_u128(7)),
        number: None,
        name: "小卖部".to_owned(),
        channel: Channel::Kiosk,
        class: StoreClass::C,
        street: "370202004".parse().ok(),
        address: String::new(),
        distributor: "D01".parse().unwrap(),
        frequency: Frequency::Weekly,
        receiving_hours: "".parse().unwrap(),
        terms: PaymentTerms::Cash,
        credit_limit: Fen(0),
        outstanding: Fen(0),
        price_list: "PL-TR".parse().unwrap(),
        must_sell_list: "MS-TR-C".parse().unwrap(),
        has_cooler: false,
        has_backroom: false,
        opened_by: None,
        status: StoreStatus::Approved,
    }
}

/// Of three days from Friday, 2026-09-25.
pub(super) fn event(id: &str, of: &str, kind: &str, thousandths: u16) -> LearntEvent {
    let event = MarketEvent {
        id: id.to_owned(),
        name: "中秋".to_owned(),
        kind: kind.to_owned(),
        from: "2026-09-25".parse().unwrap(),
        to: "2026-09-27".parse().unwrap(),
        districts: vec![],
        channels: vec![],
        of: of.to_owned(),
        multiplier: 120,
        prior_weight: 25,
    };
    LearntEvent { event, learnt: BTreeMap::from([(product().sku, Multiplier(thousandths))]) }
}

/// A count a week after one of `previous`, with nothing come or on its way in between.
pub(super) fn counted(previous: Option<u32>, now: u32) -> Inputs {
    let previous = previous.map(|count| PreviousCount {
        count: Units(count),
        days_since: 7,
        received: Some(Units::ZERO),
        returned: Units::ZERO,
    });
    Inputs { previous, count_now: Units(now), in_transit: Units::ZERO, cycle_days: 7 }
}
