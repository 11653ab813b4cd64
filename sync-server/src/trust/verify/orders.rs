//! Orders: what their facts, slips and decisions make of them, and the tables that count them.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use xundian_domain::delivery::DeliveryResult;
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::promotion::CapPeriod;
use xundian_domain::store::StoreStatus;
use xundian_domain::visit::Visit;
use xundian_domain::{DistributorNo, OrderId, PromoNo, RecordId, StoreId};
use xundian_protocol::push::{Verdict, Went};

use super::facts::{Fact, Facts};
use super::{Problem, Problems, Told, problem};
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, master_version};
use crate::orders::{OrderRow, is_rebooked, lost_sheets, uses_count};
use crate::setting;
use crate::trust::slips;

impl Facts {
    /// Orders are what the facts make of them.
    pub(super) fn orders(&self, tx: &mut Tx<'_>, catalogue: &Catalogue) -> Result<Problems, DbError> {
        let mut problems = Vec::new();
        let told = self.told(slips::told(tx, &mut problems)?);
        // Held, or refused by the person who looked.
        let is_without_effect =
            |fact: &&Fact| matches!(fact.verdict, Verdict::Held { .. } | Verdict::Rejected { .. });
        let held: BTreeSet<OrderId> = self
            .0
            .iter()
            .filter(is_without_effect)
            .filter_map(|fact| Some(serde_json::from_str::<Visit>(&fact.body).ok()?.order()?.id))
            .collect();
        let is_taken_up = is_taken_up(tx)?;
        let by_id: HashMap<RecordId, &Fact> = self.0.iter().map(|fact| (fact.id, fact)).collect();
        let mut found = 0;
        for id in tx.query("SELECT id FROM store_order", &[])? {
            let Some(row) = OrderRow::load(tx, id.get(0)?)? else { continue };
            problems.extend(row.fact.and_then(|fact| authored(&row, by_id.get(&fact).copied())));
            match told.get(&row.order.id) {
                Some(told) => {
                    found += 1;
                    problems.extend(compare(&row, told));
                    problems.extend(placed(&row, told));
                    problems.extend(stopped(&row, told, catalogue).filter(|_| is_taken_up));
                }
                None if held.contains(&row.order.id) => {
                    let is_stopped = matches!(row.state, OrderState::Held | OrderState::Cancelled { .. });
                    problems.extend((!is_stopped).then(|| {
                        problem(
                            "an order whose visit has no effect is on no sheet and waits for none",
                            row.order.id,
                        )
                    }));
                }
                None => problems.push(problem("every order has its visit", row.order.id)),
            }
        }
        if found < told.len() {
            problems
                .push(problem("every order of a visit is kept", format_args!("{found} of {}", told.len())));
        }
        Ok(problems)
    }
}

/// Whose order it is, since when, and with which doubts, is its fact's to say.
fn authored(row: &OrderRow, fact: Option<&Fact>) -> Option<Problem> {
    let same = fact.is_some_and(|fact| {
        row.rep == fact.rep
            && fact.date.is_none_or(|date| date == row.confirmed_on)
            && fact.store.is_none_or(|store| store == row.order.store)
            && row.flags == fact.flags()
    });
    (!same).then(|| problem("an order has author, day and doubts of its fact", row.order.id))
}

fn compare(row: &OrderRow, told: &Told) -> Option<Problem> {
    let by_owner = matches!(row.state, OrderState::Cancelled { cause: CancelCause::Owner });
    // The server may have moved the day; the day that was said is kept beside it.
    let mut order = told.order.clone();
    order.promise.day = row.order.promise.day;
    let same = row.version == told.version
        && row.order == order
        && row.fact == told.fact
        && told.promised.contains(&row.promised)
        && by_owner == told.is_cancelled;
    (!same).then(|| problem("an order is what its facts make of it", row.order.id))
}

/// An order whose visit took effect is stopped by its store alone: it has no distributor, or was rejected. What only a slip tells
/// waits for the dispatcher's word besides.
fn stopped(row: &OrderRow, told: &Told, catalogue: &Catalogue) -> Option<Problem> {
    told.fact?;
    let is_due = match row.state {
        OrderState::Held => !catalogue.distributors.contains_key(&row.distributor),
        OrderState::Cancelled { cause: CancelCause::Held } => false,
        OrderState::Cancelled { cause: CancelCause::StoreRejected } => {
            let store = catalogue.stores.get(&row.order.store);
            store.is_none_or(|store| store.status == StoreStatus::Rejected)
        }
        _ => true,
    };
    (!is_due).then(|| problem("an order is stopped for a reason", row.order.id))
}

/// An order stands on the day that its phone was told, late or not, or on the one that its promise has by the late policy: the office
/// changed a calendar or a distributor since, and no fact tells that. Slips are no word about a day.
fn placed(row: &OrderRow, told: &Told) -> Option<Problem> {
    let has_place = matches!(
        row.state,
        OrderState::Waiting { .. } | OrderState::OnSheet { .. } | OrderState::Ended { .. }
    );
    let was_late = told.went.iter().any(|went| matches!(went, Went::Waiting { late: true, .. }));
    let is_said = |went: &Went| match *went {
        Went::Waiting { day, late } => (day, late) == (row.day, row.late),
        // It was late before that, or not at all.
        Went::Difference { sheet } => sheet.day == row.day && (was_late || !row.late),
        Went::AlreadyDelivered | Went::Cancelled => false,
    };
    let is_due = match row.day.cmp(&row.order.promise.day) {
        Ordering::Less => false,
        Ordering::Equal => !row.late || told.went.iter().any(|went| matches!(went, Went::Difference { .. })),
        Ordering::Greater => row.late,
    };
    let same = !has_place || row.slip.is_some() || is_due || told.went.iter().any(is_said);
    (!same).then(|| problem("an order stands on the day that its phone was told", row.order.id))
}

/// An import gives stores to other distributors, and the running server their orders at its next tick.
fn is_taken_up(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    Ok(setting::read::<i64>(tx, setting::TAKEN_UP)? == Some(master_version(tx)?))
}

/// Columns that say again what others say, and the tables beside the orders.
pub(super) fn beside(tx: &mut Tx<'_>, catalogue: &Catalogue) -> Result<Problems, DbError> {
    let mut problems = Vec::new();
    let is_taken_up = is_taken_up(tx)?;
    for raw in tx.query("SELECT id, store, waiting FROM store_order", &[])? {
        let (id, store, waiting): (OrderId, StoreId, bool) = (raw.get(0)?, raw.get(1)?, raw.get(2)?);
        let Some(row) = OrderRow::load(tx, id)? else { continue };
        let at_its_place = match row.state {
            OrderState::Waiting { day, late } => (day, late) == (row.day, row.late),
            OrderState::OnSheet { sheet } | OrderState::Ended { sheet, .. } => {
                (sheet.distributor, sheet.day) == (row.distributor, row.day)
            }
            OrderState::Held | OrderState::Cancelled { .. } => true,
        };
        let is_waiting = matches!(row.state, OrderState::Waiting { .. });
        if (id, store, waiting) != (row.order.id, row.order.store, is_waiting) || !at_its_place {
            problems.push(problem("an order says one thing in all its columns", id));
        }
        let shop = catalogue.stores.get(&row.order.store);
        let is_elsewhere = shop.is_some_and(|shop| shop.distributor != row.distributor);
        let is_moved = is_waiting && is_taken_up && is_elsewhere;
        // What waits for a sheet that a restore has lost stays with whoever printed it.
        if is_moved && !lost_sheets(tx, catalogue, row.distributor)?.contains(&row.day) {
            problems.push(problem("an order waits with the distributor of its store", id));
        }
        let listed = tx.first("SELECT distributor FROM late_order WHERE order_id = $1", &[id.into()])?;
        let listed = listed.map(|listed| listed.get::<DistributorNo>(0)).transpose()?;
        if row.late && listed.is_none() || listed.is_some_and(|distributor| distributor != row.distributor) {
            problems.push(problem("an order that came late is on the late list of its distributor", id));
        }
    }
    let stray =
        "SELECT l.order_id FROM late_order l LEFT JOIN store_order o ON o.id = l.order_id WHERE o.id IS NULL";
    for row in tx.query(stray, &[])? {
        problems.push(problem("what is on the late list is an order", row.get::<OrderId>(0)?));
    }
    problems.extend(promotions(tx)?);
    Ok(problems)
}

/// Booked uses of promotions are those of orders, in a period of their day. Which of them are booked at all is for the promotions of
/// that day to say; how many a result gave back is for its prices.
fn promotions(tx: &mut Tx<'_>) -> Result<Problems, DbError> {
    let (mut problems, rebooked) = (Vec::new(), rebooked(tx)?);
    for row in tx.query("SELECT order_id, promo, store, times, units, period FROM promo_use", &[])? {
        let (id, promo): (OrderId, PromoNo) = (row.get(0)?, row.get(1)?);
        let (store, times, units): (StoreId, u32, u32) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let period: String = row.get(5)?;
        let same = OrderRow::load(tx, id)?.is_some_and(|order| {
            let used = order.order.promos.iter().filter(|used| used.promo == promo);
            // A phone may name one promotion twice: it counts as the sum.
            let sum = used.fold((0u32, 0u32), |(times, units), of_order| {
                let used = of_order.used;
                (times.saturating_add(used.times), units.saturating_add(used.qty_thousandths))
            });
            let is_used = sum == (times, units) || rebooked.contains(&id);
            let of_day = |cap: &CapPeriod| cap.key(order.confirmed_on).as_ref() == Some(&period);
            // What a slip brought is booked on the slip's day.
            let in_period = order.slip.is_some() || CapPeriod::ALL.iter().any(of_day);
            store == order.order.store && uses_count(order.state) && is_used && in_period
        });
        if !same {
            problems.push(problem("a use of a promotion is its order's", id));
        }
    }
    Ok(problems)
}

/// Orders of which a result gave uses back, or took such back.
fn rebooked(tx: &mut Tx<'_>) -> Result<BTreeSet<OrderId>, DbError> {
    let mut rebooked = BTreeSet::new();
    for row in tx.query("SELECT version, body FROM delivery_result WHERE version > 0", &[])? {
        let result: DeliveryResult = row.json(1)?;
        if is_rebooked(row.get(0)?, &result) {
            rebooked.insert(result.order);
        }
    }
    Ok(rebooked)
}
