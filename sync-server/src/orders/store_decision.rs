//! What a person decides about proposed stores: approved or rejected (1-field 1.6).

use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::stamp::Millis;
use xundian_domain::store::{Store, StoreEvent, StoreTransitionError};
use xundian_domain::{StoreId, StoreNo};
use xundian_protocol::tables::{Table, scope};

use super::book::OrderBook;
use super::row::OrderRow;
use crate::db::{DbError, Tx, json};
use crate::master::{Catalogue, Feed, new_store_version};

/// Why a decision is not taken.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    /// There is nothing to decide any more.
    #[error("somebody decided this already")]
    Decided,
    /// The store's life does not allow it.
    #[error(transparent)]
    Store(#[from] StoreTransitionError),
    /// The number belongs to another store.
    #[error("number {0} belongs to another store")]
    NumberTaken(StoreNo),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Approves a proposed store under a number, or rejects it; orders of a rejected store that are on no sheet are
/// cancelled. The caller reads the catalogue again.
///
/// # Errors
/// The store is unknown or decided, the number is taken, or a failing database.
pub fn decide_store(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    id: StoreId,
    approve_as: Option<StoreNo>,
    now: Millis,
) -> Result<Store, DecisionError> {
    let mut store = catalogue.stores.get(&id).cloned().ok_or(DecisionError::Decided)?;
    let event = if approve_as.is_some() { StoreEvent::Approve } else { StoreEvent::Reject };
    store.status = store.status.after(event)?;
    if let Some(number) = approve_as {
        if catalogue.stores.values().any(|other| other.id != id && other.number == Some(number)) {
            return Err(DecisionError::NumberTaken(number));
        }
        store.number = Some(number);
    }
    tx.execute(
        "UPDATE master SET value = $3 WHERE tbl = $1 AND key = $2",
        &[Store::NAME.into(), Store::key(id).into(), json(&store)?.into()],
    )?;
    new_store_version(tx)?;
    let mut feed = Feed::default();
    if let Some(rep) = catalogue.keeper_of(id) {
        feed.put(&scope::territory(rep), id, &store);
    }
    if approve_as.is_none() {
        cancel_waiting(tx, catalogue, id, now, &mut feed)?;
    }
    feed.write(tx)?;
    Ok(store)
}

fn cancel_waiting(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    store: StoreId,
    now: Millis,
    feed: &mut Feed,
) -> Result<(), DbError> {
    let mut book = OrderBook::new(catalogue, now);
    for found in tx.query("SELECT id FROM store_order WHERE store = $1", &[store.into()])? {
        let Some(row) = OrderRow::load(tx, found.get(0)?)? else { continue };
        // What only an unproven slip tells is the dispatcher's, and stays in nobody's way.
        let is_open = match row.state {
            OrderState::Waiting { .. } => true,
            OrderState::Held => row.fact.is_some(),
            OrderState::OnSheet { .. } | OrderState::Ended { .. } | OrderState::Cancelled { .. } => false,
        };
        if is_open {
            book.cancel(tx, row, CancelCause::StoreRejected)?;
        }
    }
    book.write(tx, feed)
}
