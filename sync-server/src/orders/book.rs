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
use xundian_domain::store::StoreStatus;
use xundian_domain::{BusinessDate, DistributorNo, OrderId};
use xundian_protocol::push::{OrderEffect, Went};
use xundian_protocol::tables::{OrderStanding, scope};

use super::lost::LostPaper;
use super::opening::{on_sheet, opened_of};
use super::promo_use;
use super::row::{OrderRow, results_in_effect};
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
    pub(super) catalogue: &'a Catalogue,
    now: Millis,
    orders: BTreeMap<OrderId, OrderRow>,
    /// What was read ahead and not touched yet.
    looked_up: HashMap<OrderId, Option<OrderRow>>,
    /// Orders that were told of another store before, and where the phones were told of them.
    moved: Vec<(String, OrderId)>,
    frozen: HashMap<DistributorNo, HashMap<BusinessDate, bool>>,
    differences: BTreeMap<(DistributorNo, BusinessDate), (SheetNo, Vec<OrderChange>)>,
    late: BTreeMap<OrderId, (DistributorNo, BusinessDate, String)>,
    /// Days whose sheets a restore has lost.
    pub(super) lost: HashMap<DistributorNo, Vec<BusinessDate>>,
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
            looked_up: HashMap::new(),
            moved: Vec::new(),
            frozen: HashMap::new(),
            differences: BTreeMap::new(),
            late: BTreeMap::new(),
            lost: HashMap::new(),
            rewritten: BTreeSet::new(),
        }
    }

    /// An order, as this transaction sees it.
    ///
    /// # Errors
    /// A failing database.
    pub fn order(&mut self, tx: &mut Tx<'_>, id: OrderId) -> Result<Option<OrderRow>, DbError> {
        match (self.orders.get(&id), self.looked_up.get(&id)) {
            (Some(row), _) => Ok(Some(row.clone())),
            (None, Some(row)) => Ok(row.clone()),
            (None, None) => OrderRow::load(tx, id),
        }
    }

    /// Reads many orders ahead in one go.
    ///
    /// # Errors
    /// A failing database.
    pub fn look_up_orders(
        &mut self,
        tx: &mut Tx<'_>,
        ids: impl Iterator<Item = OrderId>,
    ) -> Result<(), DbError> {
        self.looked_up.extend(ids.map(|id| (id, None)));
        let wanted: Vec<_> = self.looked_up.keys().map(|id| (*id).into()).collect();
        for row in OrderRow::load_all(tx, &wanted)? {
            self.looked_up.insert(row.order.id, Some(row));
        }
        Ok(())
    }

    /// Another order takes the id of one that nobody stands behind; phones of its territory forget that.
    pub(super) fn supersede(&mut self, row: &OrderRow) {
        self.moved.push((territory(self.catalogue, row), row.order.id));
    }

    /// Takes a new order that a person must look at first: it is on no sheet.
    pub fn hold(&mut self, mut row: OrderRow) {
        row.state = OrderState::Held;
        self.orders.insert(row.order.id, row);
    }

    /// Finds the place of a new or released order: the sheet of its promise, a difference, or a later sheet. To a store that was
    /// rejected meanwhile nobody delivers.
    ///
    /// # Errors
    /// A failing database.
    pub fn place(&mut self, tx: &mut Tx<'_>, row: OrderRow) -> Result<OrderEffect, DbError> {
        let store = self.catalogue.stores.get(&row.order.store);
        if store.is_some_and(|store| store.status == StoreStatus::Rejected) {
            return self.cancel(tx, row, CancelCause::StoreRejected);
        }
        self.place_again(tx, row, LostPaper::Unknown)
    }

    /// The same for an order of which more is known: what stands on paper that a restore has lost stays on its day.
    ///
    /// # Errors
    /// A failing database.
    pub fn place_again(
        &mut self,
        tx: &mut Tx<'_>,
        mut row: OrderRow,
        paper: LostPaper,
    ) -> Result<OrderEffect, DbError> {
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
        let lost = self.lost_days(tx, row.distributor)?.to_vec();
        self.look_up(tx, row.distributor, promise.day, lost.contains(&promise.day))?;
        if let Some(placement) = self.on_lost_paper(tx, &row, paper)? {
            let went = self.settle(tx, row, placement)?;
            return Ok(OrderEffect { instead_of: promise.instead_of, ..went });
        }
        // A day that has passed takes no order any more, whether its sheet was made or not; nor does one whose sheet drivers
        // have on paper and this server has not: nobody would see that the order is missing there.
        let frozen = |day| day < now.date || lost.contains(&day) || self.is_frozen(row.distributor, day);
        let placement = match lost.contains(&promise.day) {
            true => rules.place_later(promise.day, now, frozen),
            false => rules.place(promise.day, now, frozen),
        };
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
        let (order, promised) = (row.order.id, row.order.promise.day);
        row.day = placement.day();
        let went = match placement {
            Placement::Waiting { day, late } => {
                row.late = late;
                row.state = OrderState::Waiting { day, late };
                if late {
                    self.late.insert(order, (row.distributor, promised, day.to_string()));
                }
                Went::Waiting { day, late }
            }
            Placement::Difference { day } => {
                let change = OrderChange { before: None, after: Some(row.order.clone()) };
                let sheet = self.add_change(tx, row.distributor, day, change)?;
                // Late is what was moved from the day of its promise, wherever it waited before.
                row.late = day > promised;
                row.state = OrderState::OnSheet { sheet };
                self.late.insert(order, (row.distributor, promised, sheet.to_string()));
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
                let paper = LostPaper::Told(Went::Waiting { day: row.day, late: row.late });
                row.order = newer;
                self.place_again(tx, row, paper)
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
            OrderState::Ended { .. } | OrderState::Cancelled { .. } => {
                self.tell_again(tx, order)?;
                Ok(effect(Went::AlreadyDelivered))
            }
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
        if went == Went::AlreadyDelivered {
            self.tell_again(tx, order)?;
        } else {
            row.state = OrderState::Cancelled { cause };
            self.rewrite(row);
        }
        Ok(OrderEffect { order, went, instead_of: None })
    }

    fn rewrite(&mut self, row: OrderRow) {
        self.rewritten.insert(row.order.id);
        self.orders.insert(row.order.id, row);
    }

    /// A change that came too late changes nothing, but its phone believes in it until the server's own rows come again.
    fn tell_again(&mut self, tx: &mut Tx<'_>, order: OrderId) -> Result<(), DbError> {
        if let Some(row) = self.order(tx, order)? {
            self.touch(row);
        }
        Ok(())
    }

    /// An order whose row was changed by somebody else: freeze, result, release.
    pub(crate) fn touch(&mut self, row: OrderRow) {
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
        is_lost: bool,
    ) -> Result<(), DbError> {
        let today = self.catalogue.local(distributor, self.now).date;
        let known = self.frozen.entry(distributor).or_default();
        if known.contains_key(&day) {
            return Ok(());
        }
        if !is_lost && !is_frozen(tx, distributor, day)? && day >= today {
            known.insert(day, false);
            return Ok(());
        }
        let until = day.max(today).plus_days(LOOK_AHEAD);
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
        for (scope, order) in &self.moved {
            feed.delete::<OrderStanding>(scope, *order);
        }
        let ended = self.orders.values().filter(|row| matches!(row.state, OrderState::Ended { .. }));
        let results = results_in_effect(tx, ended.map(|row| row.order.id))?;
        let opened = opened_of(tx, self.orders.values().map(|row| row.state))?;
        for row in self.orders.values() {
            let is_opened = on_sheet(row.state).is_some_and(|no| opened.contains(&no));
            tell(feed, self.catalogue, row, results.get(&row.order.id), is_opened);
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

fn territory(catalogue: &Catalogue, row: &OrderRow) -> String {
    scope::territory(catalogue.keeper_of(row.order.store).unwrap_or(row.rep))
}

/// Puts an order's state into the feed of its territory; `is_opened` = the sheet that it stands on was looked at.
pub(super) fn tell_standing(feed: &mut Feed, catalogue: &Catalogue, row: &OrderRow, is_opened: bool) {
    let standing =
        OrderStanding { store: row.order.store, version: row.version, state: row.state, opened: is_opened };
    feed.put(&territory(catalogue, row), row.order.id, &standing);
}

/// Puts an order's state and its delivery into the feed of its territory.
pub(super) fn tell(
    feed: &mut Feed,
    catalogue: &Catalogue,
    row: &OrderRow,
    delivered: Option<&DeliveryResult>,
    is_opened: bool,
) {
    let (store, scope) = (row.order.store, territory(catalogue, row));
    tell_standing(feed, catalogue, row, is_opened);
    // What nobody stands behind is no delivery that a suggestion could count on.
    if matches!(row.state, OrderState::Cancelled { .. }) || !row.stands() {
        feed.delete::<LedgerDelivery>(&scope, (store, row.order.id));
        return;
    }
    let delivery = LedgerDelivery::of(&row.order, row.day, catalogue.zone(), row.late, delivered);
    feed.put(&scope, (store, row.order.id), &delivery);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;
    use xundian_domain::order::{OrderLine, PaymentForm, Promise};
    use xundian_domain::sheet::balance;
    use xundian_domain::stamp::ZoneOffset;
    use xundian_domain::{CaseSize, Fen, RecordId, StoreId, Units};

    use super::super::{freeze, sheets_of_day};
    use super::*;
    use crate::db::Db;
    use crate::db::tests::fresh;
    use crate::import::{city_with, import_city};

    const OPERATIONS: u64 = 400;

    /// A year in which everything happens in any order: orders, changes, cancels, freezes at any hour.
    struct Year {
        db: Db,
        catalogue: Catalogue,
        stores: Vec<StoreId>,
        orders: Vec<OrderId>,
        dice: u64,
        now: Millis,
    }

    impl Year {
        fn throw(&mut self, below: usize) -> usize {
            self.dice =
                self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.dice >> 33).unwrap() % below.max(1)
        }

        fn today(&self) -> BusinessDate {
            ZoneOffset::CHINA.date(self.now)
        }

        fn book<T: Send + 'static>(
            &self,
            work: impl FnOnce(&mut Tx<'_>, &mut OrderBook<'_>) -> Result<T, DbError> + Send + 'static,
        ) -> T {
            let (catalogue, now) = (self.catalogue.clone(), self.now);
            let done = self.db.write_now(move |tx| {
                let mut book = OrderBook::new(&catalogue, now);
                let done = work(tx, &mut book)?;
                let mut feed = Feed::default();
                book.write(tx, &mut feed)?;
                feed.write(tx)?;
                Ok::<_, DbError>(done)
            });
            done.unwrap()
        }

        fn order(&mut self, id: OrderId, store: StoreId) -> Order {
            let case = CaseSize::new(24).unwrap();
            let skus = ["21010019", "22070012", "21020018"];
            let lines = (0..=self.throw(3).min(2)).map(|n| {
                let units = Units(24 * (1 + u32::try_from(self.throw(4)).unwrap()));
                OrderLine {
                    sku: skus[n].parse().unwrap(),
                    intended: units,
                    confirmed: units,
                    case,
                    case_price: Fen(4600),
                    amount: Fen::line(Fen(4600), units, case),
                    discounted: vec![],
                }
            });
            let lines = lines.collect();
            let day = self.today().plus_days(u32::try_from(self.throw(4)).unwrap());
            let promise = Promise { day, window: Some("14:00-16:00".parse().unwrap()) };
            Order {
                id,
                store,
                lines,
                gifts: vec![],
                pick_ups: vec![],
                cuts: Fen::ZERO,
                promos: vec![],
                promise,
                payment: PaymentForm::Cash,
            }
        }

        fn row(&mut self, id: OrderId, store: StoreId) -> OrderRow {
            let order = self.order(id, store);
            OrderRow {
                distributor: self.catalogue.stores[&store].distributor,
                rep: "ZY01".parse().unwrap(),
                version: 1,
                confirmed_on: self.today(),
                promised: order.promise.day,
                day: order.promise.day,
                late: false,
                state: OrderState::Held,
                flags: vec![],
                fact: Some(RecordId(id.0)),
                slip: None,
                order,
            }
        }

        fn place(&mut self, n: u64) {
            let which = self.throw(self.stores.len());
            let store = self.stores[which];
            let id = OrderId(Uuid::from_u128(u128::from(n) + 1));
            let row = self.row(id, store);
            self.book(move |tx, book| book.place(tx, row));
            self.orders.push(id);
        }

        fn change(&mut self, cancel: bool) {
            if self.orders.is_empty() {
                return;
            }
            let which = self.throw(self.orders.len());
            let id = self.orders[which];
            let row = self.db.read_now(|tx| OrderRow::load(tx, id)).unwrap().unwrap();
            let newer = self.order(id, row.order.store);
            self.book(move |tx, book| {
                if cancel { book.cancel(tx, row, CancelCause::Owner) } else { book.amend(tx, row, newer) }
            });
        }

        fn freeze_due(&self) {
            let (catalogue, now) = (self.catalogue.clone(), self.now);
            let due = self
                .db
                .read_now(|tx| super::super::due_freezes(tx, &catalogue, now, "2026-07-27".parse().unwrap()));
            for sheet in due.unwrap() {
                let catalogue = catalogue.clone();
                self.db
                    .write_now(move |tx| freeze(tx, &catalogue, sheet.distributor, sheet.day, now))
                    .unwrap();
            }
        }

        /// Every order that is not held, waiting or cancelled stands on exactly one sheet or as one added row; a sheet
        /// and its differences together are the newest versions.
        fn check(&self) {
            let days =
                self.db.read_now(|tx| tx.query("SELECT DISTINCT distributor, day FROM sheet", &[])).unwrap();
            let mut entered: BTreeSet<OrderId> = BTreeSet::new();
            for row in days {
                let (distributor, day) = (row.get(0).unwrap(), row.get::<BusinessDate>(1).unwrap());
                let sheets = self.db.read_now(|tx| sheets_of_day(tx, distributor, day)).unwrap();
                let printed = sheets.iter().flat_map(|sheet| sheet.stops().iter().map(|stop| &stop.order));
                let changes = sheets.iter().flat_map(Sheet::changes);
                let added = changes.clone().filter(|c| c.before.is_none()).filter_map(OrderChange::order);
                for order in printed.clone().chain(added) {
                    assert!(entered.insert(order.id), "{} stands twice", order.id);
                }
                let orders = self.db.read_now(|tx| OrderRow::of_day(tx, distributor, day, false)).unwrap();
                let newest = orders.iter().filter(|row| matches!(row.state, OrderState::OnSheet { .. }));
                assert_eq!(balance(printed, changes), balance(newest.map(|row| &row.order), []), "{day}");
            }
            for id in &self.orders {
                let row = self.db.read_now(|tx| OrderRow::load(tx, *id)).unwrap().unwrap();
                let is_due = matches!(row.state, OrderState::OnSheet { .. });
                assert!(!is_due || entered.contains(id), "{id} is on no sheet");
                assert!(!matches!(row.state, OrderState::Waiting { .. }) || !entered.contains(id));
            }
        }
    }

    #[test]
    fn whatever_happens_sheets_and_differences_are_the_orders() {
        let (_folder, db) = fresh();
        let city = city_with(None);
        db.write_now(move |tx| import_city(tx, &city, Millis(0))).unwrap();
        let catalogue = db.read_now(Catalogue::load).unwrap();
        let mut stores: Vec<StoreId> = catalogue.stores.keys().copied().collect();
        stores.sort_unstable();
        stores.truncate(60);
        let start = ZoneOffset::CHINA.moment("2026-07-27".parse().unwrap(), "07:00".parse().unwrap());
        let mut year = Year { db, catalogue, stores, orders: vec![], dice: 7, now: start };
        for n in 0..OPERATIONS {
            match year.throw(10) {
                0..=5 => year.place(n),
                6 | 7 => year.change(false),
                8 => year.change(true),
                _ => year.freeze_due(),
            }
            // From minutes to half a day: some freezes come hours late, some orders too.
            year.now = Millis(year.now.0 + 60_000 * i64::try_from(1 + year.throw(300)).unwrap());
        }
        year.freeze_due();
        year.check();
        let count = |sql: &'static str| -> i64 {
            year.db.read_now(|tx| tx.first(sql, &[])).unwrap().unwrap().get(0).unwrap()
        };
        assert!(count("SELECT count(*) FROM sheet WHERE difference > 0") > 20, "differences were made");
        assert!(count("SELECT count(*) FROM late_order") > 0, "orders were late");
        assert!(year.orders.len() > 200);
    }

    #[test]
    fn what_was_printed_before_a_restore_stays_on_its_day() {
        let (_folder, db) = fresh();
        let city = city_with(None);
        db.write_now(move |tx| import_city(tx, &city, Millis(0))).unwrap();
        let catalogue = db.read_now(Catalogue::load).unwrap();
        let at =
            |day: &str, time: &str| ZoneOffset::CHINA.moment(day.parse().unwrap(), time.parse().unwrap());
        let (printed, lost, open) = ("2026-07-28", "2026-07-29", "2026-07-31");
        let day = |day: &str| day.parse::<BusinessDate>().unwrap();
        let store =
            *catalogue.stores.iter().find(|(_, known)| known.distributor.as_str() == "D01").unwrap().0;
        let mut year = Year {
            db,
            catalogue,
            stores: vec![store],
            orders: vec![],
            dice: 7,
            now: at("2026-07-30", "09:00"),
        };
        // The copy has Tuesday's sheet; Wednesday's was printed after it, and the restore came that evening.
        let (catalogue, restored) = (year.catalogue.clone(), at("2026-07-28", "22:00").0.to_string());
        let freezing =
            move |tx: &mut Tx<'_>| freeze(tx, &catalogue, "D01".parse().unwrap(), day(printed), Millis(0));
        year.db.write_now(freezing).unwrap();
        let sql = "INSERT INTO server_setting (name, value) VALUES ('restored', $1)";
        year.db.write_now(move |tx| tx.execute(sql, &[restored.as_str().into()])).unwrap();
        let mut placed = |n: u128, paper: LostPaper| {
            let id = OrderId(Uuid::from_u128(n));
            let mut row = year.row(id, store);
            (row.order.promise.day, row.confirmed_on) = (day(printed), day("2026-07-27"));
            year.book(move |tx, book| book.place_again(tx, row, paper)).went
        };
        let difference =
            |n| SheetNo { distributor: "D01".parse().unwrap(), day: day(printed), difference: n };
        let waiting = |on: &str| Went::Waiting { day: day(on), late: false };
        let late = |on: &str| Went::Waiting { day: day(on), late: true };
        let told = LostPaper::Told;
        assert_eq!(
            placed(1, LostPaper::Unknown),
            late(lost),
            "who was told nothing waits for the dispatcher"
        );
        let on_difference = Went::Difference { sheet: difference(1) };
        assert_eq!(placed(2, told(on_difference)), on_difference, "its difference was lost, its day is here");
        assert_eq!(placed(3, told(waiting(lost))), waiting(lost), "its sheet was lost");
        assert_eq!(placed(4, told(waiting(open))), late(open), "its sheet was not printed");
        assert_eq!(placed(5, LostPaper::None), late(open), "it is newer than the restore");
        assert_eq!(placed(6, told(waiting(printed))), late(lost), "the sheet that is here has it not");
        assert_eq!(placed(9, told(Went::AlreadyDelivered)), late(lost), "on one of the lost ones");
        let others = SheetNo { distributor: "D02".parse().unwrap(), ..difference(1) };
        assert_eq!(placed(7, told(Went::Difference { sheet: others })), late(open), "another distributor's");
        let early = SheetNo { day: day("2026-07-24"), ..difference(1) };
        assert_eq!(placed(8, told(Went::Difference { sheet: early })), late(open), "before its promise");
    }

    #[test]
    fn on_a_difference_late_is_what_does_not_come_on_the_promised_day() {
        let (_folder, db) = fresh();
        let city = city_with(None);
        db.write_now(move |tx| import_city(tx, &city, Millis(0))).unwrap();
        let catalogue = db.read_now(Catalogue::load).unwrap();
        let [promised, next] = ["2026-07-28", "2026-07-29"].map(|day| day.parse::<BusinessDate>().unwrap());
        let store =
            *catalogue.stores.iter().find(|(_, known)| known.distributor.as_str() == "D01").unwrap().0;
        for day in [promised, next] {
            let catalogue = catalogue.clone();
            db.write_now(move |tx| freeze(tx, &catalogue, "D01".parse().unwrap(), day, Millis(0))).unwrap();
        }
        let now = ZoneOffset::CHINA.moment(promised, "09:00".parse().unwrap());
        let mut year = Year { db, catalogue, stores: vec![store], orders: vec![], dice: 7, now };
        for (n, day, is_late) in [(1, promised, false), (2, next, true)] {
            let id = OrderId(Uuid::from_u128(n));
            let mut row = year.row(id, store);
            (row.order.promise.day, row.late) = (promised, !is_late);
            year.book(move |tx, book| book.settle(tx, row, Placement::Difference { day }));
            let kept = year.db.read_now(move |tx| OrderRow::load(tx, id)).unwrap().unwrap();
            assert_eq!((kept.day, kept.late), (day, is_late));
        }
    }
}
