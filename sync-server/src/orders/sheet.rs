//! Delivery sheets as they are kept: frozen once, never changed; opening and accepting stand beside the body.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use xundian_domain::distributor::Capacity;
use xundian_domain::order_state::SheetNo;
use xundian_domain::sheet::{OrderChange, Stop, VanPlan};
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, DistributorNo, OrderId};
use xundian_protocol::digest::hex;

use crate::db::{DbError, Row, Tx, json};

/// What stands on a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetBody {
    /// The sheet of a day: all stops in the order of delivery.
    Stops(Vec<Stop>),
    /// A difference: only what changed.
    Changes(Vec<OrderChange>),
}

/// A frozen sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its number.
    pub no: SheetNo,
    /// When it was made.
    pub frozen: Millis,
    /// What stands on it.
    pub body: SheetBody,
    /// SHA-256 of the body, hexadecimal; printed as part of the QR code.
    pub hash: String,
    /// When somebody first looked at it.
    pub opened: Option<Millis>,
    /// When and by whom it was accepted.
    pub accepted: Option<(Millis, String)>,
}

const COLUMNS: &str = "distributor, day, difference, frozen, body, hash, opened, accepted, accepted_by";

impl Sheet {
    /// Writes a new sheet and gives it back.
    pub(super) fn insert(
        tx: &mut Tx<'_>,
        no: SheetNo,
        body: SheetBody,
        now: Millis,
    ) -> Result<Self, DbError> {
        let text = json(&body)?;
        let hash = hex(&Sha256::digest(text.as_bytes()));
        tx.execute(
            "INSERT INTO sheet (distributor, day, difference, frozen, body, hash) VALUES ($1, $2, $3, $4, $5, $6)",
            &[
                no.distributor.into(),
                no.day.into(),
                no.difference.into(),
                now.into(),
                text.into(),
                hash.as_str().into(),
            ],
        )?;
        Ok(Self { no, frozen: now, body, hash, opened: None, accepted: None })
    }

    fn read(row: &Row) -> Result<Self, DbError> {
        let accepted: Option<Millis> = row.get(7)?;
        let by: Option<String> = row.get(8)?;
        Ok(Self {
            no: SheetNo { distributor: row.get(0)?, day: row.get(1)?, difference: row.get(2)? },
            frozen: row.get(3)?,
            body: row.json(4)?,
            hash: row.get(5)?,
            opened: row.get(6)?,
            accepted: accepted.zip(by),
        })
    }

    /// The stops, if it is the sheet of a day.
    pub fn stops(&self) -> &[Stop] {
        match &self.body {
            SheetBody::Stops(stops) => stops,
            SheetBody::Changes(_) => &[],
        }
    }

    /// The changes, if it is a difference.
    pub fn changes(&self) -> &[OrderChange] {
        match &self.body {
            SheetBody::Stops(_) => &[],
            SheetBody::Changes(changes) => changes,
        }
    }
}

/// Whether the sheet of a day is frozen.
pub(super) fn is_frozen(
    tx: &mut Tx<'_>,
    distributor: DistributorNo,
    day: BusinessDate,
) -> Result<bool, DbError> {
    let sql = "SELECT difference FROM sheet WHERE distributor = $1 AND day = $2 AND difference = 0";
    Ok(tx.first(sql, &[distributor.into(), day.into()])?.is_some())
}

/// The number of the next difference of a day.
pub(super) fn next_difference(
    tx: &mut Tx<'_>,
    distributor: DistributorNo,
    day: BusinessDate,
) -> Result<u32, DbError> {
    let sql = "SELECT coalesce(max(difference), 0) FROM sheet WHERE distributor = $1 AND day = $2";
    let row = tx.first(sql, &[distributor.into(), day.into()])?;
    Ok(row.map_or(Ok(0), |row| row.get::<u32>(0))? + 1)
}

/// One sheet by its number.
///
/// # Errors
/// A failing database.
pub fn load_sheet(tx: &mut Tx<'_>, no: SheetNo) -> Result<Option<Sheet>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM sheet WHERE distributor = $1 AND day = $2 AND difference = $3");
    let values = [no.distributor.into(), no.day.into(), no.difference.into()];
    tx.first(&sql, &values)?.map(|row| Sheet::read(&row)).transpose()
}

/// The sheet of a day and its differences, by number.
///
/// # Errors
/// A failing database.
pub fn sheets_of_day(
    tx: &mut Tx<'_>,
    distributor: DistributorNo,
    day: BusinessDate,
) -> Result<Vec<Sheet>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM sheet WHERE distributor = $1 AND day = $2 ORDER BY difference");
    tx.query(&sql, &[distributor.into(), day.into()])?.iter().map(Sheet::read).collect()
}

/// The van plan of a day.
///
/// # Errors
/// A failing database.
pub fn van_plan(
    tx: &mut Tx<'_>,
    distributor: DistributorNo,
    day: BusinessDate,
) -> Result<Option<VanPlan>, DbError> {
    let sql = "SELECT body FROM van_plan WHERE distributor = $1 AND day = $2";
    tx.first(sql, &[distributor.into(), day.into()])?.map(|row| row.json(0)).transpose()
}

/// Writes the van plan of a day.
pub(super) fn save_van_plan(
    tx: &mut Tx<'_>,
    distributor: DistributorNo,
    day: BusinessDate,
    plan: &VanPlan,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO van_plan (distributor, day, body) VALUES ($1, $2, $3)
         ON CONFLICT (distributor, day) DO UPDATE SET body = excluded.body",
        &[distributor.into(), day.into(), json(plan)?.into()],
    )?;
    Ok(())
}

/// The dispatcher gives a stop of a day to a van; the one that had it reaches it no more. `false` = there is no such stop or van.
///
/// # Errors
/// A failing database.
pub fn give_to_van(
    tx: &mut Tx<'_>,
    no: SheetNo,
    order: OrderId,
    van: usize,
    capacity: Capacity,
) -> Result<bool, DbError> {
    let Some(mut plan) = van_plan(tx, no.distributor, no.day)? else { return Ok(false) };
    let is_given = plan.give(order, van, capacity);
    if is_given {
        save_van_plan(tx, no.distributor, no.day, &plan)?;
    }
    Ok(is_given)
}

/// Gives orders that a difference added to the van with the fewest stops; without a plan they wait for the dispatcher.
pub(super) fn assign_added(
    tx: &mut Tx<'_>,
    distributor: DistributorNo,
    day: BusinessDate,
    changes: &[OrderChange],
) -> Result<(), DbError> {
    let Some(mut plan) = van_plan(tx, distributor, day)? else { return Ok(()) };
    if plan.vans.is_empty() {
        plan.vans.push(Vec::new());
    }
    for added in changes.iter().filter(|change| change.before.is_none()).filter_map(OrderChange::order) {
        let known = plan.van_of(added.id).is_some() || plan.overflow.contains(&added.id);
        // A van that the dispatcher emptied has no driver any more.
        let fewest = plan.vans.iter_mut().min_by_key(|van| (van.is_empty(), van.len()));
        if let Some(van) = fewest.filter(|_| !known) {
            van.push(added.id);
        }
    }
    save_van_plan(tx, distributor, day, &plan)
}
