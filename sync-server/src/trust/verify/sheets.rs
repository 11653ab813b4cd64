//! Sheets, and what phones are told of orders and deliveries.

use std::collections::{BTreeSet, HashMap, HashSet};

use xundian_domain::delivery::DeliveryResult;
use xundian_domain::ledger::LedgerDelivery;
use xundian_domain::order_state::OrderState;
use xundian_domain::sheet::{ChangeKind, current_stops};
use xundian_domain::{BusinessDate, DistributorNo, OrderId};
use xundian_protocol::tables::{OrderStanding, Table};

use super::windows::Windows;
use super::{Problems, problem};
use crate::db::{DbError, Tx};
use crate::ends::{Entry, Term, entries};
use crate::master::Catalogue;
use crate::orders::{OrderRow, Sheet, all_opened, is_why_missed_told, on_sheet, sheets_of_day};

/// Sheets and their differences are the orders that stand on them, no more and no less.
pub(super) fn sheets(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let mut problems = Vec::new();
    let mut on_sheets: BTreeSet<OrderId> = BTreeSet::new();
    for day in tx.query("SELECT DISTINCT distributor, day FROM sheet", &[])? {
        let (distributor, day): (DistributorNo, BusinessDate) = (day.get(0)?, day.get(1)?);
        let all = sheets_of_day(tx, distributor, day)?;
        let Some((first, differences)) = all.split_first() else { continue };
        let changes = differences.iter().flat_map(Sheet::changes);
        for current in current_stops(first.stops(), changes) {
            let order = &current.stop.order;
            on_sheets.insert(order.id);
            let row = OrderRow::load(tx, order.id)?;
            let is_gone = current.changed == Some(ChangeKind::Cancel);
            let same = row.is_some_and(|row| {
                let stands = matches!(row.state, OrderState::OnSheet { .. } | OrderState::Ended { .. });
                stands != is_gone && row.day == day && (is_gone || row.order == *order)
            });
            if !same {
                problems.push(problem("a stop is its order", order.id));
            }
        }
    }
    let forgotten =
        "SELECT o.id FROM store_order o JOIN sheet s ON s.distributor = o.distributor AND s.day = o.day
                     AND s.difference = 0 WHERE o.waiting = 1";
    for row in tx.query(forgotten, &[])? {
        problems.push(problem("no order waits for a sheet that is frozen", row.get::<OrderId>(0)?));
    }
    for row in tx.query("SELECT id, state FROM store_order WHERE waiting = 0", &[])? {
        let (id, state): (OrderId, OrderState) = (row.get(0)?, row.json(1)?);
        let stands = matches!(state, OrderState::OnSheet { .. } | OrderState::Ended { .. });
        if stands && !on_sheets.contains(&id) {
            problems.push(problem("an order on a sheet is on a sheet", id));
        }
    }
    Ok(problems)
}

/// Phones are told where orders stand, those that were over long ago left out.
pub(super) fn standings(tx: &mut Tx<'_>, term: Option<Term>) -> Result<Problems, DbError> {
    let mut told: HashMap<OrderId, OrderStanding> = HashMap::new();
    let opened = all_opened(tx)?;
    let sql = "SELECT key, value FROM scope_row WHERE tbl = 'order_state' AND value IS NOT NULL";
    let mut problems = Vec::new();
    for row in tx.query(sql, &[])? {
        let key: String = row.get(0)?;
        let Ok(id) = key.parse().map(OrderId) else { continue };
        if told.insert(id, row.json(1)?).is_some() {
            problems.push(problem("an order is in one territory", id));
        }
    }
    for row in tx.query("SELECT id, version, state, store, day FROM store_order", &[])? {
        let (id, version, state): (OrderId, u32, OrderState) = (row.get(0)?, row.get(1)?, row.json(2)?);
        let (told, day) = (told.remove(&id), row.get(4)?);
        let may_lack = term.is_some_and(|term| term.ends_order(state, day));
        let is_opened = on_sheet(state).is_some_and(|no| opened.contains(&no));
        let standing = OrderStanding { store: row.get(3)?, version, state, opened: is_opened };
        if told != Some(standing) && !(told.is_none() && may_lack) {
            problems.push(problem("phones are told where an order stands", id));
        }
    }
    problems.extend(told.keys().map(|id| problem("phones are told of orders that are here", id)));
    Ok(problems)
}

/// The ledgers have every order that is to come or came, with its newest result, and no other; phones may be without those that no
/// suggestion needs.
pub(super) fn deliveries(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    windows: &Windows,
) -> Result<Problems, DbError> {
    let (mut told, mut lacking, mut problems) = (HashMap::new(), HashSet::new(), Vec::new());
    for Entry { key, value: delivery, scope } in entries::<LedgerDelivery>(tx)? {
        let id = delivery.order;
        if scope.is_none() {
            lacking.insert(id);
        }
        if told.insert(id, (key, delivery)).is_some() {
            problems.push(problem("a delivery is in one ledger", id));
        }
    }
    let (zone, says_why) = (catalogue.zone(), is_why_missed_told(tx)?);
    for id in tx.query("SELECT id FROM store_order", &[])? {
        let Some(row) = OrderRow::load(tx, id.get(0)?)? else { continue };
        let id = row.order.id;
        let result = tx.first(
            "SELECT body FROM delivery_result WHERE order_id = $1 AND version > 0 ORDER BY version DESC LIMIT 1",
            &[id.into()],
        )?;
        let result = result.map(|result| result.json::<DeliveryResult>(0)).transpose()?;
        let is_gone = matches!(row.state, OrderState::Cancelled { .. }) || !row.stands();
        let key = LedgerDelivery::key((row.order.store, id));
        let mut delivery = LedgerDelivery::of(&row.order, row.day, zone, row.late, result.as_ref());
        let told = told.remove(&id);
        // Rows of a server that did not tell why are told again in the first hours of one that does.
        if !says_why && told.as_ref().is_some_and(|(_, told)| told.missed.is_none()) {
            delivery.missed = None;
        }
        let may_lack = !lacking.contains(&id) || windows.is_past(row.order.store, &delivery, row.state);
        if !may_lack || told != (!is_gone).then_some((key, delivery)) {
            problems.push(problem("phones are told of a delivery as it stands", id));
        }
    }
    problems.extend(told.keys().map(|id| problem("every delivery of a ledger is an order", id)));
    Ok(problems)
}
