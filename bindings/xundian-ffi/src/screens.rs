//! Screens beside the visit: the route, the store, the orders, the day, the outbox.

use xundian_device::phone::{
    DayReport, OrderCard, OrderOfDay, Outbox, ProductHit, StoreCard, StoreHit, Street, Today,
};
use xundian_domain::id::ReasonCode;
use xundian_domain::store::{Channel, StoreOpened};
use xundian_domain::{OrderId, SkuUnits, StoreId, TimeRanges};
use xundian_protocol::tables::Contact;

use crate::codes::InvalidInput;
use crate::errors::CoreError;
use crate::phone::RepPhone;
use crate::shell::Changed;

/// An outlet that is not on the route yet.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct NewStore {
    /// 门店名称.
    pub name: String,
    /// 渠道.
    pub channel: Channel,
    /// 街道编码, as picked or typed: it decides who delivers.
    pub street: String,
    /// 地址.
    pub address: String,
    /// 收货时间, as typed: `08:30-11:30;14:00-17:00` or 08：30～11：30；14：00～17：00, or empty.
    pub receiving_hours: String,
    /// Who to ask for.
    pub owner: Option<String>,
    /// Their telephone.
    pub phone: Option<String>,
}

#[uniffi::export]
impl RepPhone {
    /// Today's route, with the distances from where the phone is.
    ///
    /// # Errors
    /// `Unauthorized{not_enrolled}`, `NotFound{not_pulled}`, a failing file.
    pub fn today(&self) -> Result<Today, CoreError> {
        let fix = self.shell.fix();
        self.with(|phone| {
            phone.stand_at(fix);
            Ok(phone.today()?)
        })
    }

    /// The card of a store.
    ///
    /// # Errors
    /// `NotFound{unknown_store}`, a failing file.
    pub fn store_card(&self, store: StoreId) -> Result<StoreCard, CoreError> {
        self.with(|phone| Ok(phone.store_card(store)?))
    }

    /// Stores whose name, address or number contains the text.
    ///
    /// # Errors
    /// A failing file.
    pub fn search_stores(&self, text: String) -> Result<Vec<StoreHit>, CoreError> {
        self.with(|phone| Ok(phone.search_stores(&text)?))
    }

    /// Products whose name, series or code contains the text.
    ///
    /// # Errors
    /// `NotFound{not_pulled}`, a failing file.
    pub fn search_products(&self, text: String) -> Result<Vec<ProductHit>, CoreError> {
        self.with(|phone| Ok(phone.search_products(&text)?))
    }

    /// The streets that a new store is picked from, those of this phone's stores: the nearest first where the phone knows its
    /// place, else those with the most stores.
    ///
    /// # Errors
    /// A failing file.
    pub fn streets(&self) -> Result<Vec<Street>, CoreError> {
        let fix = self.shell.fix();
        self.with(|phone| {
            phone.stand_at(fix);
            Ok(phone.streets()?)
        })
    }

    /// A new outlet: it can be visited at once, the office decides about it later.
    ///
    /// # Errors
    /// `InvalidInput{name|address, empty}`, `InvalidInput{name|address|owner|phone, too_long}` over 60 characters,
    /// `InvalidInput{street|receiving_hours, invalid}` (of a street also when no area of the office has it),
    /// `NotFound{not_pulled}`, a failing file.
    pub fn open_store(&self, opened: NewStore) -> Result<StoreId, CoreError> {
        for (field, text) in [("name", &opened.name), ("address", &opened.address)] {
            if text.trim().is_empty() {
                return Err(CoreError::input(field, InvalidInput::Empty));
            }
        }
        let NewStore { name, channel, street, address, receiving_hours, owner, phone: telephone } = opened;
        let street = street.trim().parse().map_err(|_| CoreError::input("street", InvalidInput::Invalid))?;
        let hours = TimeRanges::typed(&receiving_hours);
        let receiving_hours =
            hours.map_err(|_| CoreError::input("receiving_hours", InvalidInput::Invalid))?;
        let id = StoreId(uuid::Uuid::nil());
        let opened = StoreOpened { id, name, channel, street, address, receiving_hours };
        self.change(Changed::Facts, |phone| Ok(phone.open_store_nearby(opened, owner, telephone)?))
    }

    /// A note for the next one in this shop, instead of the one before; an empty text takes it away.
    ///
    /// # Errors
    /// `NotFound{unknown_store}`, `InvalidInput{text, too_long}` over 200 characters, a failing file.
    pub fn note_store(&self, store: StoreId, text: String) -> Result<(), CoreError> {
        self.change(Changed::Facts, |phone| Ok(phone.note_store(store, &text)?))
    }

    /// Whom to ask for in a store from now on.
    ///
    /// # Errors
    /// `NotFound{unknown_store}`, `InvalidInput{owner|phone|receiver, too_long}` over 60 characters, a failing file.
    pub fn change_contact(&self, store: StoreId, contact: Contact) -> Result<(), CoreError> {
        self.change(Changed::Facts, |phone| Ok(phone.change_contact(store, contact)?))
    }

    /// Today's orders with their light.
    ///
    /// # Errors
    /// `NotFound{not_pulled}`, a failing file.
    pub fn orders_of_today(&self) -> Result<Vec<OrderOfDay>, CoreError> {
        self.with(|phone| Ok(phone.orders_of_today()?))
    }

    /// The card of an order of the last fourteen days.
    ///
    /// # Errors
    /// `NotFound{unknown_order}`, a failing file.
    pub fn order_card(&self, order: OrderId) -> Result<OrderCard, CoreError> {
        self.with(|phone| Ok(phone.order_card(order)?))
    }

    /// A new version of an order; lines that are not named go, others come.
    ///
    /// # Errors
    /// `NotFound{unknown_order}`, `NotFound{unknown_store}` when its store has left this phone, `Conflict{order_over}` when it was
    /// taken back, `InvalidInput{lines, nothing_left}`, `InvalidInput{lines, no_price}` where the store's price list does not have a
    /// product, a failing file.
    pub fn amend_order(&self, order: OrderId, lines: Vec<SkuUnits>) -> Result<OrderCard, CoreError> {
        let lines: Vec<_> = lines.into_iter().map(Into::into).collect();
        self.change(Changed::Facts, |phone| {
            phone.amend_order(order, &lines)?;
            Ok(phone.order_card(order)?)
        })
    }

    /// Takes an order back.
    ///
    /// # Errors
    /// `NotFound{unknown_order}`, `Conflict{order_over}` when it was taken back already, a failing file.
    pub fn cancel_order(&self, order: OrderId, reason: ReasonCode) -> Result<(), CoreError> {
        self.change(Changed::Facts, |phone| Ok(phone.cancel_order(order, reason)?))
    }

    /// The day's figures as they stand.
    ///
    /// # Errors
    /// `NotFound{not_pulled}`, a failing file.
    pub fn day_report(&self) -> Result<DayReport, CoreError> {
        self.with(|phone| Ok(phone.day_report()?))
    }

    /// Seals the day; a later visit of it makes a new version necessary.
    ///
    /// # Errors
    /// As [`RepPhone::day_report`].
    pub fn close_day(&self) -> Result<DayReport, CoreError> {
        self.change(Changed::Facts, |phone| {
            phone.close_day()?;
            Ok(phone.day_report()?)
        })
    }

    /// Every record with the server's word about it.
    ///
    /// # Errors
    /// A failing file.
    pub fn outbox(&self) -> Result<Outbox, CoreError> {
        self.with(|phone| Ok(phone.outbox()?))
    }
}
