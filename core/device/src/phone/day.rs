//! 信息汇总: the day's figures as they stand, and sealing them.

use std::collections::BTreeSet;

use xundian_domain::visit::day_summary::DayClosed;
use xundian_domain::visit::{DaySummary, Visit};
use xundian_domain::{BusinessDate, StoreId};
use xundian_protocol::digest::day_digest;
use xundian_protocol::push::Kind;

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
    /// Stores of the route without a visit.
    pub not_visited: Vec<StoreId>,
    /// Facts that the server does not have.
    pub unsent: u64,
    /// The newest version of the day that was sealed; `None` = it is open.
    pub closed: Option<u32>,
}

impl Phone {
    /// The day's figures as they stand.
    ///
    /// # Errors
    /// Before the first pull, or a failing file.
    pub fn day_report(&mut self) -> Result<DayReport, PhoneError> {
        let date = self.date()?;
        let (planned, visits, new_stores) = self.day(date)?;
        let seen: BTreeSet<StoreId> = visits.iter().map(|visit| visit.store).collect();
        Ok(DayReport {
            date,
            summary: DaySummary::of(&planned, &visits, new_stores),
            not_visited: planned.difference(&seen).copied().collect(),
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
        let (planned, visits, new_stores) = self.day(date)?;
        let facts = self.store.facts_of(date)?;
        let counted: Vec<_> = facts
            .iter()
            .filter(|fact| fact.dseq > 0 && !is_closing(fact))
            .map(|fact| (fact.sealed.id, fact.hash))
            .collect();
        let closed = DayClosed {
            date,
            version: self.closings(date)?.saturating_add(1),
            summary: DaySummary::of(&planned, &visits, new_stores),
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

    fn day(&mut self, date: BusinessDate) -> Result<(BTreeSet<StoreId>, Vec<Visit>, u32), PhoneError> {
        let rep = self.rep()?;
        let planned = self.office()?.plan().visits(rep, date).iter().map(|visit| visit.store).collect();
        let (mut visits, mut new_stores) = (Vec::new(), 0);
        for fact in self.store.facts_of(date)? {
            if fact.sealed.kind == Kind::VisitClosed.as_str() {
                let visit = serde_json::from_str(&fact.sealed.body);
                visits.push(visit.map_err(|why| unreadable("visit", &why))?);
            }
            new_stores += u32::from(fact.sealed.kind == Kind::StoreOpened.as_str());
        }
        Ok((planned, visits, new_stores))
    }
}

fn is_closing(fact: &Fact) -> bool {
    fact.sealed.kind == Kind::DayClosed.as_str()
}
