//! 门店卡: what is known about a store before the rep walks in; and search.

use xundian_domain::ledger::{Ledger, LedgerDelivery, LedgerVisit};
use xundian_domain::order_state::OrderState;
use xundian_domain::product::Product;
use xundian_domain::store::Store as Shop;
use xundian_domain::{BusinessDate, CaseSize, OrderId, Pack, Sku, StoreId, Units};
use xundian_protocol::tables::{Contact, StoreNote};

use super::order_card::{OrderLight, Unsent, standing};
use super::today::{PromiseLight, last_promise};
use super::{Phone, PhoneError};
use crate::office;
use crate::store::Store;

/// Hits of one search.
const HITS: usize = 50;

/// Everything on the card.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct StoreCard {
    /// The store.
    pub shop: Shop,
    /// Who to ask for.
    pub contact: Contact,
    /// What a rep wants the next one here to know.
    pub note: Option<StoreNote>,
    /// When it was last counted, and what was there.
    pub last_counts: Option<LastCounts>,
    /// The newest order and where it stands.
    pub last_order: Option<LastOrder>,
    /// What became of the last promise.
    pub promise: PromiseLight,
    /// What was delivered against what was promised, newest order.
    pub last_delivery: Vec<DeliveredLine>,
    /// Must-sell SKUs that were not counted at the last visit.
    pub must_sell_gaps: Vec<NamedSku>,
    /// New products of this store's list.
    pub new_products: Vec<NamedSku>,
}

/// A product with its name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct NamedSku {
    /// What.
    pub sku: Sku,
    /// 品名规格.
    pub name: String,
}

/// A product that was searched for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct ProductHit {
    /// What.
    pub sku: Sku,
    /// 品名规格.
    pub name: String,
    /// 箱规.
    pub case: CaseSize,
    /// The smallest step of an order.
    pub pack: Pack,
}

/// So many units of a product.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct NamedUnits {
    /// What.
    pub sku: Sku,
    /// 品名规格.
    pub name: String,
    /// How many.
    pub units: Units,
    /// 箱规; a piece where the catalogue does not have it (any more).
    pub case: CaseSize,
}

/// The last count of a store.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct LastCounts {
    /// Business date of the visit.
    pub date: BusinessDate,
    /// What was there.
    pub rows: Vec<NamedUnits>,
}

/// The newest order of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct LastOrder {
    /// Which.
    pub order: OrderId,
    /// Where it stands.
    pub state: OrderState,
    /// How far it is, or what was last done to it.
    pub light: OrderLight,
}

/// One line of a delivery against its promise.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct DeliveredLine {
    /// What.
    pub sku: Sku,
    /// 品名规格.
    pub name: String,
    /// Confirmed in the shop.
    pub promised: Units,
    /// Handed over; `None` = the driver said nothing yet.
    pub delivered: Option<Units>,
    /// 箱规; a piece where the catalogue does not have it (any more).
    pub case: CaseSize,
}

/// A store found by search.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct StoreHit {
    /// Which.
    pub store: StoreId,
    /// 门店名称.
    pub name: String,
    /// 地址.
    pub address: String,
}

impl Phone {
    /// The card of a store.
    ///
    /// # Errors
    /// The store is not on this phone, or a failing file.
    pub fn store_card(&mut self, id: StoreId) -> Result<StoreCard, PhoneError> {
        let (shop, date) = (self.shop(id)?, self.date()?);
        let (office, store) = self.office_and_store()?;
        let ledger = ledger(store, id)?;
        let newest = ledger.deliveries.iter().max_by_key(|delivery| delivery.due_by);
        let unsent = Unsent::read(store)?;
        let last_order =
            newest.map(|delivery| last_order(store, &unsent, delivery.order)).transpose()?.flatten();
        let last = ledger.visits.last();
        let counted = |sku: Sku| {
            let rows = last.map_or(&[][..], |visit| visit.entry.counts.as_slice());
            rows.iter().any(|(known, units)| *known == sku && !units.is_zero())
        };
        let named = |sku: Sku| NamedSku { sku, name: office.name(sku) };
        let must_sell = super::suggest::must_sell(store, &shop)?;
        let active = must_sell.iter().filter(|row| row.is_active(date));
        let is_new = |sku: Sku| office.product(sku).is_some_and(|product| product.is_new_on(date));
        Ok(StoreCard {
            contact: office::row(store, id)?.unwrap_or_default(),
            note: office::row::<StoreNote>(store, id)?.filter(|note| !note.text.is_empty()),
            last_order,
            promise: last_promise(store, &unsent, id)?,
            last_delivery: newest.map_or_else(Vec::new, |delivery| {
                let lines = delivery.lines.iter().map(|line| DeliveredLine {
                    sku: line.sku,
                    name: office.name(line.sku),
                    promised: line.confirmed,
                    delivered: line.delivered,
                    case: office.case(line.sku),
                });
                lines.collect()
            }),
            must_sell_gaps: active
                .clone()
                .map(|row| row.sku)
                .filter(|sku| !counted(*sku))
                .map(named)
                .collect(),
            new_products: active.map(|row| row.sku).filter(|sku| is_new(*sku)).map(named).collect(),
            last_counts: last.map(|visit| LastCounts {
                date: visit.date,
                rows: visit
                    .entry
                    .counts
                    .iter()
                    .map(|(sku, units)| office.named_units(*sku, *units))
                    .collect(),
            }),
            shop,
        })
    }

    /// Stores whose name, address or number contains the text, in the order of their names.
    ///
    /// # Errors
    /// A failing file.
    pub fn search_stores(&self, text: &str) -> Result<Vec<StoreHit>, PhoneError> {
        let wanted = text.trim().to_lowercase();
        let mut hits = Vec::new();
        for shop in office::rows::<Shop>(&self.store, "")? {
            let number = shop.number.map(|number| number.to_string().to_lowercase()).unwrap_or_default();
            let found = [shop.name.to_lowercase(), shop.address.to_lowercase(), number];
            if found.iter().any(|text| text.contains(&wanted)) {
                hits.push(StoreHit { store: shop.id, name: shop.name, address: shop.address });
            }
        }
        hits.sort_by(|a, b| a.name.cmp(&b.name));
        hits.truncate(HITS);
        Ok(hits)
    }
}

impl Phone {
    /// Products whose name, series or code contains the text, in the order of the count screen: what is not on the count
    /// list is found here.
    ///
    /// # Errors
    /// Before the first pull, or a failing file.
    pub fn search_products(&mut self, text: &str) -> Result<Vec<ProductHit>, PhoneError> {
        let wanted = text.trim().to_lowercase();
        let found = self.office()?.products.iter().filter(|product| {
            let texts = [product.name.to_lowercase(), product.series.to_lowercase(), product.sku.to_string()];
            texts.iter().any(|text| text.contains(&wanted))
        });
        let hit = |product: &Product| ProductHit {
            sku: product.sku,
            name: product.full_name(),
            case: product.case,
            pack: product.pack(),
        };
        Ok(found.take(HITS).map(hit).collect())
    }
}

fn last_order(store: &Store, unsent: &Unsent, order: OrderId) -> Result<Option<LastOrder>, PhoneError> {
    let (state, light) = standing(store, unsent, order)?;
    Ok(state.map(|state| LastOrder { order, state, light }))
}

/// The ledger of a store, oldest visit first.
pub(super) fn ledger(store: &Store, id: StoreId) -> Result<Ledger, PhoneError> {
    let prefix = format!("{id}/");
    let mut visits: Vec<LedgerVisit> = office::rows(store, &prefix)?;
    visits.sort_by_key(|visit| visit.at);
    let deliveries: Vec<LedgerDelivery> = office::rows(store, &prefix)?;
    Ok(Ledger { visits, deliveries })
}
