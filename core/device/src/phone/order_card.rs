//! 订单卡: what the owner photographs — lines, total, day, code — and today's orders with their four-state light.

use std::collections::BTreeMap;

use xundian_domain::order::{Order, OrderAmended, PaymentForm, Promise};
use xundian_domain::order_state::OrderState;
use xundian_domain::owner_code::OwnerCode;
use xundian_domain::product::Product;
use xundian_domain::store::Store as Shop;
use xundian_domain::visit::Visit;
use xundian_domain::{CaseSize, Fen, OrderId, Pack, Sku, StoreId, Units};
use xundian_protocol::push::Kind;
use xundian_protocol::tables::OrderStanding;

use super::card::NamedUnits;
use super::orders::changes_an_order;
use super::visit::unreadable;
use super::{Phone, PhoneError};
use crate::office;

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
    /// Lines.
    pub lines: Vec<OrderCardLine>,
    /// Gifts.
    pub gifts: Vec<NamedUnits>,
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

/// 四态灯.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Enum))]
pub enum OrderLight {
    /// Sealed here, not on the server.
    OnPhone,
    /// The server has it.
    OnServer,
    /// On a delivery sheet.
    OnSheet,
    /// The driver said what became of it.
    Delivered,
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

/// An order in its newest version.
struct Told {
    order: Order,
    on_server: bool,
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
        let mut orders = Vec::new();
        for (id, told) in self.told_today()? {
            let state = office::row::<OrderStanding>(&self.store, id)?.map(|standing| standing.state);
            let light = match state {
                _ if !told.on_server => OrderLight::OnPhone,
                Some(OrderState::OnSheet { .. }) => OrderLight::OnSheet,
                Some(OrderState::Ended { .. }) => OrderLight::Delivered,
                _ => OrderLight::OnServer,
            };
            orders.push(OrderOfDay {
                order: id,
                store: told.order.store,
                store_name: self.store_name(told.order.store)?,
                units: told.order.lines.iter().map(|line| line.confirmed).sum(),
                total: told.order.total(),
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
        let state = office::row::<OrderStanding>(&self.store, order.id)?.map(|standing| standing.state);
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
            lines: order.lines.iter().map(line).collect(),
            gifts: order.gifts.iter().map(|gift| office.named_units(gift.sku, gift.units)).collect(),
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

    /// The orders of today's visits with their changes.
    fn told_today(&mut self) -> Result<BTreeMap<OrderId, Told>, PhoneError> {
        let mut told: BTreeMap<OrderId, Told> = BTreeMap::new();
        let today = self.date()?;
        for fact in self.store.facts_of(today)? {
            if fact.sealed.kind == Kind::VisitClosed.as_str() {
                let visit: Visit = parse("visit", &fact.sealed.body)?;
                if let Some(order) = visit.order() {
                    told.insert(order.id, Told { order: order.clone(), on_server: fact.verdict.is_some() });
                }
            } else if changes_an_order(&fact) {
                let amended: OrderAmended = parse("order", &fact.sealed.body)?;
                if let Some(known) = told.get_mut(&amended.order.id) {
                    known.order = amended.order;
                    known.on_server &= fact.verdict.is_some();
                }
            }
        }
        Ok(told)
    }
}

fn parse<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, PhoneError> {
    serde_json::from_str(text).map_err(|why| unreadable(what, &why))
}
