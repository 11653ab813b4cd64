//! When the fact of an order comes and the order is there already: told by a slip, or by another fact. A slip's order is
//! replaced by its fact (the sync contract, 3.7); nobody takes the order of another fact.

use xundian_domain::order::Order;
use xundian_domain::order_state::OrderState;
use xundian_domain::{BusinessDate, OrderId, RecordId, RepNo};
use xundian_protocol::push::{OrderEffect, Went};

use super::book::OrderBook;
use super::row::{BySlip, OrderRow};
use crate::db::{DbError, Tx};
use crate::master::Catalogue;

/// What the id of an order stands for when a fact brings that order.
#[derive(Debug)]
pub(crate) enum Before {
    /// Nothing that anybody stands behind: the fact is the order's beginning.
    Nothing,
    /// An order that a slip told: the fact takes its place.
    Slip(Box<OrderRow>),
    /// The order of another fact, or of a slip of somebody else: it stays as it is.
    Another,
}

/// Whose fact it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Author {
    /// The fact.
    pub(crate) record: RecordId,
    /// Who sealed it.
    pub(crate) rep: RepNo,
    /// Effective business date.
    pub(crate) date: BusinessDate,
}

/// Looks at what stands under the id of an order.
///
/// # Errors
/// A failing database.
pub(crate) fn before(
    tx: &mut Tx<'_>,
    book: &mut OrderBook<'_>,
    catalogue: &Catalogue,
    order: &Order,
    author: Author,
) -> Result<Before, DbError> {
    let Some(row) = book.order(tx, order.id)? else { return Ok(Before::Nothing) };
    if !row.stands() {
        book.supersede(&row);
        return Ok(Before::Nothing);
    }
    let may_follow = match (row.fact, row.slip) {
        (Some(fact), _) if fact == author.record => return Ok(Before::Nothing),
        (None, Some(slip)) => row.order.store == order.store && is_his(tx, catalogue, &row, slip, author)?,
        _ => false,
    };
    Ok(if may_follow { Before::Slip(Box::new(row)) } else { Before::Another })
}

/// A signed slip is followed by facts of its rep alone. Who an accepted slip without proof is from nobody knows: whoever
/// had the store on that date may tell the truth about it, too.
fn is_his(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    row: &OrderRow,
    slip: BySlip,
    author: Author,
) -> Result<bool, DbError> {
    let had_it = catalogue.is_assigned(author.rep, row.order.store, author.date);
    Ok(row.rep == author.rep || had_it && !is_proven(tx, row.order.id, slip)?)
}

/// Whether the phone's signature put the order where it stands, and no dispatcher.
pub(super) fn is_proven(tx: &mut Tx<'_>, order: OrderId, slip: BySlip) -> Result<bool, DbError> {
    let sql = "SELECT what FROM slip_order WHERE order_id = $1 AND slip = $2 AND what = 'placed'";
    Ok(tx.first(sql, &[order.into(), slip.hash.into()])?.is_some())
}

impl OrderBook<'_> {
    /// A fact tells `version` of an order that a slip told before. The same: nothing changes. Another: the newest version
    /// is replaced where it stands, on a sheet by a difference. Versions before the slip's change nothing.
    ///
    /// # Errors
    /// A failing database.
    pub(crate) fn catch_up(
        &mut self,
        tx: &mut Tx<'_>,
        mut row: OrderRow,
        version: u32,
        told: Order,
    ) -> Result<OrderEffect, DbError> {
        let by_slip = row.slip.filter(|slip| slip.version == version && row.version == version);
        let Some(by_slip) = by_slip else {
            let effect = stands_at(&row);
            self.touch(row);
            return Ok(effect);
        };
        let caught_up = Some(BySlip { version: 0, ..by_slip });
        if is_same(&row, &told) {
            // What ended by the slip's word stays the slip's: a change that comes after the delivery changes nothing.
            if !matches!(row.state, OrderState::Ended { .. }) {
                row.slip = caught_up;
            }
            let effect = stands_at(&row);
            self.touch(row);
            return Ok(effect);
        }
        match row.state {
            OrderState::Waiting { .. } | OrderState::OnSheet { .. } | OrderState::Held => {
                row.slip = caught_up;
                self.amend(tx, row, told)
            }
            OrderState::Ended { .. } | OrderState::Cancelled { .. } => {
                let effect = stands_at(&row);
                self.touch(row);
                Ok(effect)
            }
        }
    }
}

/// Whether the fact tells what stands here; the server may have moved the day, and a printed stop is not moved.
fn is_same(row: &OrderRow, told: &Order) -> bool {
    let is_printed = matches!(row.state, OrderState::OnSheet { .. });
    if !is_printed && row.promised != told.promise.day {
        return false;
    }
    let mut told = told.clone();
    told.promise.day = row.order.promise.day;
    row.order == told
}

fn stands_at(row: &OrderRow) -> OrderEffect {
    let waiting = |day, late| Went::Waiting { day, late };
    let went = match row.state {
        OrderState::Waiting { day, late } => waiting(day, late),
        OrderState::Held => waiting(row.day, false),
        OrderState::OnSheet { sheet } if sheet.difference > 0 => Went::Difference { sheet },
        OrderState::OnSheet { sheet } => waiting(sheet.day, row.late),
        OrderState::Ended { .. } => Went::AlreadyDelivered,
        OrderState::Cancelled { .. } => Went::Cancelled,
    };
    let is_moved = row.promised != row.order.promise.day;
    OrderEffect { order: row.order.id, went, instead_of: is_moved.then_some(row.promised) }
}
