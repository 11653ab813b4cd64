//! What waits for the dispatcher of what drivers reported: taken into effect as the next version, or put away, either with a
//! reason. How it came is `result`.

use xundian_domain::delivery::DeliveryResult;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, DistributorNo, OrderId, RecordId};

use super::result::{Cause, Entry, ResultRefused, insert, put_in_effect};
use super::row::OrderRow;
use super::slip::Desk;
use crate::db::{DbError, Tx};
use crate::master::Catalogue;

/// Version of the row that puts a kept result away: journals only grow.
const PUT_AWAY: i64 = -1;

/// A result that is not in effect and not decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptResult {
    /// What the driver told.
    pub result: DeliveryResult,
    /// Which van.
    pub made_by: String,
    /// When it came.
    pub received: Millis,
    /// Why it is not in effect.
    pub cause: Cause,
    /// The order as it stands now.
    pub row: OrderRow,
}

/// What the dispatcher says about a kept result.
#[derive(Debug, Clone)]
pub struct KeptWord {
    /// It is the stop's result from now on; otherwise it is put away.
    pub take: bool,
    /// Why.
    pub reason: String,
}

/// The row in which a kept result is decided: one per result, so that nobody decides twice.
fn decision_of(kept: RecordId) -> RecordId {
    RecordId(uuid::Uuid::new_v5(&kept.0, b"decided"))
}

fn is_decided(tx: &mut Tx<'_>, kept: RecordId) -> Result<bool, DbError> {
    let sql = "SELECT id FROM delivery_result WHERE id = $1 AND version <> 0";
    Ok(tx.first(sql, &[decision_of(kept).into()])?.is_some())
}

/// What waits for a distributor's dispatcher of the deliveries since a day, oldest first.
///
/// # Errors
/// A failing database.
pub fn kept_results(
    tx: &mut Tx<'_>,
    distributor: DistributorNo,
    since: BusinessDate,
) -> Result<Vec<KeptResult>, DbError> {
    let found = tx.query(
        "SELECT r.order_id, r.body, r.made_by, r.received, r.reason FROM store_order o
         JOIN delivery_result r ON r.order_id = o.id AND r.version = 0
         WHERE o.distributor = $1 AND o.day >= $2 ORDER BY r.received, r.id",
        &[distributor.into(), since.into()],
    )?;
    let mut kept = Vec::new();
    for found in found {
        let result: DeliveryResult = found.json(1)?;
        if is_decided(tx, result.id)? {
            continue;
        }
        let Some(row) = OrderRow::load(tx, found.get(0)?)? else { continue };
        let cause = Cause::read(&found.get::<String>(4)?);
        kept.push(KeptResult { result, made_by: found.get(2)?, received: found.get(3)?, cause, row });
    }
    Ok(kept)
}

/// The dispatcher decides about a kept result. One that is taken goes the way of the driver's own: as the stop's next version.
///
/// # Errors
/// It does not wait for this desk, its order was cancelled, or a failing database; then nothing changed.
pub fn decide_kept(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    kept: RecordId,
    word: &KeptWord,
    desk: &Desk,
    now: Millis,
) -> Result<(), ResultRefused> {
    let sql = "SELECT body FROM delivery_result WHERE id = $1 AND version = 0";
    let told: DeliveryResult = tx.first(sql, &[kept.into()])?.ok_or(ResultRefused::Decided)?.json(0)?;
    let row = OrderRow::load(tx, told.order)?.filter(|row| row.distributor == desk.distributor);
    let row = row.ok_or(ResultRefused::Decided)?;
    if is_decided(tx, kept)? {
        return Err(ResultRefused::Decided);
    }
    let decided = DeliveryResult { id: decision_of(kept), ..told };
    let version = if word.take { next_version(tx, decided.order)? } else { PUT_AWAY };
    let entry = Entry { version, made_by: &desk.login, reason: &word.reason, now };
    if word.take {
        put_in_effect(tx, catalogue, row, &decided, &entry).map(drop)
    } else {
        insert(tx, &decided, &entry, decided.outcome(&row.order))
    }
}

fn next_version(tx: &mut Tx<'_>, order: OrderId) -> Result<i64, DbError> {
    let sql = "SELECT coalesce(max(version), 0) FROM delivery_result WHERE order_id = $1";
    let newest = tx.first(sql, &[order.into()])?;
    Ok(newest.map_or(Ok(0), |row| row.get::<i64>(0))? + 1)
}
