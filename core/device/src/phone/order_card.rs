//! 订单卡: what the owner photographs — lines, total, day, code — and today's orders with their four-state light.

use std::collections::{BTreeMap, BTreeSet};

use xundian_domain::order::{Order, OrderAmended, OrderCancelled, PaymentForm, Promise};
use xundian_domain::order_state::OrderState;
use xundian_domain::owner_code::OwnerCode;
use xundian_domain::product::Product;
use xundian_domain::store::Store as Shop;
use xundian_domain::visit::Visit;
use xundian_domain::{CaseSize, Fen, OrderId, Pack, Sku, StoreId, Units};
use xundian_protocol::push::Kind;
use xundian_protocol::tables::{OrderStanding, Table};

use super::card::NamedUnits;
use super::orders::changes_an_order;
use super::visit::unreadable;
use super::{Phone, PhoneError};
use crate::office;
use crate::store::{Backing, Store};

/// One line of the card.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct OrderCardLine {
    /// What.
    pub sku: Sku,
    /// 品名规格.
    pub name: String,
    /// How many.
    pub confirmed: Units,
    /// 箱规.
    pub case: CaseSize,
    /// The smallest step of an order.
    pub pack: Pack,
    /// To pay.
    pub amount: Fen,
}

/// The card of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct OrderCard {
    /// Which.
    pub order: OrderId,
    /// Whose.
    pub store: StoreId,
    /// 门店名称.
    pub store_name: String,
    /// Where it stands, as this phone heard last; `None` = not known here.
    pub state: Option<OrderState>,
    /// How far it is, or what was last done to it.
    pub light: OrderLight,
    /// Lines.
    pub lines: Vec<OrderCardLine>,
    /// Gifts.
    pub gifts: Vec<NamedUnits>,
    /// Goods that the driver takes back.
    pub pick_ups: Vec<NamedUnits>,
    /// Off the whole order.
    pub cuts: Fen,
    /// To pay.
    pub total: Fen,
    /// When it comes.
    pub promise: Promise,
    /// How it is paid.
    pub payment: PaymentForm,
    /// What the owner says to the driver; `None` = this phone no longer has it.
    pub code: Option<OwnerCode>,
    /// For a QR code: order, day and total, so that the driver finds the stop.
    pub qr: String,
}

/// 四态灯, and two more: on a sheet at which nobody looked, and one that nobody wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
#[serde(rename_all = "snake_case")]
pub enum OrderLight {
    /// Sealed here, not on the server; so is a change of it, or that it was taken back.
    OnPhone,
    /// The server has it.
    OnServer,
    /// On a delivery sheet at which nobody at the distributor looked yet.
    OnSheet,
    /// The distributor opened that sheet.
    AtDistributor,
    /// The driver said what became of it.
    Delivered,
    /// The server takes none of it.
    Refused,
}

/// One order of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct OrderOfDay {
    /// Which.
    pub order: OrderId,
    /// Where.
    pub store: StoreId,
    /// 门店名称.
    pub store_name: String,
    /// All lines together.
    pub units: Units,
    /// To pay.
    pub total: Fen,
    /// How far it is.
    pub light: OrderLight,
    /// Where it stands.
    pub state: Option<OrderState>,
}

/// Orders of which something waits here while the server's row, if there is one, speaks of before: after a restore until all is sent
/// again, and of a journal.
#[derive(Debug, Default)]
pub(super) struct Unsent(BTreeSet<OrderId>);

impl Unsent {
    pub(super) fn read(store: &Store) -> Result<Self, PhoneError> {
        let facts = store.unsent_without_rows()?.into_iter();
        Ok(Self(facts.filter_map(|(kind, body)| order_of(&kind.into(), &body)).collect()))
    }
}

/// The order that a fact made or changed; what an app of another version sealed may be none.
fn order_of(kind: &Kind, body: &str) -> Option<OrderId> {
    match kind {
        Kind::VisitClosed => Some(serde_json::from_str::<Visit>(body).ok()?.order()?.id),
        Kind::OrderAmended => Some(serde_json::from_str::<OrderAmended>(body).ok()?.order.id),
        Kind::OrderCancelled => Some(serde_json::from_str::<OrderCancelled>(body).ok()?.order),
        _ => None,
    }
}

/// Where an order stands, as this phone heard last, and how far it is.
pub(super) fn standing(
    store: &Store,
    unsent: &Unsent,
    id: OrderId,
) -> Result<(Option<OrderState>, OrderLight), PhoneError> {
    let row = office::row::<OrderStanding>(store, id)?;
    if unsent.0.contains(&id) {
        return Ok((row.map(|row| row.state), OrderLight::OnPhone));
    }
    let is_changed = row.as_ref().is_some_and(|row| row.version > 1);
    let is_opened = row.as_ref().is_some_and(|row| row.opened);
    let mut state = row.map(|row| row.state);
    let backing = store.backing(OrderStanding::NAME, &OrderStanding::key(id))?;
    if backing == Backing::Parked && !is_changed {
        // Its store is not at the server yet: nothing is on its way.
        state = Some(OrderState::Held);
    }
    let light = match (backing, &state) {
        (Backing::Phone, _) => OrderLight::OnPhone,
        // A change that was refused, until the pull brings what holds: the order itself was taken.
        (Backing::Nobody, _) if is_changed => OrderLight::OnPhone,
        (Backing::Nobody, _) => OrderLight::Refused,
        (_, Some(OrderState::OnSheet { .. })) if is_opened => OrderLight::AtDistributor,
        (_, Some(OrderState::OnSheet { .. })) => OrderLight::OnSheet,
        (_, Some(OrderState::Ended { .. })) => OrderLight::Delivered,
        (Backing::Server | Backing::Parked, _) => OrderLight::OnServer,
    };
    Ok((state, light))
}

impl Phone {
    /// The card of an order of the last fourteen days, in its newest version.
    ///
    /// # Errors
    /// The order is not on this phone, or a failing file.
    pub fn order_card(&mut self, id: OrderId) -> Result<OrderCard, PhoneError> {
        let found = self.find_order(id)?;
        self.card(&found.order, found.code)
    }

    /// Today's orders, those that were taken back too.
    ///
    /// # Errors
    /// Before the first pull, or a failing file.
    pub fn orders_of_today(&mut self) -> Result<Vec<OrderOfDay>, PhoneError> {
        let (mut orders, unsent) = (Vec::new(), Unsent::read(&self.store)?);
        for (id, order) in self.told_today()? {
            let (state, light) = standing(&self.store, &unsent, id)?;
            orders.push(OrderOfDay {
                order: id,
                store: order.store,
                store_name: self.store_name(order.store)?,
                units: order.lines.iter().map(|line| line.confirmed).sum(),
                total: order.total(),
                light,
                state,
            });
        }
        Ok(orders)
    }

    /// The card of an order that was just sealed.
    ///
    /// # Errors
    /// Before the first pull, or a failing file.
    pub fn card(&mut self, order: &Order, code: Option<OwnerCode>) -> Result<OrderCard, PhoneError> {
        let store_name = self.store_name(order.store)?;
        let (state, light) = standing(&self.store, &Unsent::read(&self.store)?, order.id)?;
        let office = self.office()?;
        let line = |line: &xundian_domain::order::OrderLine| OrderCardLine {
            sku: line.sku,
            name: office.name(line.sku),
            confirmed: line.confirmed,
            case: line.case,
            pack: office.product(line.sku).map_or(Pack::ONE, Product::pack),
            amount: line.amount,
        };
        Ok(OrderCard {
            order: order.id,
            store: order.store,
            store_name,
            state,
            light,
            lines: order.lines.iter().map(line).collect(),
            gifts: order.gifts.iter().map(|gift| office.named_units(gift.sku, gift.units)).collect(),
            pick_ups: order.pick_ups.iter().map(|of| office.named_units(of.sku, of.units)).collect(),
            cuts: order.cuts,
            total: order.total(),
            promise: order.promise,
            payment: order.payment,
            code,
            qr: format!("XO1/{}/{}/{}", order.id, order.promise.day, order.total().0),
        })
    }

    fn store_name(&self, store: StoreId) -> Result<String, PhoneError> {
        Ok(office::row::<Shop>(&self.store, store)?.map(|shop| shop.name).unwrap_or_default())
    }

    /// The orders of today's visits in their newest version.
    fn told_today(&mut self) -> Result<BTreeMap<OrderId, Order>, PhoneError> {
        let mut told = BTreeMap::new();
        let today = self.date()?;
        for fact in self.store.facts_of(today)? {
            if fact.sealed.kind == Kind::VisitClosed.as_str() {
                let visit: Visit = parse("visit", &fact.sealed.body)?;
                told.extend(visit.order().map(|order| (order.id, order.clone())));
            } else if changes_an_order(&fact) {
                let amended: OrderAmended = parse("order", &fact.sealed.body)?;
                if let Some(known) = told.get_mut(&amended.order.id) {
                    *known = amended.order;
                }
            }
        }
        Ok(told)
    }
}

fn parse<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, PhoneError> {
    serde_json::from_str(text).map_err(|why| unreadable(what, &why))
}
