//! What waits for a dispatcher: orders of slips that nobody could prove, accepted or refused by hand. How they came is
//! `slip`.

use xundian_domain::order::Order;
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::{BusinessDate, DistributorNo, OrderId, RepNo};
use xundian_protocol::push::OrderEffect;

use super::book::OrderBook;
use super::row::OrderRow;
use super::slip::{Desk, note};
use super::store_decision::DecisionError;
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, Feed};
use crate::sync::{Here, retake_changes};

/// Orders of one slip that wait for the dispatcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSlip {
    /// SHA-256 of the slip.
    pub hash: [u8; 32],
    /// Who it says to be from.
    pub rep: RepNo,
    /// Which day it says to be of.
    pub date: BusinessDate,
    /// Why it is not proven, as a code of [`super::Doubt`].
    pub doubt: String,
    /// Its orders that are not decided, by id.
    pub orders: Vec<OrderRow>,
}

/// Everything of a distributor that waits for its dispatcher, oldest slip first.
///
/// # Errors
/// A failing database.
pub fn held_slips(tx: &mut Tx<'_>, distributor: DistributorNo) -> Result<Vec<HeldSlip>, DbError> {
    let found = tx.query(
        "SELECT o.id, s.hash, s.rep, s.date, e.doubt FROM store_order o JOIN slip s ON s.hash = o.slip
         JOIN slip_order e ON e.order_id = o.id AND e.slip = o.slip AND e.what = 'held'
         WHERE o.distributor = $1 AND o.fact IS NULL AND o.state = '\"held\"' ORDER BY s.received, s.hash, o.id",
        &[distributor.into()],
    )?;
    let mut slips: Vec<HeldSlip> = Vec::new();
    for held in found {
        let Some(row) = OrderRow::load(tx, held.get(0)?)? else { continue };
        let hash = held.get(1)?;
        match slips.last_mut().filter(|slip| slip.hash == hash) {
            Some(slip) => slip.orders.push(row),
            None => slips.push(HeldSlip {
                hash,
                rep: held.get(2)?,
                date: held.get(3)?,
                doubt: held.get(4)?,
                orders: vec![row],
            }),
        }
    }
    Ok(slips)
}

/// The dispatcher accepts orders of unproven slips (they are placed as if they arrived now, and changes that waited for
/// them follow), or refuses them. Gives where each of them went.
///
/// # Errors
/// None of them waits for this desk any more, or a failing database.
pub fn decide_slip(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    orders: &[OrderId],
    accept: bool,
    desk: &Desk,
    here: Here,
) -> Result<Vec<(Order, OrderEffect)>, DecisionError> {
    let now = here.now;
    let mut book = OrderBook::new(catalogue, now);
    let mut decided = Vec::new();
    for order in orders {
        let waits = |row: &OrderRow| row.state == OrderState::Held && row.fact.is_none();
        let row = book.order(tx, *order)?.filter(|row| row.distributor == desk.distributor && waits(row));
        let Some((row, slip)) = row.and_then(|row| row.slip.map(|slip| (row, slip))) else { continue };
        let what = if accept { "accepted" } else { "refused" };
        note(tx, *order, slip.hash, (what, None), desk, now)?;
        let order = row.order.clone();
        let effect = if accept { book.place(tx, row)? } else { book.cancel(tx, row, CancelCause::Held)? };
        decided.push((order, effect));
    }
    if decided.is_empty() {
        return Err(DecisionError::Decided);
    }
    let mut feed = Feed::default();
    book.write(tx, &mut feed)?;
    feed.write(tx)?;
    if accept {
        let placed: Vec<OrderId> = decided.iter().map(|(order, _)| order.id).collect();
        retake_changes(tx, catalogue, here, &placed)?;
    }
    Ok(decided)
}
