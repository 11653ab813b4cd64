//! The order book of one transaction: orders that were touched, differences that they make, and what the phones must
//! learn about it. Everything is written at once by [`OrderBook::write`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

use xundian_domain::delivery::DeliveryResult;
use xundian_domain::ledger::LedgerDelivery;
use xundian_domain::order::Order;
use xundian_domain::order_state::{CancelCause, OrderState, SheetNo};
use xundian_domain::placement::Placement;
use xundian_domain::sheet::OrderChange;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, DistributorNo, OrderId};
use xundian_protocol::push::{OrderEffect, Went};
use xundian_protocol::tables::{OrderStanding, scope};

use super::promo_use;
use super::row::OrderRow;
use super::sheet::{Sheet, SheetBody, assign_added, is_frozen, next_difference};
use crate::db::{Bulk, DbError, Kind, Tx};
use crate::master::{Catalogue, Feed};

const LATE_ROWS: Bulk = Bulk {
    table: "late_order",
    columns: &[
        ("order_id", Kind::Blob),
        ("distributor", Kind::Text),
        ("promised", Kind::Text),
        ("went", Kind::Text),
        ("cause", Kind::Text),
        ("at", Kind::Int),
    ],
    tail: "ON CONFLICT (order_id) DO NOTHING",
};

/// How many days ahead of a promise an order may be pushed by the late policy; their sheets are looked up at once.
const LOOK_AHEAD: u32 = 32;

/// Orders touched in one transaction.
#[derive(Debug)]
pub struct OrderBook<'a> {
    catalogue: &'a Catalogue,
    now: Millis,
    orders: BTreeMap<OrderId, OrderRow>,
    frozen: HashMap<DistributorNo, HashMap<BusinessDate, bool>>,
    differences: BTreeMap<(DistributorNo, BusinessDate), (SheetNo, Vec<OrderChange>)>,
    late: BTreeMap<OrderId, (DistributorNo, BusinessDate, String)>,
    /// Orders whose content changed, not only their state.
    rewritten: BTreeSet<OrderId>,
}

impl<'a> OrderBook<'a> {
    /// An empty book.
    pub fn new(catalogue: &'a Catalogue, now: Millis) -> Self {
        Self {
            catalogue,
            now,
            orders: BTreeMap::new(),
            frozen: HashMap::new(),
            differences: BTreeMap::new(),
            late: BTreeMap::new(),
            rewritten: BTreeSet::new(),
        }
    }

    /// An order, as this transaction sees it.
    ///
    /// # Errors
    /// A failing database.
    pub fn order(&mut self, tx: &mut Tx<'_>, id: OrderId) -> Result<Option<OrderRow>, DbError> {
        match self.orders.get(&id) {
            Some(row) => Ok(Some(row.clone())),
            None => OrderRow::load(tx, id),
        }
    }

    /// Takes a new order that a person must look at first: it is on no sheet.
    pub fn hold(&mut self, mut row: OrderRow) {
        row.state = OrderState::Held;
        self.orders.insert(row.order.id, row);
    }

    /// Finds the place of a new or released order: the sheet of its promise, a difference, or a later sheet.
    ///
    /// # Errors
    /// A failing database.
    pub fn place(&mut self, tx: &mut Tx<'_>, mut row: OrderRow) -> Result<OrderEffect, DbError> {
        let catalogue = self.catalogue;
        let Some(distributor) = catalogue.distributors.get(&row.distributor) else {
            // A store without a distributor waits for the office; the order is not lost.
            let order = row.order.id;
            let day = row.order.promise.day;
            self.hold(row);
            return Ok(OrderEffect { order, went: Went::Waiting { day, late: false }, instead_of: None });
        };
        let rules = catalogue.delivery_rules(distributor);
        let promise = rules.promised_day(row.confirmed_on, row.order.promise.day);
        row.promised = row.order.promise.day;
        row.order.promise.day = promise.day;
        let now = catalogue.local(row.distributor, self.now);
        self.look_up(tx, row.distributor, promise.day)?;
        let frozen = |day| self.is_frozen(row.distributor, day);
        let placement = rules.place(promise.day, now, frozen);
        let went = self.settle(tx, row, placement)?;
        Ok(OrderEffect { instead_of: promise.instead_of, ..went })
    }

    /// Writes the placement into the row.
    fn settle(
        &mut self,
        tx: &mut Tx<'_>,
        mut row: OrderRow,
        placement: Placement,
    ) -> Result<OrderEffect, DbError> {
        let order = row.order.id;
        row.day = placement.day();
        let went = match placement {
            Placement::Waiting { day, late } => {
                row.late = late;
                row.state = OrderState::Waiting { day, late };
                if late {
                    let promised = row.order.promise.day;
                    self.late.insert(order, (row.distributor, promised, day.to_string()));
                }
                Went::Waiting { day, late }
            }
            Placement::Difference { day } => {
                let change = OrderChange { before: None, after: Some(row.order.clone()) };
                let sheet = self.add_change(tx, row.distributor, day, change)?;
                row.state = OrderState::OnSheet { sheet };
                self.late.insert(order, (row.distributor, day, sheet.to_string()));
                Went::Difference { sheet }
            }
        };
        self.rewrite(row);
        Ok(OrderEffect { order, went, instead_of: None })
    }

    /// A newer version of an order that is known.
    ///
    /// # Errors
    /// A failing database.
    pub fn amend(
        &mut self,
        tx: &mut Tx<'_>,
        mut row: OrderRow,
        newer: Order,
    ) -> Result<OrderEffect, DbError> {
        let order = row.order.id;
        let effect = |went| OrderEffect { order, went, instead_of: None };
        match row.state {
            OrderState::Waiting { .. } => {
                row.order = newer;
                self.place(tx, row)
            }
            OrderState::OnSheet { .. } => {
                // The stop keeps its day: what was printed can only be corrected, not moved.
                let mut newer = newer;
                newer.promise.day = row.order.promise.day;
                let change = OrderChange { before: Some(row.order), after: Some(newer.clone()) };
                let sheet = self.add_change(tx, row.distributor, row.day, change)?;
                row.order = newer;
                row.state = OrderState::OnSheet { sheet };
                self.rewrite(row);
                Ok(effect(Went::Difference { sheet }))
            }
            OrderState::Held => {
                let day = row.day;
                row.order = newer;
                self.hold(row);
                Ok(effect(Went::Waiting { day, late: false }))
            }
            OrderState::Ended { .. } | OrderState::Cancelled { .. } => Ok(effect(Went::AlreadyDelivered)),
        }
    }

    /// The order will not come.
    ///
    /// # Errors
    /// A failing database.
    pub fn cancel(
        &mut self,
        tx: &mut Tx<'_>,
        mut row: OrderRow,
        cause: CancelCause,
    ) -> Result<OrderEffect, DbError> {
        let order = row.order.id;
        let went = match row.state {
            OrderState::Waiting { .. } | OrderState::Held => Went::Cancelled,
            OrderState::OnSheet { .. } => {
                let change = OrderChange { before: Some(row.order.clone()), after: None };
                let sheet = self.add_change(tx, row.distributor, row.day, change)?;
                Went::Difference { sheet }
            }
            OrderState::Cancelled { .. } => Went::Cancelled,
            OrderState::Ended { .. } => Went::AlreadyDelivered,
        };
        if went != Went::AlreadyDelivered {
            row.state = OrderState::Cancelled { cause };
            self.rewrite(row);
        }
        Ok(OrderEffect { order, went, instead_of: None })
    }

    fn rewrite(&mut self, row: OrderRow) {
        self.rewritten.insert(row.order.id);
        self.orders.insert(row.order.id, row);
    }

    /// An order whose row was changed by somebody else: freeze, result.
    pub(super) fn touch(&mut self, row: OrderRow) {
        self.orders.insert(row.order.id, row);
    }

    fn add_change(
        &mut self,
        tx: &mut Tx<'_>,
        distributor: DistributorNo,
        day: BusinessDate,
        change: OrderChange,
    ) -> Result<SheetNo, DbError> {
        if let Some((sheet, changes)) = self.differences.get_mut(&(distributor, day)) {
            merge(changes, change);
            return Ok(*sheet);
        }
        let difference = next_difference(tx, distributor, day)?;
        let sheet = SheetNo { distributor, day, difference };
        self.differences.insert((distributor, day), (sheet, vec![change]));
        Ok(sheet)
    }

    fn look_up(
        &mut self,
        tx: &mut Tx<'_>,
        distributor: DistributorNo,
        day: BusinessDate,
    ) -> Result<(), DbError> {
        let known = self.frozen.entry(distributor).or_default();
        if known.contains_key(&day) {
            return Ok(());
        }
        if !is_frozen(tx, distributor, day)? {
            known.insert(day, false);
            return Ok(());
        }
        let until = day.plus_days(LOOK_AHEAD);
        let rows = tx.query(
            "SELECT day FROM sheet WHERE distributor = $1 AND day >= $2 AND day <= $3 AND difference = 0",
            &[distributor.into(), day.into(), until.into()],
        )?;
        for row in rows {
            known.insert(row.get(0)?, true);
        }
        Ok(())
    }

    fn is_frozen(&self, distributor: DistributorNo, day: BusinessDate) -> bool {
        self.frozen.get(&distributor).and_then(|days| days.get(&day)).copied().unwrap_or(false)
    }

    /// Writes orders, differences and the late list, and tells the phones.
    ///
    /// # Errors
    /// A failing database.
    pub fn write(self, tx: &mut Tx<'_>, feed: &mut Feed) -> Result<(), DbError> {
        OrderRow::save_all(tx, self.orders.values())?;
        for row in self.orders.values() {
            tell(feed, self.catalogue, row, None);
        }
        let rewritten = self.orders.values().filter(|row| self.rewritten.contains(&row.order.id));
        promo_use::book(tx, self.catalogue, feed, rewritten)?;
        for (sheet, changes) in self.differences.into_values() {
            assign_added(tx, sheet.distributor, sheet.day, &changes)?;
            Sheet::insert(tx, sheet, SheetBody::Changes(changes), self.now)?;
        }
        let now = self.now;
        let late = self.late.into_iter().map(|(order, (distributor, promised, went))| {
            vec![
                order.into(),
                distributor.into(),
                promised.into(),
                went.into(),
                "late_upload".into(),
                now.into(),
            ]
        });
        tx.insert_many(&LATE_ROWS, late.collect())
    }
}

/// Two changes of one order in one difference are one: first before, last after.
fn merge(changes: &mut Vec<OrderChange>, change: OrderChange) {
    let id = change.order().map(|order| order.id);
    match changes.iter_mut().find(|known| known.order().map(|order| order.id) == id) {
        Some(known) => known.after = change.after,
        None => changes.push(change),
    }
}

/// Puts an order's state and its delivery into the feed of its territory.
pub(super) fn tell(
    feed: &mut Feed,
    catalogue: &Catalogue,
    row: &OrderRow,
    delivered: Option<&DeliveryResult>,
) {
    let store = row.order.store;
    let rep = catalogue.route_of(store).map_or(row.rep, |(rep, _)| rep);
    let scope = scope::territory(rep);
    let standing = OrderStanding { store, version: row.version, state: row.state };
    feed.put(&scope, row.order.id, &standing);
    if matches!(row.state, OrderState::Cancelled { .. }) {
        feed.delete::<LedgerDelivery>(&scope, (store, row.order.id));
        return;
    }
    let delivery = LedgerDelivery::of(&row.order, row.day, catalogue.zone(), delivered);
    feed.put(&scope, (store, row.order.id), &delivery);
}
