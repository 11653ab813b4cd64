//! 订单条: orders that a distributor pastes because the phone finds no server (the sync contract, 3.7). Whose signature
//! holds is placed like any order; the rest is held until the dispatcher accepts it. Each order is taken once. What its
//! fact does later is `catch_up`.

use xundian_domain::order::Order;
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, DistributorNo, OrderId, RepNo};
use xundian_protocol::push::{Flag, OrderEffect};
use xundian_protocol::slip::{SealedSlip, Slip, SlipOrder};

use super::book::OrderBook;
use super::row::{BySlip, OrderRow};
use super::store_decision::DecisionError;
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, Feed};
use crate::sync::{InstallRow, enrolled, order_flags};

/// A slip is not older than a fact may be: 14 days.
const OLDEST_DAYS: u32 = 14;

/// Why nobody can say that a slip is its rep's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// This server never enrolled the phone.
    UnknownInstall,
    /// Another key signed it, or it was changed.
    Signature,
    /// The phone was revoked.
    Revoked,
    /// It names another rep than the one whose phone signed it.
    OtherRep,
    /// Its day lies ahead, or more than 14 days back.
    Date,
}

impl Doubt {
    /// The stable code; people see a text chosen by it.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownInstall => "unknown_install",
            Self::Signature => "signature",
            Self::Revoked => "revoked",
            Self::OtherRep => "other_rep",
            Self::Date => "date",
        }
    }
}

/// Who pastes, or decides.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Whose stores.
    pub distributor: DistributorNo,
    /// The login.
    pub login: String,
}

/// What became of one order of a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// New, and on its way.
    Placed(OrderEffect),
    /// New; the dispatcher must accept it.
    Held,
    /// It was here before; nothing changed.
    Known(OrderState),
    /// Its store is another distributor's.
    NotYours,
    /// Its store is not on this server yet: it comes with the phone.
    UnknownStore,
    /// Its id is the order of another rep.
    Taken,
}

/// What was made of a slip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipTaken {
    /// `None` = the phone's signature holds.
    pub doubt: Option<Doubt>,
    /// One per order, in their order.
    pub fates: Vec<Fate>,
}

/// Takes a slip at a distributor's desk; the same again changes nothing.
///
/// # Errors
/// A failing database; then nothing was taken.
pub fn take_slip(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    (sealed, slip): (&SealedSlip, &Slip),
    desk: &Desk,
    now: Millis,
) -> Result<SlipTaken, DbError> {
    let today = catalogue.zone().date(now);
    let doubt = doubt(tx, sealed, slip, today, now)?;
    let mut taking =
        Taking { catalogue, slip, doubt, today, hash: sealed.hash(), distributor: desk.distributor };
    let mut book = OrderBook::new(catalogue, now);
    let mut fates = Vec::new();
    for told in &slip.orders {
        let fate = taking.take(tx, &mut book, told)?;
        let what = match fate {
            Fate::Placed(_) => Some("placed"),
            Fate::Held => Some("held"),
            _ => None,
        };
        if let Some(what) = what {
            note(tx, told.order.id, taking.hash, (what, doubt), desk, now)?;
        }
        fates.push(fate);
    }
    if fates.iter().any(|fate| matches!(fate, Fate::Placed(_) | Fate::Held)) {
        keep(tx, sealed, slip, now)?;
    }
    let mut feed = Feed::default();
    book.write(tx, &mut feed)?;
    feed.write(tx)?;
    Ok(SlipTaken { doubt, fates })
}

/// Why the slip is not proven to be its rep's.
fn doubt(
    tx: &mut Tx<'_>,
    sealed: &SealedSlip,
    slip: &Slip,
    today: BusinessDate,
    now: Millis,
) -> Result<Option<Doubt>, DbError> {
    let Some(device) = enrolled(tx, sealed.install())? else { return Ok(Some(Doubt::UnknownInstall)) };
    let row = InstallRow::load(tx, device.install)?;
    Ok(match () {
        () if !sealed.is_signed_by(&device.key) => Some(Doubt::Signature),
        () if row.revoked.is_some() || !row.may_push(now) => Some(Doubt::Revoked),
        () if device.rep != slip.rep => Some(Doubt::OtherRep),
        () if slip.date > today || slip.date < today.minus_days(OLDEST_DAYS) => Some(Doubt::Date),
        () => None,
    })
}

/// A slip while it is taken.
struct Taking<'a> {
    catalogue: &'a Catalogue,
    slip: &'a Slip,
    doubt: Option<Doubt>,
    today: BusinessDate,
    hash: [u8; 32],
    distributor: DistributorNo,
}

impl Taking<'_> {
    fn take(&mut self, tx: &mut Tx<'_>, book: &mut OrderBook<'_>, told: &SlipOrder) -> Result<Fate, DbError> {
        let order = &told.order;
        match self.catalogue.stores.get(&order.store).map(|store| store.distributor) {
            None => return Ok(Fate::UnknownStore),
            Some(other) if other != self.distributor => return Ok(Fate::NotYours),
            Some(_) => {}
        }
        // Proof takes the place of what nobody stands behind; another paper without proof does not.
        match book.order(tx, order.id)? {
            Some(row) if row.stands() || self.doubt.is_some() => {
                let is_another = self.doubt.is_none() && row.rep != self.slip.rep;
                return Ok(if is_another { Fate::Taken } else { Fate::Known(row.state) });
            }
            Some(row) => book.supersede(&row),
            None => {}
        }
        let row = self.row(tx, told)?;
        if self.doubt.is_some() {
            book.hold(row);
            return Ok(Fate::Held);
        }
        Ok(Fate::Placed(book.place(tx, row)?))
    }

    fn row(&self, tx: &mut Tx<'_>, told: &SlipOrder) -> Result<OrderRow, DbError> {
        let order = told.order.clone();
        // Nobody vouches for the day or the version of an unproven slip: its facts must be able to follow it.
        let date = self.slip.date.clamp(self.today.minus_days(OLDEST_DAYS), self.today);
        let version = if self.doubt.is_none() { told.version } else { 1 };
        Ok(OrderRow {
            distributor: self.distributor,
            rep: self.slip.rep,
            version,
            confirmed_on: date,
            promised: order.promise.day,
            day: order.promise.day,
            late: false,
            state: OrderState::Held,
            flags: self.flags(tx, &order, date)?,
            fact: None,
            slip: Some(BySlip { hash: self.hash, version }),
            order,
        })
    }

    fn flags(&self, tx: &mut Tx<'_>, order: &Order, date: BusinessDate) -> Result<Vec<Flag>, DbError> {
        let mut flags = Vec::new();
        if let Some(store) = self.catalogue.stores.get(&order.store) {
            flags = order_flags(tx, self.catalogue, store, order, date)?;
        }
        // A slip has no clocks in it: only one that is pasted on its own day shows when it was made.
        if self.slip.date != self.today {
            flags.push(Flag::ClockUnverified);
        }
        if !self.catalogue.is_assigned(self.slip.rep, order.store, date) {
            flags.push(Flag::OutsideTerritory);
        }
        flags.sort_unstable();
        flags.dedup();
        Ok(flags)
    }
}

/// The slip itself, for whoever doubts what was made of it.
fn keep(tx: &mut Tx<'_>, sealed: &SealedSlip, slip: &Slip, now: Millis) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO slip (hash, install, rep, date, received, body) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (hash) DO NOTHING",
        &[
            sealed.hash().into(),
            sealed.install().into(),
            slip.rep.into(),
            slip.date.into(),
            now.into(),
            sealed.bytes().into(),
        ],
    )?;
    Ok(())
}

fn note(
    tx: &mut Tx<'_>,
    order: OrderId,
    slip: [u8; 32],
    (what, doubt): (&str, Option<Doubt>),
    desk: &Desk,
    now: Millis,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO slip_order (order_id, slip, what, doubt, login, at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (order_id, slip, what) DO NOTHING",
        &[
            order.into(),
            slip.into(),
            what.into(),
            doubt.map_or("", Doubt::code).into(),
            desk.login.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(())
}

/// Orders of one slip that wait for the dispatcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSlip {
    /// SHA-256 of the slip.
    pub hash: [u8; 32],
    /// Who it says to be from.
    pub rep: RepNo,
    /// Which day it says to be of.
    pub date: BusinessDate,
    /// Why it is not proven, as a code of [`Doubt`].
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

/// The dispatcher accepts orders of unproven slips (they are placed as if they arrived now), or refuses them. Gives where
/// each of them went.
///
/// # Errors
/// None of them waits for this desk any more, or a failing database.
pub fn decide_slip(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    orders: &[OrderId],
    accept: bool,
    desk: &Desk,
    now: Millis,
) -> Result<Vec<(Order, OrderEffect)>, DecisionError> {
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
    Ok(decided)
}
