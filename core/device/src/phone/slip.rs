//! 订单条: the day's orders for the distributor when there is no server. Made from the sealed facts of this phone without
//! any network; the form is `xundian_protocol::slip`.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use xundian_domain::order::{OrderAmended, OrderCancelled};
use xundian_domain::order_state::OrderState;
use xundian_domain::store::Store as Shop;
use xundian_domain::visit::Visit;
use xundian_domain::{BusinessDate, CaseSize, DistributorNo, InstallId, OrderId, Sku, StoreId};
use xundian_protocol::push::Kind;
use xundian_protocol::slip::{Goods, Names, Place, Slip, SlipOrder};

use super::order_card::{OrderLight, Unsent, standing};
use super::orders::is_void;
use super::visit::unreadable;
use super::{Phone, PhoneError};
use crate::device_key;
use crate::office::{self, Office};

/// An order is not changed later than so many days after its visit.
const DAYS_ON: u32 = 14;

/// The orders of one day for one distributor.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct OrderSlip {
    /// Whose stores they are; `None` = their stores have left this phone.
    pub distributor: Option<DistributorNo>,
    /// How many.
    pub orders: u32,
    /// For a chat: words for people, then letters for the server.
    pub text: String,
    /// The same as texts of QR codes, each for alphanumeric mode and version 19 or larger at level M.
    pub pages: Vec<String>,
}

impl Phone {
    /// The orders of a business date in their newest version, without those that the rep or the server cancelled and
    /// those of visits of which the server takes nothing; one slip per distributor, so that none reads the orders of
    /// another. Needs no network; whatever the server already has it will know again.
    ///
    /// # Errors
    /// [`PhoneError::NoOrders`], before enrolment or the first pull, or a failing file.
    pub fn order_slips(&mut self, date: BusinessDate) -> Result<Vec<OrderSlip>, PhoneError> {
        let (install, key) = self.identity()?;
        let rep = self.rep()?;
        let mut shops = BTreeMap::new();
        let mut by_distributor: BTreeMap<Option<DistributorNo>, Vec<SlipOrder>> = BTreeMap::new();
        for told in self.orders_of(date)? {
            let shop = office::row::<Shop>(&self.store, told.order.store)?;
            by_distributor.entry(shop.as_ref().map(|shop| shop.distributor)).or_default().push(told);
            shops.extend(shop.map(|shop| (shop.id, shop)));
        }
        if by_distributor.is_empty() {
            return Err(PhoneError::NoOrders);
        }
        let names = Spoken { office: self.office()?, shops: &shops };
        let write = |(distributor, orders): (Option<DistributorNo>, Vec<SlipOrder>)| {
            let slip = Slip { date, rep, orders };
            let sealed = slip.seal(install, &key)?;
            let (text, pages) = (sealed.text(&slip, &names)?, sealed.pages()?);
            Ok(OrderSlip {
                distributor,
                orders: u32::try_from(slip.orders.len()).unwrap_or(u32::MAX),
                text,
                pages,
            })
        };
        let slips: Result<Vec<OrderSlip>, xundian_protocol::slip::SlipError> =
            by_distributor.into_iter().map(write).collect();
        slips.map_err(|why| unreadable("slip", &why))
    }

    fn identity(&self) -> Result<(InstallId, SigningKey), PhoneError> {
        let setting = |name| self.store.setting(name)?.ok_or(PhoneError::NotEnrolled);
        let install = setting("install")?.parse().map_err(|_| PhoneError::NotEnrolled)?;
        let key = device_key::read(&setting("device_key")?, self.machine.as_ref())?;
        Ok((InstallId(install), key))
    }

    /// In the order of the visits. A change may be sealed days after its visit.
    fn orders_of(&mut self, date: BusinessDate) -> Result<Vec<SlipOrder>, PhoneError> {
        let mut orders: Vec<SlipOrder> = Vec::new();
        let last = self.date()?.min(date.plus_days(DAYS_ON)).max(date);
        let mut day = date;
        while day <= last {
            for fact in self.store.facts_of(day)?.into_iter().filter(|fact| !is_void(fact)) {
                take(&mut orders, &Kind::from(fact.sealed.kind), &fact.sealed.body, day == date)?;
            }
            day = day.plus_days(1);
        }
        let (mut wanted, unsent) = (Vec::new(), Unsent::read(&self.store)?);
        for told in orders {
            if !self.is_taken_back(&unsent, told.order.id)? {
                wanted.push(told);
            }
        }
        Ok(wanted)
    }

    /// Whether the server says that an order is cancelled, which no fact of this phone tells: its store was rejected, or nobody
    /// released it. What this phone alone says, or nobody believes, its facts tell.
    fn is_taken_back(&self, unsent: &Unsent, order: OrderId) -> Result<bool, PhoneError> {
        let told = standing(&self.store, unsent, order)?;
        Ok(matches!(told, (Some(OrderState::Cancelled { .. }), OrderLight::OnServer)))
    }
}

/// What one fact does to the orders; visits of other days bring none.
fn take(orders: &mut Vec<SlipOrder>, kind: &Kind, body: &str, of_day: bool) -> Result<(), PhoneError> {
    let broken = |why: serde_json::Error| unreadable("order", &why);
    match kind {
        Kind::VisitClosed if of_day => {
            let visit: Visit = serde_json::from_str(body).map_err(broken)?;
            orders.extend(visit.order().map(|order| SlipOrder { version: 1, order: order.clone() }));
        }
        Kind::OrderAmended => {
            let amended: OrderAmended = serde_json::from_str(body).map_err(broken)?;
            if let Some(known) = find(orders, amended.order.id) {
                *known = SlipOrder { version: amended.base_version + 1, order: amended.order };
            }
        }
        Kind::OrderCancelled => {
            let cancelled: OrderCancelled = serde_json::from_str(body).map_err(broken)?;
            orders.retain(|known| known.order.id != cancelled.order);
        }
        _ => {}
    }
    Ok(())
}

fn find(orders: &mut [SlipOrder], id: OrderId) -> Option<&mut SlipOrder> {
    orders.iter_mut().find(|known| known.order.id == id)
}

/// Names from the master data on this phone; an id stands for what is not there.
struct Spoken<'a> {
    office: &'a Office,
    shops: &'a BTreeMap<StoreId, Shop>,
}

impl Names for Spoken<'_> {
    fn store(&self, store: StoreId) -> Place {
        let Some(shop) = self.shops.get(&store) else {
            return Place { name: store.to_string(), ..Place::default() };
        };
        Place { name: shop.name.clone(), number: shop.number, address: shop.address.clone() }
    }

    fn goods(&self, sku: Sku) -> Goods {
        self.office.product(sku).map_or_else(
            || Goods { name: sku.to_string(), unit: String::new(), case: CaseSize::ONE },
            |product| Goods { name: product.full_name(), unit: product.unit.clone(), case: product.case },
        )
    }
}
