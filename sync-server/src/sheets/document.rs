//! The document of a sheet: everything that is printed, with names instead of codes, for all vans or for one.

use std::collections::{BTreeMap, HashMap};

use xundian_domain::order::{Order, PaymentForm};
use xundian_domain::order_state::SheetNo;
use xundian_domain::product::Product;
use xundian_domain::sheet::{ChangeKind, OrderChange, Stop, VanPlan, cash_to_collect, picking_totals};
use xundian_domain::stamp::Millis;
use xundian_domain::{CaseSize, CasesAndUnits, Fen, OrderId, Sku, Units};
use xundian_protocol::push::Private;

use crate::db::{DbError, Tx, Value};
use crate::master::Catalogue;
use crate::orders::{Sheet, SheetBody, van_plan};

/// One line of a stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentLine {
    /// What.
    pub sku: Sku,
    /// 品名.
    pub name: String,
    /// Smallest unit by name (袋, 瓶).
    pub unit: String,
    /// How many.
    pub quantity: CasesAndUnits,
    /// In smallest units.
    pub units: Units,
    /// 箱规.
    pub case: CaseSize,
    /// A gift.
    pub gift: bool,
}

/// One stop as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentStop {
    /// Place in the day, from 1.
    pub no: usize,
    /// Which order.
    pub order: OrderId,
    /// Van, from 1; `None` = over capacity.
    pub van: Option<usize>,
    /// Promised hours.
    pub window: Option<xundian_domain::TimeRange>,
    /// 门店名称 and number.
    pub store: String,
    /// Number of the store.
    pub store_no: String,
    /// 地址.
    pub address: String,
    /// 收货人.
    pub receiver: String,
    /// Of the receiver.
    pub phone: String,
    /// Goods, then gifts.
    pub lines: Vec<DocumentLine>,
    /// To be taken back.
    pub pick_ups: Vec<DocumentLine>,
    /// To pay.
    pub amount: Fen,
    /// How.
    pub payment: PaymentForm,
    /// 新店待审.
    pub new_store: bool,
    /// Cases on the van.
    pub cases: u32,
}

/// One order of a difference sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentChange {
    /// Add, change or cancel.
    pub kind: ChangeKind,
    /// The stop as it is now; as it was, if cancelled.
    pub stop: DocumentStop,
    /// Every quantity that changed: as it was and as it is.
    pub lines: Vec<(DocumentLine, DocumentLine)>,
}

/// One row of the picking totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickingRow {
    /// What.
    pub sku: Sku,
    /// 品名.
    pub name: String,
    /// Smallest unit by name (袋, 瓶).
    pub unit: String,
    /// 箱规.
    pub case: CaseSize,
    /// Everything that is loaded.
    pub units: Units,
    /// Of it gifts.
    pub gifts: Units,
}

/// A sheet with names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetDocument {
    /// Number.
    pub no: SheetNo,
    /// 经销商.
    pub distributor: String,
    /// One van only.
    pub van: Option<usize>,
    /// Printed at, in local time.
    pub printed: String,
    /// SHA-256 of the sheet; the van plan is outside it.
    pub hash: String,
    /// In the order of delivery.
    pub stops: Vec<DocumentStop>,
    /// Of a difference sheet.
    pub changes: Vec<DocumentChange>,
    /// By SKU.
    pub picking: Vec<PickingRow>,
    /// By payment form.
    pub cash: BTreeMap<PaymentForm, Fen>,
    /// Stops that no van takes.
    pub overflow: usize,
}

/// A quantity as people say and load it: 3箱4袋; `case` is the language's word for a case.
pub fn spoken(quantity: CasesAndUnits, case: &str, unit: &str) -> String {
    quantity.spoken(case, unit)
}

impl SheetDocument {
    /// Puts names to a sheet; `van` = only its stops.
    ///
    /// # Errors
    /// A failing database.
    pub fn make(
        tx: &mut Tx<'_>,
        catalogue: &Catalogue,
        sheet: &Sheet,
        van: Option<usize>,
        now: Millis,
    ) -> Result<Self, DbError> {
        let plan = van_plan(tx, sheet.no.distributor, sheet.no.day)?.unwrap_or_default();
        let stops: Vec<&Stop> =
            sheet.stops().iter().filter(|stop| van.is_none() || plan.van_of(stop.order.id) == van).collect();
        let receivers = receivers(tx, sheet)?;
        let names = Names { catalogue, plan: &plan, receivers: &receivers };
        let zone = catalogue.zone();
        let document = Self {
            no: sheet.no,
            distributor: catalogue
                .distributors
                .get(&sheet.no.distributor)
                .map(|d| d.name.clone())
                .unwrap_or_default(),
            van,
            printed: format!("{} {}", zone.date(now), zone.time_of_day(now)),
            hash: sheet.hash.clone(),
            picking: names.picking(&stops),
            cash: cash_to_collect(stops.iter().copied()),
            stops: stops.iter().enumerate().map(|(n, stop)| names.stop(n + 1, stop)).collect(),
            changes: sheet.changes().iter().filter_map(|change| names.change(change)).collect(),
            overflow: plan.overflow.len(),
        };
        Ok(document)
    }

    /// Cases of all stops.
    pub fn cases(&self) -> u32 {
        self.stops.iter().map(|stop| stop.cases).sum()
    }

    /// What the QR code says: number and hash.
    pub fn qr(&self) -> String {
        format!("{} {}", self.no, self.hash)
    }
}

struct Names<'a> {
    catalogue: &'a Catalogue,
    plan: &'a VanPlan,
    receivers: &'a HashMap<OrderId, (String, String)>,
}

impl Names<'_> {
    fn stop(&self, no: usize, stop: &Stop) -> DocumentStop {
        let order = &stop.order;
        let store = self.catalogue.stores.get(&order.store);
        let (receiver, phone) = self.receiver(order);
        let gifts = xundian_domain::delivery::gifts_by_sku(order);
        let goods =
            order.lines.iter().map(|line| self.line(line.sku, line.confirmed, Some(line.case), false));
        let gifts = gifts.into_iter().map(|(sku, units)| self.line(sku, units, None, true));
        DocumentStop {
            no,
            order: order.id,
            van: self.plan.van_of(order.id),
            window: stop.window(),
            store: store.map(|store| store.name.clone()).unwrap_or_default(),
            store_no: store.and_then(|store| store.number).map(|no| no.to_string()).unwrap_or_default(),
            address: store.map(|store| store.address.clone()).unwrap_or_default(),
            receiver,
            phone,
            lines: goods.chain(gifts).collect(),
            pick_ups: order.pick_ups.iter().map(|p| self.line(p.sku, p.units, None, false)).collect(),
            amount: order.total(),
            payment: order.payment,
            new_store: stop.new_store,
            cases: stop.cases(),
        }
    }

    fn change(&self, change: &OrderChange) -> Option<DocumentChange> {
        let order = change.order()?;
        let stop = Stop { order: order.clone(), route_seq: 0, new_store: false };
        let lines = change.lines().into_iter().map(|line| {
            let of = |units| self.line(line.sku, units, None, false);
            (of(line.before), of(line.after))
        });
        Some(DocumentChange { kind: change.kind(), lines: lines.collect(), stop: self.stop(0, &stop) })
    }

    fn line(&self, sku: Sku, units: Units, case: Option<CaseSize>, gift: bool) -> DocumentLine {
        let case = case.unwrap_or(self.case(sku));
        DocumentLine {
            sku,
            name: self.name(sku),
            unit: self.unit(sku),
            quantity: units.split(case),
            units,
            case,
            gift,
        }
    }

    fn name(&self, sku: Sku) -> String {
        self.catalogue.products.get(&sku).map_or_else(|| sku.to_string(), Product::full_name)
    }

    fn unit(&self, sku: Sku) -> String {
        self.catalogue.products.get(&sku).map(|product| product.unit.clone()).unwrap_or_default()
    }

    fn case(&self, sku: Sku) -> CaseSize {
        // A SKU that the catalogue no longer has is shown in units.
        self.catalogue.products.get(&sku).map_or(CaseSize::ONE, |product| product.case)
    }

    fn receiver(&self, order: &Order) -> (String, String) {
        if let Some(known) = self.receivers.get(&order.id) {
            return known.clone();
        }
        let contact = self.catalogue.contacts.get(&order.store).cloned().unwrap_or_default();
        let receiver = if contact.receiver.is_empty() { contact.owner } else { contact.receiver };
        (receiver, contact.phone)
    }

    fn picking(&self, stops: &[&Stop]) -> Vec<PickingRow> {
        let place = |sku: Sku| self.catalogue.products.get(&sku).map_or(u32::MAX, |product| product.position);
        let mut rows: Vec<PickingRow> = picking_totals(stops.iter().copied())
            .into_iter()
            .map(|(sku, total)| PickingRow {
                sku,
                name: self.name(sku),
                unit: self.unit(sku),
                case: total.case.unwrap_or(self.case(sku)),
                units: total.units(),
                gifts: total.gifts,
            })
            .collect();
        rows.sort_by_key(|row| place(row.sku));
        rows
    }
}

/// Receivers that travelled beside the orders' facts; the store's contact stands in for the others.
fn receivers(tx: &mut Tx<'_>, sheet: &Sheet) -> Result<HashMap<OrderId, (String, String)>, DbError> {
    let ids: Vec<Value> = match &sheet.body {
        SheetBody::Stops(stops) => stops.iter().map(|stop| stop.order.id.into()).collect(),
        SheetBody::Changes(changes) => {
            changes.iter().filter_map(|change| change.order()).map(|order| order.id.into()).collect()
        }
    };
    let sql = "SELECT o.id, p.value FROM store_order o JOIN fact_private p ON p.id = o.fact WHERE o.id";
    let mut receivers = HashMap::new();
    for row in tx.query_each(sql, &ids)? {
        let private: Private = row.json(1)?;
        if let Some(receiver) = private.receiver {
            receivers.insert(row.get(0)?, (receiver, private.phone.unwrap_or_default()));
        }
    }
    Ok(receivers)
}
