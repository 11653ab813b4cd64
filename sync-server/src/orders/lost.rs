//! Sheets that a restore has lost and drivers have on paper: which they are. Who makes them again is the dispatcher; what
//! waits for them is `book`'s.

use std::collections::BTreeSet;

use xundian_domain::placement::LocalTime;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, DistributorNo};

use super::freeze::DAYS_AHEAD;
use crate::db::{DbError, Tx};
use crate::master::Catalogue;
use crate::setting::{self, LIVE_SINCE, restored};

/// How far before a restore sheets may have been made that it lost.
const PRINTED_DAYS: u32 = 400;

/// Whether the sheet of a day fell due before the restore: its paper is with the drivers, whatever the database has.
/// The clock makes no second one; the dispatcher does, when the phones have sent again what it was made of.
fn was_due(catalogue: &Catalogue, distributor: DistributorNo, day: BusinessDate, restored: Millis) -> bool {
    let Some(known) = catalogue.distributors.get(&distributor) else { return false };
    let (rules, local) = (catalogue.delivery_rules(known), catalogue.local(distributor, restored));
    let freeze_day = rules.calendar.freeze_day(day, rules.lead_days);
    let is_due = |date| LocalTime { date, time: known.cutoff } <= local;
    day > local.date.minus_days(PRINTED_DAYS) && rules.calendar.works(day) && freeze_day.is_some_and(is_due)
}

/// Whether the sheet of a day was printed before the last restore, be it here or not.
///
/// # Errors
/// A failing database.
pub(super) fn was_printed(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    distributor: DistributorNo,
    day: BusinessDate,
) -> Result<bool, DbError> {
    Ok(restored(tx)?.is_some_and(|restored| was_due(catalogue, distributor, day, restored)))
}

/// Delivery days of a distributor whose sheets were lost by a restore, oldest first.
///
/// # Errors
/// A failing database.
pub fn lost_sheets(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    distributor: DistributorNo,
) -> Result<Vec<BusinessDate>, DbError> {
    let Some(restored) = restored(tx)? else { return Ok(Vec::new()) };
    let live: Option<BusinessDate> = setting::read(tx, LIVE_SINCE)?;
    let first = catalogue.local(distributor, restored).date.minus_days(PRINTED_DAYS);
    let sql = "SELECT day FROM sheet WHERE distributor = $1 AND difference = 0 AND day >= $2";
    let frozen = tx.query(sql, &[distributor.into(), first.into()])?;
    let frozen: BTreeSet<BusinessDate> = frozen.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let is_lost = |day: &BusinessDate| {
        live.is_none_or(|live| *day > live)
            && !frozen.contains(day)
            && was_due(catalogue, distributor, *day, restored)
    };
    let days = (0..PRINTED_DAYS + DAYS_AHEAD).map(|ahead| first.plus_days(ahead));
    let lost = days.filter(is_lost).collect();
    Ok(lost)
}
