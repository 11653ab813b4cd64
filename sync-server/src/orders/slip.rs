//! 订单条: orders that a distributor pastes because the phone finds no server (the sync contract, 3.7). Whose signature
//! holds is placed like any order; the rest is held until the dispatcher accepts it. Each version of an order is taken
//! once. The dispatcher's word is `slip_desk`, what its fact does later is `catch_up`.

use xundian_domain::order::Order;
use xundian_domain::order_state::OrderState;
use xundian_domain::stamp::Millis;
use xundian_domain::{BusinessDate, DistributorNo, OrderId};
use xundian_protocol::push::{Flag, OrderEffect};
use xundian_protocol::slip::{SealedSlip, Slip, SlipOrder};

use super::book::OrderBook;
use super::catch_up::is_proven;
use super::row::{BySlip, OrderRow};
use crate::db::{DbError, Tx};
use crate::master::{Catalogue, Feed};
use crate::sync::{Here, InstallRow, enrolled, order_flags, retake_changes};

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
    /// A later version of an order that was here; as an amendment does.
    Changed(OrderEffect),
    /// It was here before as it is; nothing changed.
    Known(OrderState),
    /// It was here before with other goods; nothing changed.
    Differs(OrderState),
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

/// Takes a slip at a distributor's desk; the same again changes nothing. Changes that came before their order follow it.
///
/// # Errors
/// A failing database; then nothing was taken.
pub fn take_slip(
    tx: &mut Tx<'_>,
    catalogue: &Catalogue,
    (sealed, slip): (&SealedSlip, &Slip),
    desk: &Desk,
    here: Here,
) -> Result<SlipTaken, DbError> {
    let now = here.now;
    let today = catalogue.zone().date(now);
    let doubt = doubt(tx, sealed, slip, today, now)?;
    let taking = Taking { catalogue, slip, doubt, today, hash: sealed.hash(), distributor: desk.distributor };
    let mut book = OrderBook::new(catalogue, now);
    let (mut fates, mut placed, mut is_used) = (Vec::new(), Vec::new(), false);
    for told in &slip.orders {
        let fate = taking.take(tx, &mut book, told)?;
        let what = match fate {
            Fate::Placed(_) | Fate::Changed(_) => Some("placed"),
            Fate::Held => Some("held"),
            Fate::Known(_) | Fate::Differs(_) | Fate::NotYours | Fate::UnknownStore | Fate::Taken => None,
        };
        if let Some(what) = what {
            note(tx, told.order.id, taking.hash, (what, doubt), desk, now)?;
            is_used = true;
        }
        if matches!(fate, Fate::Placed(_) | Fate::Changed(_)) {
            placed.push(told.order.id);
        }
        fates.push(fate);
    }
    if is_used {
        keep(tx, sealed, slip, now)?;
    }
    let mut feed = Feed::default();
    book.write(tx, &mut feed)?;
    feed.write(tx)?;
    retake_changes(tx, catalogue, here, &placed)?;
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
    fn take(&self, tx: &mut Tx<'_>, book: &mut OrderBook<'_>, told: &SlipOrder) -> Result<Fate, DbError> {
        let order = &told.order;
        match self.catalogue.stores.get(&order.store).map(|store| store.distributor) {
            None => return Ok(Fate::UnknownStore),
            Some(other) if other != self.distributor => return Ok(Fate::NotYours),
            Some(_) => {}
        }
        // Proof takes the place of what nobody stands behind; another paper without proof does not.
        match book.order(tx, order.id)? {
            Some(row) if row.stands() || self.doubt.is_some() => return self.again(tx, book, row, told),
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

    /// An order that is here. Its own rep's signature brings a later version, or the truth about what a dispatcher
    /// accepted without proof; nothing else changes it.
    fn again(
        &self,
        tx: &mut Tx<'_>,
        book: &mut OrderBook<'_>,
        mut row: OrderRow,
        told: &SlipOrder,
    ) -> Result<Fate, DbError> {
        if self.doubt.is_none() && row.rep != self.slip.rep {
            return Ok(Fate::Taken);
        }
        let is_same = row.order.lines == told.order.lines && row.order.gifts == told.order.gifts;
        let is_unproven = match (row.fact, row.slip) {
            (None, Some(slip)) => !is_proven(tx, row.order.id, slip)?,
            _ => false,
        };
        let is_newer = told.version > row.version || is_unproven && !is_same;
        let can_change = matches!(row.state, OrderState::Waiting { .. } | OrderState::OnSheet { .. });
        if self.doubt.is_none() && is_newer && can_change && row.order.store == told.order.store {
            row.version = told.version;
            row.slip = Some(BySlip { hash: self.hash, version: told.version });
            return Ok(Fate::Changed(book.amend(tx, row, told.order.clone())?));
        }
        let is_older = told.version < row.version;
        Ok(if is_same || is_older { Fate::Known(row.state) } else { Fate::Differs(row.state) })
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

/// What was decided about an order, by proof or by whom.
pub(super) fn note(
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
