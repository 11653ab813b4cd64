//! The visit from check-in to check-out. Every change is on the disk when the call returns; an unfinished visit is
//! found again after the app died, and closed as partial by the next check-in elsewhere.

use xundian_domain::ledger::{LedgerDelivery, LedgerVisit};
use xundian_domain::order::Order;
use xundian_domain::order_state::OrderState;
use xundian_domain::owner_code::OwnerCode;
use xundian_domain::promotion::{CapPeriod, Used};
use xundian_domain::stamp::Stamp;
use xundian_domain::store::Store as Shop;
use xundian_domain::visit::{FailedReason, PhotoRef, Visit, VisitEnd, VisitResult};
use xundian_domain::{OrderId, RecordId, StoreId, VisitId};
use xundian_protocol::push::{Kind, Private};
use xundian_protocol::tables::{OrderStanding, Table};

use super::competitors::{old_sightings, sighting_rows};
use super::stores::bounded;
use super::today::VISITED;
use super::{Phone, PhoneError};
use crate::office;
use crate::store::{NewFact, OpenVisit, OwnRow, StoreError};
use crate::visit_loop::{self, Line, Receiver, assemble};

/// Schema of the facts that this room seals.
pub(super) const SCHEMA: u32 = 1;
/// Stands for a step that was left without a word.
const NONE_GIVEN: &str = "none_given";

/// The open visit as the rail shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct VisitView {
    /// Its id.
    pub visit: VisitId,
    /// Where.
    pub store: StoreId,
    /// Check-in.
    pub check_in: Stamp,
    /// Everything that was saved, in the order of the steps.
    pub lines: Vec<Line>,
}

/// A sealed visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedOut {
    /// Complete, partial or failed.
    pub result: VisitResult,
    /// The order, if there is one, with the code for its card.
    pub order: Option<(Order, OwnerCode)>,
}

impl Phone {
    /// Check-in. A visit that is open in another store is sealed as it stands first; the same store goes on.
    ///
    /// # Errors
    /// The store is not on this phone, or a failing file.
    pub fn begin_visit(&mut self, store: StoreId) -> Result<VisitId, PhoneError> {
        self.shop(store)?;
        if let Some(open) = self.store.open_visit()? {
            if open.store == store {
                return Ok(open.id);
            }
            // Wherever the phone is now, that visit was not ended here.
            self.stand_at(None);
            self.check_out()?;
        }
        let (rep, date) = (self.rep()?, self.date()?);
        let planned = self.office()?.plan().visits(rep, date).iter().any(|visit| visit.store == store);
        let id = VisitId(self.new_id());
        let check_in = self.stamp()?;
        self.store.begin_visit(&OpenVisit { id, store, planned, date, check_in })?;
        Ok(id)
    }

    /// The open visit, also after the app died in it.
    ///
    /// # Errors
    /// A failing file.
    pub fn current_visit(&self) -> Result<Option<VisitView>, PhoneError> {
        let Some(open) = self.store.open_visit()? else { return Ok(None) };
        let lines = visit_loop::all_lines(&self.store, open.id)?;
        Ok(Some(VisitView {
            visit: open.id,
            store: open.store,
            check_in: open.check_in,
            lines: lines.of_step.into_iter().flatten().collect(),
        }))
    }

    /// Saves one changed line of the open visit.
    ///
    /// # Errors
    /// No visit is open, a receiver whose name is too long, or a failing file.
    pub fn save_line(&mut self, line: &Line) -> Result<(), PhoneError> {
        let open = self.open_visit()?;
        if let Line::Receiver(Receiver { name, phone }) = line {
            bounded([("receiver", name.as_str()), ("phone", phone)])?;
        }
        Ok(visit_loop::save_line(&mut self.store, open.id, line)?)
    }

    /// Takes a line back.
    ///
    /// # Errors
    /// No visit is open, or a failing file.
    pub fn take_back(&mut self, line: &Line) -> Result<(), PhoneError> {
        let open = self.open_visit()?;
        Ok(visit_loop::take_back(&mut self.store, open.id, line)?)
    }

    /// Check-out: the visit becomes one sealed fact with its order, in one commit. Beside it travel who
    /// receives it and the owner's code, which is made here.
    ///
    /// # Errors
    /// No visit is open, or a failing file; then everything is as before.
    pub fn check_out(&mut self) -> Result<CheckedOut, PhoneError> {
        let open = self.open_visit()?;
        let lines = visit_loop::all_lines(&self.store, open.id)?;
        let shop = self.shop(open.store)?;
        let quote = self.quote_for(&open, &lines, &lines.sold(), &[])?;
        let order_id = OrderId(self.new_id());
        let order = quote.order(order_id, &shop, &lines);
        let has_order = order.is_some();
        let none_given = NONE_GIVEN.parse().map_err(|why| unreadable("reason", &why))?;
        let steps = Box::new(assemble(&lines, order, none_given));
        let receiver = lines.receiver().filter(|_| has_order).cloned();
        self.seal_visit(&open, &shop, VisitEnd::Worked { steps }, receiver)
    }

    /// Ends the open visit because nothing could be done.
    ///
    /// # Errors
    /// No visit is open, or a failing file.
    pub fn fail_visit(
        &mut self,
        reason: FailedReason,
        photo: Option<PhotoRef>,
    ) -> Result<CheckedOut, PhoneError> {
        let open = self.open_visit()?;
        let shop = self.shop(open.store)?;
        self.seal_visit(&open, &shop, VisitEnd::Failed { reason, photo }, None)
    }

    pub(super) fn open_visit(&self) -> Result<OpenVisit, PhoneError> {
        self.store.open_visit()?.ok_or(PhoneError::NoVisit)
    }

    fn seal_visit(
        &mut self,
        open: &OpenVisit,
        shop: &Shop,
        end: VisitEnd,
        receiver: Option<Receiver>,
    ) -> Result<CheckedOut, PhoneError> {
        let check_out = self.stamp()?;
        let mut private = match receiver {
            Some(Receiver { name, phone }) => {
                Private { receiver: Some(name), phone: Some(phone), ..Private::default() }
            }
            None => Private::default(),
        };
        let whereabouts = self.whereabouts(shop.id, &mut private)?;
        let visit = Visit {
            id: open.id,
            store: open.store,
            planned: open.planned,
            date: open.date,
            check_in: open.check_in,
            check_out,
            whereabouts,
            end,
        };
        let order = visit.order().cloned();
        let code = OwnerCode::from_random(u64::try_from(self.machine.random() >> 64).unwrap_or(0));
        private.owner_code = order.is_some().then_some(code);
        let fact = NewFact {
            id: RecordId(self.new_id()),
            kind: Kind::VisitClosed.as_str().to_owned(),
            version: SCHEMA,
            date: visit.date,
            captured: check_out,
            body: json("visit", &visit)?,
            private: if private == Private::default() { None } else { Some(json("private", &private)?) },
        };
        let own = self.own_rows(&visit, shop, fact.id)?;
        self.store.check_out(open.id, &fact, &own)?;
        Ok(CheckedOut { result: visit.result(), order: order.map(|order| (order, code)) })
    }

    /// What the phone itself knows from a sealed visit until the server's rows come.
    fn own_rows(&mut self, visit: &Visit, shop: &Shop, fact: RecordId) -> Result<Vec<OwnRow>, PhoneError> {
        let mut own = vec![visited_row(visit)];
        let at = visit.check_in.estimate();
        if let Some(row) = LedgerVisit::of(visit, shop.required_places(), visit.date, at) {
            own.push(own_row((visit.store, fact), &row)?);
        }
        if let Some(order) = visit.order() {
            own.extend(self.own_order_rows(order, 1, order.promise.day)?);
            own.extend(self.own_uses(order, shop, visit.date)?);
        }
        own.extend(sighting_rows(visit)?);
        // A clock that ran a year ahead must not take away what is true: the server's time says what is old, if it was heard.
        let zone = self.office()?.settings.zone;
        let heard = self.server_time()?.map_or(visit.date, |at| zone.date(at));
        own.extend(old_sightings(&self.store, heard.min(visit.date))?);
        Ok(own)
    }

    /// The order as the phone believes in it until the server answers: for this delivery day.
    pub(super) fn own_order_rows(
        &mut self,
        order: &Order,
        version: u32,
        day: xundian_domain::BusinessDate,
    ) -> Result<Vec<OwnRow>, PhoneError> {
        let zone = self.office()?.settings.zone;
        let state = OrderState::Waiting { day, late: false };
        let standing = OrderStanding { store: order.store, version, state, opened: false };
        Ok(vec![
            own_row(order.id, &standing)?,
            own_row((order.store, order.id), &LedgerDelivery::of(order, day, zone, false, None))?,
        ])
    }

    fn own_uses(
        &mut self,
        order: &Order,
        shop: &Shop,
        date: xundian_domain::BusinessDate,
    ) -> Result<Vec<OwnRow>, PhoneError> {
        let (office, store) = self.office_and_store()?;
        let mut own = Vec::new();
        for promo_use in &order.promos {
            let promotion = office.promotions.iter().find(|promotion| promotion.no == promo_use.promo);
            let period = promotion.map_or(CapPeriod::Order, |promotion| promotion.cap_period);
            let Some(period) = period.key(date) else { continue };
            let key = (shop.id, promo_use.promo, period.as_str());
            let before = office::row::<Used>(store, key)?.unwrap_or_default();
            let after = Used {
                times: before.times + promo_use.used.times,
                qty_thousandths: before.qty_thousandths + promo_use.used.qty_thousandths,
            };
            own.push(own_row(key, &after)?);
        }
        Ok(own)
    }
}

/// The store was visited on that date.
pub(super) fn visited_row(visit: &Visit) -> OwnRow {
    OwnRow {
        table: VISITED.to_owned(),
        key: format!("{}/{}", visit.date, visit.store),
        value: Some(format!("\"{}\"", visit.result())),
    }
}

/// A row of the phone's own making.
pub(super) fn own_row<T: Table>(key: T::Key<'_>, value: &T) -> Result<OwnRow, PhoneError> {
    Ok(OwnRow { table: T::NAME.to_owned(), key: T::key(key), value: Some(json("own row", value)?) })
}

pub(super) fn json<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String, PhoneError> {
    serde_json::to_string(value).map_err(|why| unreadable(what, &why))
}

pub(super) fn unreadable(what: &'static str, why: &dyn std::fmt::Display) -> PhoneError {
    PhoneError::Storage(StoreError::Unreadable { what, reason: why.to_string() })
}
