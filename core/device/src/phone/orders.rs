//! After check-out: changing an order, taking it back.

use xundian_domain::id::ReasonCode;
use xundian_domain::ledger::LedgerDelivery;
use xundian_domain::order::{Order, OrderAmended, OrderCancelled};
use xundian_domain::order_state::{CancelCause, OrderState};
use xundian_domain::owner_code::OwnerCode;
use xundian_domain::visit::Visit;
use xundian_domain::{OrderId, RecordId, Sku, Units};
use xundian_protocol::push::{Kind, Private, Verdict, Went};
use xundian_protocol::tables::{OrderStanding, Table};

use super::visit::{SCHEMA, json, own_row, unreadable};
use super::{Phone, PhoneError};
use crate::office;
use crate::store::{Fact, NewFact, OpenVisit, OwnRow};
use crate::visit_loop::Lines;

/// How many days back an order is looked for.
pub(super) const DAYS_BACK: u32 = 14;

/// An order with the visit that made it.
pub(super) struct Found {
    visit: Visit,
    /// In its newest version.
    pub(super) order: Order,
    /// What the owner says to the driver; `None` = this phone no longer has it.
    pub(super) code: Option<OwnerCode>,
}

impl Phone {
    /// A new version of an order with other quantities, priced at the business date of its visit. Lines that are not
    /// named go, others come.
    ///
    /// # Errors
    /// The order is not on this phone or was taken back, nothing is left of it, the store's price list does not have a product, or
    /// a failing file.
    pub fn amend_order(&mut self, id: OrderId, lines: &[(Sku, Units)]) -> Result<Order, PhoneError> {
        let Found { visit, order: before, .. } = self.find_order(id)?;
        let standing = self.changeable(id)?;
        let intended =
            |sku: Sku| before.lines.iter().find(|l| l.sku == sku).map_or(Units::ZERO, |l| l.intended);
        let agreed: Vec<_> = lines
            .iter()
            .filter(|(_, units)| !units.is_zero())
            .map(|(sku, units)| (*sku, intended(*sku), *units))
            .collect();
        let open = OpenVisit {
            id: visit.id,
            store: visit.store,
            planned: visit.planned,
            date: visit.date,
            check_in: visit.check_in,
        };
        let shop = self.shop(visit.store)?;
        let quote = self.quote_for(&open, &Lines::default(), &agreed, &before.lines)?;
        if let Some(sku) = quote.unpriced.first() {
            return Err(PhoneError::NoPrice(*sku));
        }
        let mut order = quote.order(id, &shop, &Lines::default()).ok_or(PhoneError::NothingLeft(id))?;
        (order.promise, order.payment) = (before.promise, before.payment);
        order.pick_ups = before.pick_ups;
        let fact = OrderAmended { base_version: standing.version, order: order.clone() };
        // The server may have moved it since the promise.
        let day = standing.state.day().unwrap_or(order.promise.day);
        let own = self.own_order_rows(&order, standing.version + 1, day)?;
        self.seal_fact(&Kind::OrderAmended, &fact, None, &own)?;
        Ok(order)
    }

    /// Takes an order back.
    ///
    /// # Errors
    /// The order is not on this phone, or a failing file.
    pub fn cancel_order(&mut self, id: OrderId, reason: ReasonCode) -> Result<(), PhoneError> {
        let standing = self.changeable(id)?;
        let fact = OrderCancelled { base_version: standing.version, order: id, reason };
        let cancelled = OrderStanding {
            version: standing.version + 1,
            state: OrderState::Cancelled { cause: CancelCause::Owner },
            opened: false,
            ..standing
        };
        let mut own = vec![own_row(id, &cancelled)?];
        own.push(OwnRow {
            table: LedgerDelivery::NAME.to_owned(),
            key: LedgerDelivery::key((standing.store, id)),
            value: None,
        });
        self.seal_fact(&Kind::OrderCancelled, &fact, None, &own)
    }

    pub(super) fn seal_fact<T: serde::Serialize>(
        &mut self,
        kind: &Kind,
        content: &T,
        private: Option<&Private>,
        own: &[OwnRow],
    ) -> Result<(), PhoneError> {
        let fact = NewFact {
            id: RecordId(self.new_id()),
            kind: kind.as_str().to_owned(),
            version: SCHEMA,
            date: self.date()?,
            captured: self.stamp()?,
            body: json("fact", content)?,
            private: private.map(|private| json("private", private)).transpose()?,
        };
        self.store.seal(&fact, own)?;
        Ok(())
    }

    /// Where an order stands that was not taken back. One that was delivered may be asked about: the server answers that it
    /// came too late, and this phone need not know yet.
    fn changeable(&self, id: OrderId) -> Result<OrderStanding, PhoneError> {
        let standing = office::row::<OrderStanding>(&self.store, id)?.ok_or(PhoneError::UnknownOrder(id))?;
        match standing.state {
            OrderState::Cancelled { .. } => Err(PhoneError::OrderOver(id)),
            _ => Ok(standing),
        }
    }

    /// An order of the last days in its newest version, from the facts of this phone.
    pub(super) fn find_order(&mut self, id: OrderId) -> Result<Found, PhoneError> {
        let today = self.date()?;
        let mut found: Option<Found> = None;
        for back in (0..=DAYS_BACK).rev() {
            for fact in self.store.facts_of(today.minus_days(back))? {
                let body = &fact.sealed.body;
                if fact.sealed.kind == Kind::VisitClosed.as_str() {
                    let visit: Visit = serde_json::from_str(body).map_err(|why| unreadable("visit", &why))?;
                    if let Some(order) = visit.order().filter(|order| order.id == id).cloned() {
                        found = Some(Found { visit, order, code: code_beside(&fact)? });
                    }
                } else if found.is_some() && changes_an_order(&fact) {
                    let amended: OrderAmended =
                        serde_json::from_str(body).map_err(|why| unreadable("order", &why))?;
                    if let Some(found) = found.as_mut().filter(|_| amended.order.id == id) {
                        found.order = amended.order;
                    }
                }
            }
        }
        found.ok_or(PhoneError::UnknownOrder(id))
    }
}

/// Whether this is a change of an order that counts.
pub(super) fn changes_an_order(fact: &Fact) -> bool {
    fact.sealed.kind == Kind::OrderAmended.as_str() && !is_void(fact)
}

/// Whether the server has said that nothing of a fact takes effect.
pub(super) fn is_void(fact: &Fact) -> bool {
    fact.verdict.as_deref().is_some_and(|verdict| takes_no_effect(&fact.sealed.kind, verdict))
}

/// Whether a verdict says that nothing of the fact takes effect: it was refused, or it changes an order that had come already.
/// A visit whose order had come already was told by a slip before, and counts.
pub(super) fn takes_no_effect(kind: &str, verdict: &str) -> bool {
    match serde_json::from_str(verdict) {
        Ok(Verdict::Applied { order: Some(effect), .. }) => {
            kind != Kind::VisitClosed.as_str() && effect.went == Went::AlreadyDelivered
        }
        Ok(Verdict::Rejected { .. } | Verdict::ConflictPayload) => true,
        _ => false,
    }
}

/// What travels beside an order's visit.
pub(super) fn code_beside(fact: &Fact) -> Result<Option<OwnerCode>, PhoneError> {
    let Some(text) = &fact.sealed.private else { return Ok(None) };
    let private: Private = serde_json::from_str(text).map_err(|why| unreadable("private", &why))?;
    Ok(private.owner_code)
}
