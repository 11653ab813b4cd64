//! The driver's result: taken once per stop under the client's id. What does not fit the order any more, and every further
//! result of a stop, is kept out of effect: the dispatcher alone decides about it (`result_desk`), by a new version with a
//! reason (1-field 1.3).

use std::fmt;

use xundian_domain::delivery::{DeliveryResult, ResultLine};
use xundian_domain::order_state::{OrderEvent, OrderState, Outcome};
use xundian_domain::owner_code::{CodeAnswer, OwnerCode, answer};
use xundian_domain::stamp::Millis;
use xundian_domain::{OrderId, RecordId, Sku, Units};
use xundian_protocol::push::Private;

use super::book::tell;
use super::promo_use;
use super::row::OrderRow;
use super::settle::settled;
use crate::db::{DbError, Tx, json};
use crate::master::{Catalogue, Feed};

/// Version of a result that is kept and not in effect; those in effect count from 1.
const KEPT: i64 = 0;
/// So many are kept of one order: a link is no door by which the disk is filled.
const KEPT_MAX: i64 = 20;
/// Lines of a result at most: no stop has as many.
const LINES_MAX: usize = 500;

/// Why a result is not taken, or not decided about.
#[derive(Debug, thiserror::Error)]
pub enum ResultRefused {
    /// No such order.
    #[error("there is no such order")]
    NoOrder,
    /// The id is another result's.
    #[error("this id is the result of another stop")]
    OtherStop,
    /// More wait for the dispatcher than anybody can have reported.
    #[error("too many results of this stop wait for the dispatcher")]
    TooMany,
    /// Nothing can take effect on an order that is on no sheet: it was cancelled.
    #[error("this order is on no sheet")]
    NotOnSheet,
    /// There is nothing to decide any more.
    #[error("somebody decided this already")]
    Decided,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl ResultRefused {
    /// The stable code; people see a text chosen by it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoOrder => "no_order",
            Self::OtherStop => "other_stop",
            Self::TooMany => "too_many",
            Self::NotOnSheet => "not_on_sheet",
            Self::Decided => "decided",
            Self::Db(_) => "failed",
        }
    }
}

/// Why a result is kept and not in effect. Stored as `too_much 21010019`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The stable code; people see a text chosen by it.
    pub code: String,
    /// The product that does not fit.
    pub sku: Option<Sku>,
}

impl Cause {
    fn of(code: &str, sku: Option<Sku>) -> Self {
        Self { code: code.to_owned(), sku }
    }

    /// As it was stored.
    pub(super) fn read(text: &str) -> Self {
        match text.split_once(' ') {
            Some((code, sku)) => Self::of(code, sku.parse().ok()),
            None => Self::of(text, None),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sku {
            Some(sku) => write!(f, "{} {sku}", self.code),
            None => f.write_str(&self.code),
        }
    }
}

/// What became of a result. Either way it is here for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is the stop's result.
    InEffect(Outcome),
    /// The dispatcher decides.
    Kept(Cause),
}

/// Takes a result. The same id again gives the same answer and changes nothing.
///
/// # Errors
/// See [`ResultRefused`]; nothing of it is kept then.
pub fn record_result(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    mut result: DeliveryResult,
    made_by: &str,
    now: Millis,
) -> Result<Taken, ResultRefused> {
    if is_endless(&result.lines, &result.picked_up) {
        return Err(ResultRefused::TooMany);
    }
    let row = OrderRow::load(tx, result.order)?.ok_or(ResultRefused::NoOrder)?;
    result.at = result.at.min(now);
    if let Some(known) = answered_before(tx, &row, &result)? {
        return Ok(known);
    }
    match in_the_way(tx, &row, &result)? {
        None => {
            let entry = Entry { version: 1, made_by, reason: "", now };
            put_in_effect(tx, catalogue, row, &result, &entry).map(Taken::InEffect)
        }
        Some(cause) => {
            if has_enough(tx, result.order)? {
                return Err(ResultRefused::TooMany);
            }
            let entry = Entry { version: KEPT, made_by, reason: &cause.to_string(), now };
            insert(tx, &result, &entry, result.outcome(&row.order))?;
            Ok(Taken::Kept(cause))
        }
    }
}

/// The answer that this id got.
fn answered_before(
    tx: &mut Tx<'_>,
    row: &OrderRow,
    result: &DeliveryResult,
) -> Result<Option<Taken>, ResultRefused> {
    let sql = "SELECT order_id, version, reason FROM delivery_result WHERE id = $1";
    let Some(known) = tx.first(sql, &[result.id.into()])? else { return Ok(None) };
    if known.get::<OrderId>(0)? != result.order {
        return Err(ResultRefused::OtherStop);
    }
    Ok(Some(match known.get::<i64>(1)? {
        KEPT => Taken::Kept(Cause::read(&known.get::<String>(2)?)),
        _ => Taken::InEffect(result.outcome(&row.order)),
    }))
}

/// Why a result cannot take effect by itself; `None` = it can.
fn in_the_way(tx: &mut Tx<'_>, row: &OrderRow, result: &DeliveryResult) -> Result<Option<Cause>, DbError> {
    let sql = "SELECT id FROM delivery_result WHERE order_id = $1 AND version >= 1 LIMIT 1";
    if tx.first(sql, &[result.order.into()])?.is_some() {
        return Ok(Some(Cause::of("differs", None)));
    }
    Ok(match row.state {
        OrderState::Cancelled { .. } => Some(Cause::of("cancelled", None)),
        OrderState::Held | OrderState::Waiting { .. } => Some(Cause::of("not_on_sheet", None)),
        OrderState::OnSheet { .. } | OrderState::Ended { .. } => {
            result.check(&row.order).err().map(|why| Cause::of(why.code(), Some(why.sku())))
        }
    })
}

/// Longer than any stop: nobody may keep the writer busy with it.
pub(crate) fn is_endless(lines: &[ResultLine], picked_up: &[(Sku, Units)]) -> bool {
    lines.len() + picked_up.len() > LINES_MAX
}

/// Whether a result of this id is here, in effect or not.
///
/// # Errors
/// A failing database.
pub(crate) fn is_known(tx: &mut Tx<'_>, id: RecordId) -> Result<bool, DbError> {
    Ok(tx.first("SELECT version FROM delivery_result WHERE id = $1", &[id.into()])?.is_some())
}

fn has_enough(tx: &mut Tx<'_>, order: OrderId) -> Result<bool, DbError> {
    let sql = "SELECT count(*) FROM delivery_result WHERE order_id = $1 AND version = $2";
    let kept = tx.first(sql, &[order.into(), KEPT.into()])?;
    let kept: i64 = kept.map_or(Ok(0), |row| row.get(0))?;
    Ok(kept >= KEPT_MAX)
}

/// Who writes a result down, as which version, and why.
pub(super) struct Entry<'a> {
    pub(super) version: i64,
    pub(super) made_by: &'a str,
    pub(super) reason: &'a str,
    pub(super) now: Millis,
}

/// Makes a result the stop's: order, ledger and used promotions follow it.
pub(super) fn put_in_effect(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    mut row: OrderRow,
    result: &DeliveryResult,
    entry: &Entry<'_>,
) -> Result<Outcome, ResultRefused> {
    let outcome = result.outcome(&row.order);
    row.state = row.state.after(OrderEvent::Result(outcome)).map_err(|_| ResultRefused::NotOnSheet)?;
    insert(tx, result, entry, outcome)?;
    OrderRow::save_all(tx, [&row])?;
    let mut feed = Feed::default();
    tell(&mut feed, catalogue, &row, Some(result), false);
    if is_rebooked(entry.version, result) {
        // Only what the rest of the order still uses stays booked.
        let (_, priced) = settled(tx, catalogue, &row, result)?;
        row.order.promos = priced.uses;
        promo_use::book(tx, catalogue, &mut feed, std::iter::once(&row))?;
    }
    feed.write(tx)?;
    Ok(outcome)
}

/// Whether a result in effect changes what its order uses of promotions: a refusal gives used counts back, and a correction may take
/// such a refusal back.
pub(crate) fn is_rebooked(version: i64, result: &DeliveryResult) -> bool {
    version > 1 || result.lines.iter().any(|line| !line.refused.is_zero())
}

/// Writes a result down; it is never changed.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    result: &DeliveryResult,
    entry: &Entry<'_>,
    outcome: Outcome,
) -> Result<(), ResultRefused> {
    let written = tx.execute(
        "INSERT INTO delivery_result (id, order_id, version, made_by, reason, at, received, outcome, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
        &[
            result.id.into(),
            result.order.into(),
            entry.version.into(),
            entry.made_by.into(),
            entry.reason.into(),
            result.at.into(),
            entry.now.into(),
            outcome.code().into(),
            json(result)?.into(),
        ],
    )?;
    if written == 1 { Ok(()) } else { Err(ResultRefused::OtherStop) }
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
