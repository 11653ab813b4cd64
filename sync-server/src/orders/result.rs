//! The driver's result: taken once per stop under the client's id; a second, differing one waits for the dispatcher,
//! who alone corrects (1-field 1.3).

use xundian_domain::OrderId;
use xundian_domain::delivery::{DeliveryResult, ResultError};
use xundian_domain::order_state::{OrderEvent, Outcome};
use xundian_domain::owner_code::{CodeAnswer, OwnerCode, answer};
use xundian_domain::stamp::Millis;
use xundian_protocol::push::Private;

use super::book::tell;
use super::promo_use;
use super::row::OrderRow;
use super::settle::settled;
use crate::db::{DbError, Tx, json};
use crate::master::{Catalogue, Feed};

/// Why a result is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ResultRefused {
    /// No such order, or on no sheet.
    #[error("this order is on no sheet")]
    NotOnSheet,
    /// It does not fit the stop.
    #[error(transparent)]
    Wrong(#[from] ResultError),
    /// The stop has another result; this one was kept for the dispatcher.
    #[error("this stop already has a result; the dispatcher decides")]
    Differs,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Takes a result. The same id again gives the same answer and changes nothing.
///
/// # Errors
/// See [`ResultRefused`]; a differing second result is stored, out of effect.
pub fn record_result(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    mut result: DeliveryResult,
    made_by: &str,
    now: Millis,
) -> Result<Outcome, ResultRefused> {
    let mut row = OrderRow::load(tx, result.order)?.ok_or(ResultRefused::NotOnSheet)?;
    result.at = result.at.min(now);
    result.check(&row.order)?;
    let outcome = result.outcome(&row.order);
    let first = tx.first(
        "SELECT id FROM delivery_result WHERE order_id = $1 AND version >= 1 ORDER BY version LIMIT 1",
        &[result.order.into()],
    )?;
    if let Some(first) = first {
        if first.get::<uuid::Uuid>(0)? == result.id.0 {
            return Ok(outcome);
        }
        insert(tx, &result, 0, made_by, outcome, now)?;
        return Err(ResultRefused::Differs);
    }
    row.state = row.state.after(OrderEvent::Result(outcome)).map_err(|_| ResultRefused::NotOnSheet)?;
    insert(tx, &result, 1, made_by, outcome, now)?;
    OrderRow::save_all(tx, [&row])?;
    let mut feed = Feed::default();
    tell(&mut feed, catalogue, &row, Some(&result));
    if result.lines.iter().any(|line| !line.refused.is_zero()) {
        // A refusal gives used counts back: only what the rest of the order still uses stays booked.
        let (_, priced) = settled(tx, catalogue, &row, &result)?;
        row.order.promos = priced.uses;
        promo_use::book(tx, catalogue, &mut feed, std::iter::once(&row))?;
    }
    feed.write(tx)?;
    Ok(outcome)
}

fn insert(
    tx: &mut Tx<'_>,
    result: &DeliveryResult,
    version: u32,
    made_by: &str,
    outcome: Outcome,
    now: Millis,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO delivery_result (id, order_id, version, made_by, reason, at, received, outcome, body)
         VALUES ($1, $2, $3, $4, '', $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
        &[
            result.id.into(),
            result.order.into(),
            version.into(),
            made_by.into(),
            result.at.into(),
            now.into(),
            outcome.code().into(),
            json(result)?.into(),
        ],
    )?;
    Ok(())
}

/// Judges what the owner said; wrong tries are counted. `None` = this order has no code (it was never sent, or was
/// deleted with the contacts).
///
/// # Errors
/// A failing database.
pub fn try_code(
    tx: &mut Tx<'_>,
    order: OrderId,
    said: OwnerCode,
    tries: u32,
) -> Result<Option<CodeAnswer>, DbError> {
    let private = tx.first(
        "SELECT p.value FROM fact_private p JOIN store_order o ON o.fact = p.id WHERE o.id = $1",
        &[order.into()],
    )?;
    let Some(private) = private.map(|row| row.json::<Private>(0)).transpose()? else { return Ok(None) };
    let Some(code) = private.owner_code else { return Ok(None) };
    let used = tx.first("SELECT wrong FROM code_try WHERE order_id = $1", &[order.into()])?;
    let used: u32 = used.map_or(Ok(0), |row| row.get(0))?;
    let said = answer(code, said, used, tries);
    if said != CodeAnswer::Right && used < tries {
        tx.execute(
            "INSERT INTO code_try (order_id, wrong) VALUES ($1, 1)
             ON CONFLICT (order_id) DO UPDATE SET wrong = code_try.wrong + 1",
            &[order.into()],
        )?;
    }
    Ok(Some(said))
}
