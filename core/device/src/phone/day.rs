//! 信息汇总: the day's figures as they stand, and sealing them.

use std::collections::BTreeSet;

use xundian_domain::visit::day_summary::DayClosed;
use xundian_domain::visit::missing::{MissingStore, missing_stores};
use xundian_domain::visit::{DaySummary, Visit};
use xundian_domain::{BusinessDate, StoreId};
use xundian_protocol::digest::day_digest;
use xundian_protocol::push::Kind;

use super::today::route_of;
use super::visit::unreadable;
use super::{Phone, PhoneError};
use crate::store::Fact;

/// The day so far.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "ffi", derive(uniffi::Record))]
pub struct DayReport {
    /// Which.
    pub date: BusinessDate,
    /// The figures.
    pub summary: DaySummary,
    /// Stores of the route that are not visited, in its order, each with its reason.
    pub missing: Vec<MissingStore>,
    /// Facts that the server does not have.
    pub unsent: u64,
    /// The newest version of the day that was sealed; `None` = it is open.
    pub closed: Option<u32>,
}

/// What the figures of a day are added up from.
struct Day {
    /// In its order.
    route: Vec<StoreId>,
    visits: Vec<Visit>,
    new_stores: u32,
}

impl Day {
    fn summary(&self) -> DaySummary {
        DaySummary::of(&self.route.iter().copied().collect(), &self.visits, self.new_stores)
    }
}

impl Phone {
    /// The day's figures as they stand.
    ///
    /// # Errors
    /// Before the first pull, or a failing file.
    pub fn day_report(&mut self) -> Result<DayReport, PhoneError> {
        let date = self.date()?;
        let day = self.day(date)?;
        let open = self.store.open_visit()?.map(|visit| visit.store);
        Ok(DayReport {
            date,
            summary: day.summary(),
            missing: missing_stores(&day.route, &day.visits, open),
            unsent: self.store.waiting_count()?,
            closed: Some(self.closings(date)?).filter(|closings| *closings > 0),
        })
    }

    /// Seals the day. A later fact of that day makes a new version necessary.
    ///
    /// # Errors
    /// Before the first pull, or a failing file.
    pub fn close_day(&mut self) -> Result<DayClosed, PhoneError> {
        let date = self.date()?;
        let summary = self.day(date)?.summary();
        let facts = self.store.facts_of(date)?;
        let counted: Vec<_> = facts
            .iter()
            .filter(|fact| fact.is_counted() && !is_closing(fact))
            .map(|fact| (fact.sealed.id, fact.hash))
            .collect();
        let closed = DayClosed {
            date,
            version: self.closings(date)?.saturating_add(1),
            summary,
            facts: u32::try_from(counted.len()).unwrap_or(u32::MAX),
            digest: day_digest(counted),
        };
        self.seal_fact(&Kind::DayClosed, &closed, None, &[])?;
        Ok(closed)
    }

    /// How often the day was sealed.
    fn closings(&self, date: BusinessDate) -> Result<u32, PhoneError> {
        let closings = self.store.facts_of(date)?.iter().filter(|fact| is_closing(fact)).count();
        Ok(u32::try_from(closings).unwrap_or(u32::MAX))
    }

    fn day(&mut self, date: BusinessDate) -> Result<Day, PhoneError> {
        let rep = self.rep()?;
        let (office, store) = self.office_and_store()?;
        let here: BTreeSet<StoreId> =
            route_of(office, store, rep, date)?.iter().map(|(visit, _)| visit.store).collect();
        let planned = office.plan().visits(rep, date);
        let open = store.open_visit()?.map(|visit| visit.store);
        let (mut visits, mut new_stores) = (Vec::<Visit>::new(), 0);
        for fact in store.facts_of(date)? {
            if fact.sealed.kind == Kind::VisitClosed.as_str() {
                let visit = serde_json::from_str(&fact.sealed.body);
                visits.push(visit.map_err(|why| unreadable("visit", &why))?);
            }
            new_stores += u32::from(fact.sealed.kind == Kind::StoreOpened.as_str());
        }
        // Where the rep was today stays a stop, also if the store has left the phone since.
        let was_in = |shop| open == Some(shop) || visits.iter().any(|visit| visit.store == shop);
        let is_stop = |shop: &StoreId| here.contains(shop) || was_in(*shop);
        let route = planned.iter().map(|visit| visit.store).filter(is_stop).collect();
        Ok(Day { route, visits, new_stores })
    }
}

fn is_closing(fact: &Fact) -> bool {
    fact.sealed.kind == Kind::DayClosed.as_str()
}
