//! 待上传: every record's state. "Sent" is said only when the server gave its receipt.

use std::collections::BTreeMap;

use xundian_domain::order::OrderCancelled;
use xundian_domain::store::{Store as Shop, StoreOpened};
use xundian_domain::{OrderId, RecordId, StoreId};
use xundian_protocol::push::{Kind, Verdict};
use xundian_protocol::tables::{OrderStanding, Table};

use super::photo::Waiting;
use super::{Phone, PhoneError, PhotosPending};
use crate::office;
use crate::store::{MasterRow, Store};

/// Rows shown at once.
const ROWS: usize = 200;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct OutboxRow {
    /// Its id.
    pub id: RecordId,
    /// Its place in the row of facts; 0 = an earlier install pushed it, it has none.
    pub dseq: u64,
    /// What it is, e.g. `visit_closed`.
    pub kind: String,
    /// When it was sealed, milliseconds since 1970 UTC: two records of one store are told apart by it.
    pub at: i64,
    /// The server's word; `None` = not on the server.
    pub verdict: Option<Verdict>,
    /// Photos that it names and that wait: "photos pending n". The record is complete without them.
    pub photos: u64,
    /// 门店名称 of the store that it is about; `None` = it is about none, or the store, or the order that was taken back, has left
    /// this phone.
    pub store_name: Option<String>,
}

/// The outbox.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct Outbox {
    /// Newest first; where there are too many, what waits comes before the others.
    pub rows: Vec<OutboxRow>,
    /// How many are not on the server.
    pub unsent: u64,
    /// Photos that are not there.
    pub photos: PhotosPending,
    /// When the server was last heard, milliseconds since 1970 UTC by its own clock.
    pub last_contact: Option<i64>,
}

impl Phone {
    /// The newest records with their state, what waits among them.
    ///
    /// # Errors
    /// A failing file.
    pub fn outbox(&self) -> Result<Outbox, PhoneError> {
        let facts = self.store.newest_facts(ROWS)?;
        let waiting = Waiting::of(self)?;
        let stores = Stores::of(&self.store)?;
        let rows = facts.into_iter().map(|fact| OutboxRow {
            id: fact.sealed.id,
            dseq: fact.dseq,
            photos: u64::try_from(waiting.named_by(&fact.sealed.body)).unwrap_or(u64::MAX),
            store_name: stores.named_by(&fact.sealed.kind, &fact.sealed.body),
            at: fact.sealed.captured.estimate().0,
            kind: fact.sealed.kind,
            verdict: fact.verdict.and_then(|text| serde_json::from_str(&text).ok()),
        });
        Ok(Outbox {
            rows: rows.collect(),
            unsent: self.store.waiting_count()?,
            photos: self.photos_pending()?,
            last_contact: self.store.setting("last_contact")?.and_then(|text| text.parse().ok()),
        })
    }
}

/// What a record can name of a store: read once, to be looked up for single records.
struct Stores {
    names: BTreeMap<StoreId, String>,
    of_orders: BTreeMap<OrderId, StoreId>,
}

/// The part of a record that says in which store it was made.
#[derive(serde::Deserialize)]
struct InStore {
    store: StoreId,
}

/// The same of a changed order.
#[derive(serde::Deserialize)]
struct OfOrder {
    order: InStore,
}

impl Stores {
    fn of(store: &Store) -> Result<Self, PhoneError> {
        // A row that this app cannot read costs a name, not the outbox.
        let of_order = |row: MasterRow| {
            let standing: OrderStanding = office::decode(&row.value).ok()?;
            Some((OrderId(row.key.parse().ok()?), standing.store))
        };
        let named = |row: MasterRow| {
            let shop: Shop = office::decode(&row.value).ok()?;
            Some((shop.id, shop.name))
        };
        Ok(Self {
            names: store.masters(Shop::NAME, "")?.into_iter().filter_map(named).collect(),
            of_orders: store.masters(OrderStanding::NAME, "")?.into_iter().filter_map(of_order).collect(),
        })
    }

    /// The store of a record by its sealed bytes; a new one is named by the record itself.
    fn named_by(&self, kind: &str, body: &str) -> Option<String> {
        let store = match Kind::from(kind.to_owned()) {
            Kind::StoreOpened => return Some(serde_json::from_str::<StoreOpened>(body).ok()?.name),
            Kind::VisitClosed | Kind::StoreNote | Kind::StoreContactChanged => {
                serde_json::from_str::<InStore>(body).ok()?.store
            }
            Kind::OrderAmended => serde_json::from_str::<OfOrder>(body).ok()?.order.store,
            Kind::OrderCancelled => {
                let cancelled: OrderCancelled = serde_json::from_str(body).ok()?;
                *self.of_orders.get(&cancelled.order)?
            }
            Kind::DayClosed | Kind::Unknown(_) => return None,
        };
        self.names.get(&store).cloned()
    }
}
