//! Sheets that a restore has lost and drivers have on paper: which they are, and which orders stay with them. Who makes them
//! again is the dispatcher.

use std::collections::BTreeSet;

use xundian_domain::order_state::SheetNo;
use xundian_domain::placement::{LocalTime, Placement};
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, DistributorNo, OrderId};
use xundian_protocol::push::{Flag, Went};

use super::book::OrderBook;
use super::freeze::{DAYS_AHEAD, FreezeError, MAKE_UP_DAYS, freeze};
use super::row::OrderRow;
use super::sheet::{Sheet, is_frozen};
use crate::db::{DbError, Tx};
use crate::master::Catalogue;
use crate::setting::{self, LIVE_SINCE, LOST_SINCE, restored};
use crate::sync::{Here, retake_changes};

/// How far before a restore sheets may have been made that it lost.
const PRINTED_DAYS: u32 = 400;

/// What is known of an order and of paper that a restore has lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostPaper {
    /// It was confirmed after the restore, or there was none: it stands on no such paper.
    None,
    /// Where this server had said that it went, as its phone tells.
    Told(Went),
    /// Nobody can tell.
    Unknown,
}

/// Whether the sheet of a day fell due before the restore: its paper is with the drivers, whatever the database has.
/// The clock makes no second one; the dispatcher does, when the phones have sent again what it was made of.
fn was_due(catalogue: &Catalogue, distributor: DistributorNo, day: BusinessDate, restored: Millis) -> bool {
    let Some(known) = catalogue.distributors.get(&distributor) else { return false };
    let local = catalogue.local(distributor, restored);
    let is_due = |date| LocalTime { date, time: known.cutoff } <= local;
    day > local.date.minus_days(PRINTED_DAYS) && freeze_day(catalogue, distributor, day).is_some_and(is_due)
}

/// On which date the sheet of a delivery day is made; `None` = there is none on that day.
fn freeze_day(catalogue: &Catalogue, distributor: DistributorNo, day: BusinessDate) -> Option<BusinessDate> {
    let rules = catalogue.delivery_rules(catalogue.distributors.get(&distributor)?);
    rules.calendar.works(day).then(|| rules.calendar.freeze_day(day, rules.lead_days)).flatten()
}

/// Whether the sheet of a day was printed before the last restore, be it here or not.
///
/// # Errors
/// A failing database.
fn was_printed(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    distributor: DistributorNo,
    day: BusinessDate,
) -> Result<bool, DbError> {
    Ok(restored(tx)?.is_some_and(|restored| was_due(catalogue, distributor, day, restored)))
}

/// The dispatcher makes a sheet again that a restore has lost, when the phones have sent again what stood on it; what the shops changed
/// since goes on its difference.
///
/// # Errors
/// It is not lost, or as [`freeze`]; then nothing changed.
pub fn make_again(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    no: SheetNo,
    here: Here,
) -> Result<Sheet, FreezeError> {
    if !lost_sheets(tx, catalogue, no.distributor)?.contains(&no.day) {
        return Err(FreezeError::Frozen(no));
    }
    let sheet = freeze(tx, catalogue, no.distributor, no.day, here.now)?;
    let orders: Vec<OrderId> = sheet.stops().iter().map(|stop| stop.order.id).collect();
    retake_changes(tx, catalogue, here, &orders)?;
    Ok(sheet)
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
    let local = |at: Millis| catalogue.local(distributor, at).date;
    // What is in the copy was printed before it was made, and what it lacks was not: the clock makes up for so many days alone.
    let copied = setting::read::<i64>(tx, LOST_SINCE)?.map(|at| local(Millis(at)).minus_days(MAKE_UP_DAYS));
    let first = local(restored).minus_days(PRINTED_DAYS);
    let first = copied.map_or(first, |copied| first.max(copied));
    let sql = "SELECT day FROM sheet WHERE distributor = $1 AND difference = 0 AND day >= $2";
    let frozen = tx.query(sql, &[distributor.into(), first.into()])?;
    let frozen: BTreeSet<BusinessDate> = frozen.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    let is_lost = |day: &BusinessDate| {
        let is_after_start = |live| freeze_day(catalogue, distributor, *day).is_some_and(|date| date >= live);
        live.is_none_or(is_after_start)
            && !frozen.contains(day)
            && was_due(catalogue, distributor, *day, restored)
    };
    let days = (0..PRINTED_DAYS + DAYS_AHEAD).map(|ahead| first.plus_days(ahead));
    let lost = days.filter(is_lost).collect();
    Ok(lost)
}

impl OrderBook<'_> {
    /// Where an order stays of which a restore may have lost the paper. On a sheet that was lost as a whole it waits until
    /// the dispatcher makes it again; a difference of a sheet that is here is made again at once: the server had told it, so
    /// it was on the distributor's page.
    pub(super) fn on_lost_paper(
        &mut self,
        tx: &mut Tx<'_>,
        row: &OrderRow,
        paper: LostPaper,
    ) -> Result<Option<Placement>, DbError> {
        let wait = |day| Placement::Waiting { day, late: false };
        let in_doubt = row.flags.contains(&Flag::ClockUnverified);
        // Not the day that was said: a clock that was set may have said any.
        let is_early = |day| day < row.order.promise.day && !in_doubt;
        match paper {
            LostPaper::None => Ok(None),
            // What a slip had brought to its shop before its fact came stood on some sheet: on which, that word does not say.
            LostPaper::Unknown | LostPaper::Told(Went::AlreadyDelivered | Went::Cancelled) => {
                let day = row.order.promise.day;
                let lost = self.lost_days(tx, row.distributor)?;
                let first = lost.iter().copied().find(|lost| in_doubt || *lost >= day);
                Ok(first.map(|lost| Placement::Waiting { day: lost, late: lost > day }))
            }
            LostPaper::Told(Went::Waiting { day, .. }) if is_early(day) => {
                self.on_lost_paper(tx, row, LostPaper::Unknown)
            }
            LostPaper::Told(Went::Waiting { day, late }) => {
                if self.lost_days(tx, row.distributor)?.contains(&day) {
                    return Ok(Some(Placement::Waiting { day, late }));
                }
                // Printed without it, or a day of another distributor: it was placed anew since it was told, and nobody can tell where.
                let is_his = freeze_day(self.catalogue, row.distributor, day).is_some();
                match !is_his || was_printed(tx, self.catalogue, row.distributor, day)? {
                    true => self.on_lost_paper(tx, row, LostPaper::Unknown),
                    false => Ok(None),
                }
            }
            LostPaper::Told(Went::Difference { sheet }) => {
                let day = sheet.day;
                if sheet.distributor != row.distributor || is_early(day) {
                    return Ok(None);
                }
                if self.lost_days(tx, row.distributor)?.contains(&day) {
                    return Ok(Some(wait(day)));
                }
                let is_here = is_frozen(tx, row.distributor, day)?;
                let was_printed = was_printed(tx, self.catalogue, row.distributor, day)?;
                Ok((is_here && was_printed).then_some(Placement::Difference { day }))
            }
        }
    }

    /// Whether drivers have a sheet of this day on paper that a restore has lost here.
    pub(crate) fn is_lost(
        &mut self,
        tx: &mut Tx<'_>,
        distributor: DistributorNo,
        day: BusinessDate,
    ) -> Result<bool, DbError> {
        Ok(self.lost_days(tx, distributor)?.contains(&day))
    }

    /// Days whose sheets a restore has lost, oldest first.
    pub(super) fn lost_days(
        &mut self,
        tx: &mut Tx<'_>,
        distributor: DistributorNo,
    ) -> Result<&[BusinessDate], DbError> {
        if !self.lost.contains_key(&distributor) {
            let lost = lost_sheets(tx, self.catalogue, distributor)?;
            self.lost.insert(distributor, lost);
        }
        Ok(self.lost.get(&distributor).map_or(&[][..], Vec::as_slice))
    }
}
