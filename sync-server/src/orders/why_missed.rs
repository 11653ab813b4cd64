//! Why a promise was missed, told again: servers before did not tell it, and what they had told stayed as it was. Done once in the
//! life of a database, in small commits of the clock; what goes back to an older copy begins it again.

use std::sync::Arc;

use uuid::Uuid;
use xundian_domain::OrderId;
use xundian_domain::ledger::LedgerDelivery;
use xundian_domain::order_state::OrderState;

use super::book::tell;
use super::row::{OrderRow, readable_results};
use crate::db::{Db, DbError, Tx, Value};
use crate::master::{Catalogue, Feed, in_step};
use crate::setting;

/// The setting that says up to which order, in the order of their ids, phones were told.
const TOLD: &str = "why_missed_told";
/// Behind every order.
const ALL: Uuid = Uuid::from_u128(u128::MAX);
/// Orders that one job of the writer looks at: phones that push meanwhile wait for no more than that.
const AT_ONCE: u64 = 500;

/// At every start: a database without orders has nothing to tell again.
///
/// # Errors
/// A failing database.
pub(crate) fn begin_why_missed(tx: &mut Tx<'_>) -> Result<(), DbError> {
    if tx.first("SELECT id FROM store_order LIMIT 1", &[])?.is_none() {
        setting::made_once(tx, TOLD, ALL)?;
    }
    Ok(())
}

/// Whether phones have been told of every order: from then on a row that does not say why is wrong.
///
/// # Errors
/// A failing database.
pub(crate) fn is_why_missed_told(tx: &mut Tx<'_>) -> Result<bool, DbError> {
    Ok(told_upto(tx)? == ALL)
}

/// Goes on with the next orders, at every tick until there are none. Blocks; the writer is held for one small commit.
///
/// # Errors
/// A failing database; what was told before stays told.
pub(crate) fn tell_why_missed(db: &Db, catalogue: &Arc<Catalogue>) -> Result<(), DbError> {
    if db.read_now(is_why_missed_told)? {
        return Ok(());
    }
    let catalogue = catalogue.clone();
    db.write_now(move |tx| {
        let catalogue = in_step(tx, &catalogue)?;
        tell_next(tx, &catalogue)
    })
}

/// What cannot be read stays as it was told, and stops nobody else's.
fn tell_next(tx: &mut Tx<'_>, catalogue: &Catalogue) -> Result<(), DbError> {
    let sql = "SELECT id FROM store_order WHERE id > $1 ORDER BY id LIMIT $2";
    let after = told_upto(tx)?;
    let ids = tx.query(sql, &[after.into(), AT_ONCE.into()])?;
    let ids = ids.iter().map(|row| row.get(0)).collect::<Result<Vec<OrderId>, DbError>>()?;
    let results = readable_results(tx, ids.iter().copied())?;
    let reported: Vec<Value> = results.keys().map(|id| (*id).into()).collect();
    let mut feed = Feed::default();
    for row in OrderRow::load_readable(tx, &reported)? {
        let result = results.get(&row.order.id);
        let told = LedgerDelivery::of(&row.order, row.day, catalogue.zone(), row.late, result);
        if matches!(row.state, OrderState::Ended { .. }) && told.missed.is_some() {
            tell(&mut feed, catalogue, &row, result, false);
        }
    }
    feed.write(tx)?;
    setting::keep(tx, TOLD, ids.last().map_or(ALL, |last| last.0))
}

fn told_upto(tx: &mut Tx<'_>) -> Result<Uuid, DbError> {
    Ok(setting::read(tx, TOLD)?.unwrap_or_default())
}
