//! 截单: the freeze. At the distributor's cut-off the orders of a day become its sheet, in one transaction; what comes
//! later is a difference or moves on.

use std::collections::BTreeSet;

use xundian_domain::order_state::{OrderEvent, Outcome, SheetNo};
use xundian_domain::placement::LocalTime;
use xundian_domain::sheet::{Stop, default_vans, sort_stops};
use xundian_domain::stamp::Millis;
use xundian_domain::store::StoreStatus;
use xundian_domain::{BusinessDate, DistributorNo, TimeOfDay};

use super::book::OrderBook;
use super::row::OrderRow;
use super::sheet::{Sheet, SheetBody, is_frozen, save_van_plan};
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, Feed};
use crate::setting::restored;

/// How many delivery days ahead are looked at for a freeze that is due.
pub(super) const DAYS_AHEAD: u32 = 20;
/// How many days back a missed freeze is made up for.
pub(crate) const MAKE_UP_DAYS: u32 = 30;
/// A stop without a result is given up at this time of the day after.
const GIVE_UP_AT: (u16, u16) = (4, 0);

/// Why a sheet cannot be frozen.
#[derive(Debug, thiserror::Error)]
pub enum FreezeError {
    /// No such distributor.
    #[error("there is no distributor {0}")]
    NoDistributor(DistributorNo),
    /// It does not deliver on that day.
    #[error("{distributor} does not deliver on {day}")]
    NoDelivery {
        /// Whose.
        distributor: DistributorNo,
        /// When.
        day: BusinessDate,
    },
    /// Done before; the sheet never changes.
    #[error("the sheet {0} is frozen already")]
    Frozen(SheetNo),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The sheets whose cut-off has passed and that are not frozen: per distributor the delivery days whose freeze day and
/// time lie at or before `now`, from `since` on.
///
/// # Errors
/// A failing database.
pub fn due_freezes(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    now: Millis,
    since: BusinessDate,
) -> Result<Vec<SheetNo>, DbError> {
    let restored = restored(tx)?;
    let frozen =
        tx.query("SELECT distributor, day FROM sheet WHERE difference = 0 AND day >= $1", &[since.into()])?;
    let frozen: BTreeSet<(DistributorNo, BusinessDate)> =
        frozen.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()?;
    let mut due = Vec::new();
    for distributor in catalogue.distributors.values() {
        let rules = catalogue.delivery_rules(distributor);
        let local = catalogue.local(distributor.no, now);
        let last = local.date.plus_days(DAYS_AHEAD);
        let days = (0..).map(|n| since.plus_days(n)).take_while(|day| *day <= last);
        for day in days.filter(|day| rules.calendar.works(*day)) {
            let Some(freeze_day) = rules.calendar.freeze_day(day, rules.lead_days) else { continue };
            let cutoff = LocalTime { date: freeze_day, time: distributor.cutoff };
            let is_printed = restored.is_some_and(|at| cutoff <= catalogue.local(distributor.no, at));
            if cutoff <= local
                && freeze_day >= since
                && !is_printed
                && !frozen.contains(&(distributor.no, day))
            {
                due.push(SheetNo { distributor: distributor.no, day, difference: 0 });
            }
        }
    }
    Ok(due)
}

/// Freezes one sheet: orders that wait for it, sorted into stops, with the default van plan.
///
/// # Errors
/// No delivery on that day, frozen before, or a failing database; then nothing changed.
pub fn freeze(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    distributor: DistributorNo,
    day: BusinessDate,
    now: Millis,
) -> Result<Sheet, FreezeError> {
    let no = SheetNo { distributor, day, difference: 0 };
    let known = catalogue.distributors.get(&distributor).ok_or(FreezeError::NoDistributor(distributor))?;
    if !catalogue.delivery_rules(known).calendar.works(day) {
        return Err(FreezeError::NoDelivery { distributor, day });
    }
    if is_frozen(tx, distributor, day)? {
        return Err(FreezeError::Frozen(no));
    }
    let mut book = OrderBook::new(catalogue, now);
    let mut stops = Vec::new();
    for mut row in OrderRow::of_day(tx, distributor, day, true)? {
        let Ok(state) = row.state.after(OrderEvent::Sheeted(no)) else { continue };
        row.state = state;
        let store = catalogue.stores.get(&row.order.store);
        stops.push(Stop {
            order: row.order.clone(),
            route_seq: catalogue.route_of(row.order.store).map_or(u32::MAX, |(_, seq)| seq),
            new_store: store.is_none_or(|store| store.status == StoreStatus::Proposed),
        });
        book.touch(row);
    }
    sort_stops(&mut stops);
    let plan = default_vans(&stops, known.capacity);
    let sheet = Sheet::insert(tx, no, SheetBody::Stops(stops), now)?;
    save_van_plan(tx, distributor, day, &plan)?;
    let mut feed = Feed::default();
    book.write(tx, &mut feed)?;
    feed.write(tx)?;
    Ok(sheet)
}

/// How far back stops are given up: a server that was down for weeks makes up for it.
const GIVE_UP_DAYS: u32 = 30;

/// Stops without a result by 04:00 of the day after are `not reported`; a result that comes later replaces it.
/// Gives the number of orders.
///
/// # Errors
/// A failing database.
pub fn give_up_unreported(tx: &mut Tx<'_>, catalogue: &Catalogue, now: Millis) -> Result<usize, DbError> {
    let give_up_at = TimeOfDay::new(GIVE_UP_AT.0, GIVE_UP_AT.1).unwrap_or(TimeOfDay::MIDNIGHT);
    let mut book = OrderBook::new(catalogue, now);
    let mut given_up = 0;
    for distributor in catalogue.distributors.keys() {
        let local = catalogue.local(*distributor, now);
        let before = if local.time >= give_up_at { local.date } else { local.date.minus_days(1) };
        let since = before.minus_days(GIVE_UP_DAYS);
        for mut row in OrderRow::out_before(tx, *distributor, since, before)? {
            if let Ok(state) = row.state.after(OrderEvent::Result(Outcome::NotReported)) {
                row.state = state;
                book.touch(row);
                given_up += 1;
            }
        }
    }
    let mut feed = Feed::default();
    book.write(tx, &mut feed)?;
    feed.write(tx)?;
    Ok(given_up)
}
